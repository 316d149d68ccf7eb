//! Reads handwritten digits: single pictures, pages, models.
//!
//! ```
//! use inkdigit::{GrayImage, PictureLimits, Recognizer};
//!
//! let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
//! let prediction = Recognizer::default().read_digit(&picture);
//! assert_eq!(prediction.digit, 3);
//! # Ok::<(), inkdigit::Error>(())
//! ```
//!
//! Begin with [`Recognizer`]: [`read_digit`](Recognizer::read_digit) for a picture of one digit,
//! [`read_page`](Recognizer::read_page) for a page of them, [`classify`](Recognizer::classify) for digits that are
//! in the networks' form already. It reads with a [`Model`]: the one in this crate, or any network of MNIST's kind
//! in an ONNX file.
//!
//! The way of a picture is bytes -> [`GrayImage`] -> [`preprocess`](mod@preprocess) -> [`DigitImage`] -> probabilities ->
//! [`Prediction`]. Where models come from is another crate's business (`inkdigit-train`); both meet at
//! [`DigitImage`] and [`Model`].
//!
//! Beside it: [`answer`] has answers as JSON, [`labels`] compares what was read with what it should be, [`explain`]
//! says why, [`activations`](mod@activations) and [`inspect`] show a network from within, [`export`] and [`verify`] are for files.
#![forbid(unsafe_code)]

pub mod activations;
pub mod answer;
pub mod atomic;
pub mod error;
pub mod explain;
pub mod export;
pub mod finder;
pub mod inspect;
pub mod labels;
pub mod machine;
pub mod model;
pub mod page;
pub mod prediction;
pub mod recognizer;
pub mod verify;

pub use inkdigit_image::preprocess;

pub use activations::activations;
pub use error::{Error, ErrorKind, PictureError, Result};
pub use finder::Finder;
pub use inkdigit_image::{Bounds, DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
pub use model::{CLASSES, Model};
pub use page::{Page, PageDigit, PageMark, PageOptions};
pub use prediction::{Prediction, Rejection};
pub use recognizer::{FoundDigit, Recognizer};
