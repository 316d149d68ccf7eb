//! Training: shuffled batches, a step for each, an evaluation at each epoch's end, and a folder that a
//! training can be continued from to the same bits.
//!
//! Every random choice is drawn from a stream of its own, named by the seed, the purpose and the place
//! (epoch, image, step); nothing depends on the number of threads, nor on where a training was interrupted.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use inkdigit_nn::exec::Noise;
use inkdigit_nn::{Ema, Executor, Graph, Loss, Optimizer, Params};

use crate::calibrate;
use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::evaluate::{self, Score};
use crate::networks::{self, Network};
use inkdigit::model::{Metadata, Model};

mod batches;
mod checkpoint;
mod compare;
mod folder;
mod history;
mod observe;
mod run;
mod split;
mod started;

use batches::{Batches, Purpose, seed_for};
use checkpoint::{Checkpoint, DataStamp, Progress};
use folder::RunFolder;
use started::Started;

pub use compare::{Comparison, Difference, Summary, compare};
pub use folder::{CHECKPOINT_FILE, CONFIG_FILE, HISTORY_CSV, HISTORY_JSONL, MACHINE_FILE, saved_config};
pub use history::EpochRecord;
pub use observe::{BatchReport, Event, Flow, Numbers, Observer, Silent, Start};
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
    /// The epoch (from 1) whose weights the model has.
    pub epoch: usize,
    /// Whether early stopping ended the training.
    pub stopped_early: bool,
}

/// Trains a network from the beginning, or from where the model is that the configuration names.
///
/// # Errors
/// Those of [`TrainConfig::validate`] and [`Start::open`](networks::Start::open); [`Error::NotTrainable`]; [`Error::RunExists`]; [`Error::NotEnoughData`] if validation leaves
/// nothing to train on; [`Error::NoTestData`]; [`Error::Diverged`]; [`Error::Write`], [`Error::DiskFull`];
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
            trainer.folder =
                Some(RunFolder::create(dir, options.overwrite, config, options.machine.as_ref())?);
        }
        trainer.run(observer)
    })?
}

