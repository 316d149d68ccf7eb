//! Reads handwritten digits: single pictures, pages, models.
//!
//! ```
//! use inkdigit::{GrayImage, PictureLimits, Recognizer};
//!
//! let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
//! let prediction = Recognizer::default().digit(&picture);
//! assert_eq!(prediction.digit, 3);
//! # Ok::<(), inkdigit::Error>(())
//! ```
//!
//! A [`Recognizer`] reads with a [`Model`]: picture -> [`GrayImage`] -> [`DigitImage`] -> probabilities. Where
//! models come from is another crate's business (`inkdigit-train`); both meet at [`DigitImage`] and [`Model`].
#![forbid(unsafe_code)]

pub mod activations;
pub mod answer;
pub mod atomic;
pub mod error;
pub mod explain;
pub mod export;
pub mod inspect;
pub mod model;
pub mod page;
pub mod recognizer;
pub mod verify;

pub use inkdigit_image::preprocess;

pub use activations::activations;
pub use error::{Error, ErrorKind, PictureError, Result};
pub use inkdigit_image::{Bounds, DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
pub use model::{CLASSES, Model};
pub use page::{Page, PageDigit, PageOptions};
pub use recognizer::{Prediction, Recognizer, Rejection};
