//! A picture as captured: gray levels.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::error::{PictureError, Result, UNNAMED};

/// A picture as captured, as luminance: 0 is black, 255 is white. Never without pixels.
///
/// ```
/// use inkdigit_image::GrayImage;
///
/// let picture = GrayImage::new(3, 2, vec![255, 255, 0, 255, 0, 255])?;
/// assert_eq!((picture.at(2, 0), picture.row(1)), (0, &[255, 0, 255][..]));
/// assert_eq!(picture.crop(1, 0, 2, 1)?.inverted().pixels(), [0, 255]);
/// # Ok::<(), inkdigit_image::PictureError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayImage {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl GrayImage {
    /// A picture from its pixels, row by row.
    ///
    /// # Shapes
    /// - `pixels`: `[height, width]`
    ///
    /// # Errors
    /// [`PictureError::ZeroSizedPicture`], [`PictureError::PixelCount`].
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self> {
        if width == 0 || height == 0 {
            return Err(zero_sized(width as u64, height as u64));
        }
        if width.checked_mul(height) != Some(pixels.len()) {
            return Err(PictureError::PixelCount { found: pixels.len(), width, height });
        }
        Ok(Self { width, height, pixels })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The luminances, row by row: `[height, width]`, 0 black to 255 white.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The luminance in column `x` of row `y`.
    ///
    /// # Panics
    /// Outside the picture.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.row(y)[x]
    }

    /// Row `y`, from left to right.
    ///
    /// # Panics
    /// Below the picture.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..][..self.width]
    }

    /// The part of the picture that starts in column `x` of row `y`, cut off at the picture's edges.
    ///
    /// # Errors
    /// [`PictureError::ZeroSizedPicture`] if nothing of it lies within the picture.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Result<Self> {
        let width = width.min(self.width.saturating_sub(x));
        let height = height.min(self.height.saturating_sub(y));
        let rows = (y..y + height).flat_map(|y| &self.row(y)[x.min(self.width)..][..width]);
        Self::new(width, height, rows.copied().collect())
    }

    /// The picture with light and dark exchanged.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let pixels = self.pixels.iter().map(|&p| 255 - p).collect();
        Self { width: self.width, height: self.height, pixels }
    }

    /// The picture as an 8-bit gray PNG file.
    pub fn to_png(&self) -> Vec<u8> {
        encode_png(&self.pixels, self.width, self.height)
    }
}

/// Pixels `[height, width]` as an 8-bit gray PNG file.
pub(crate) fn encode_png(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(pixels, width as u32, height as u32, ExtendedColorType::L8)
        .expect("pixels that fit their size are encoded into memory");
    png
}

pub(crate) fn zero_sized(width: u64, height: u64) -> PictureError {
    PictureError::ZeroSizedPicture { file: UNNAMED.into(), width, height }
}
