//! What can go wrong in this crate: one variant for each cause, with what was found and what was expected.
//!
//! Every message is complete by itself (it names the file, the cause and the next step), so the program,
//! the server and the Python wheel can show it as it is; causes are therefore fields, not `source()`s.

use std::io;
use std::path::{Path, PathBuf};

use crate::IMAGE_SIDE as SIDE;

/// The result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum Error {
    // Files.
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {cause}; check the path and that you may read it", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}: {cause}; choose a place that you may write to", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The disk (or the quota on it) filled up while writing. Nothing half-written remains.
    #[error("no space left on the disk while writing {}; nothing was kept of it: free some space and try again", .path.display())]
    DiskFull {
        /// The file or folder.
        path: PathBuf,
    },
    /// A folder that has to be new or empty, and isn't.
    #[error("{} is not empty; choose a new folder, or empty this one first", .path.display())]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },

    // IDX files.
    /// A file that isn't IDX, or is IDX of another kind.
    #[error(
        "{file} starts with the number {found:#010x}, expected {expected:#010x} (IDX {kind}); is it the right file?"
    )]
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
    #[error(
        "{file} is truncated: {found} bytes, expected {expected} by its header; fetch or copy it once more"
    )]
    IdxTruncated {
        /// The file.
        file: String,
        /// Bytes found, decompressed.
        found: u64,
        /// Bytes the header announces, header included.
        expected: u64,
    },
    /// An IDX file that goes on after its header says it ends.
    #[error(
        "{file} is longer than its header says: more than the expected {expected} bytes; fetch or copy it once more"
    )]
    IdxOversized {
        /// The file.
        file: String,
        /// Bytes the header announces, header included.
        expected: u64,
    },
    /// IDX images that aren't 28x28.
    #[error(
        "{file} holds images of {rows}x{columns} pixels, expected {SIDE}x{SIDE}; scale them first, or convert a folder of pictures with `inkdigit data convert`"
    )]
    IdxShape {
        /// The file.
        file: String,
        /// Rows of each image.
        rows: u32,
        /// Columns of each image.
        columns: u32,
    },
    /// A damaged gzip stream.
    #[error("{file} is not sound gzip: {cause}; fetch or copy it once more")]
    Gzip {
        /// The file.
        file: String,
        /// What the decompressor said.
        cause: io::Error,
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
    #[error("{file}: label {found} at index {index}, expected 0 to 9; remove the other classes first")]
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
    #[error(
        "{file}, line {line}: {found} values, expected {expected} (label, then {SIDE}x{SIDE} pixels); correct or remove the line"
    )]
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
        "{file}, line {line}, value {column}: found `{found}`, expected a whole number from 0 to {largest}; correct or remove the line"
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
    #[error("no {split} data in {}: expected {expected}; fetch MNIST with `inkdigit data download`, or name a folder with `--data DIR` or the variable INKDIGIT_DATA", .dir.display())]
    MissingData {
        /// The folder.
        dir: PathBuf,
        /// "training" or "test".
        split: &'static str,
        /// What would have been recognised.
        expected: &'static str,
    },
    /// Several data sets at the place where one was looked for.
    #[error("{} holds several sets of {split} data ({}), expected one; name a folder with a single one", .dir.display(), .found.join(", "))]
    AmbiguousData {
        /// The folder.
        dir: PathBuf,
        /// "training" or "test".
        split: &'static str,
        /// The files of images.
        found: Vec<String>,
    },
    /// A data set without a single image.
    #[error("{file} holds no images, expected at least one; is it the right file or folder?")]
    EmptyData {
        /// The file or folder.
        file: String,
    },
    /// A part of a data set that is larger than the whole.
    #[error("cannot set aside {wanted} of {available} images; ask for fewer")]
    NotEnoughData {
        /// Images asked for.
        wanted: usize,
        /// Images there are.
        available: usize,
    },

    // Download.
    /// A file whose content isn't what it must be.
    #[error(
        "{file} has the SHA-256 {found}, expected {expected}; it is damaged or another file: delete it and download it again"
    )]
    ChecksumMismatch {
        /// The file or address.
        file: String,
        /// The checksum found, in hexadecimal.
        found: String,
        /// The checksum expected, in hexadecimal.
        expected: String,
    },
    /// No mirror could deliver a file.
    #[error("cannot download {file}: {}; check the network, or copy the files into a folder and name it with `--data DIR`", .attempts.join("; "))]
    Download {
        /// The file.
        file: String,
        /// What each mirror answered.
        attempts: Vec<String>,
    },
    /// The system names no home folder, so there is no cache folder.
    #[error(
        "no home folder is known, so there is no cache folder for the data; name a folder with `--data DIR`"
    )]
    NoCacheFolder,

    // Pictures.
    /// Bytes that aren't a picture in any known format.
    #[error(
        "{file} is not a picture: {found}; expected PNG, JPEG, GIF, BMP or WebP (raw samples such as yuv name neither their size nor their order: convert them to PNG first)"
    )]
    NotAPicture {
        /// The file.
        file: String,
        /// How it starts.
        found: String,
    },
    /// A picture in a format that isn't read here.
    #[error(
        "{file} is a picture in {format} form; expected PNG, JPEG, GIF, BMP or WebP: save it as PNG or JPEG first"
    )]
    UnsupportedPicture {
        /// The file.
        file: String,
        /// The format's name.
        format: String,
    },
    /// A picture whose content is damaged.
    #[error("{file} is a damaged {format} picture: {cause}; save or copy it once more")]
    DamagedPicture {
        /// The file.
        file: String,
        /// The format's name.
        format: String,
        /// What the decoder said.
        cause: String,
    },
    /// A picture of more pixels than allowed; it was not decoded.
    #[error(
        "{file} is {width}x{height} pixels, expected at most {limit} pixels in all; scale it down, or raise the limit if you trust it"
    )]
    TooManyPixels {
        /// The file.
        file: String,
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
        /// The limit that was set.
        limit: u64,
    },
    /// A picture that needs more memory to decode than allowed.
    #[error(
        "{file} needs more memory to decode than the {limit} bytes allowed; save it in a plain form such as 8-bit PNG, or raise the limit if you trust it"
    )]
    TooMuchMemory {
        /// The file.
        file: String,
        /// The limit that was set.
        limit: u64,
    },
    /// A picture without pixels.
    #[error("{file} is {width}x{height} pixels, expected at least 1x1; save it once more")]
    ZeroSizedPicture {
        /// The file.
        file: String,
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// Pixels in a number that doesn't fit the size they were given with.
    #[error(
        "{found} pixels were given for a picture of {width}x{height}, expected {}; check the size", .width.saturating_mul(*.height)
    )]
    PixelCount {
        /// Pixels found.
        found: usize,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A picture on which nothing is drawn, where a digit is needed.
    #[error("nothing is drawn on {file}; expected one digit, darker or lighter than its ground")]
    NothingDrawn {
        /// The file.
        file: String,
    },

    // Networks and configurations.
    /// A name that isn't known, of a key, a layer, a network, a recipe.
    #[error("unknown {what} `{found}`, expected {}", hint(.nearest, .known))]
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
    #[error("{cause}; correct the line")]
    ConfigSyntax {
        /// What the reader said.
        cause: String,
    },
    /// A field of a configuration beyond its range, or at odds with another.
    #[error("{field} is {found}, expected {expected}; change it in the configuration or by its flag")]
    ConfigValue {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// An error in a configuration file.
    #[error("{file}{}: {cause}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
    InConfig {
        /// The file, or the recipe's name.
        file: String,
        /// The line, counted from 1, where it is known.
        line: Option<u64>,
        /// What is wrong there.
        cause: Box<Error>,
    },
    /// A network whose layers don't fit each other.
    #[error("{0}")]
    Network(inkdigit_nn::Error),
    /// A network that doesn't tell ten digits apart.
    #[error(
        "the network gives {found}, expected 10 features, one for each digit; end it with `linear: {{features: 10}}`"
    )]
    NetworkOutput {
        /// The shape it gives.
        found: inkdigit_nn::Shape,
    },
    /// A network beyond all reason.
    #[error("layer {layer} has {what} {found}, expected at most {limit}; make it smaller")]
    NetworkTooLarge {
        /// The layer.
        layer: String,
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: u128,
        /// The most that is taken.
        limit: u128,
    },

    // Models and trainings.
    /// Neither a file, a folder, nor a built-in trained model.
    #[error("no model at {}; expected an ONNX file, the folder of a training or of versions (DIR or DIR@V), or one of the built-in models: {}", .path.display(), .known.join(", "))]
    ModelNotFound {
        /// What was asked for.
        path: PathBuf,
        /// The built-in models.
        known: Vec<&'static str>,
    },
    /// A folder without a finished model in it.
    #[error("{} holds no {expected}; a training writes it when it ends: continue one with `inkdigit train --resume {}`", .dir.display(), .dir.display())]
    NoModelInFolder {
        /// The folder.
        dir: PathBuf,
        /// The file that was looked for.
        expected: &'static str,
    },
    /// A version that isn't among those in a folder.
    #[error("{} holds no version {found}; expected {}", .dir.display(), listed(.known))]
    NoSuchVersion {
        /// The folder.
        dir: PathBuf,
        /// What was asked for.
        found: String,
        /// The versions that are there.
        known: Vec<u64>,
    },
    /// A version that is there already: versions never change.
    #[error("version {} exists already, and a version never changes; take the next number", .path.display())]
    VersionExists {
        /// Its folder.
        path: PathBuf,
    },
    /// A file or folder that is there already and wasn't to be replaced.
    #[error("{} exists already; choose another name, or replace it with `--force`", .path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// An ONNX file that can't be brought into the engine.
    #[error("{file}: {cause}")]
    Onnx {
        /// The file.
        file: String,
        /// Where in it, what was found and what was expected.
        cause: Box<inkdigit_onnx::Error>,
    },
    /// A model that can't be written as ONNX.
    #[error("the model can't be exported: {0}")]
    Export(Box<inkdigit_onnx::Error>),
    /// A range of pixels that isn't written as one.
    #[error(
        "`{found}` is no range of pixels, expected 0..1, 0..255, standardized, or MEAN,DEVIATION of pixels from 0 to 1, as in 0.5,0.5"
    )]
    InputScale {
        /// What was written.
        found: String,
    },
    /// A model with a layer that can't be trained.
    #[error(
        "{model} can't be trained on: its layer {layer} ({op}) rounds to integers, as in quantised networks; take the model it was quantised from"
    )]
    NotTrainable {
        /// The model.
        model: String,
        /// The layer.
        layer: String,
        /// Its kind.
        op: &'static str,
    },
    /// A folder or file of test data that isn't as it must be.
    #[error("{}: {cause}; name a folder test_data_set_N that belongs to the model", .place.display())]
    TestData {
        /// The folder or file.
        place: PathBuf,
        /// What was found and expected.
        cause: String,
    },
    /// Bytes that aren't a model or a checkpoint.
    #[error("{file} is no {kind}: {cause}; name a file or folder that `inkdigit train` has written")]
    NotAModel {
        /// The file.
        file: String,
        /// "model" or "checkpoint".
        kind: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A model or checkpoint that ends too early or goes on too long.
    #[error(
        "{file} is not as long as its header says ({found} bytes): it is truncated or damaged; copy it once more"
    )]
    ModelTruncated {
        /// The file.
        file: String,
        /// Bytes found.
        found: usize,
    },
    /// A model whose parameters don't fit its network.
    #[error("{file} doesn't fit its own network: {cause}")]
    ModelShapes {
        /// The file.
        file: String,
        /// Which parameter, what was found and what expected.
        cause: Box<inkdigit_nn::Error>,
    },
    /// A model for other inputs or classes than the ten digits.
    #[error(
        "the network takes {input} and gives {output}, expected 1 maps of 28x28 and 10 features; take a model for digits"
    )]
    ModelInterface {
        /// The shape it takes.
        input: inkdigit_nn::Shape,
        /// The shape it gives.
        output: inkdigit_nn::Shape,
    },
    /// A folder that already holds a training.
    #[error("{} already holds a training; continue it with `--resume {}`, replace it with `--overwrite`, or choose another folder with `--out DIR`", .dir.display(), .dir.display())]
    RunExists {
        /// The folder.
        dir: PathBuf,
    },
    /// A model without the layer that was asked for.
    #[error("the model has no layer `{found}`; its layers are {}", .known.join(", "))]
    NoSuchLayer {
        /// The layer's name.
        found: String,
        /// The layers it has.
        known: Vec<String>,
    },
    /// An occluder that has no middle or hides the whole image.
    #[error("a square of {found} pixels can't hide parts of a digit; choose an odd side from 1 to {largest}")]
    OccluderSide {
        /// Its side.
        found: usize,
        /// The largest side.
        largest: usize,
    },
    /// A folder in which there is nothing of a training.
    #[error("{} holds no training: {cause}; name the folder that `inkdigit train` has written, or a model", .dir.display())]
    NoRun {
        /// The folder.
        dir: PathBuf,
        /// What was looked for and found.
        cause: String,
    },
    /// A folder without a checkpoint to continue from.
    #[error("{} holds no checkpoint ({expected}), so there is nothing to continue; start a training there with `--out {}`", .dir.display(), .dir.display())]
    NoCheckpoint {
        /// The folder.
        dir: PathBuf,
        /// The file that was looked for.
        expected: &'static str,
    },
    /// A training continued with other data than it began with.
    #[error("{} was trained on {expected} and can't be continued on {found}; name its data with `--data DIR`", .dir.display())]
    OtherData {
        /// The run's folder.
        dir: PathBuf,
        /// The data it began with.
        expected: String,
        /// The data that was given.
        found: String,
    },
    /// Test images are to be reported on, and there are none.
    #[error(
        "the configuration asks for test_each_epoch, and no test images were given; name data with a test part, or set test_each_epoch to false"
    )]
    NoTestData,
    /// A loss or weight that is no longer a finite number.
    #[error("{what} is {value} after step {step} (epoch {epoch}, learning rate {learning_rate}); lower the learning rate{}", kept(.checkpoint))]
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
    #[error("can't start {threads} threads: {cause}; ask for fewer")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the system said.
        cause: String,
    },
}

