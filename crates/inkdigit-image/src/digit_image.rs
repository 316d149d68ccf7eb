//! A digit as the networks see it: the narrow waist between pictures and networks.

use crate::GrayImage;
use crate::error::{PictureError, Result};
use crate::gray_image::encode_png;

/// Rows and columns of a [`DigitImage`].
pub const IMAGE_SIDE: usize = 28;

/// Pixels of a [`DigitImage`].
pub const IMAGE_PIXELS: usize = IMAGE_SIDE * IMAGE_SIDE;

/// A digit as the networks see it: 28x28, bright ink (255) on dark (0), as in MNIST.
///
/// ```
/// use inkdigit_image::DigitImage;
///
/// let mut pixels = [0; 784];
/// (4..24).for_each(|y| pixels[y * 28 + 14] = 255);
/// let one = DigitImage::new(pixels);
/// assert_eq!(one.to_ascii().lines().nth(4).map(str::trim), Some("@@"));
/// assert_eq!(DigitImage::from_pixels(&pixels)?, one);
/// # Ok::<(), inkdigit_image::PictureError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DigitImage([u8; IMAGE_PIXELS]);

impl DigitImage {
    /// A digit from its 28 rows of 28 pixels, 0 ground to 255 ink.
    pub fn new(pixels: [u8; IMAGE_PIXELS]) -> Self {
        Self(pixels)
    }

    /// A digit from a slice of its pixels.
    ///
    /// # Shapes
    /// - `pixels`: `[28, 28]`
    ///
    /// # Errors
    /// [`PictureError::PixelCount`].
    pub fn from_pixels(pixels: &[u8]) -> Result<Self> {
        match pixels.try_into() {
            Ok(pixels) => Ok(Self(pixels)),
            Err(_) => {
                Err(PictureError::PixelCount { found: pixels.len(), width: IMAGE_SIDE, height: IMAGE_SIDE })
            }
        }
    }

    /// The pixels, row by row: `[28, 28]`, 0 ground to 255 ink.
    pub fn pixels(&self) -> &[u8; IMAGE_PIXELS] {
        &self.0
    }

    /// The pixels as networks take them; see [`to_floats`].
    pub fn to_floats(&self) -> [f32; IMAGE_PIXELS] {
        let mut floats = [0.0; IMAGE_PIXELS];
        to_floats(&self.0, &mut floats);
        floats
    }

    /// The digit in 28 lines of 56 characters (each doubled, since characters are tall): for terminals and
    /// for tests that fail.
    pub fn to_ascii(&self) -> String {
        let mut text = String::with_capacity(IMAGE_SIDE * (2 * IMAGE_SIDE + 1));
        for row in self.0.chunks_exact(IMAGE_SIDE) {
            for &pixel in row {
                let character = shade(pixel);
                text.extend([character, character]);
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    /// The digit as an 8-bit gray PNG file, bright on dark.
    pub fn to_png(&self) -> Vec<u8> {
        encode_png(&self.0, IMAGE_SIDE, IMAGE_SIDE)
    }

    /// The digit as a picture, bright on dark.
    pub fn to_gray(&self) -> GrayImage {
        GrayImage { width: IMAGE_SIDE, height: IMAGE_SIDE, pixels: self.0.to_vec() }
    }
}

/// Pixels as networks take them: numbers from 0 to 255. Bringing them into another range is a network's own
/// first operation, so that it can't differ between training and use.
///
/// ```
/// let mut floats = [0.0; 3];
/// inkdigit_image::to_floats(&[0, 7, 255], &mut floats);
/// assert_eq!(floats, [0.0, 7.0, 255.0]);
/// ```
///
/// # Panics
/// If there aren't as many floats as pixels.
pub fn to_floats(pixels: &[u8], floats: &mut [f32]) {
    assert_eq!(pixels.len(), floats.len(), "a float for each pixel");
    floats.iter_mut().zip(pixels).for_each(|(float, &pixel)| *float = f32::from(pixel));
}

/// A character with about as much ink on light ground as the pixel, 0 to 255, has light on dark.
pub fn shade(pixel: u8) -> char {
    const RAMP: &[u8; 10] = b" .:-=+*#%@";
    RAMP[usize::from(pixel) * RAMP.len() / 256].into()
}

impl std::fmt::Debug for DigitImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DigitImage\n{}", self.to_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_prints_as_a_picture() {
        let mut pixels = [0; IMAGE_PIXELS];
        pixels[IMAGE_SIDE + 1] = 255;
        pixels[IMAGE_SIDE + 2] = 128;
        let text = DigitImage::new(pixels).to_ascii();
        assert_eq!(text.lines().count(), 28);
        assert_eq!(text.lines().nth(1), Some("  @@++"));
    }
}
