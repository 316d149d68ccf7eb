//! What a training of a finder tells while it runs.

use std::path::Path;
use std::time::Duration;

use super::EvaluationRecord;
use crate::config::FinderConfig;
use crate::train::Flow;

/// Listens to a training; [`Flow::Stop`] ends it after the update under way, with a checkpoint.
pub type Observer<'a> = dyn FnMut(&Event<'_>) -> Flow + Send + 'a;

/// What happens in a training.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It begins, or continues from a checkpoint.
    Start(Start<'a>),
    /// An update was made.
    Update(Update),
    /// An evaluation was made.
    Evaluation(&'a EvaluationRecord),
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
    pub config: &'a FinderConfig,
    /// Numbers that it learns.
    pub parameters: usize,
    /// Digits that its pictures are drawn with.
    pub training_digits: usize,
    /// Updates of the whole training.
    pub steps: usize,
    /// Updates made already: above 0 if it continues.
    pub step: usize,
}

/// A training after an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    /// Updates made so far.
    pub step: usize,
    /// Updates of the whole training.
    pub steps: usize,
    /// This batch's loss.
    pub loss: f64,
    /// The mean loss since the last evaluation.
    pub mean_loss: f64,
    /// The learning rate of this update.
    pub learning_rate: f32,
    /// Pictures learned from in a second, since the program began.
    pub pictures_per_second: f64,
    /// Time left, evaluations not counted.
    pub eta: Duration,
}
