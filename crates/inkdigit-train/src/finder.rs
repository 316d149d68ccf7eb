//! Trains finders, and says how well they find.
//!
//! Every picture is drawn for its place in the training (`scenes`) and turned into what the network's maps should be
//! (`targets`). While the network learns from a batch (`learner`), the next one is drawn. Now and then the average of
//! the weights is looked at on pictures drawn with digits that were held out (`validation`). Everything that is
//! carried from one update to the next is in a checkpoint, so that an interrupted training comes to the same bits.
//!
//! [`evaluate_pages`] measures a finder on pictures whose text is known.

use std::path::{Path, PathBuf};

use inkdigit::Finder;

use crate::config::{FinderConfig, Task};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::train::{self, CHECKPOINT_FILE, RunFolder, TrainOptions};

mod calibration;
mod checkpoint;
mod event;
mod kept;
mod learner;
mod matching;
mod pages;
mod record;
mod scenes;
mod targets;
mod trainer;
mod validation;

use trainer::Trainer;

pub use event::{Event, Observer, Start, Update};
pub use kept::{Snapshot, snapshot};
pub use matching::Counts;
pub use pages::{PageCounts, evaluate_pages};
pub use record::EvaluationRecord;
pub use validation::{KindCounts, Validation};

/// How a training ended.
#[derive(Debug)]
pub enum Outcome {
    /// All pictures were seen.
    Finished(Box<Trained>),
    /// The observer stopped it; [`resume`] continues from `dir`.
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
#[derive(Debug)]
pub struct Trained {
    /// The result.
    pub finder: Finder,
    /// Its file, where the run has a folder.
    pub path: Option<PathBuf>,
    /// A record for each evaluation.
    pub history: Vec<EvaluationRecord>,
    /// The update after which its weights were evaluated.
    pub step: usize,
}

/// Trains a finder with the digits of `data`.
///
/// # Errors
/// Those of [`FinderConfig::validate`]; [`Error::EmptyData`], [`Error::NotEnoughData`]; [`Error::RunExists`];
/// [`Error::Diverged`]; those of writing; [`Error::Threads`].
pub fn train(
    config: &FinderConfig,
    data: &Dataset,
    options: &TrainOptions,
    observer: &mut Observer<'_>,
) -> Result<Outcome> {
    config.validate()?;
    let name = options.name.clone().unwrap_or_else(|| "finder".into());
    let digits = Digits::of(data, config)?;
    train::in_pool(options.threads, || {
        let mut trainer = Trainer::new(config, &digits, name)?;
        if let Some(dir) = &options.out {
            let (overwrite, machine) = (options.overwrite, options.machine.as_ref());
            trainer.keep_in(RunFolder::create(dir, overwrite, &config.to_yaml(), machine)?)?;
        }
        trainer.run(observer)
    })?
}

/// Continues the training in `dir` from its last checkpoint, with its configuration, to the same bits as if it had
/// never been interrupted.
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::OtherData`], [`Error::NotACheckpoint`], [`Error::CheckpointTruncated`],
/// [`Error::CheckpointShapes`], and those of [`train`](fn@train).
pub fn resume(
    dir: &Path,
    data: &Dataset,
    threads: Option<usize>,
    observer: &mut Observer<'_>,
) -> Result<Outcome> {
    let Task::Finder(config) = train::saved_task(dir)? else {
        return Err(Error::NoCheckpoint { dir: dir.to_owned(), expected: CHECKPOINT_FILE });
    };
    let digits = Digits::of(data, &config)?;
    train::in_pool(threads, || {
        let (folder, bytes) = RunFolder::open(dir)?;
        let mut trainer = match bytes {
            Some(bytes) => Trainer::restore(&folder, &bytes, &digits)?,
            // Interrupted before the first checkpoint.
            None => Trainer::new(&config, &digits, "finder".into())?,
        };
        trainer.keep_in(folder)?;
        trainer.run(observer)
    })?
}

/// The digits that pictures are drawn with.
struct Digits {
    /// What tells this data set from another.
    stamp: train::DataStamp,
    /// Those to learn from.
    train: Dataset,
    /// Those held out.
    held_out: Dataset,
}

impl Digits {
    fn of(data: &Dataset, config: &FinderConfig) -> Result<Self> {
        Ok(Self {
            stamp: train::DataStamp::of(data),
            train: train::training_images(data, config.validation)?,
            held_out: train::validation_images(data, config.validation)?,
        })
    }
}