fn hint(nearest: &str, known: &[String]) -> String {
    format!("perhaps `{nearest}`; known are {}", known.join(", "))
}

fn listed(versions: &[u64]) -> String {
    match versions {
        [] => "a folder with versions, as in DIR/1/model.onnx".into(),
        known => known.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn kept(checkpoint: &Option<PathBuf>) -> String {
    checkpoint
        .as_ref()
        .map(|path| format!("; the last good checkpoint is {}", path.display()))
        .unwrap_or_default()
}

impl From<inkdigit_nn::Error> for Error {
    fn from(error: inkdigit_nn::Error) -> Self {
        Self::Network(error)
    }
}

/// The name of bytes that came without a file; [`Error::in_file`] replaces it.
pub(crate) const UNNAMED: &str = "the picture";

impl Error {
    /// The same error about a file of this name: for bytes decoded apart from the file they came from.
    #[must_use]
    pub fn in_file(mut self, name: impl std::fmt::Display) -> Self {
        match &mut self {
            Self::NotAPicture { file, .. }
            | Self::UnsupportedPicture { file, .. }
            | Self::DamagedPicture { file, .. }
            | Self::TooManyPixels { file, .. }
            | Self::TooMuchMemory { file, .. }
            | Self::ZeroSizedPicture { file, .. }
            | Self::NothingDrawn { file } => *file = name.to_string(),
            _ => {}
        }
        self
    }

    pub(crate) fn unknown<S: AsRef<str>>(what: &'static str, found: &str, known: &[S]) -> Self {
        let known: Vec<String> = known.iter().map(|name| name.as_ref().into()).collect();
        let nearest =
            crate::names::nearest(found, known.iter().map(String::as_str)).unwrap_or_default().into();
        Self::UnknownName { what, found: found.into(), nearest, known }
    }

    pub(crate) fn read(path: &Path, cause: io::Error) -> Self {
        Self::Read { path: path.to_owned(), cause }
    }

    pub(crate) fn write(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Write { path, cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_forbidden_place() {
        let path = Path::new("run/model.onnx");
        let full = Error::write(path, io::ErrorKind::StorageFull.into()).to_string();
        assert!(full.contains("no space left") && full.contains("run/model.onnx"), "{full}");
        let forbidden = Error::write(path, io::ErrorKind::PermissionDenied.into()).to_string();
        assert!(forbidden.contains("permission denied") && forbidden.contains("choose"), "{forbidden}");
    }

    #[test]
    fn decoding_errors_take_the_name_of_their_file() {
        let error = Error::NothingDrawn { file: UNNAMED.into() };
        assert!(error.in_file("blank.png").to_string().starts_with("nothing is drawn on blank.png;"));
    }
}
