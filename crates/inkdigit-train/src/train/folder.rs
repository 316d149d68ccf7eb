//! A run's folder: what a training leaves, and where it continues from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::history::{EpochRecord, csv_header};
use crate::config::{self, TrainConfig};
use crate::error::{Error, Result};
use inkdigit::atomic;
use inkdigit::model::{MODEL_FILE, Model};

/// The configuration with every field, in a run's folder.
pub const CONFIG_FILE: &str = "config.yml";
/// The history as a table, in a run's folder.
pub const HISTORY_CSV: &str = "history.csv";
/// The history as an object an epoch, in a run's folder.
pub const HISTORY_JSONL: &str = "history.jsonl";
/// What [`super::resume`] continues from, in a run's folder.
pub const CHECKPOINT_FILE: &str = "checkpoint.safetensors";

/// What the training ran on, in a run's folder.
pub const MACHINE_FILE: &str = "machine.json";

const ALL_FILES: [&str; 6] =
    [CONFIG_FILE, HISTORY_CSV, HISTORY_JSONL, CHECKPOINT_FILE, MODEL_FILE, MACHINE_FILE];

pub(super) struct RunFolder {
    dir: PathBuf,
    checkpoint: PathBuf,
}

impl RunFolder {
    fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), checkpoint: dir.join(CHECKPOINT_FILE) }
    }

    /// Makes the folder, or takes one without a run in it, and saves there how it is trained and on what.
    pub(super) fn create(
        dir: &Path,
        overwrite: bool,
        config: &TrainConfig,
        machine: Option<&serde_json::Value>,
    ) -> Result<Self> {
        let of_a_run = || ALL_FILES.iter().map(|file| dir.join(file)).filter(|path| path.exists());
        if !overwrite && of_a_run().next().is_some() {
            return Err(Error::RunExists { dir: dir.to_owned() });
        }
        fs::create_dir_all(dir).map_err(|cause| Error::write(dir, cause))?;
        for path in of_a_run() {
            fs::remove_file(&path).map_err(|cause| Error::write(&path, cause))?;
        }
        let folder = Self::at(dir);
        atomic::write_file(&dir.join(CONFIG_FILE), |out| out.write_all(config.to_yaml().as_bytes()))?;
        if let Some(machine) = machine {
            atomic::write_file(&dir.join(MACHINE_FILE), |out| writeln!(out, "{machine}"))?;
        }
        Ok(folder)
    }

    /// The folder of a run that is to be continued, and its checkpoint if it came to one.
    pub(super) fn open(dir: &Path) -> Result<(Self, Option<Vec<u8>>)> {
        let folder = Self::at(dir);
        match fs::read(&folder.checkpoint) {
            Ok(bytes) => Ok((folder, Some(bytes))),
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(Error::read(&folder.checkpoint, cause))
            }
            Err(_) if dir.join(CONFIG_FILE).exists() => Ok((folder, None)),
            Err(_) => Err(Error::NoCheckpoint { dir: dir.to_owned(), expected: CHECKPOINT_FILE }),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn checkpoint(&self) -> &Path {
        &self.checkpoint
    }

    /// Makes the history that of these epochs: a continued training may have lost some.
    pub(super) fn rewrite_history(&self, config: &TrainConfig, history: &[EpochRecord]) -> Result<()> {
        let csv: String = history.iter().map(EpochRecord::csv_line).collect();
        let json: String = history.iter().map(EpochRecord::json_line).collect();
        let write = |file, text: String| {
            let path = self.dir.join(file);
            fs::write(&path, text).map_err(|cause| Error::write(&path, cause))
        };
        write(HISTORY_CSV, csv_header(!config.then.is_empty()) + &csv)?;
        write(HISTORY_JSONL, json)
    }

    pub(super) fn append_history(&self, record: &EpochRecord) -> Result<()> {
        let append = |file, line: String| {
            let path = self.dir.join(file);
            let opened = OpenOptions::new().append(true).create(true).open(&path);
            opened
                .and_then(|mut out| out.write_all(line.as_bytes()))
                .map_err(|cause| Error::write(&path, cause))
        };
        append(HISTORY_CSV, record.csv_line())?;
        append(HISTORY_JSONL, record.json_line())
    }

    pub(super) fn save_checkpoint(&self, bytes: &[u8]) -> Result<()> {
        Ok(atomic::write_file(&self.checkpoint, |out| out.write_all(bytes))?)
    }

    pub(super) fn save_model(&self, model: &Model) -> Result<PathBuf> {
        let path = self.dir.join(MODEL_FILE);
        model.save(&path)?;
        Ok(path)
    }
}

/// The configuration of the run in `dir`.
///
/// # Errors
/// [`Error::NoCheckpoint`] if there is no run, [`Error::Read`](inkdigit::Error::Read), those of [`config::parse_yaml`].
pub fn saved_config(dir: &Path) -> Result<TrainConfig> {
    let path = dir.join(CONFIG_FILE);
    let text = fs::read_to_string(&path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => Error::NoCheckpoint { dir: dir.to_owned(), expected: CONFIG_FILE },
        _ => Error::read(&path, cause),
    })?;
    config::parse_yaml(&text, &path.display().to_string())
}
