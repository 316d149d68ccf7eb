//! What several commands take.

use std::path::{Path, PathBuf};

use anyhow::Result;
use inkdigit::data::{self, Dataset, Split};

use crate::progress;

/// Where data is read from.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct DataArgs {
    /// Folder with the data: IDX files (gzip or not), CSV files, or pictures by label in train/0..9 and
    /// test/0..9. Else the folder in the variable INKDIGIT_DATA, else MNIST, downloaded on first use.
    #[arg(long = "data", value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl DataArgs {
    /// The folder that was named, by the flag or the variable.
    pub fn named(&self) -> Option<PathBuf> {
        let variable = || std::env::var_os("INKDIGIT_DATA").filter(|value| !value.is_empty());
        self.dir.clone().or_else(|| variable().map(PathBuf::from))
    }

    /// The folder to read from; MNIST is downloaded into the cache folder if none is named and it isn't
    /// there yet.
    ///
    /// # Errors
    /// Those of the download.
    pub fn folder(&self) -> Result<PathBuf> {
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
    pub fn open(&self, split: Split) -> Result<Dataset> {
        Ok(data::open(&self.folder()?, split)?)
    }
}

/// Whether all of MNIST is in the folder. Downloads appear whole, so names are enough.
fn is_complete(folder: &Path) -> bool {
    inkdigit::download::MNIST.iter().all(|file| folder.join(file.name).is_file())
}

/// Which model answers.
#[derive(clap::Args, Clone, Debug)]
pub struct ModelArgs {
    /// A model file, a training run's folder, or the name of a model that is part of the program (see
    /// `inkdigit models`).
    #[arg(long = "model", value_name = "MODEL", default_value = "default")]
    pub model: String,
}

/// Where trainings are kept unless `--out` says otherwise.
pub const RUNS: &str = "runs";
