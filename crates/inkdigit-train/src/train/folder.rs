//! A run's folder: what a training leaves, and where it continues from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::{self, Task, TrainConfig};
use crate::error::{Error, Result};
use inkdigit::atomic;
use inkdigit::model::MODEL_FILE;

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

/// The folder of a run.
pub(crate) struct RunFolder {
    dir: PathBuf,
    checkpoint: PathBuf,
}

impl RunFolder {
    fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), checkpoint: dir.join(CHECKPOINT_FILE) }
    }

    /// Makes the folder, or takes one without a run in it, and saves there how it is trained (`config`, as YAML) and on what.
    pub(crate) fn create(
        dir: &Path,
        overwrite: bool,
        config: &str,
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
        atomic::write_file(&dir.join(CONFIG_FILE), |out| out.write_all(config.as_bytes()))?;
        if let Some(machine) = machine {
            atomic::write_file(&dir.join(MACHINE_FILE), |out| writeln!(out, "{machine}"))?;
        }
        Ok(folder)
    }

    /// The folder of a run that is to be continued, and its checkpoint if it came to one.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Option<Vec<u8>>)> {
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

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn checkpoint(&self) -> &Path {
        &self.checkpoint
    }

    /// Makes the history these two files, a table and an object a line: a continued training may have lost some of
    /// it.
    pub(crate) fn rewrite_history(&self, csv: String, json: String) -> Result<()> {
        let write = |file, text: String| {
            let path = self.dir.join(file);
            fs::write(&path, text).map_err(|cause| Error::write(&path, cause))
        };
        write(HISTORY_CSV, csv)?;
        write(HISTORY_JSONL, json)
    }

    /// Adds a line to each of the two.
    pub(crate) fn append_history(&self, csv: String, json: String) -> Result<()> {
        let append = |file, line: String| {
            let path = self.dir.join(file);
            let opened = OpenOptions::new().append(true).create(true).open(&path);
            opened
                .and_then(|mut out| out.write_all(line.as_bytes()))
                .map_err(|cause| Error::write(&path, cause))
        };
        append(HISTORY_CSV, csv)?;
        append(HISTORY_JSONL, json)
    }

    pub(crate) fn save_checkpoint(&self, bytes: &[u8]) -> Result<()> {
        Ok(atomic::write_file(&self.checkpoint, |out| out.write_all(bytes))?)
    }

    pub(crate) fn save_model(&self, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.dir.join(MODEL_FILE);
        atomic::write_file(&path, |out| out.write_all(bytes))?;
        Ok(path)
    }
}

/// The configuration of the run in `dir`, which trains a network that tells single digits apart.
///
/// # Errors
/// [`Error::NoCheckpoint`] if there is no run, [`Error::Read`](inkdigit::Error::Read), those of [`config::parse_yaml`].
pub fn saved_config(dir: &Path) -> Result<TrainConfig> {
    let (text, file) = config_text(dir)?;
    config::parse_yaml(&text, &file)
}

/// The configuration of the run in `dir`, whatever it trains.
///
/// # Errors
/// As [`saved_config`].
pub fn saved_task(dir: &Path) -> Result<Task> {
    let (text, file) = config_text(dir)?;
    Task::parse(&text, &file)
}

fn config_text(dir: &Path) -> Result<(String, String)> {
    let path = dir.join(CONFIG_FILE);
    let text = fs::read_to_string(&path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => Error::NoCheckpoint { dir: dir.to_owned(), expected: CONFIG_FILE },
        _ => Error::read(&path, cause),
    })?;
    Ok((text, path.display().to_string()))
}
