//! Pictures, and the way from one to what networks read: bytes -> [`GrayImage`] -> [`DigitImage`].
//!
//! [`GrayImage::decode`] makes gray levels of what people have (PNG, JPEG, GIF, BMP, WebP). [`preprocess`] finds
//! the ink on it and brings one digit into MNIST's form: 28x28 pixels, bright ink on dark, 20 pixels long,
//! centred by mass. The crate knows no networks.
//!
//! ```
//! use inkdigit_image::{GrayImage, preprocess::preprocess};
//!
//! // A dark stroke on light paper.
//! let mut pixels = vec![250; 100 * 100];
//! (20..80).for_each(|y| pixels[y * 100 + 48..y * 100 + 54].fill(20));
//! let digit = preprocess(&GrayImage::new(100, 100, pixels)?)?;
//! assert_eq!(digit.pixels()[14 * 28 + 14], 255, "bright ink in the middle");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod bounds;
mod decode;
mod digit_image;
mod error;
mod gray_image;
mod luminance;
pub mod preprocess;
mod reduce;
mod resize;
mod turn;

pub use bounds::Bounds;
pub use decode::PictureLimits;
pub use digit_image::{DigitImage, IMAGE_PIXELS, IMAGE_SIDE, shade, to_floats};
pub use error::{ErrorKind, PictureError};
pub use gray_image::GrayImage;
