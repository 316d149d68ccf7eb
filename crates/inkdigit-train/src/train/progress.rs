//! How far a training has come.

use inkdigit_nn::Loss;
use serde::{Deserialize, Serialize};

use super::history::EpochRecord;
use crate::evaluate::Score;

/// How far a training has come. Checkpoints keep it as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Updates made.
    pub(super) step: usize,
    /// Epochs that have ended.
    pub(super) epoch: usize,
    /// Updates made in the epoch under way.
    pub(super) batch: usize,
    /// Sum of the losses of this epoch's images.
    loss_sum: f64,
    correct: usize,
    images: usize,
    seconds: f64,
    /// The epoch (from 1) of this stage that was best on the validation images.
    pub(super) best: Option<(usize, Score)>,
    pub(super) history: Vec<EpochRecord>,
    /// The stage under way.
    #[serde(default, skip_serializing_if = "StageStart::is_first")]
    pub(super) stage: StageStart,
}

/// Where a stage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StageStart {
    /// Which one it is, from 0.
    pub(super) index: usize,
    /// Updates made before it.
    pub(super) step: usize,
    /// Epochs that ended before it.
    pub(super) epoch: usize,
}

impl StageStart {
    fn is_first(&self) -> bool {
        self.index == 0
    }
}

impl Progress {
    /// Takes in an update.
    pub(super) fn record(&mut self, loss: Loss, images: usize, seconds: f64) {
        self.step += 1;
        self.batch += 1;
        self.loss_sum += loss.mean as f64 * images as f64;
        self.correct += loss.correct;
        self.images += images;
        self.seconds += seconds;
    }

    /// Updates made in this stage.
    pub(super) fn stage_step(&self) -> usize {
        self.step - self.stage.step
    }

    /// Epochs of this stage that have ended.
    pub(super) fn stage_epoch(&self) -> usize {
        self.epoch - self.stage.epoch
    }

    pub(super) fn loss(&self) -> f64 {
        self.loss_sum / self.images.max(1) as f64
    }

    pub(super) fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images.max(1) as f64
    }

    pub(super) fn images_per_second(&self) -> f64 {
        self.images as f64 / self.seconds.max(1e-9)
    }

    pub(super) fn epochs_since_best(&self) -> usize {
        self.best.as_ref().map_or(0, |(best, _)| self.epoch - best)
    }

    /// Ends the epoch under way with what was measured after it. Says whether it is the best of its stage on the
    /// validation images.
    pub(super) fn end_epoch(&mut self, measured: Measured) -> bool {
        let Measured { stage, learning_rate, validation, test } = measured;
        self.history.push(EpochRecord {
            epoch: self.epoch + 1,
            train_seconds: (self.seconds * 1e6).round() / 1e6,
            train_loss: self.loss(),
            train_accuracy: self.accuracy(),
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.map(|score| score.accuracy),
            learning_rate,
            images_per_second: self.images_per_second().round(),
            test_accuracy: test.map(|score| score.accuracy),
            stage,
        });
        self.epoch += 1;
        (self.batch, self.images, self.correct) = (0, 0, 0);
        (self.loss_sum, self.seconds) = (0.0, 0.0);
        let better = validation.filter(|score| self.best.is_none_or(|(_, best)| score.is_better_than(&best)));
        self.best = better.map(|score| (self.epoch, score)).or(self.best);
        better.is_some()
    }

    /// Begins the next stage.
    pub(super) fn begin_stage(&mut self) {
        self.stage = StageStart { index: self.stage.index + 1, step: self.step, epoch: self.epoch };
        self.best = None;
    }

    /// Whether the numbers that arithmetic relies on can be of one training of so many stages.
    pub(super) fn is_sound(&self, stages: usize) -> bool {
        let StageStart { index, step, epoch } = self.stage;
        let best = self.best.map_or(epoch, |(best, _)| best);
        index < stages
            && step.checked_add(self.batch).is_some_and(|least| least <= self.step)
            && (epoch..=self.epoch).contains(&best)
    }
}

/// What is measured at an epoch's end.
pub(super) struct Measured {
    /// See [`EpochRecord::stage`].
    pub(super) stage: Option<usize>,
    /// The learning rate of the last update.
    pub(super) learning_rate: f32,
    pub(super) validation: Option<Score>,
    pub(super) test: Option<Score>,
}
