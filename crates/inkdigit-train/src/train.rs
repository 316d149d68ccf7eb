//! Training: shuffled batches, a step for each, an evaluation at each epoch's end, and a folder that a
//! training can be continued from to the same bits.
//!
//! Every random choice is drawn from a stream of its own, named by the seed, the purpose and the place
//! (epoch, image, step); nothing depends on the number of threads, nor on where a training was interrupted.

use std::path::{Path, PathBuf};

use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::error::{Error, Result};
use inkdigit::model::Model;

mod batches;
mod checkpoint;
mod compare;
mod folder;
mod history;
mod observe;
mod plan;
mod progress;
mod run;
mod split;
mod stage;
mod started;
mod trainer;

use folder::RunFolder;
use trainer::Trainer;

pub use compare::{Comparison, Difference, Summary, compare};
pub use folder::{CHECKPOINT_FILE, CONFIG_FILE, HISTORY_CSV, HISTORY_JSONL, MACHINE_FILE, saved_config};
pub use history::EpochRecord;
pub use observe::{BatchReport, Event, Flow, Numbers, Observer, Silent, Start};
pub use plan::{StagePlan, plan};
pub use run::{Gap, Part, Run};
pub use split::{training_images, validation_images, validation_indices};

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

/// How a training ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All epochs were trained, or early stopping ended it.
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

/// Trains a network from the beginning, or from where the model is that the configuration names.
///
/// # Errors
/// Those of [`TrainConfig::validate`] and [`Start::open`](crate::networks::Start::open); [`Error::NotTrainable`]; [`Error::RunExists`]; [`Error::NotEnoughData`] if validation leaves
/// nothing to train on; [`Error::NoTestData`]; [`Error::Diverged`]; [`Error::Write`](inkdigit::Error::Write), [`Error::DiskFull`](inkdigit::Error::DiskFull);
/// [`Error::Threads`].
pub fn train(
    config: &TrainConfig,
    data: TrainData<'_>,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    config.validate()?;
    in_pool(options.threads, || {
        let name = options.name.clone().unwrap_or_else(|| config.network.to_string());
        let mut trainer = Trainer::new(config, data, name)?;
        if let Some(dir) = &options.out {
            trainer.keep_in(RunFolder::create(dir, options.overwrite, config, options.machine.as_ref())?)?;
        }
        trainer.run(observer)
    })?
}

/// Continues the training in `dir` from its last checkpoint, with its configuration, to the same bits as if
/// it had never been interrupted.
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::OtherData`], [`Error::NotACheckpoint`], [`Error::CheckpointTruncated`],
/// [`Error::CheckpointShapes`], and those of [`train`].
pub fn resume(
    dir: &Path,
    data: TrainData<'_>,
    threads: Option<usize>,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    in_pool(threads, || {
        let (folder, bytes) = RunFolder::open(dir)?;
        let mut trainer = match bytes {
            Some(bytes) => Trainer::restore(&folder, &bytes, data)?,
            // Interrupted before the first checkpoint.
            None => {
                let config = saved_config(dir)?;
                Trainer::new(&config, data, config.network.to_string())?
            }
        };
        trainer.keep_in(folder)?;
        trainer.run(observer)
    })?
}

/// The most threads that may be asked for.
const MOST_THREADS: usize = 1024;

fn in_pool<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R> {
    let threads = match threads {
        // On a thread of the pool: from outside, each of a step's many small tasks would wake it anew.
        None | Some(0) => return Ok(rayon::scope(|_| work())),
        Some(threads) if threads > MOST_THREADS => {
            return Err(Error::Threads { threads, cause: format!("expected at most {MOST_THREADS}") });
        }
        Some(threads) => threads,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok(pool.map_err(|error| Error::Threads { threads, cause: error.to_string() })?.install(work))
}
