//! A run to be looked at: what its folder holds, and a word on each part that is missing or damaged.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::folder::{CONFIG_FILE, HISTORY_JSONL, MACHINE_FILE, saved_config, saved_task};
use super::history::{self, EpochRecord};
use super::plan::{StagePlan, plan};
use crate::config::{Task, TrainConfig};
use crate::error::{Error, Result};
use inkdigit::error::with_causes;
use inkdigit::model::{MODEL_FILE, Model};

/// A training that has ended or is under way, or a model alone.
///
/// A run may be half written, or of another version: what can be read of it is there, and [`Run::gaps`] says why
/// the rest isn't.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it is called: the folder's name, or what its model was asked for by.
    pub name: String,
    /// Its folder; none for a model alone.
    pub dir: Option<PathBuf>,
    /// How it is trained.
    pub config: Option<TrainConfig>,
    /// A record for each epoch that has ended.
    pub history: Vec<EpochRecord>,
    /// What it ran on, as the program that trained it described that.
    pub machine: Option<Map<String, Value>>,
    /// Its result.
    pub model: Option<Model>,
    /// What isn't there.
    pub gaps: Vec<Gap>,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// [`Run::config`].
    Config,
    /// [`Run::history`], or some of it.
    History,
    /// [`Run::machine`].
    Machine,
    /// [`Run::model`].
    Model,
}

/// A part that isn't there, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The part.
    pub part: Part,
    /// Why it is missing, as a sentence without its full stop.
    pub why: String,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "configuration",
            Self::History => "history",
            Self::Machine => "machine",
            Self::Model => "model",
        })
    }
}

impl Run {
    /// The run in `dir`.
    ///
    /// # Errors
    /// [`Error::Read`](inkdigit::Error::Read) if the folder can't be read, [`Error::FinderRun`] for a finder's,
    /// [`Error::NoRun`] if neither a configuration, a history nor a
    /// model can be had from it.
    pub fn open(dir: &Path) -> Result<Self> {
        fs::read_dir(dir).map_err(|cause| Error::read(dir, cause))?;
        if let Ok(Task::Finder(_)) = saved_task(dir) {
            return Err(Error::FinderRun { dir: dir.to_owned() });
        }
        let mut run = Self {
            // A name even for `.`, whose own has no letters.
            name: fs::canonicalize(dir)
                .ok()
                .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
                .unwrap_or_else(|| dir.display().to_string()),
            dir: Some(dir.to_owned()),
            config: None,
            history: Vec::new(),
            machine: None,
            model: None,
            gaps: Vec::new(),
        };
        run.read_config(dir);
        run.read_history(dir);
        run.read_machine(dir);
        run.read_model(dir);
        if run.config.is_none() && run.history.is_empty() && run.model.is_none() {
            let why = |part| run.gaps.iter().find(|gap| gap.part == part).map(|gap| gap.why.clone());
            let cause = [Part::Config, Part::History, Part::Model].into_iter().filter_map(why);
            return Err(Error::NoRun { dir: dir.to_owned(), cause: cause.collect::<Vec<_>>().join("; ") });
        }
        Ok(run)
    }

    /// A model alone, as it is called here.
    pub fn of_model(name: &str, model: Model) -> Self {
        let why = |part, why: &str| Gap { part, why: why.into() };
        let config = TrainConfig::of(&model);
        let mut gaps = vec![
            why(Part::History, "this is a model alone: its training's folder has the history of the epochs"),
            why(Part::Machine, "a model doesn't say what it was trained on"),
        ];
        if config.is_none() {
            gaps.push(why(Part::Config, "the model doesn't say how it was trained"));
        }
        Self {
            name: name.into(),
            dir: None,
            config,
            history: Vec::new(),
            machine: None,
            model: Some(model),
            gaps,
        }
    }

    /// Why a part is missing, or not whole.
    pub fn gap(&self, part: Part) -> Option<&str> {
        self.gaps.iter().find(|gap| gap.part == part).map(|gap| gap.why.as_str())
    }

    /// The epoch that was best on the validation images, by accuracy, then by loss; of several stages that of the
    /// last one, whose weights the model has.
    pub fn best(&self) -> Option<&EpochRecord> {
        history::best(&self.history)
    }

    /// The stages of the training; none where nothing says how many images there were.
    pub fn plan(&self) -> Option<Vec<StagePlan>> {
        let images = self.model.as_ref()?.metadata.training_images;
        (images > 0).then_some(plan(self.config.as_ref()?, images))
    }

