//! A training's event files in a folder: `DIR/train`, `DIR/validation`, `DIR/test`, each with a file of its own
//! for each time the program ran.

use std::collections::hash_map::{Entry, HashMap};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use inkdigit::Error;
use inkdigit_train::Dataset;
use inkdigit_train::evaluate::Reading;
use inkdigit_train::train::{Event, Run};
use inkdigit_view::tensorboard::{Series, TrainingLog};

/// Time between two writes: as soon as anybody would look again.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Where they are in a run's folder if no other is named.
const FOLDER: &str = "tensorboard";

/// TensorBoard looks for files that are called so.
const PREFIX: &str = "events.out.tfevents.";

/// Event files under way.
pub(crate) struct EventFolder {
    dir: PathBuf,
    log: TrainingLog,
    files: HashMap<&'static str, File>,
    written: Instant,
    /// What went wrong; nothing more is written then.
    failure: Option<anyhow::Error>,
}

impl EventFolder {
    /// A log of a training to come, under `dir`, which is made.
    ///
    /// # Errors
    /// If the folder can't be made.
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| cannot_write(dir))?;
        Ok(Self::of(dir, TrainingLog::default()))
    }

    /// A log of a training to come, in the run's own folder, which the training makes; in place of a former
    /// run's if that is replaced.
    pub(crate) fn of_run(run: &Path, replace: bool) -> Self {
        let dir = run.join(FOLDER);
        for file in event_files(&dir).iter().filter(|_| replace) {
            // What can't be removed is shown beside the new run, and harms nothing else.
            let _ = fs::remove_file(file);
        }
        Self::of(&dir, TrainingLog::default())
    }

    /// A log in a folder without another one, or in place of it.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is one and `replace` is false; if the folder can't be made.
    pub(crate) fn replacing(dir: &Path, replace: bool) -> Result<Self> {
        let former = event_files(dir);
        if !replace && !former.is_empty() {
            return Err(Error::Exists { path: dir.to_owned() }.into());
        }
        for file in former {
            fs::remove_file(&file).with_context(|| cannot_write(dir))?;
        }
        Self::create(dir)
    }

    /// Writes what there is of a run that has ended, with the images that its model reads wrong.
    ///
    /// # Errors
    /// If the files can't be written.
    pub(crate) fn write_run(
        mut self,
        run: &Run,
        images: Option<&Dataset>,
        mistakes: &[Reading],
    ) -> Result<()> {
        // Gradients and inputs are of as many images as a batch may have.
        const MOST: usize = 200;
        let some = images.map(|images| images.take(MOST));
        self.log = TrainingLog::of_run(run, some.as_ref(), now());
        if let Some(images) = images {
            self.log.mistakes(Series::Validation, images, mistakes, now());
        }
        self.write()
    }

    fn of(dir: &Path, log: TrainingLog) -> Self {
        Self { dir: dir.to_owned(), log, files: HashMap::new(), written: Instant::now(), failure: None }
    }

    /// Takes in what happened in a training. A training isn't stopped because nobody can watch it: what goes
    /// wrong is told at its end.
    pub(crate) fn record(&mut self, event: &Event<'_>) {
        if self.failure.is_some() {
            return;
        }
        self.log.record(event, now());
        if self.written.elapsed() >= WRITE_EVERY || matches!(event, Event::Epoch(_)) {
            self.failure = self.write().err();
            self.written = Instant::now();
        }
    }

    /// Adds the validation images that the result reads wrong, and writes what is left.
    ///
    /// # Errors
    /// What has gone wrong since the beginning.
    pub(crate) fn finish(mut self, images: &Dataset, mistakes: &[Reading]) -> Result<()> {
        self.log.mistakes(Series::Validation, images, mistakes, now());
        self.end()
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What has gone wrong since the beginning.
    pub(crate) fn end(mut self) -> Result<()> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.write(),
        }
    }

    fn write(&mut self) -> Result<()> {
        for (series, bytes) in self.log.take() {
            let folder = self.dir.join(series.name());
            let file = match self.files.entry(series.name()) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(new_file(&folder)?),
            };
            file.write_all(&bytes).with_context(|| cannot_write(&folder))?;
        }
        Ok(())
    }
}

/// The event files of a log in this folder.
fn event_files(dir: &Path) -> Vec<PathBuf> {
    let in_folder = |series: &Series| fs::read_dir(dir.join(series.name())).into_iter().flatten().flatten();
    let is_ours = |name: &OsStr| name.to_string_lossy().starts_with(PREFIX);
    let files = Series::ALL.iter().flat_map(in_folder).filter(|file| is_ours(&file.file_name()));
    files.map(|file| file.path()).collect()
}

/// A file that wasn't there, called by the time and the process. Where one is called so already, by a later
/// second.
fn new_file(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder).with_context(|| cannot_write(folder))?;
    let mut seconds = now() as u64;
    loop {
        let path = folder.join(format!("{PREFIX}{seconds}.{}", std::process::id()));
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => seconds += 1,
            opened => return opened.with_context(|| cannot_write(&path)),
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write TensorBoard's files to {}; choose another folder for --tensorboard", path.display())
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
