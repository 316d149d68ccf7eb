//! Training: shuffled batches, a step for each, an evaluation at each epoch's end, and a folder that a
//! training can be continued from to the same bits.
//!
//! Every random choice is drawn from a stream of its own, named by the seed, the purpose and the place
//! (epoch, image, step); nothing depends on the number of threads, nor on where a training was interrupted.

use std::path::Path;

use crate::config::TrainConfig;
use crate::error::{Error, Result};

mod batches;
mod checkpoint;
mod compare;
mod folder;
mod history;
mod inputs;
mod observe;
mod outcome;
mod plan;
mod progress;
mod run;
mod split;
mod stage;
mod started;
mod trainer;

pub(crate) use batches::{Purpose, seed_for};
pub(crate) use checkpoint::DataStamp;
pub(crate) use folder::RunFolder;
use trainer::Trainer;

pub use compare::{Comparison, Difference, Summary, compare};
pub use folder::{
    CHECKPOINT_FILE, CONFIG_FILE, HISTORY_CSV, HISTORY_JSONL, MACHINE_FILE, saved_config, saved_task,
};
pub use history::EpochRecord;
pub use inputs::{TrainData, TrainOptions};
pub use observe::{BatchReport, Event, Flow, Numbers, Observer, Silent, Start};
pub use outcome::{Outcome, Trained};
pub use plan::{StagePlan, plan};
pub use run::{Gap, Part, Run};
pub use split::{training_images, validation_images, validation_indices};

/// Trains a network from the beginning, or from where the model is that the configuration names.
///
/// ```
/// use inkdigit_train::train::{self, Outcome, Silent, TrainData, TrainOptions};
/// use inkdigit_train::{TrainConfig, config, synth};
///
/// let config: TrainConfig = config::parse_yaml("{network: mlp, num_iterations: 20, validation: 50}", "mine")?;
/// let digits = synth::dataset(500, 1);
/// let data = TrainData { train: &digits, test: None };
/// match train::train(&config, data, &TrainOptions::default(), &mut Silent)? {
///     Outcome::Finished(trained) => println!("the model of epoch {}: {:?}", trained.epoch, trained.model),
///     Outcome::Stopped { step, .. } => println!("an observer stopped it after {step} batches"),
/// }
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
///
/// # Errors
/// Those of [`TrainConfig::validate`] and [`Start::open`](crate::networks::Start::open);
/// [`Error::NotTrainable`]; [`Error::RunExists`]; [`Error::NotEnoughData`] if validation leaves nothing to train on;
/// [`Error::NoTestData`]; [`Error::Diverged`]; [`Error::Write`](inkdigit::Error::Write),
/// [`Error::DiskFull`](inkdigit::Error::DiskFull); [`Error::Threads`].
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
            trainer.keep_in(RunFolder::create(
                dir,
                options.overwrite,
                &config.to_yaml(),
                options.machine.as_ref(),
            )?)?;
        }
        trainer.run(observer)
    })?
}

/// Continues the training in `dir` from its last checkpoint, with its configuration, to the same bits as if
/// it had never been interrupted.
///
/// ```
/// use inkdigit_train::train::{self, Event, Flow, Outcome, Silent, TrainData, TrainOptions};
/// use inkdigit_train::{config, synth};
///
/// let config = config::parse_yaml("{network: mlp, num_iterations: 20, validation: 50}", "mine")?;
/// let digits = synth::dataset(500, 1);
/// let data = TrainData { train: &digits, test: None };
/// let folder = tempfile::tempdir().unwrap();
/// let options = TrainOptions { out: Some(folder.path().into()), ..TrainOptions::default() };
/// let mut stopping = |event: &Event<'_>| match event {
///     Event::Batch(report) if report.step == 7 => Flow::Stop,
///     _ => Flow::Continue,
/// };
/// assert!(matches!(train::train(&config, data, &options, &mut stopping)?, Outcome::Stopped { step: 7, .. }));
/// assert!(matches!(train::resume(folder.path(), data, None, &mut Silent)?, Outcome::Finished(_)));
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
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

/// Runs `work` on so many threads.
pub(crate) fn in_pool<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R> {
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
