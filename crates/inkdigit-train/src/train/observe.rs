//! What a training tells while it runs, and how it is stopped.

use std::path::Path;
use std::time::Duration;

use inkdigit_nn::{Graph, Params};

use super::history::EpochRecord;
use crate::config::TrainConfig;

/// Listens to a training: a progress bar, a log, a plot.
pub trait Observer: Send {
    /// Takes an event; [`Flow::Stop`] ends the training after the batch under way, with a checkpoint.
    fn on(&mut self, event: &Event<'_>) -> Flow;
}

impl<F: FnMut(&Event<'_>) -> Flow + Send> Observer for F {
    fn on(&mut self, event: &Event<'_>) -> Flow {
        self(event)
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&mut self, _: &Event<'_>) -> Flow {
        Flow::Continue
    }
}

/// Whether a training goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Continue,
    /// It saves a checkpoint and ends.
    Stop,
}

impl Flow {
    /// Stop, if either says so.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Stop { self } else { other }
    }
}

/// What happens in a training.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It begins, or continues from a checkpoint.
    Start(Start<'a>),
    /// An update was made.
    Batch(BatchReport),
    /// The numbers of that update, for those who look into the network.
    Numbers(Numbers<'a>),
    /// An epoch ended and was evaluated.
    Epoch(&'a EpochRecord),
    /// Another stage begins than the first.
    Stage {
        /// Which one, from 1.
        stage: usize,
        /// How many there are.
        stages: usize,
        /// The epoch whose weights it goes on from.
        from_epoch: usize,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Its file.
        path: &'a Path,
        /// Updates made so far.
        step: usize,
    },
}

/// A training as it begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Its configuration.
    pub config: &'a TrainConfig,
    /// Its network.
    pub graph: &'a Graph,
    /// Images it trains on.
    pub training_images: usize,
    /// Images it holds out.
    pub validation_images: usize,
    /// Updates of the whole training.
    pub steps: usize,
    /// Epochs of the whole training, through all its stages.
    pub epochs: usize,
    /// Updates made already: above 0 if it continues.
    pub step: usize,
}

/// A training after an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchReport {
    /// Updates made so far.
    pub step: usize,
    /// Updates of the whole training.
    pub steps: usize,
    /// The epoch under way, from 1, through all stages.
    pub epoch: usize,
    /// Epochs of the whole training.
    pub epochs: usize,
    /// Updates made in this epoch.
    pub batch: usize,
    /// Updates of one epoch.
    pub batches: usize,
    /// This batch's mean loss.
    pub loss: f32,
    /// The share of this batch that was read right.
    pub accuracy: f32,
    /// The mean loss of this epoch so far.
    pub epoch_loss: f32,
    /// The share of this epoch's images so far that were read right.
    pub epoch_accuracy: f32,
    /// The learning rate of this update.
    pub learning_rate: f32,
    /// Images trained on in a second, over this epoch so far.
    pub images_per_second: f32,
    /// Time left, evaluations not counted.
    pub eta: Duration,
}

/// What an update came from and led to.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Updates made so far.
    pub step: usize,
    /// Updates made in this epoch.
    pub batch: usize,
    /// Updates of one epoch.
    pub batches: usize,
    /// The parameters after it.
    pub params: &'a Params,
    /// The gradients it went by, in the layout of the parameters.
    pub gradients: &'a [f32],
    /// The pixels of its images as the network got them, `[N, 28, 28]`, 0 to 255.
    pub images: &'a [f32],
    /// Their labels, `[N]`; [`NO_CLASS`](inkdigit_nn::NO_CLASS) for what is no digit.
    pub labels: &'a [u8],
}
