//! What can go wrong in this crate: one variant for each cause, with what was found and what was expected.
//!
//! A message says what is wrong and nothing of what to do: that depends on who is told, and the program, the
//! server and the bindings each add their own advice. Causes are `source()`s; [`with_causes`] puts them into one
//! line.

use std::io;
use std::path::{Path, PathBuf};

pub use inkdigit_image::{ErrorKind, PictureError};

/// The result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate.
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A picture that can't be had.
    #[error(transparent)]
    Picture(#[from] PictureError),

    // Files.
    /// A file or folder that cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk (or the quota on it) filled up while writing. Nothing half-written remains.
    #[error("no space left on the disk while writing {}; nothing was kept of it", .path.display())]
    DiskFull {
        /// The file or folder.
        path: PathBuf,
    },
    /// A folder that has to be new or empty, and isn't.
    #[error("{} is not empty", .path.display())]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder that is there already and wasn't to be replaced.
    #[error("{} exists already", .path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },

    // Models.
    /// Neither a file, a folder, nor a built-in trained model.
    #[error("no model at {}; expected an ONNX file, the folder of a training or of versions (DIR or DIR@V), or one of the built-in models: {}", .path.display(), .known.join(", "))]
    ModelNotFound {
        /// What was asked for.
        path: PathBuf,
        /// The built-in models.
        known: Vec<&'static str>,
    },
    /// A folder without a finished model in it.
    #[error("{} holds no {expected}; a training writes it when it ends", .dir.display())]
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
    #[error("version {} exists already, and a version never changes", .path.display())]
    VersionExists {
        /// Its folder.
        path: PathBuf,
    },
    /// Bytes that aren't a model.
    #[error("{file} is no model: {cause}")]
    NotAModel {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// An ONNX file that can't be brought into the engine.
    #[error("{file}")]
    Onnx {
        /// The file.
        file: String,
        /// Where in it, what was found and what was expected.
        source: Box<inkdigit_onnx::Error>,
    },
    /// A model that can't be written as ONNX.
    #[error("the model can't be exported")]
    Export(#[source] Box<inkdigit_onnx::Error>),
    /// A network whose layers don't fit each other.
    #[error(transparent)]
    Network(#[from] inkdigit_nn::Error),
    /// A network beyond all reason.
    #[error("layer {layer} has {what} {found}, expected at most {limit}")]
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
    /// A model for other inputs or classes than the ten digits.
    #[error("the network takes {input} and gives {output}, expected 1 maps of 28x28 and 10 features")]
    ModelInterface {
        /// The shape it takes.
        input: inkdigit_nn::Shape,
        /// The shape it gives.
        output: inkdigit_nn::Shape,
    },
    /// A range of pixels that isn't written as one.
    #[error(
        "`{found}` is no range of pixels, expected 0..1, 0..255, standardized, or MEAN,DEVIATION of pixels from 0 to 1, as in 0.5,0.5"
    )]
    InputScale {
        /// What was written.
        found: String,
    },
    /// A folder or file of test data that isn't as it must be.
    #[error("{}: {cause}", .place.display())]
    TestData {
        /// The folder or file.
        place: PathBuf,
        /// What was found and expected.
        cause: String,
    },

    // What is looked at.
    /// Something in labels that is no digit.
    #[error("found {found:?} in line {line}, expected digits")]
    Label {
        /// What stands there.
        found: char,
        /// The line, from 1.
        line: usize,
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
    #[error(
        "a square of {found} pixels can't hide parts of a digit, expected an odd side from 1 to {largest}"
    )]
    OccluderSide {
        /// Its side.
        found: usize,
        /// The largest side.
        largest: usize,
    },
}

fn listed(versions: &[u64]) -> String {
    match versions {
        [] => "a folder with versions, as in DIR/1/model.onnx".into(),
        known => known.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

impl Error {
    /// A file or folder that can't be read.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// A file or folder that can't be written; a full disk is told apart.
    pub fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match ErrorKind::of_io(&source) {
            ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::Write { path, source },
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Picture(error) => error.kind(),
            Self::Read { source, .. } => ErrorKind::of_io(source),
            Self::Write { source, .. } => match ErrorKind::of_io(source) {
                ErrorKind::NotFound => ErrorKind::System,
                other => other,
            },
            Self::DiskFull { .. } => ErrorKind::StorageFull,
            Self::FolderNotEmpty { .. } | Self::Exists { .. } | Self::VersionExists { .. } => {
                ErrorKind::AlreadyExists
            }
            Self::ModelNotFound { .. } | Self::NoModelInFolder { .. } | Self::NoSuchVersion { .. } => {
                ErrorKind::NotFound
            }
            Self::NotAModel { .. } | Self::Onnx { .. } | Self::TestData { .. } => ErrorKind::InvalidData,
            Self::Export(_) => ErrorKind::Unsupported,
            Self::Network(_) | Self::ModelInterface { .. } => ErrorKind::Mismatch,
            Self::NetworkTooLarge { .. } => ErrorKind::TooLarge,
            Self::Label { .. }
            | Self::InputScale { .. }
            | Self::NoSuchLayer { .. }
            | Self::OccluderSide { .. } => ErrorKind::InvalidInput,
        }
    }
}

/// An error and its causes in one line, from the outermost to the innermost.
///
/// ```
/// use inkdigit::{Model, error::with_causes};
///
/// let error = Model::from_bytes(b"no model", "digits.onnx").unwrap_err();
/// assert!(with_causes(&error).starts_with("digits.onnx: not an ONNX model"));
/// ```
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    joined(std::iter::successors(Some(error), |error| error.source()))
}

/// Errors from the outermost to the innermost in one line, as [`with_causes`], for chains that are at hand already.
///
/// A cause that the message before it has told already, as the engine's and the ONNX importer's do, isn't told twice.
pub fn joined<'a>(chain: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>) -> String {
    let mut line = String::new();
    for error in chain {
        let text = error.to_string();
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            line = line + ": " + &text;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_forbidden_place() {
        let path = Path::new("run/model.onnx");
        let full = Error::write(path, io::ErrorKind::StorageFull.into());
        assert!(full.to_string().contains("no space left") && full.to_string().contains("run/model.onnx"));
        let forbidden = Error::write(path, io::ErrorKind::PermissionDenied.into());
        assert_eq!((full.kind(), forbidden.kind()), (ErrorKind::StorageFull, ErrorKind::System));
        assert_eq!(with_causes(&forbidden), "cannot write run/model.onnx: permission denied");
    }

    #[test]
    fn a_cause_that_the_message_tells_is_not_told_twice() {
        let mut graph = inkdigit_nn::Graph::new(inkdigit_nn::Shape::map(1, 4, 4));
        let linear = inkdigit_nn::ops::Linear { features: 10, bias: true };
        let error = Error::from(graph.then("fc", inkdigit_nn::Op::Linear(linear)).unwrap_err());
        assert!(std::error::Error::source(&error).is_some(), "the engine gives the cause as a value too");
        assert_eq!(with_causes(&error), error.to_string());
    }
}
