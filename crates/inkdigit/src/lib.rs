//! Reads handwritten digits.
#![forbid(unsafe_code)]

pub mod atomic;
pub mod augment;
pub mod config;
pub mod data;
#[cfg(feature = "download")]
pub mod download;
pub mod error;
pub mod evaluate;
pub mod image;
pub mod model;
mod names;
pub mod networks;
pub mod preprocess;
pub mod recognizer;
pub mod synth;
mod tensor_file;
pub mod train;

pub use augment::Augment;
pub use config::TrainConfig;
pub use data::{Dataset, Split};
pub use error::{Error, Result};
pub use evaluate::{Evaluation, evaluate};
pub use image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
pub use model::Model;
pub use networks::Network;
pub use recognizer::{Prediction, Recognizer};
pub use train::train;
