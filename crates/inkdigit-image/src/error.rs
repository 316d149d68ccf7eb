//! What can go wrong with pictures: one variant for each cause, with what was found and what was expected.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

/// The result of this crate's fallible functions.
pub(crate) type Result<T> = std::result::Result<T, PictureError>;

/// What kind of failure an error is, for callers that react to kinds: exit codes, HTTP statuses, exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked for isn't there.
    NotFound,
    /// What would have to be new is there already.
    AlreadyExists,
    /// The system failed or forbade it: files, threads, network.
    System,
    /// The disk, or the quota on it, is full.
    StorageFull,
    /// A value from the caller that can't be: an unknown name, a number beyond its range.
    InvalidInput,
    /// Bytes that aren't what their format demands: damaged, truncated, of another kind.
    InvalidData,
    /// Sound, and of a form that isn't read or written here.
    Unsupported,
    /// Larger than a limit allows.
    TooLarge,
    /// Things that don't belong together: images and labels, a model and its network.
    Mismatch,
    /// A training whose numbers are no longer finite.
    Diverged,
}

impl ErrorKind {
    /// The kind of a failure of the system's.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::StorageFull,
            _ => Self::System,
        }
    }
}

/// Why a picture can't be had. Bytes without a file of their own are "the picture": see
/// [`PictureError::in_file`].
#[derive(thiserror::Error, Debug)]
#[non_exhaustive]
pub enum PictureError {
    /// A file that cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bytes that aren't a picture in any known format.
    #[error("{file} is not a picture: {found}; expected PNG, JPEG, GIF, BMP or WebP")]
    NotAPicture {
        /// The file.
        file: String,
        /// How it starts.
        found: String,
    },
    /// A picture in a format that isn't read here.
    #[error("{file} is a picture in {format} form; expected PNG, JPEG, GIF, BMP or WebP")]
    UnsupportedPicture {
        /// The file.
        file: String,
        /// The format's name.
        format: String,
    },
    /// A picture whose content is damaged.
    #[error("{file} is a damaged {format} picture: {cause}")]
    DamagedPicture {
        /// The file.
        file: String,
        /// The format's name.
        format: String,
        /// What the decoder said.
        cause: String,
    },
    /// A picture of more pixels than allowed; it was not decoded.
    #[error("{file} is {width}x{height} pixels, expected at most {limit} pixels in all")]
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
    #[error("{file} needs more memory to decode than the {limit} bytes allowed")]
    TooMuchMemory {
        /// The file.
        file: String,
        /// The limit that was set.
        limit: u64,
    },
    /// A picture without pixels.
    #[error("{file} is {width}x{height} pixels, expected at least 1x1")]
    ZeroSizedPicture {
        /// The file.
        file: String,
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// Pixels in a number that doesn't fit the size they were given with.
    #[error("{found} pixels were given for a picture of {width}x{height}, expected {}", .width.saturating_mul(*.height))]
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
}

/// The name of bytes that came without a file; [`PictureError::in_file`] replaces it.
pub(crate) const UNNAMED: &str = "the picture";

impl PictureError {
    /// A picture's file that can't be read.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { source, .. } => ErrorKind::of_io(source),
            Self::NotAPicture { .. } | Self::DamagedPicture { .. } | Self::ZeroSizedPicture { .. } => {
                ErrorKind::InvalidData
            }
            Self::UnsupportedPicture { .. } => ErrorKind::Unsupported,
            Self::TooManyPixels { .. } | Self::TooMuchMemory { .. } => ErrorKind::TooLarge,
            Self::PixelCount { .. } => ErrorKind::InvalidInput,
            Self::NothingDrawn { .. } => ErrorKind::NotFound,
        }
    }

    /// The same error about a file of this name: for bytes decoded apart from the file they came from.
    #[must_use]
    pub fn in_file(mut self, name: impl Display) -> Self {
        match &mut self {
            Self::NotAPicture { file, .. }
            | Self::UnsupportedPicture { file, .. }
            | Self::DamagedPicture { file, .. }
            | Self::TooManyPixels { file, .. }
            | Self::TooMuchMemory { file, .. }
            | Self::ZeroSizedPicture { file, .. }
            | Self::NothingDrawn { file } => *file = name.to_string(),
            Self::Read { .. } | Self::PixelCount { .. } => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_errors_take_the_name_of_their_file() {
        let error = PictureError::NothingDrawn { file: UNNAMED.into() };
        assert!(error.in_file("blank.png").to_string().starts_with("nothing is drawn on blank.png;"));
    }

    #[test]
    fn kinds_tell_a_missing_file_from_a_damaged_one() {
        let missing = PictureError::read(Path::new("a.png"), io::ErrorKind::NotFound.into());
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(std::error::Error::source(&missing).is_some());
        let damaged =
            PictureError::DamagedPicture { file: "a".into(), format: "PNG".into(), cause: "x".into() };
        assert_eq!(damaged.kind(), ErrorKind::InvalidData);
    }
}
