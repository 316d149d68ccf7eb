//! The loop: shuffled batches, a step for each, an evaluation at each epoch's end, one stage after the other.

use std::time::Instant;

use inkdigit::model::{Metadata, Model};
use inkdigit_nn::exec::Noise;
use inkdigit_nn::{Executor, Graph, Loss, Params};

use super::batches::{Purpose, seed_for};
use super::checkpoint::{self, Checkpoint, DataStamp};
use super::folder::RunFolder;
use super::history;
use super::inputs::TrainData;
use super::observe::{Event, Flow, Observer};
use super::outcome::{Outcome, Trained};
use super::plan::{StagePlan, plan};
use super::progress::{Measured, Progress};
use super::split;
use super::stage::Stage;
use super::started::Started;
use crate::calibrate;
use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::evaluate;
use crate::networks::{self, Network};

mod tell;

use tell::Session;

/// A training under way. What a checkpoint keeps is `params`, `progress`, and of the stage its optimizer, average
/// and best numbers; all else follows from the configuration and the data.
pub(super) struct Trainer<'a> {
    config: TrainConfig,
    plan: Vec<StagePlan>,
    name: String,
    /// The network of the model it goes on from, if it does.
    started: Option<Started>,
    data: TrainData<'a>,
    stamp: DataStamp,
    folder: Option<RunFolder>,
    /// The images to train on, as indices into the training set.
    images: Vec<usize>,
    /// Those that are held out.
    validation: Vec<usize>,
    graph: Graph,
    executor: Executor,
    params: Params,
    /// In the layout of the parameters.
    grads: Vec<f32>,
    stage: Stage<'a>,
    progress: Progress,
    /// The step and epoch of the last checkpoint.
    saved: Option<(usize, usize)>,
}

impl<'a> Trainer<'a> {
    /// A training before its first update.
    pub(super) fn new(config: &TrainConfig, data: TrainData<'a>, name: String) -> Result<Self> {
        if let Network::From(start) = &config.network {
            let (started, params) = Started::open(start)?;
            return Self::of(config, data, name, (started.graph.clone(), params), Some(started));
        }
        let graph = networks::build(&config.network, config.scaling)?;
        let params = Params::init(&graph, seed_for(config.seed, Purpose::Weights));
        Self::of(config, data, name, (graph, params), None)
    }

    /// A training of this network, before its first update.
    fn of(
        config: &TrainConfig,
        data: TrainData<'a>,
        name: String,
        (graph, params): (Graph, Params),
        started: Option<Started>,
    ) -> Result<Self> {
        if config.test_each_epoch && data.test.is_none_or(Dataset::is_empty) {
            return Err(Error::NoTestData);
        }
        let (images, validation) = split::indices(data.train, config.validation)?;
        Ok(Self {
            plan: plan(config, images.len()),
            stamp: DataStamp::of(data.train),
            folder: None,
            executor: Executor::new(&graph),
            grads: vec![0.0; params.data().len()],
            stage: Stage::begin(config.stages().swap_remove(0), data.train, images.clone(), &params),
            progress: Progress::default(),
            saved: None,
            config: config.clone(),
            name,
            started,
            data,
            images,
            validation,
            graph,
            params,
        })
    }

    /// The training that a checkpoint is of.
    pub(super) fn restore(folder: &RunFolder, bytes: &[u8], data: TrainData<'a>) -> Result<Self> {
        let path = folder.checkpoint().display().to_string();
        let (file, config) = checkpoint::read(bytes, &path)?;
        let document = &file.document;
        let found = DataStamp::of(data.train);
        if found != document.data {
            let (expected, found) = (document.data.to_string(), found.to_string());
            return Err(Error::OtherData { dir: folder.dir().to_owned(), expected, found });
        }
        let (config, name) = (&config, document.name.clone());
        let mut trainer = match document.started.clone() {
            Some(started) => {
                let graph = started.graph.clone();
                let params = Params::init(&graph, 0);
                Self::of(config, data, name, (graph, params), Some(started))?
            }
            None => Self::new(config, data, name)?,
        };
        trainer.progress = document.progress.clone();
        let stage = config.stages().swap_remove(trainer.progress.stage.index);
        trainer.stage = Stage::begin(stage, data.train, trainer.images.clone(), &trainer.params);
        checkpoint::restore(&file, &trainer.graph, &mut trainer.params, &mut trainer.stage)?;
        Ok(trainer)
    }

