//! Learning-rate schedules: pure functions of the step.

use serde::{Deserialize, Serialize};

/// How the learning rate moves over a training of `steps` updates, as a multiple of its base value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Stays at the base.
    #[default]
    Constant,
    /// Multiplied by `factor` every `every` epochs.
    Step {
        /// Epochs between two drops.
        every: f32,
        /// What each drop multiplies by.
        factor: f32,
    },
    /// Multiplied by `factor` each epoch, without stairs: `factor^epochs`.
    Exponential {
        /// What an epoch multiplies by.
        factor: f32,
    },
    /// Half a cosine from the base to `floor` times the base (Loshchilov and Hutter, arXiv 1608.03983),
    /// after a linear warm-up.
    Cosine {
        /// Share of the steps spent rising linearly from 0.
        #[serde(default)]
        warmup: f32,
        /// What remains at the end, as a multiple of the base.
        #[serde(default)]
        floor: f32,
    },
    /// Up and down once by two half cosines (Smith, arXiv 1803.09820; the shape is PyTorch's `OneCycleLR`).
    /// The base is the peak.
    OneCycle {
        /// Share of the steps spent rising.
        #[serde(default = "one_cycle_rise")]
        rise: f32,
        /// The peak divided by the start.
        #[serde(default = "one_cycle_start_divisor")]
        start_divisor: f32,
        /// The start divided by the end.
        #[serde(default = "one_cycle_end_divisor")]
        end_divisor: f32,
    },
}

fn one_cycle_rise() -> f32 {
    0.3
}

fn one_cycle_start_divisor() -> f32 {
    25.0
}

fn one_cycle_end_divisor() -> f32 {
    1e4
}

impl Schedule {
    /// The learning rate of update `step` (from 0) of `steps`, where an epoch has `steps_per_epoch`.
    pub fn learning_rate(&self, base: f32, step: usize, steps: usize, steps_per_epoch: usize) -> f32 {
        let (at, steps) = (step as f64, steps as f64);
        let epochs = at / steps_per_epoch.max(1) as f64;
        let multiple = match *self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => (factor as f64).powf((epochs / every as f64).floor()),
            Self::Exponential { factor } => (factor as f64).powf(epochs),
            Self::Cosine { warmup, floor } => {
                let rising = warmup as f64 * steps;
                if at < rising {
                    (at + 1.0) / (rising + 1.0)
                } else {
                    anneal(1.0, floor as f64, (at - rising) / (steps - rising))
                }
            }
            Self::OneCycle { rise, start_divisor, end_divisor } => {
                let start = 1.0 / start_divisor as f64;
                let peak_at = rise as f64 * steps - 1.0;
                if at < peak_at {
                    anneal(start, 1.0, at / peak_at)
                } else {
                    let left = (at - peak_at) / (steps - 1.0 - peak_at);
                    anneal(1.0, start / end_divisor as f64, left.min(1.0))
                }
            }
        };
        (base as f64 * multiple) as f32
    }
}

/// Half a cosine from `from` to `to` as `share` goes from 0 to 1.
fn anneal(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}
