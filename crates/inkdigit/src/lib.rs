//! Reads handwritten digits.
#![forbid(unsafe_code)]

pub mod atomic;
pub mod augment;
pub mod config;
pub mod data;
#[cfg(feature = "download")]
pub mod download;
pub mod error;
pub mod image;
pub mod model;
mod names;
pub mod networks;
pub mod preprocess;
pub mod synth;
mod tensor_file;

pub use augment::Augment;
pub use config::TrainConfig;
pub use data::{Dataset, Split};
pub use error::{Error, Result};
pub use image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
pub use model::Model;
pub use networks::Network;
