//! What several commands take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use inkdigit::model::{InputScale, ScaleRule, ScaleSource};
use inkdigit::{Error, Finder, Model, Recognizer};
use inkdigit_train::data::{self, Dataset, Split};
use inkdigit_train::finder::{self, Snapshot};
use inkdigit_train::train::CHECKPOINT_FILE;

use crate::{output, progress};

/// Where data is read from.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct DataArgs {
    /// Folder with the data: IDX files (gzip or not), CSV files, or pictures by label in train/0..9 and
    /// test/0..9. Else the folder in the variable INKDIGIT_DATA, else MNIST, downloaded on first use.
    #[arg(long = "data", value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl DataArgs {
    /// The folder that was named, by the flag or the variable.
    pub(crate) fn named(&self) -> Option<PathBuf> {
        let variable = || std::env::var_os("INKDIGIT_DATA").filter(|value| !value.is_empty());
        self.dir.clone().or_else(|| variable().map(PathBuf::from))
    }

    /// The folder to read from; MNIST is downloaded into the cache folder if none is named and it isn't
    /// there yet.
    ///
    /// # Errors
    /// Those of the download.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let named = self.named();
        let folder = data::locate(named.as_deref())?;
        if named.is_none() && !is_complete(&folder) {
            progress::download(&folder, &[])?;
        }
        Ok(folder)
    }

    /// Reads one part of the data.
    ///
    /// # Errors
    /// Those of the download and of [`data::open`].
    pub(crate) fn open(&self, split: Split) -> Result<Dataset> {
        Ok(data::open(&self.folder()?, split)?)
    }
}

/// Whether all of MNIST is in the folder. Downloads appear whole, so names are enough.
fn is_complete(folder: &Path) -> bool {
    inkdigit_train::download::MNIST.iter().all(|file| folder.join(file.name).is_file())
}

/// Which model answers.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ModelArgs {
    /// An ONNX file, a training run's folder, a folder of versions (the newest is taken) or one of them
    /// (DIR@V), or the name of a model that is part of the program (see `inkdigit models`).
    #[arg(long = "model", value_name = "MODEL", default_value = "default")]
    pub model: String,

    #[command(flatten)]
    scale: ScaleArgs,
}

impl ModelArgs {
    /// Loads the model, and says on stderr what had to be assumed.
    ///
    /// # Errors
    /// Those of [`Model::open`].
    pub(crate) fn open(&self) -> Result<Model> {
        self.scale.open(&self.model)
    }
}

/// What finds digits on pictures.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct FinderArgs {
    /// Find digits with this finder instead of the built-in one: an ONNX file, or the folder of a training with
    /// `--recipe finder`, whose best finder so far is taken if it hasn't ended.
    #[arg(long, value_name = "FINDER")]
    finder: Option<PathBuf>,

    /// Find digits by rules instead: thresholds, connected ink, removed lines. Quick, and good on clean pages.
    #[arg(long, conflicts_with = "finder")]
    rules: bool,
}

impl FinderArgs {
    /// The recognizer with the finder that is asked for, or without one.
    ///
    /// # Errors
    /// Those of [`open_finder`].
    pub(crate) fn equip(&self, recognizer: Recognizer) -> Result<Recognizer> {
        Ok(match &self.finder {
            Some(path) => recognizer.finding_with(Arc::new(open_finder(path)?)),
            None if self.rules => recognizer.finding_by_rules(),
            None => recognizer,
        })
    }
}

/// Loads a finder; of a training that hasn't ended the best so far, which is said on stderr.
///
/// # Errors
/// Those of [`Finder::open`] and of [`inkdigit_train::finder::snapshot`].
pub(crate) fn open_finder(path: &Path) -> Result<Finder> {
    match Finder::open(path) {
        Err(Error::NoModelInFolder { dir, .. }) if dir.join(CHECKPOINT_FILE).is_file() => {
            let Snapshot { finder, step, steps } = finder::snapshot(&dir)?;
            output::note(format_args!(
                "{}: its training hasn't ended; the finder after {} of {} updates is taken",
                dir.display(),
                output::grouped(step),
                output::grouped(steps)
            ));
            Ok(finder)
        }
        opened => Ok(opened?),
    }
}

/// Which model or network a command is about.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SubjectArgs {
    /// A model as `--model` takes it elsewhere, or the name of a network; the built-in model if left out.
    #[arg(value_name = "MODEL")]
    named: Option<String>,

    /// The same, as other commands take it.
    #[arg(long = "model", value_name = "MODEL", conflicts_with = "named")]
    model: Option<String>,

    #[command(flatten)]
    scale: ScaleArgs,
}

impl SubjectArgs {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        self.named.as_ref().or(self.model.as_ref()).map_or("default", String::as_str)
    }

    /// Loads the model, and says on stderr what had to be assumed.
    ///
    /// # Errors
    /// Those of [`Model::open`].
    pub(crate) fn open(&self) -> Result<Model> {
        self.scale.open(self.name())
    }
}

/// The range that a model from elsewhere takes its pixels in.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct ScaleArgs {
    /// The range a model from elsewhere takes pixels in, where its file doesn't say: 0..1, 0..255,
    /// standardized (by MNIST's mean and deviation), or MEAN,DEVIATION of pixels from 0 to 1.
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    pub input_scale: Option<InputScale>,
}

impl ScaleArgs {
    /// Loads a model, and says on stderr what had to be assumed.
    ///
    /// # Errors
    /// Those of [`Model::open`].
    pub(crate) fn open(self, name: &str) -> Result<Model> {
        let model = Model::open_with(name, self.input_scale.map_or(ScaleRule::File, ScaleRule::FileOr))?;
        if let Some(file) = model.file() {
            self.tell(name, file.input_scale, file.scale_source);
        }
        Ok(model)
    }

    fn tell(self, name: &str, scale: InputScale, source: ScaleSource) {
        match (source, self.input_scale) {
            (ScaleSource::Assumed, _) => output::note(format_args!(
                "{name} doesn't say what range its pixels are in: {scale} is assumed; --input-scale names \
                 another, `inkdigit eval --model {name} --probe-scale` finds it out"
            )),
            (ScaleSource::Metadata | ScaleSource::ElementType, Some(given)) if given != scale => {
                output::note(format_args!(
                    "{name} takes pixels {scale} ({source}): --input-scale isn't used"
                ));
            }
            _ => {}
        }
    }
}

/// Where trainings are kept unless `--out` says otherwise.
pub(crate) const RUNS: &str = "runs";
