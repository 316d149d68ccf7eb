//! Reads handwritten digits.
#![forbid(unsafe_code)]

pub mod error;
pub mod image;
pub mod preprocess;

pub use error::{Error, Result};
pub use image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};
