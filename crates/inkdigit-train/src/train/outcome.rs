//! How a training ends.

use std::path::PathBuf;

use super::history::EpochRecord;
use inkdigit::model::Model;

/// How a training ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All epochs were trained, or early stopping ended it.
    Finished(Box<Trained>),
    /// The observer stopped it; [`resume`](super::resume) continues from `dir`.
    Stopped {
        /// The run's folder; without one nothing was kept.
        dir: Option<PathBuf>,
        /// Updates made so far.
        step: usize,
        /// Updates of the whole training.
        steps: usize,
    },
}

/// A finished training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The result.
    pub model: Model,
    /// Its file, where the run has a folder.
    pub path: Option<PathBuf>,
    /// A record for each epoch.
    pub history: Vec<EpochRecord>,
    /// The epoch (from 1, through all stages) whose weights the model has.
    pub epoch: usize,
    /// Whether early stopping ended the training, in its last stage.
    pub stopped_early: bool,
}
