//! How many updates a training makes and at which learning rates: the only place that counts them.

use inkdigit_nn::Schedule;

use crate::config::TrainConfig;

/// The updates of one stage of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StagePlan {
    /// Updates, unless it ends early.
    pub steps: usize,
    /// Updates of one epoch.
    pub steps_per_epoch: usize,
    schedule: Schedule,
    base_rate: f32,
}

/// The stages of a training on so many images, those held out not counted.
pub fn plan(config: &TrainConfig, training_images: usize) -> Vec<StagePlan> {
    config.stages().iter().map(|stage| StagePlan::of(stage, training_images)).collect()
}

impl StagePlan {
    /// The plan of this stage.
    pub(super) fn of(stage: &TrainConfig, training_images: usize) -> Self {
        let steps_per_epoch = training_images.div_ceil(stage.batch_size.max(1));
        let by_epochs = || (stage.epochs * steps_per_epoch as f64).round().max(1.0) as usize;
        Self {
            steps: stage.num_iterations.unwrap_or_else(by_epochs),
            steps_per_epoch,
            schedule: stage.schedule,
            base_rate: stage.learning_rate,
        }
    }

    /// Epochs, the last of which may be shorter than the others.
    pub fn epochs(&self) -> usize {
        self.steps.div_ceil(self.steps_per_epoch.max(1))
    }

    /// Updates made when so many epochs have ended.
    pub fn steps_after(&self, epochs: usize) -> usize {
        epochs.saturating_mul(self.steps_per_epoch).min(self.steps)
    }

    /// The learning rate of an update of this stage, counted from 0.
    pub fn learning_rate(&self, step: usize) -> f32 {
        self.schedule.learning_rate(self.base_rate, step, self.steps, self.steps_per_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_yaml;

    #[test]
    fn epochs_iterations_and_stages_are_counted() {
        let cases = [
            ("epochs: 3", vec![(30, 3)]),
            ("epochs: 2.25", vec![(23, 3)]),
            ("epochs: 0.0001", vec![(1, 1)]),
            ("num_iterations: 11", vec![(11, 2)]),
            ("epochs: 1\nthen: [{batch_size: 50}, {num_iterations: 5}]", vec![(10, 1), (20, 1), (5, 1)]),
        ];
        for (text, expected) in cases {
            let stages = plan(&parse_yaml(text, "x.yml").unwrap(), 991);
            let found: Vec<_> = stages.iter().map(|stage| (stage.steps, stage.epochs())).collect();
            assert_eq!(found, expected, "{text}");
        }
        let [stage] = plan(&parse_yaml("epochs: 2.25", "x.yml").unwrap(), 991)[..] else { panic!() };
        assert_eq!([0, 1, 2, 3, 4].map(|epochs| stage.steps_after(epochs)), [0, 10, 20, 23, 23]);
    }
}