    /// Updates made when each epoch of the history had ended; none where [`Run::plan`] is.
    pub fn steps(&self) -> Option<Vec<usize>> {
        let plan = self.plan()?;
        let mut steps = Vec::with_capacity(self.history.len());
        for (stage, epochs) in self.stages() {
            let before = steps.last().copied().unwrap_or(0);
            let stage = plan.get(stage)?;
            steps.extend((1..=epochs.len()).map(|epochs| before + stage.steps_after(epochs)));
        }
        Some(steps)
    }

    /// The learning rate over the epochs, at no more than `most` updates of each stage: where on the epochs' axis,
    /// and how large. None where [`Run::plan`] is.
    pub fn learning_rates(&self, most: usize) -> Option<Vec<(f64, f64)>> {
        let plan = self.plan()?;
        let (mut rates, mut before) = (Vec::new(), 0);
        for (stage, epochs) in self.stages() {
            let stage = plan.get(stage)?;
            let made = stage.steps_after(epochs.len());
            let count = most.min(made);
            let steps = (0..count).map(|point| point * made.saturating_sub(1) / (count - 1).max(1));
            rates.extend(steps.map(|step| {
                let epochs = before as f64 + step as f64 / stage.steps_per_epoch as f64;
                (epochs, f64::from(stage.learning_rate(step)))
            }));
            before += epochs.len();
        }
        Some(rates)
    }

    /// The history by stages, which are counted from 0.
    fn stages(&self) -> impl Iterator<Item = (usize, &[EpochRecord])> {
        let chunks = self.history.chunk_by(|one, next| one.stage == next.stage);
        chunks.map(|epochs| (epochs[0].stage.map_or(0, |stage| stage.saturating_sub(1)), epochs))
    }

    /// Seconds of training in all.
    pub fn train_seconds(&self) -> f64 {
        self.history.iter().map(|record| record.train_seconds).sum()
    }

    fn miss(&mut self, part: Part, why: impl fmt::Display) {
        self.gaps.push(Gap { part, why: why.to_string() });
    }

    fn read_config(&mut self, dir: &Path) {
        match saved_config(dir) {
            Ok(config) => self.config = Some(config),
            Err(Error::NoCheckpoint { .. }) => {
                self.miss(Part::Config, format_args!("there is no {CONFIG_FILE}"))
            }
            Err(error) => self.miss(Part::Config, with_causes(&error)),
        }
    }

    fn read_history(&mut self, dir: &Path) {
        let Some(bytes) = self.read(dir, HISTORY_JSONL, Part::History) else { return };
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().count();
        for (number, line) in (1..).zip(text.lines()) {
            match serde_json::from_str::<EpochRecord>(line) {
                Ok(record) if is_finite(&record) => self.history.push(record),
                Ok(_) => self.miss(Part::History, broken_line(number, "a number isn't finite")),
                // The program may have been stopped while it wrote.
                Err(_) if number == last && !text.ends_with('\n') => {
                    self.miss(Part::History, broken_line(number, "it is half written"));
                }
                Err(error) => self.miss(Part::History, broken_line(number, error)),
            }
        }
        if self.history.is_empty() && self.gap(Part::History).is_none() {
            self.miss(Part::History, "no epoch has ended yet");
        }
    }

    fn read_machine(&mut self, dir: &Path) {
        let Some(bytes) = self.read(dir, MACHINE_FILE, Part::Machine) else { return };
        match serde_json::from_slice(&bytes) {
            Ok(machine) => self.machine = Some(machine),
            Err(error) => self.miss(Part::Machine, format_args!("{MACHINE_FILE}: {error}")),
        }
    }

    fn read_model(&mut self, dir: &Path) {
        if !dir.join(MODEL_FILE).exists() {
            let why = format_args!("there is no {MODEL_FILE}: it is written when the training ends");
            return self.miss(Part::Model, why);
        }
        match Model::open(dir.join(MODEL_FILE)) {
            Ok(model) => {
                // A model says how it was trained, too.
                if let Some(config) = TrainConfig::of(&model).filter(|_| self.config.is_none()) {
                    self.gaps.retain(|gap| gap.part != Part::Config);
                    self.config = Some(config);
                }
                self.model = Some(model);
            }
            Err(error) => self.miss(Part::Model, with_causes(&error)),
        }
    }