    /// Keeps the run in this folder from now on, whose history becomes that of this training.
    pub(super) fn keep_in(&mut self, folder: RunFolder) -> Result<()> {
        let (csv, json) = history::files(!self.config.then.is_empty(), &self.progress.history);
        folder.rewrite_history(csv, json)?;
        self.folder = Some(folder);
        Ok(())
    }

    /// Trains to the end, or until the observer stops it.
    pub(super) fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome> {
        let mut session = Session::default();
        let mut flow = self.tell_start(observer);
        while flow == Flow::Continue && !self.finished() {
            if self.stage_finished() {
                flow = self.begin_stage(observer);
            } else {
                flow = self.epoch(observer, &mut session)?;
            }
        }
        if flow == Flow::Stop { self.stop(observer) } else { self.finish() }
    }

    /// Trains to the epoch's end, and on the last one doesn't stop for anybody any more.
    fn epoch(&mut self, observer: &mut dyn Observer, session: &mut Session) -> Result<Flow> {
        let (batches, progress) = (&self.stage.batches, &self.progress);
        let order = batches.order(progress.stage_epoch());
        let left = self.stage.plan.steps.saturating_sub(progress.stage_step());
        for batch in batches.of(&order, progress.batch, left) {
            let started = Instant::now();
            let loss = self.update(batch)?;
            let seconds = started.elapsed().as_secs_f64();
            let digits = self.stage.batches.digits(batch.len());
            self.progress.record(loss, digits, seconds);
            session.record(seconds);

            let mut flow = observer.on(&Event::Batch(self.report(loss, digits, session)));
            flow = flow.or(self.show_numbers(batch.len(), observer));
            if self.config.checkpoint_every.is_some_and(|every| self.progress.step.is_multiple_of(every)) {
                flow = flow.or(self.save(observer)?);
            }
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        let flow = self.end_epoch(observer)?;
        Ok(if self.finished() { Flow::Continue } else { flow })
    }

    /// One update: a batch forward and backward, and a step of the optimizer.
    fn update(&mut self, batch: &[usize]) -> Result<Loss> {
        let (epoch, step) = (self.progress.stage_epoch(), self.progress.stage_step());
        let Stage { config, plan, batches, optimizer, average, .. } = &mut self.stage;
        let pictures = batches.pictures(batch.len());
        // Outliers must not decide what digits are normalised by: noise moves it too much.
        self.executor.exclude_from_statistics(pictures - batches.digits(batch.len()));
        let input = self.executor.input(pictures);
        let labels = batches.fill(batch, epoch, step, input);
        let noise = Noise { seed: seed_for(config.seed, Purpose::Dropout), step: step as u64 };
        self.executor.train(&self.params, noise);
        let loss = self.executor.loss(labels, config.label_smoothing);
        if !loss.mean.is_finite() {
            return Err(self.diverged("the loss", loss.mean));
        }
        self.executor.backward(&self.params, &mut self.grads);
        optimizer.step(&mut self.params, &self.grads, plan.learning_rate(step));
        self.executor.update_running_statistics(&mut self.params);
        if let Some(average) = average {
            average.update(&self.params);
        }
        Ok(loss)
    }

    /// Evaluates, records, and keeps what a continued training needs.
    fn end_epoch(&mut self, observer: &mut dyn Observer) -> Result<Flow> {
        self.check_weights()?;
        let weights = self.stage.weights(&self.params);
        let score =
            |data: &Dataset, indices: Option<&[usize]>| evaluate::score(&self.graph, &weights, data, indices);
        let validation =
            (!self.validation.is_empty()).then(|| score(self.data.train, Some(&self.validation)));
        let test = self.data.test.filter(|_| self.config.test_each_epoch).map(|test| score(test, None));
        let is_best = self.progress.end_epoch(Measured {
            stage: (self.plan.len() > 1).then_some(self.progress.stage.index + 1),
            learning_rate: self.stage.plan.learning_rate(self.progress.stage_step() - 1),
            validation,
            test,
        });
        if is_best && self.config.keep_best {
            self.stage.best = Some(weights.data().to_vec());
        }
        let mut flow = Flow::Continue;
        if let Some(record) = self.progress.history.last() {
            if let Some(folder) = &self.folder {
                folder.append_history(record.csv_line(), record.json_line())?;
            }
            flow = observer.on(&Event::Epoch(record));
        }
        Ok(flow.or(self.save(observer)?))
    }

    /// Begins the next stage with the weights that this one chose.
    fn begin_stage(&mut self, observer: &mut dyn Observer) -> Flow {
        let from_epoch = self.chosen_epoch();
        self.params = self.stage.chosen(&self.params).into_owned();
        self.progress.begin_stage();
        let index = self.progress.stage.index;
        let config = self.config.stages().swap_remove(index);
        self.stage = Stage::begin(config, self.data.train, self.images.clone(), &self.params);
        observer.on(&Event::Stage { stage: index + 1, stages: self.plan.len(), from_epoch })
    }

    fn stage_finished(&self) -> bool {
        let patience = self.stage.config.early_stopping;
        let waited = patience.is_some_and(|patience| self.progress.epochs_since_best() >= patience);
        self.progress.batch == 0 && (self.progress.stage_step() >= self.stage.plan.steps || waited)
    }

    fn finished(&self) -> bool {
        self.progress.stage.index + 1 == self.plan.len() && self.stage_finished()
    }

    /// Updates of the whole training. A stage that ended early has made it shorter.
    fn steps(&self) -> usize {
        let stage = &self.progress.stage;
        stage.step + self.plan[stage.index..].iter().map(|stage| stage.steps).sum::<usize>()
    }

    /// Epochs of the whole training.
    fn epochs(&self) -> usize {
        let stage = &self.progress.stage;
        stage.epoch + self.plan[stage.index..].iter().map(StagePlan::epochs).sum::<usize>()
    }

    /// The epoch whose weights [`Stage::chosen`] gives.
    fn chosen_epoch(&self) -> usize {
        match (&self.stage.best, &self.progress.best) {
            (Some(_), Some((epoch, _))) => *epoch,
            _ => self.progress.epoch,
        }
    }

    fn finish(&mut self) -> Result<Outcome> {
        let (progress, epoch) = (&self.progress, self.chosen_epoch());
        let record = progress.history.iter().find(|record| record.epoch == epoch);
        let metadata = Metadata {
            name: self.name.clone(),
            config: serde_json::to_value(&self.config).expect("a configuration is plain data"),
            training_images: self.images.len(),
            validation_accuracy: record.and_then(|record| record.validation_accuracy),
            test_accuracy: record.and_then(|record| record.test_accuracy),
            origin: self.started.as_ref().map(|started| started.origin.clone()),
            ..Metadata::default()
        };
        let mut weights = self.stage.chosen(&self.params).into_owned();
        if let Some(bits) = self.config.significant_bits {
            weights.round(bits);
        }
        let mut model = Model::new(self.graph.clone(), weights, metadata)?;
        model.metadata.temperature = self.temperature(&model);
        let path = match &self.folder {
            Some(folder) => Some(folder.save_model(&model.to_bytes()?)?),
            None => None,
        };
        let stopped_early = progress.step < self.steps();
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
        Ok(Outcome::Stopped { dir, step: self.progress.step, steps: self.steps() })
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
            stage: &self.stage,
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
        let in_stage = self.progress.stage_step();
        // The loss is of the update under way, a weight of the one before.
        let (step, made) =
            if what == "the loss" { (step + 1, in_stage) } else { (step, in_stage.saturating_sub(1)) };
        Error::Diverged {
            what,
            value,
            step,
            epoch: epoch + 1,
            learning_rate: self.stage.plan.learning_rate(made),
            checkpoint: self
                .folder
                .as_ref()
                .map(|folder| folder.checkpoint().to_owned())
                .filter(|path| path.exists()),
        }
    }
}
