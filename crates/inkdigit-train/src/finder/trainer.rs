//! A training under way.

use std::time::{Duration, Instant};

use inkdigit::Finder;
use inkdigit::finder::FinderMetadata;
use inkdigit_nn::CentreLoss;

use super::checkpoint::{self, Checkpoint, Progress, Sums};
use super::event::{Event, Observer, Start, Update};
use super::kept::kept;
use super::learner::Learner;
use super::record::{self, EvaluationRecord};
use super::scenes::{Batch, Scenes};
use super::validation::{Validation, validate};
use super::{Digits, Outcome, Trained};
use crate::config::FinderConfig;
use crate::error::{Error, Result};
use crate::synth::scene::DigitSource;
use crate::train::{Flow, Purpose, RunFolder};

/// What a checkpoint keeps is `learner`, `best` and `progress`; all else follows from the configuration and the data.
pub(super) struct Trainer<'a> {
    config: FinderConfig,
    name: String,
    digits: &'a Digits,
    scenes: Scenes<'a>,
    validation: Scenes<'a>,
    folder: Option<RunFolder>,
    learner: Learner,
    /// The numbers that found the most right.
    best: Option<Vec<f32>>,
    progress: Progress,
    /// The step of the last checkpoint.
    saved: Option<usize>,
    session: Session,
}

/// What was done since the program began, for telling how long the rest will take.
#[derive(Default)]
struct Session {
    updates: usize,
    seconds: f64,
}

impl<'a> Trainer<'a> {
    pub(super) fn new(config: &FinderConfig, digits: &'a Digits, name: String) -> Result<Self> {
        let scenes = |digits, purpose| Scenes::new(DigitSource::new(digits), config, purpose);
        Ok(Self {
            scenes: scenes(&digits.train, Purpose::Scenes),
            validation: scenes(&digits.held_out, Purpose::ValidationScenes),
            learner: Learner::new(config)?,
            config: config.clone(),
            name,
            digits,
            folder: None,
            best: None,
            progress: Progress::default(),
            saved: None,
            session: Session::default(),
        })
    }

    pub(super) fn restore(folder: &RunFolder, bytes: &[u8], digits: &'a Digits) -> Result<Self> {
        let path = folder.checkpoint().display().to_string();
        let file = checkpoint::read(bytes, &path)?;
        let document = &file.document;
        if document.data != digits.stamp {
            let (expected, found) = (document.data.to_string(), digits.stamp.to_string());
            return Err(Error::OtherData { dir: folder.dir().to_owned(), expected, found });
        }
        document.config.validate()?;
        let mut trainer = Self::new(&document.config, digits, document.name.clone())?;
        trainer.best = checkpoint::restore(&file, &mut trainer.learner)?;
        trainer.progress = file.document.progress;
        trainer.saved = Some(trainer.progress.step);
        Ok(trainer)
    }

    /// Keeps the training in a folder from now on.
    pub(super) fn keep_in(&mut self, folder: RunFolder) -> Result<()> {
        let (csv, json) = record::files(&self.progress.history);
        folder.rewrite_history(csv, json)?;
        self.folder = Some(folder);
        Ok(())
    }

    pub(super) fn run(&mut self, observer: &mut Observer<'_>) -> Result<Outcome> {
        let steps = self.config.steps();
        if self.tell_start(observer) == Flow::Stop {
            return self.stop(observer);
        }
        let mut next = self.drawn(self.progress.step);
        while let Some(batch) = next {
            let (loss, drawn) = self.update(&batch)?;
            next = drawn;
            let mut flow = observer(&Event::Update(self.report(loss)));
            let step = self.progress.step;
            if step.is_multiple_of(self.config.evaluate_every) || step == steps {
                flow = flow.or(self.evaluate(observer)?);
                flow = flow.or(self.save(observer)?);
            } else if self.config.checkpoint_every.is_some_and(|every| step.is_multiple_of(every)) {
                flow = flow.or(self.save(observer)?);
            }
            if flow == Flow::Stop && step < steps {
                return self.stop(observer);
            }
        }
        self.finish()
    }

    /// The pictures of update `step`; none behind the last one.
    fn drawn(&self, step: usize) -> Option<Batch> {
        drawn(&self.scenes, &self.config, step)
    }

    /// One update, while the next batch is drawn.
    fn update(&mut self, batch: &Batch) -> Result<(CentreLoss, Option<Batch>)> {
        let started = Instant::now();
        let learning_rate = self.learning_rate(self.progress.step);
        let Self { learner, scenes, config, progress, .. } = self;
        let next = progress.step + 1;
        let (loss, drawn) =
            rayon::join(|| learner.update(config, batch, learning_rate), || drawn(scenes, config, next));
        if !loss.total().is_finite() {
            return Err(self.diverged("the loss", loss.total() as f32, next));
        }
        let seconds = started.elapsed().as_secs_f64();
        self.progress.step = next;
        let since = &mut self.progress.since;
        *since = Sums {
            updates: since.updates + 1,
            seconds: since.seconds + seconds,
            heat: since.heat + loss.heat,
            size: since.size + loss.size,
            offset: since.offset + loss.offset,
        };
        self.session.updates += 1;
        self.session.seconds += seconds;
        Ok((loss, drawn))
    }

