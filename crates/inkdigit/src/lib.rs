//! Reads handwritten digits.
#![forbid(unsafe_code)]

pub mod atomic;
pub mod augment;
pub mod data;
#[cfg(feature = "download")]
pub mod download;
pub mod error;
pub mod image;
pub mod preprocess;

pub use augment::Augment;
pub use data::{Dataset, Split};
pub use error::{Error, Result};
pub use image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