/// Continues the training in `dir` from its last checkpoint, with its configuration, to the same bits as if
/// it had never been interrupted.
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::OtherData`], [`Error::NotAModel`], [`Error::ModelTruncated`],
/// [`Error::ModelShapes`], and those of [`train`].
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
        folder.rewrite_history(&trainer.progress.history)?;
        trainer.folder = Some(folder);
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

/// A training under way. What a checkpoint keeps is `params`, `optimizer`, `average`, `best` and `progress`;
/// all else follows from the configuration and the data.
struct Trainer<'a> {
    config: TrainConfig,
    name: String,
    /// The network of the model it goes on from, if it does.
    started: Option<Started>,
    data: TrainData<'a>,
    stamp: DataStamp,
    folder: Option<RunFolder>,
    batches: Batches,
    validation: Vec<usize>,
    /// Updates of the whole training.
    steps: usize,
    graph: Graph,
    executor: Executor,
    params: Params,
    /// In the layout of the parameters.
    grads: Vec<f32>,
    optimizer: Optimizer,
    average: Option<Ema>,
    /// The numbers that were best on the validation images.
    best: Option<Vec<f32>>,
    progress: Progress,
    /// The step and epoch of the last checkpoint.
    saved: Option<(usize, usize)>,
}

impl<'a> Trainer<'a> {
    fn new(config: &TrainConfig, data: TrainData<'a>, name: String) -> Result<Self> {
        if let Network::From(start) = &config.network {
            let (started, params) = Started::open(start)?;
            return Self::of(config, data, name, started.graph.clone(), params, Some(started));
        }
        let graph = networks::build(&config.network, config.scaling)?;
        let params = Params::init(&graph, seed_for(config.seed, Purpose::Weights));
        Self::of(config, data, name, graph, params, None)
    }

    /// A training of this network, before its first update.
    fn of(
        config: &TrainConfig,
        data: TrainData<'a>,
        name: String,
        graph: Graph,
        params: Params,
        started: Option<Started>,
    ) -> Result<Self> {
        if config.test_each_epoch && data.test.is_none_or(Dataset::is_empty) {
            return Err(Error::NoTestData);
        }
        let (train, validation) = split::indices(data.train, config.validation)?;
        let batches = Batches::new(train, config);
        let by_epochs = || (config.epochs * batches.per_epoch() as f64).round().max(1.0) as usize;
        Ok(Self {
            steps: config.num_iterations.unwrap_or_else(by_epochs),
            stamp: DataStamp::of(data.train),
            folder: None,
            executor: Executor::new(&graph),
            grads: vec![0.0; params.data().len()],
            optimizer: Optimizer::new(config.optimizer, &params),
            average: config.ema.map(|decay| Ema::new(decay, &params)),
            best: None,
            progress: Progress::default(),
            saved: None,
            config: config.clone(),
            name,
            started,
            data,
            batches,
            validation,
            graph,
            params,
        })
    }

    fn restore(folder: &RunFolder, bytes: &[u8], data: TrainData<'a>) -> Result<Self> {
        let path = folder.checkpoint().display().to_string();
        let file = checkpoint::read(bytes, &path)?;
        let found = DataStamp::of(data.train);
        if found != file.document.data {
            let (expected, found) = (file.document.data.to_string(), found.to_string());
            return Err(Error::OtherData { dir: folder.dir().to_owned(), expected, found });
        }
        file.document.config.validate()?;
        let (config, name) = (&file.document.config, file.document.name.clone());
        let mut trainer = match file.document.started.clone() {
            Some(started) => {
                let graph = started.graph.clone();
                let params = Params::init(&graph, 0);
                Self::of(config, data, name, graph, params, Some(started))?
            }
            None => Self::new(config, data, name)?,
        };
        checkpoint::restore(
            &file,
            &trainer.graph,
            &mut trainer.params,
            &mut trainer.optimizer,
            trainer.average.as_mut(),
            &mut trainer.best,
        )?;
        trainer.progress = file.document.progress;
        Ok(trainer)
    }

    fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome> {
        if self.tell_start(observer) == Flow::Stop {
            return self.stop(observer);
        }
        let mut session = Session::default();
        while !self.finished() {
            let order = self.batches.order(self.progress.epoch);
            for batch in
                self.batches.of(&order, self.progress.batch, self.steps.saturating_sub(self.progress.step))
            {
                let started = Instant::now();
                let loss = self.update(batch)?;
                let seconds = started.elapsed().as_secs_f64();
                let digits = self.batches.digits(batch.len());
                self.progress.record(loss, digits, seconds);
                session.record(seconds);

                let mut flow = observer.on(&Event::Batch(self.report(loss, digits, &session)));
                flow = flow.or(self.show_numbers(batch.len(), observer));
                if self.config.checkpoint_every.is_some_and(|every| self.progress.step.is_multiple_of(every))
                {
                    flow = flow.or(self.save(observer)?);
                }
                if flow == Flow::Stop {
                    return self.stop(observer);
                }
            }
            if self.end_epoch(observer)? == Flow::Stop && !self.finished() {
                return self.stop(observer);
            }
        }
        self.finish()
    }

    /// One update: a batch forward and backward, and a step of the optimizer.
    fn update(&mut self, batch: &[usize]) -> Result<Loss> {
        let progress = &self.progress;
        let pictures = self.batches.pictures(batch.len());
        // Outliers must not decide what digits are normalised by: noise moves it too much.
        self.executor.exclude_from_statistics(pictures - self.batches.digits(batch.len()));
        let input = self.executor.input(pictures);
        let labels = self.batches.fill(self.data.train, batch, progress.epoch, progress.step, input);
        let noise = Noise { seed: seed_for(self.config.seed, Purpose::Dropout), step: progress.step as u64 };
        self.executor.train(&self.params, noise);
        let loss = self.executor.loss(labels, self.config.label_smoothing);
        if !loss.mean.is_finite() {
            return Err(self.diverged("the loss", loss.mean));
        }
        self.executor.backward(&self.params, &mut self.grads);
        let learning_rate = self.learning_rate(self.progress.step);
        self.optimizer.step(&mut self.params, &self.grads, learning_rate);
        self.executor.update_running_statistics(&mut self.params);
        if let Some(average) = &mut self.average {
            average.update(&self.params);
        }
        Ok(loss)
    }

    /// Evaluates, records, and keeps what a continued training needs.
    fn end_epoch(&mut self, observer: &mut dyn Observer) -> Result<Flow> {
        self.check_weights()?;
        let learning_rate = self.learning_rate(self.progress.step - 1);
        let weights = weights(&self.params, self.average.as_ref());
        let validation = (!self.validation.is_empty())
            .then(|| evaluate::score(&self.graph, &weights, self.data.train, Some(&self.validation)));
        let test = self.data.test.filter(|_| self.config.test_each_epoch);
        let test = test.map(|test| evaluate::score(&self.graph, &weights, test, None));
        let record = self.progress.end_epoch(learning_rate, validation, test);
        if let Some(score) = validation.filter(|score| self.progress.is_best(score)) {
            self.progress.best = Some((record.epoch, score));
            if self.config.keep_best {
                self.best = Some(weights.data().to_vec());
            }
        }
        if let Some(folder) = &self.folder {
            folder.append_history(&record)?;
        }
        let flow = observer.on(&Event::Epoch(&record));
        Ok(flow.or(self.save(observer)?))
    }

    fn finished(&self) -> bool {
        let patience = self.config.early_stopping;
        let waited = patience.is_some_and(|patience| self.progress.epochs_since_best() >= patience);
        self.progress.batch == 0 && (self.progress.step >= self.steps || waited)
    }

    fn finish(&mut self) -> Result<Outcome> {
        let progress = &self.progress;
        let (epoch, weights) = match (&self.best, &progress.best) {
            (Some(best), Some((epoch, _))) => (*epoch, Cow::Owned(self.params.with_data(best.clone()))),
            _ => (progress.epoch, weights(&self.params, self.average.as_ref())),
        };
        let record = progress.history.iter().find(|record| record.epoch == epoch);
        let metadata = Metadata {
            name: self.name.clone(),
            config: serde_json::to_value(&self.config).expect("a configuration is plain data"),
            training_images: self.batches.images(),
            validation_accuracy: record.and_then(|record| record.validation_accuracy),
            test_accuracy: record.and_then(|record| record.test_accuracy),
            origin: self.started.as_ref().map(|started| started.origin.clone()),
            ..Metadata::default()
        };
        let mut weights = weights.into_owned();
        if let Some(bits) = self.config.significant_bits {
            weights.round(bits);
        }
        let mut model = Model::new(self.graph.clone(), weights, metadata)?;
        model.metadata.temperature = self.temperature(&model);
        let path = self.folder.as_ref().map(|folder| folder.save_model(&model)).transpose()?;
        let stopped_early = progress.step < self.steps;
        let history = progress.history.clone();
        Ok(Outcome::Finished(Box::new(Trained { model, path, history, epoch, stopped_early })))
    }

    /// What the model's logits are to be divided by, by the images that were held out.
    fn temperature(&self, model: &Model) -> f32 {
        let data = self.data.train;
        let pixels: Vec<u8> = self.validation.iter().flat_map(|&index| data.image(index)).copied().collect();
        let labels: Vec<u8> = self.validation.iter().map(|&index| data.labels()[index]).collect();
        calibrate::temperature(&model.logits(&pixels), &labels)
    }

    fn stop(&mut self, observer: &mut dyn Observer) -> Result<Outcome> {
        if self.saved != Some((self.progress.step, self.progress.epoch)) {
            self.save(observer)?;
        }
        let dir = self.folder.as_ref().map(|folder| folder.dir().to_owned());
        Ok(Outcome::Stopped { dir, step: self.progress.step, steps: self.steps })
    }

    /// Writes a checkpoint, if the run has a folder.
    fn save(&mut self, observer: &mut dyn Observer) -> Result<Flow> {
        let Some(folder) = &self.folder else { return Ok(Flow::Continue) };
        self.check_weights()?;
        let checkpoint = Checkpoint {
            config: &self.config,
            name: &self.name,
            data: &self.stamp,
            progress: &self.progress,
            started: self.started.as_ref(),
            params: &self.params,
            optimizer: &self.optimizer,
            average: self.average.as_ref(),
            best: self.best.as_deref(),
        };
        folder.save_checkpoint(&checkpoint.to_bytes())?;
        self.saved = Some((self.progress.step, self.progress.epoch));
        Ok(observer.on(&Event::Checkpoint { path: folder.checkpoint(), step: self.progress.step }))
    }

    /// A loss is seen before the update it leads to; what that update did to the weights is seen here.
    fn check_weights(&self) -> Result<()> {
        match self.params.data().iter().find(|weight| !weight.is_finite()) {
            Some(&weight) => Err(self.diverged("a weight", weight)),
            None => Ok(()),
        }
    }

    fn diverged(&self, what: &'static str, value: f32) -> Error {
        let Progress { step, epoch, .. } = self.progress;
        // The loss is of the update under way, a weight of the one before.
        let (step, made) = if what == "the loss" { (step + 1, step) } else { (step, step.saturating_sub(1)) };
        Error::Diverged {
            what,
            value,
            step,
            epoch: epoch + 1,
            learning_rate: self.learning_rate(made),
            checkpoint: self
                .folder
                .as_ref()
                .map(|folder| folder.checkpoint().to_owned())
                .filter(|path| path.exists()),
        }
    }

    fn learning_rate(&self, step: usize) -> f32 {
        let TrainConfig { schedule, learning_rate, .. } = &self.config;
        schedule.learning_rate(*learning_rate, step, self.steps, self.batches.per_epoch())
    }

    fn tell_start(&self, observer: &mut dyn Observer) -> Flow {
        observer.on(&Event::Start(Start {
            config: &self.config,
            graph: &self.graph,
            training_images: self.batches.images(),
            validation_images: self.validation.len(),
            steps: self.steps,
            steps_per_epoch: self.batches.per_epoch(),
            step: self.progress.step,
        }))
    }

    fn show_numbers(&mut self, images: usize, observer: &mut dyn Observer) -> Flow {
        let pictures = self.batches.pictures(images);
        observer.on(&Event::Numbers(Numbers {
            step: self.progress.step,
            batch: self.progress.batch,
            batches: self.batches.per_epoch(),
            params: &self.params,
            gradients: &self.grads,
            images: self.executor.input(pictures),
            labels: self.batches.labels(),
        }))
    }

    fn report(&self, loss: Loss, images: usize, session: &Session) -> BatchReport {
        let progress = &self.progress;
        let left = self.steps.saturating_sub(progress.step);
        BatchReport {
            step: progress.step,
            steps: self.steps,
            epoch: progress.epoch + 1,
            batch: progress.batch,
            batches: self.batches.per_epoch(),
            loss: loss.mean,
            accuracy: loss.correct as f32 / images as f32,
            epoch_loss: progress.loss() as f32,
            epoch_accuracy: progress.accuracy() as f32,
            learning_rate: self.learning_rate(progress.step - 1),
            images_per_second: progress.images_per_second() as f32,
            eta: Duration::try_from_secs_f64(session.seconds / session.steps.max(1) as f64 * left as f64)
                .unwrap_or_default(),
        }
    }
}

/// The weights to evaluate and to keep: the average, where there is one.
fn weights<'p>(params: &'p Params, average: Option<&Ema>) -> Cow<'p, Params> {
    match average {
        Some(average) => Cow::Owned(params.with_data(average.average().to_vec())),
        None => Cow::Borrowed(params),
    }
}

/// What was done since the program began, for telling how long the rest will take.
#[derive(Default)]
struct Session {
    steps: usize,
    seconds: f64,
}

impl Session {
    fn record(&mut self, seconds: f64) {
        self.steps += 1;
        self.seconds += seconds;
    }
}

impl Progress {
    fn is_best(&self, score: &Score) -> bool {
        self.best.as_ref().is_none_or(|(_, best)| {
            score.accuracy > best.accuracy || score.accuracy == best.accuracy && score.loss < best.loss
        })
    }
}