    /// Looks at pictures that were held out, records, and keeps the weights if they are the best.
    fn evaluate(&mut self, observer: &mut Observer<'_>) -> Result<Flow> {
        self.check_weights()?;
        let weights = self.learner.weights();
        let pictures = self.config.validation_pictures;
        let validation = if pictures > 0 {
            let finder = Finder::new(self.learner.graph.clone(), weights.clone(), FinderMetadata::default())?;
            Some(validate(&finder, &self.validation, pictures, self.config.weights()))
        } else {
            None
        };
        let record = self.record(validation);
        let score = |record: &EvaluationRecord| record.validation.as_ref().map(|found| found.all.score());
        let best = self.progress.best.and_then(|best| score(&self.progress.history[best]));
        if let Some(score) = score(&record)
            && best.is_none_or(|best| score > best)
        {
            self.progress.best = Some(self.progress.history.len());
            self.best = self.config.keep_best.then(|| weights.data().to_vec());
        }
        if let Some(folder) = &self.folder {
            folder.append_history(record.csv_line(), record.json_line())?;
        }
        let flow = observer(&Event::Evaluation(&record));
        self.progress.history.push(record);
        self.progress.since = Sums::default();
        Ok(flow)
    }

    fn record(&self, validation: Option<Validation>) -> EvaluationRecord {
        let Sums { updates, seconds, heat, size, offset } = self.progress.since;
        let mean = |sum: f64| sum / updates.max(1) as f64;
        let pictures = (updates * self.config.batch_size) as f64;
        EvaluationRecord {
            step: self.progress.step,
            train_seconds: (seconds * 1e6).round() / 1e6,
            train_loss: mean(heat + size + offset),
            train_heat_loss: mean(heat),
            train_size_loss: mean(size),
            train_offset_loss: mean(offset),
            learning_rate: self.learning_rate(self.progress.step.saturating_sub(1)),
            pictures_per_second: (100.0 * pictures / seconds.max(1e-9)).round() / 100.0,
            validation,
        }
    }

    fn finish(&mut self) -> Result<Outcome> {
        let Self { config, name, learner, progress, .. } = &*self;
        let (finder, step) = kept(config, name, learner, self.best.as_deref(), progress)?;
        let path = match &self.folder {
            Some(folder) => Some(folder.save_model(&finder.to_bytes()?)?),
            None => None,
        };
        let history = self.progress.history.clone();
        Ok(Outcome::Finished(Box::new(Trained { finder, path, history, step })))
    }

    fn stop(&mut self, observer: &mut Observer<'_>) -> Result<Outcome> {
        if self.saved != Some(self.progress.step) {
            self.save(observer)?;
        }
        let dir = self.folder.as_ref().map(|folder| folder.dir().to_owned());
        Ok(Outcome::Stopped { dir, step: self.progress.step, steps: self.config.steps() })
    }

    /// Writes a checkpoint, if the run has a folder.
    fn save(&mut self, observer: &mut Observer<'_>) -> Result<Flow> {
        let Some(folder) = &self.folder else { return Ok(Flow::Continue) };
        self.check_weights()?;
        let checkpoint = Checkpoint {
            config: &self.config,
            name: &self.name,
            data: &self.digits.stamp,
            progress: &self.progress,
            learner: &self.learner,
            best: self.best.as_deref(),
        };
        folder.save_checkpoint(&checkpoint.to_bytes())?;
        self.saved = Some(self.progress.step);
        Ok(observer(&Event::Checkpoint { path: folder.checkpoint(), step: self.progress.step }))
    }

    /// A loss is seen before the update it leads to; what that update did to the weights is seen here.
    fn check_weights(&self) -> Result<()> {
        match self.learner.params.data().iter().find(|weight| !weight.is_finite()) {
            Some(&weight) => Err(self.diverged("a weight", weight, self.progress.step)),
            None => Ok(()),
        }
    }

    fn diverged(&self, what: &'static str, value: f32, step: usize) -> Error {
        let checkpoint = self.folder.as_ref().map(|folder| folder.checkpoint().to_owned());
        Error::Diverged {
            what,
            value,
            step,
            epoch: 1 + step.saturating_sub(1) / self.config.evaluate_every,
            learning_rate: self.learning_rate(step.saturating_sub(1)),
            checkpoint: checkpoint.filter(|path| path.exists()),
        }
    }

    fn learning_rate(&self, step: usize) -> f32 {
        let FinderConfig { schedule, learning_rate, evaluate_every, .. } = &self.config;
        schedule.learning_rate(*learning_rate, step, self.config.steps(), *evaluate_every)
    }

    fn tell_start(&self, observer: &mut Observer<'_>) -> Flow {
        observer(&Event::Start(Start {
            config: &self.config,
            parameters: self.learner.params.trainable_len(),
            training_digits: self.digits.train.len(),
            steps: self.config.steps(),
            step: self.progress.step,
        }))
    }

    fn report(&self, loss: CentreLoss) -> Update {
        let Session { updates, seconds } = self.session;
        let Progress { step, since, .. } = &self.progress;
        let each = seconds / updates.max(1) as f64;
        let left = self.config.steps().saturating_sub(*step);
        Update {
            step: *step,
            steps: self.config.steps(),
            loss: loss.total(),
            mean_loss: (since.heat + since.size + since.offset) / since.updates.max(1) as f64,
            learning_rate: self.learning_rate(step.saturating_sub(1)),
            pictures_per_second: self.config.batch_size as f64 / each.max(1e-9),
            eta: Duration::try_from_secs_f64(each * left as f64).unwrap_or_default(),
        }
    }
}

fn drawn(scenes: &Scenes<'_>, config: &FinderConfig, step: usize) -> Option<Batch> {
    let first = step as u64 * config.batch_size as u64;
    let left = config.pictures.saturating_sub(first).min(config.batch_size as u64) as usize;
    (left > 0).then(|| scenes.batch(first, left))
}
