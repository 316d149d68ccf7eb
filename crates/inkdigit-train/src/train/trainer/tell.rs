//! What a training tells its observer.

use std::time::Duration;

use inkdigit_nn::Loss;

use super::Trainer;
use crate::train::observe::{BatchReport, Event, Flow, Numbers, Observer, Start};

/// What was done since the program began, for telling how long the rest will take.
#[derive(Default)]
pub(super) struct Session {
    steps: usize,
    seconds: f64,
}

impl Session {
    pub(super) fn record(&mut self, seconds: f64) {
        self.steps += 1;
        self.seconds += seconds;
    }

    /// The time that so many updates will take.
    fn time_of(&self, steps: usize) -> Duration {
        let seconds = self.seconds / self.steps.max(1) as f64 * steps as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

impl Trainer<'_> {
    pub(super) fn tell_start(&self, observer: &mut dyn Observer) -> Flow {
        observer.on(&Event::Start(Start {
            config: &self.config,
            graph: &self.graph,
            training_images: self.images.len(),
            validation_images: self.validation.len(),
            steps: self.steps(),
            epochs: self.epochs(),
            step: self.progress.step,
        }))
    }

    pub(super) fn show_numbers(&mut self, images: usize, observer: &mut dyn Observer) -> Flow {
        let batches = &self.stage.batches;
        observer.on(&Event::Numbers(Numbers {
            step: self.progress.step,
            batch: self.progress.batch,
            batches: self.stage.plan.steps_per_epoch,
            params: &self.params,
            gradients: &self.grads,
            images: self.executor.input(batches.pictures(images)),
            labels: batches.labels(),
        }))
    }

    pub(super) fn report(&self, loss: Loss, images: usize, session: &Session) -> BatchReport {
        let (progress, plan, steps) = (&self.progress, &self.stage.plan, self.steps());
        BatchReport {
            step: progress.step,
            steps,
            epoch: progress.epoch + 1,
            epochs: self.epochs(),
            batch: progress.batch,
            batches: plan.steps_per_epoch,
            loss: loss.mean,
            accuracy: loss.correct as f32 / images as f32,
            epoch_loss: progress.loss() as f32,
            epoch_accuracy: progress.accuracy() as f32,
            learning_rate: plan.learning_rate(progress.stage_step() - 1),
            images_per_second: progress.images_per_second() as f32,
            eta: session.time_of(steps.saturating_sub(progress.step)),
        }
    }
}
