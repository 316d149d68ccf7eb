//! What can go wrong in this crate: one variant for each cause, with what was found and what was expected.
//!
//! A message says what is wrong and nothing of what to do: the program adds that, who knows what it was asked.

use std::io;
use std::path::{Path, PathBuf};

use inkdigit::atomic::FolderError;
use inkdigit_image::{ErrorKind, IMAGE_SIDE as SIDE, PictureError};

use crate::names;

/// The result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum Error {
    /// What goes wrong in the library below: files, models.
    #[error(transparent)]
    Library(#[from] inkdigit::Error),

    // IDX files.
    /// A file that isn't IDX, or is IDX of another kind.
    #[error("{file} starts with the number {found:#010x}, expected {expected:#010x} (IDX {kind})")]
    IdxMagic {
        /// The file.
        file: String,
        /// Its first four bytes.
        found: u32,
        /// The magic number of what was asked for.
        expected: u32,
        /// What was asked for: "images" or "labels".
        kind: &'static str,
    },
    /// An IDX file that ends before its header says.
    #[error("{file} is truncated: {found} bytes, expected {expected} by its header")]
    IdxTruncated {
        /// The file.
        file: String,
        /// Bytes found, decompressed.
        found: u64,
        /// Bytes the header announces, header included.
        expected: u64,
    },
    /// An IDX file that goes on after its header says it ends.
    #[error("{file} is longer than its header says: more than the expected {expected} bytes")]
    IdxOversized {
        /// The file.
        file: String,
        /// Bytes the header announces, header included.
        expected: u64,
    },
    /// IDX images that aren't 28x28.
    #[error("{file} holds images of {rows}x{columns} pixels, expected {SIDE}x{SIDE}")]
    IdxShape {
        /// The file.
        file: String,
        /// Rows of each image.
        rows: u32,
        /// Columns of each image.
        columns: u32,
    },
    /// A damaged gzip stream.
    #[error("{file} is not sound gzip")]
    Gzip {
        /// The file.
        file: String,
        /// What the decompressor said.
        source: io::Error,
    },
    /// Images and labels that cannot belong together.
    #[error(
        "{images_file} holds {images} images but {labels_file} holds {labels} labels; they must be of one set"
    )]
    CountMismatch {
        /// The file of the images.
        images_file: String,
        /// How many it holds.
        images: usize,
        /// The file of the labels.
        labels_file: String,
        /// How many it holds.
        labels: usize,
    },
    /// A label that is no digit.
    #[error("{file}: label {found} at index {index}, expected 0 to 9")]
    LabelOutOfRange {
        /// The file.
        file: String,
        /// Which image, counted from 0.
        index: usize,
        /// The label.
        found: u32,
    },

    // CSV files.
    /// A CSV row without exactly a label and 784 pixels.
    #[error("{file}, line {line}: {found} values, expected {expected} (label, then {SIDE}x{SIDE} pixels)")]
    CsvRowLength {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// Values on it.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// A CSV value that isn't a whole number from 0 to 255 (a label: from 0 to 9).
    #[error(
        "{file}, line {line}, value {column}: found `{found}`, expected a whole number from 0 to {largest}"
    )]
    CsvNumber {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// Which value of the line, counted from 1.
        column: usize,
        /// What stands there.
        found: String,
        /// The largest number allowed there.
        largest: u32,
    },

    // Data sets.
    /// No data at the place where it was looked for.
    #[error("no {split} data in {}: expected {expected}", .dir.display())]
    MissingData {
        /// The folder.
        dir: PathBuf,
        /// "training" or "test".
        split: &'static str,
        /// What would have been recognised.
        expected: &'static str,
    },
    /// Several data sets at the place where one was looked for.
    #[error("{} holds several sets of {split} data ({}), expected one", .dir.display(), .found.join(", "))]
    AmbiguousData {
        /// The folder.
        dir: PathBuf,
        /// "training" or "test".
        split: &'static str,
        /// The files of images.
        found: Vec<String>,
    },
    /// A data set without a single image.
    #[error("{file} holds no images, expected at least one")]
    EmptyData {
        /// The file or folder.
        file: String,
    },
    /// A part of a data set that is larger than the whole.
    #[error("cannot set aside {wanted} of {available} images")]
    NotEnoughData {
        /// Images asked for.
        wanted: usize,
        /// Images there are.
        available: usize,
    },

    // Download.
    /// A file whose content isn't what it must be.
    #[error("{file} has the SHA-256 {found}, expected {expected}; it is damaged or another file")]
    ChecksumMismatch {
        /// The file or address.
        file: String,
        /// The checksum found, in hexadecimal.
        found: String,
        /// The checksum expected, in hexadecimal.
        expected: String,
    },
    /// No mirror could deliver a file.
    #[error("cannot download {file}: {}", .attempts.join("; "))]
    Download {
        /// The file.
        file: String,
        /// What each mirror answered.
        attempts: Vec<String>,
    },
    /// The system names no home folder, so there is no cache folder.
    #[error("no home folder is known, so there is no cache folder for the data")]
    NoCacheFolder,

    // Configurations.
    /// A name that isn't known, of a key, a layer, a network, a recipe.
    #[error("unknown {what} `{found}`, expected perhaps `{nearest}`; known are {}", .known.join(", "))]
    UnknownName {
        /// What kind of name it is.
        what: &'static str,
        /// The name.
        found: String,
        /// The known name most like it.
        nearest: String,
        /// All that are known.
        known: Vec<String>,
    },
    /// A configuration that isn't as its form demands.
    #[error("{cause}")]
    ConfigSyntax {
        /// What the reader said.
        cause: String,
    },
    /// A field of a configuration beyond its range, or at odds with another.
    #[error("{field} is {found}, expected {expected}")]
    ConfigValue {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// An error in a configuration file.
    #[error("{file}{}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
    InConfig {
        /// The file, or the recipe's name.
        file: String,
        /// The line, counted from 1, where it is known.
        line: Option<u64>,
        /// What is wrong there.
        source: Box<Error>,
    },
    /// A setting of a later stage of a training.
    #[error("stage {stage}")]
    InStage {
        /// Which one, from 1.
        stage: usize,
        /// What is wrong there.
        source: Box<Error>,
    },
    /// A network that doesn't tell ten digits apart.
    #[error("the network gives {found}, expected 10 features, one for each digit")]
    NetworkOutput {
        /// The shape it gives.
        found: inkdigit_nn::Shape,
    },

    // Trainings.
    /// A model with a layer that can't be trained.
    #[error(
        "{model} can't be trained on: its layer {layer} ({op}) rounds to integers, as in quantised networks"
    )]
    NotTrainable {
        /// The model.
        model: String,
        /// The layer.
        layer: String,
        /// Its kind.
        op: &'static str,
    },
    /// A folder that already holds a training.
    #[error("{} already holds a training", .dir.display())]
    RunExists {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder in which there is nothing of a training.
    #[error("{} holds no training: {cause}", .dir.display())]
    NoRun {
        /// The folder.
        dir: PathBuf,
        /// What was looked for and found.
        cause: String,
    },
    /// A finder's training where one of digits is looked for.
    #[error("{} is the training of a finder, which is told by its own figures", .dir.display())]
    FinderRun {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder without a checkpoint to continue from.
    #[error("{} holds no checkpoint ({expected}), so there is nothing to continue", .dir.display())]
    NoCheckpoint {
        /// The folder.
        dir: PathBuf,
        /// The file that was looked for.
        expected: &'static str,
    },
    /// Bytes that aren't a checkpoint.
    #[error("{file} is no checkpoint: {cause}")]
    NotACheckpoint {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A checkpoint that ends too early or goes on too long.
    #[error("{file} is not as long as its header says ({found} bytes): it is truncated or damaged")]
    CheckpointTruncated {
        /// The file.
        file: String,
        /// Bytes found.
        found: usize,
    },
    /// A checkpoint whose parameters don't fit its network.
    #[error("{file} doesn't fit its own network")]
    CheckpointShapes {
        /// The file.
        file: String,
        /// Which parameter, what was found and what expected.
        source: Box<inkdigit_nn::Error>,
    },
    /// A training continued with other data than it began with.
    #[error("{} was trained on {expected} and can't be continued on {found}", .dir.display())]
    OtherData {
        /// The run's folder.
        dir: PathBuf,
        /// The data it began with.
        expected: String,
        /// The data that was given.
        found: String,
    },
    /// Test images are to be reported on, and there are none.
    #[error("the configuration asks for test_each_epoch, and no test images were given")]
    NoTestData,
    /// A loss or weight that is no longer a finite number.
    #[error("{what} is {value} after step {step} (epoch {epoch}, learning rate {learning_rate})")]
    Diverged {
        /// What it is: "the loss" or "a weight".
        what: &'static str,
        /// NaN or an infinity.
        value: f32,
        /// The step, counted from 1.
        step: usize,
        /// Its epoch, counted from 1.
        epoch: usize,
        /// The learning rate at that step.
        learning_rate: f32,
        /// The last good checkpoint, where there is one.
        checkpoint: Option<PathBuf>,
    },
    /// Threads that can't be started.
    #[error("can't start {threads} threads: {cause}")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the system said.
        cause: String,
    },
}

impl FolderError for Error {
    fn library(&mut self) -> Option<&mut inkdigit::Error> {
        match self {
            Self::Library(error) => Some(error),
            Self::InConfig { source, .. } | Self::InStage { source, .. } => source.library(),
            _ => None,
        }
    }
}

impl From<PictureError> for Error {
    fn from(error: PictureError) -> Self {
        Self::Library(error.into())
    }
}

impl From<inkdigit_nn::Error> for Error {
    fn from(error: inkdigit_nn::Error) -> Self {
        Self::Library(error.into())
    }
}

impl Error {
    pub(crate) fn unknown<S: AsRef<str>>(what: &'static str, found: &str, known: &[S]) -> Self {
        let known: Vec<String> = known.iter().map(|name| name.as_ref().into()).collect();
        let nearest = names::nearest(found, known.iter().map(String::as_str)).unwrap_or_default().into();
        Self::UnknownName { what, found: found.into(), nearest, known }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        inkdigit::Error::read(path, source).into()
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        inkdigit::Error::write(path, source).into()
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Library(error) => error.kind(),
            Self::InConfig { source, .. } | Self::InStage { source, .. } => source.kind(),
            Self::IdxMagic { .. }
            | Self::IdxTruncated { .. }
            | Self::IdxOversized { .. }
            | Self::Gzip { .. }
            | Self::LabelOutOfRange { .. }
            | Self::CsvRowLength { .. }
            | Self::CsvNumber { .. }
            | Self::ChecksumMismatch { .. }
            | Self::NotACheckpoint { .. }
            | Self::CheckpointTruncated { .. } => ErrorKind::InvalidData,
            Self::IdxShape { .. } | Self::NotTrainable { .. } => ErrorKind::Unsupported,
            Self::CountMismatch { .. }
            | Self::NetworkOutput { .. }
            | Self::CheckpointShapes { .. }
            | Self::OtherData { .. }
            | Self::FinderRun { .. } => ErrorKind::Mismatch,
            Self::MissingData { .. }
            | Self::EmptyData { .. }
            | Self::NoCacheFolder
            | Self::NoRun { .. }
            | Self::NoCheckpoint { .. } => ErrorKind::NotFound,
            Self::Download { .. } | Self::Threads { .. } => ErrorKind::System,
            Self::AmbiguousData { .. }
            | Self::NotEnoughData { .. }
            | Self::UnknownName { .. }
            | Self::ConfigSyntax { .. }
            | Self::ConfigValue { .. }
            | Self::NoTestData => ErrorKind::InvalidInput,
            Self::RunExists { .. } => ErrorKind::AlreadyExists,
            Self::Diverged { .. } => ErrorKind::Diverged,
        }
    }
}
