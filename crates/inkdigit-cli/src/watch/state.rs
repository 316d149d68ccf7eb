//! What the dashboard knows of a training.

use std::time::{Duration, Instant};

use inkdigit_train::train::{BatchReport, EpochRecord, Event, Start};

/// Points of a curve: about as many as a terminal shows apart, and few enough that noise is smoothed.
const POINTS: usize = 120;

/// A training so far.
#[derive(Default)]
pub(super) struct State {
    /// How it began; none before it does.
    pub beginning: Option<Beginning>,
    /// The last update.
    pub last: Option<BatchReport>,
    /// Loss of the training images.
    pub loss: Curve,
    /// Share of the training images that was read right.
    pub accuracy: Curve,
    /// The epochs that ended since the program began, each with the updates made by then.
    pub epochs: Vec<(EpochRecord, usize)>,
    /// Updates made when the last checkpoint was written.
    pub saved: Option<usize>,
    /// Whether a key asked to stop.
    pub stopping: bool,
}

/// A training as it began.
pub(super) struct Beginning {
    /// The network's name.
    pub network: String,
    /// Images it trains on.
    pub images: usize,
    /// Images it holds out.
    pub validation_images: usize,
    /// Updates in all.
    pub steps: usize,
    /// Updates made already, by an earlier run of the program.
    pub step: usize,
    at: Instant,
}

impl Beginning {
    /// Time since then.
    pub(super) fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }
}

impl State {
    /// Takes in what happened.
    pub(super) fn record(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Batch(report) => {
                self.loss.add(report.step, f64::from(report.loss));
                self.accuracy.add(report.step, f64::from(report.accuracy));
                self.last = Some(*report);
            }
            Event::Epoch(record) => {
                let step = self.last.map_or(0, |last| last.step);
                self.epochs.push(((*record).clone(), step));
            }
            Event::Checkpoint { step, .. } => self.saved = Some(*step),
            _ => {}
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        self.beginning = Some(Beginning {
            network: start.config.network.to_string(),
            images: start.training_images,
            validation_images: start.validation_images,
            steps: start.steps,
            step: start.step,
            at: Instant::now(),
        });
        (self.loss, self.accuracy) = (Curve::new(start.steps), Curve::new(start.steps));
    }
}

/// A value of each update, kept as means over equal stretches of the training: a curve as long as it may be takes
/// the same memory, and noise is smoothed as far as it can't be seen.
#[derive(Default)]
pub(super) struct Curve {
    steps: usize,
    /// The sum and number of each stretch's values.
    stretches: Vec<(f64, u32)>,
}

impl Curve {
    /// A curve over so many updates.
    pub(super) fn new(steps: usize) -> Self {
        Self { steps, stretches: vec![(0.0, 0); steps.clamp(1, POINTS)] }
    }

    /// Adds the value of an update, counted from 1.
    pub(super) fn add(&mut self, step: usize, value: f64) {
        let place = step.saturating_sub(1) * self.stretches.len() / self.steps.max(1);
        if let Some((sum, count)) = self.stretches.get_mut(place) {
            *sum += value;
            *count += 1;
        }
    }

    /// The means of the stretches that have values, each with the update in its middle.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let length = self.steps as f64 / self.stretches.len().max(1) as f64;
        let stretches = self.stretches.iter().enumerate().filter(|(_, (_, count))| *count > 0);
        stretches.map(move |(place, (sum, count))| ((place as f64 + 0.5) * length, sum / f64::from(*count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_means_over_stretches() {
        let mut curve = Curve::new(POINTS * 2);
        for (step, value) in [(1, 1.0), (2, 3.0), (3, 5.0), (2 * POINTS, 7.0)] {
            curve.add(step, value);
        }
        let points: Vec<_> = curve.points().collect();
        assert_eq!(points, [(1.0, 2.0), (3.0, 5.0), (2.0 * POINTS as f64 - 1.0, 7.0)]);
        // Of few updates each is a point.
        let mut short = Curve::new(3);
        (1..=3).for_each(|step| short.add(step, step as f64));
        assert_eq!(short.points().count(), 3);
        assert_eq!(Curve::default().points().count(), 0);
    }
}
