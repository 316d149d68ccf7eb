//! Reads handwritten digits: pictures, data sets, networks, training, evaluation.
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
//! [`Recognizer`] reads digits with a [`Model`]; [`train`](fn@train) makes one from a [`TrainConfig`] and a
//! [`Dataset`]; [`evaluate`](fn@evaluate) says how good it is. What stands between pictures and networks is
//! [`DigitImage`], 28x28 pixels of bright ink on dark, which [`preprocess`] makes of any [`GrayImage`].
#![forbid(unsafe_code)]

pub mod activations;
pub mod answer;
pub mod atomic;
pub mod augment;
pub mod calibrate;
pub mod config;
pub mod data;
#[cfg(feature = "download")]
pub mod download;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod image;
pub mod inspect;
pub mod model;
mod names;
pub mod networks;
pub mod page;
pub mod preprocess;
pub mod probe;
pub mod recognizer;
pub mod synth;
mod tensor_file;
pub mod train;
pub mod verify;

pub use activations::activations;
pub use augment::Augment;
pub use config::TrainConfig;
pub use data::{Dataset, Split};
pub use error::{Error, Result};
pub use evaluate::{Evaluation, evaluate};
pub use image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
pub use model::Model;
pub use networks::Network;
pub use page::{Page, PageDigit, PageOptions};
pub use recognizer::{Prediction, Recognizer, Rejection};
pub use train::train;
