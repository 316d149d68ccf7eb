//! What a training is given besides its configuration.

use std::path::PathBuf;

use crate::data::Dataset;

/// The images of a training.
#[derive(Clone, Copy, Debug)]
pub struct TrainData<'a> {
    /// What the network learns from; the validation images are held out of it.
    pub train: &'a Dataset,
    /// Reported on where the configuration says `test_each_epoch`; nothing is chosen by it.
    pub test: Option<&'a Dataset>,
}

/// What doesn't change a training's result.
#[derive(Clone, Debug, Default)]
pub struct TrainOptions {
    /// The folder to keep the run in; none keeps nothing but what is returned.
    pub out: Option<PathBuf>,
    /// Whether a run that is already there may be replaced.
    pub overwrite: bool,
    /// Threads to use; none or 0 for as many as there are cores.
    pub threads: Option<usize>,
    /// What the model is called; none for its network's name.
    pub name: Option<String>,
    /// What it runs on, kept in the folder as it is: figures of speed mean little without it.
    pub machine: Option<serde_json::Value>,
}
