//! Optimizers: gradient in, parameters moved. Moments lie in the layout of [`Params`].

use crate::parallel::prelude::*;
use crate::params::Params;
use inkdigit_kernels::{Isa, update};
use serde::{Deserialize, Serialize};

/// Which rule moves the parameters, with its constants. Formulas are PyTorch's of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Stochastic gradient descent.
    Sgd {
        /// Share of the last step carried on; 0 turns it off.
        #[serde(default)]
        momentum: f32,
        /// Nesterov's look-ahead; needs a momentum.
        #[serde(default)]
        nesterov: bool,
        /// L2 penalty added to the gradient.
        #[serde(default)]
        weight_decay: f32,
    },
    /// Adam (Kingma and Ba, arXiv 1412.6980); its weight decay is an L2 penalty.
    Adam {
        /// Decay rates of the first and second moment.
        #[serde(default = "betas")]
        betas: [f32; 2],
        /// Added to the root of the second moment.
        #[serde(default = "epsilon")]
        epsilon: f32,
        /// L2 penalty added to the gradient.
        #[serde(default)]
        weight_decay: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay rates of the first and second moment.
        #[serde(default = "betas")]
        betas: [f32; 2],
        /// Added to the root of the second moment.
        #[serde(default = "epsilon")]
        epsilon: f32,
        /// Share of each weight taken away per step, times the learning rate.
        #[serde(default = "adamw_weight_decay")]
        weight_decay: f32,
    },
}

fn betas() -> [f32; 2] {
    [0.9, 0.999]
}

fn epsilon() -> f32 {
    1e-8
}

fn adamw_weight_decay() -> f32 {
    0.01
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 }
    }
}

/// An optimizer and its moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    config: OptimizerConfig,
    /// Momentum, or Adam's first moment; empty where the rule has none.
    first: Vec<f32>,
    /// Adam's second moment; empty where the rule has none.
    second: Vec<f32>,
    steps: u64,
}

impl Optimizer {
    /// An optimizer at rest for these parameters.
    pub fn new(config: OptimizerConfig, params: &Params) -> Self {
        let moment = |needed: bool| if needed { vec![0.0; params.data().len()] } else { Vec::new() };
        let (first, second) = match config {
            OptimizerConfig::Sgd { momentum, .. } => (moment(momentum != 0.0), moment(false)),
            OptimizerConfig::Adam { .. } | OptimizerConfig::AdamW { .. } => (moment(true), moment(true)),
        };
        Self { config, first, second, steps: 0 }
    }

    /// Its rule and constants.
    pub fn config(&self) -> OptimizerConfig {
        self.config
    }

    /// How many updates it has made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The moments, each in the layout of the parameters or empty, for a checkpoint.
    pub fn moments(&self) -> [&[f32]; 2] {
        [&self.first, &self.second]
    }

    /// Takes up the moments and the number of updates of a checkpoint.
    ///
    /// # Panics
    /// If the moments don't have the lengths that [`Optimizer::moments`] gave.
    pub fn resume(&mut self, moments: [Vec<f32>; 2], steps: u64) {
        let [first, second] = moments;
        assert_eq!(
            (first.len(), second.len()),
            (self.first.len(), self.second.len()),
            "moments of this rule"
        );
        (self.first, self.second, self.steps) = (first, second, steps);
    }

    /// Moves `params` against `grads` (same layout) at this learning rate. Running statistics, whose
    /// gradient is always zero, stay: weight decay is for trainable parameters only.
    pub fn step(&mut self, params: &mut Params, grads: &[f32], learning_rate: f32) {
        self.steps += 1;
        let rule = self.rule(learning_rate);
        let isa = Isa::best();
        let ranges: Vec<_> = trainable_runs(params);
        for range in ranges {
            let weights = params.data_mut()[range.clone()].par_chunks_mut(UPDATE_CHUNK);
            let gradients = grads[range.clone()].par_chunks(UPDATE_CHUNK);
            match rule {
                Rule::Sgd(sgd) if self.first.is_empty() => {
                    weights.zip(gradients).for_each(|(w, g)| update::sgd(isa, &sgd, w, g));
                }
                Rule::Sgd(sgd) => weights
                    .zip(gradients)
                    .zip(self.first[range].par_chunks_mut(UPDATE_CHUNK))
                    .for_each(|((w, g), v)| update::momentum(isa, &sgd, w, g, v)),
                Rule::Adam(adam) => weights
                    .zip(gradients)
                    .zip(self.first[range.clone()].par_chunks_mut(UPDATE_CHUNK))
                    .zip(self.second[range].par_chunks_mut(UPDATE_CHUNK))
                    .for_each(|(((w, g), m), v)| update::adam(isa, &adam, w, g, m, v)),
            }
        }
    }

    fn rule(&self, learning_rate: f32) -> Rule {
        let adam = |betas: [f32; 2], epsilon, l2, decay| {
            let corrections = betas.map(|beta| 1.0 - (beta as f64).powf(self.steps as f64));
            Rule::Adam(update::Adam {
                betas,
                epsilon,
                l2,
                keep: 1.0 - learning_rate * decay,
                step: (learning_rate as f64 / corrections[0]) as f32,
                second_correction: (1.0 / corrections[1].sqrt()) as f32,
            })
        };
        match self.config {
            OptimizerConfig::Sgd { momentum, nesterov, weight_decay } => {
                Rule::Sgd(update::Sgd { learning_rate, momentum, nesterov, l2: weight_decay })
            }
            OptimizerConfig::Adam { betas, epsilon, weight_decay } => adam(betas, epsilon, weight_decay, 0.0),
            OptimizerConfig::AdamW { betas, epsilon, weight_decay } => {
                adam(betas, epsilon, 0.0, weight_decay)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Rule {
    Sgd(update::Sgd),
    Adam(update::Adam),
}

/// Numbers updated by one task: enough to outweigh handing it to a thread.
const UPDATE_CHUNK: usize = 32 * 1024;

/// The trainable parts of the arena, neighbours joined.
fn trainable_runs(params: &Params) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for info in params.table().iter().filter(|info| info.trainable) {
        match runs.last_mut() {
            Some(run) if run.end == info.range.start => run.end = info.range.end,
            _ => runs.push(info.range.clone()),
        }
    }
    runs
}

/// An exponential moving average of the weights, `decay = min(decay, (1 + t) / (10 + t))` at update t, so
/// that the first steps don't weigh for ever (An et al., arXiv 2008.10400).
#[derive(Clone, Debug, PartialEq)]
pub struct Ema {
    decay: f32,
    average: Vec<f32>,
    steps: u64,
}

impl Ema {
    /// An average that starts at these parameters.
    pub fn new(decay: f32, params: &Params) -> Self {
        Self { decay, average: params.data().to_vec(), steps: 0 }
    }

    /// An average taken up from a checkpoint.
    pub fn resume(decay: f32, average: Vec<f32>, steps: u64) -> Self {
        Self { decay, average, steps }
    }

    /// Takes in the parameters after an update, running statistics included.
    pub fn update(&mut self, params: &Params) {
        self.steps += 1;
        let t = self.steps as f32;
        let decay = self.decay.min((1.0 + t) / (10.0 + t));
        let isa = Isa::best();
        self.average
            .par_chunks_mut(UPDATE_CHUNK)
            .zip(params.data().par_chunks(UPDATE_CHUNK))
            .for_each(|(average, now)| update::lerp(isa, 1.0 - decay, average, now));
    }

    /// The averaged numbers, in the layout of the parameters.
    pub fn average(&self) -> &[f32] {
        &self.average
    }

    /// How many updates it has taken in.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}