    /// A file of the folder; none, and a gap, if it can't be had.
    fn read(&mut self, dir: &Path, file: &str, part: Part) -> Option<Vec<u8>> {
        let path = dir.join(file);
        match fs::read(&path) {
            Ok(bytes) => return Some(bytes),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                self.miss(part, format_args!("there is no {file}"));
            }
            Err(cause) => self.miss(part, with_causes(&Error::read(&path, cause))),
        }
        None
    }
}

/// JSON has no infinities, but text like 1e999 is read as one.
fn is_finite(record: &EpochRecord) -> bool {
    let optional = [record.validation_loss, record.validation_accuracy, record.test_accuracy];
    let always = [record.train_seconds, record.train_loss, record.train_accuracy, record.images_per_second];
    always.into_iter().chain(optional.into_iter().flatten()).all(f64::is_finite)
        && record.learning_rate.is_finite()
}

fn broken_line(number: usize, cause: impl fmt::Display) -> String {
    format!("{HISTORY_JSONL}, line {number} was left out: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: &str = r#"{"epoch":1,"train_seconds":2.5,"train_loss":0.5,"train_accuracy":0.9,"validation_loss":0.4,"validation_accuracy":0.95,"learning_rate":0.001,"images_per_second":20000.0}"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            fs::write(folder.path().join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_half_written_run_gives_what_it_has() {
        let history = format!("{EPOCH}\n{}", &EPOCH[..40]);
        let run = folder(&[(CONFIG_FILE, "epochs: 3\n"), (HISTORY_JSONL, &history)]);
        let found = Run::open(run.path()).unwrap();
        assert_eq!((found.history.len(), found.config.as_ref().map(|config| config.epochs)), (1, Some(3.0)));
        assert!(found.gap(Part::History).unwrap().contains("line 2 was left out: it is half written"));
        assert!(found.gap(Part::Model).unwrap().contains("when the training ends"));
        assert!(found.gap(Part::Machine).unwrap().contains("no machine.json"));
        assert_eq!((found.best().map(|record| record.epoch), found.train_seconds()), (Some(1), 2.5));
    }

    #[test]
    fn a_run_of_another_version_gives_what_can_be_read() {
        let run = folder(&[
            (CONFIG_FILE, "layers_to_freeze: 3\n"),
            (HISTORY_JSONL, &format!("{{\"round\": 1}}\n{EPOCH}\n")),
            (MODEL_FILE, "no model"),
            (MACHINE_FILE, "[]"),
        ]);
        let found = Run::open(run.path()).unwrap();
        assert_eq!((found.history.len(), found.gaps.len()), (1, 4), "{:?}", found.gaps);
        assert!(found.gap(Part::Config).unwrap().contains("unknown key `layers_to_freeze`"));
        assert!(found.gap(Part::History).unwrap().contains("line 1"));
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let wild = EPOCH.replace("0.4", "1e999");
        let run = folder(&[(CONFIG_FILE, ""), (HISTORY_JSONL, &format!("{wild}\n"))]);
        let found = Run::open(run.path()).unwrap();
        assert!(found.history.is_empty() && found.gap(Part::History).is_some(), "{found:?}");
    }

    #[test]
    fn a_folder_without_anything_of_a_run_is_an_error() {
        let error = Run::open(folder(&[("notes.txt", "")]).path()).unwrap_err().to_string();
        assert!(error.contains("no config.yml") && error.contains("no model.onnx"), "{error}");
        assert!(matches!(
            Run::open(Path::new("no/such/run")),
            Err(Error::Library(inkdigit::Error::Read { .. }))
        ));
    }

    #[test]
    fn the_best_epoch_is_by_accuracy_then_by_loss() {
        let mut run = Run::of_model("m", Model::default());
        let record: EpochRecord = serde_json::from_str(EPOCH).unwrap();
        let with = |epoch, accuracy, loss| EpochRecord {
            epoch,
            validation_accuracy: accuracy,
            validation_loss: loss,
            ..record.clone()
        };
        assert!(run.best().is_none() && run.gap(Part::Config).is_none());
        run.history = vec![
            with(1, Some(0.9), Some(0.1)),
            with(2, Some(0.95), Some(0.3)),
            with(3, Some(0.95), Some(0.2)),
            with(4, None, None),
        ];
        assert_eq!(run.best().map(|record| record.epoch), Some(3));
    }
}
