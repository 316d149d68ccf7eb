//! How much ink lies on each pixel: the tones within a mask, from the paper's level to the pen's.

use super::fit::{FIT_SIDE, Ink};
use super::mask::Mask;
use super::threshold::quantile;
use crate::GrayImage;

/// How far from its mask a digit has ink, in pixels; `length` is its longer side.
pub(super) fn reach(length: usize) -> usize {
    1 + length / (FIT_SIDE + 5)
}

impl Ink {
    /// The ink on and around the pixels of a mask: the paper's level is 0, the pen's full tone 1. Soft edges are
    /// kept as far as a pixel of the digit's final form reaches, the paper's texture isn't. `length` is the digit's
    /// longer side in pixels.
    ///
    /// # Shapes
    /// - `strength`: `[height, width]`, 0 paper to 255 ink
    /// - `mask`: the same
    pub fn of(strength: &GrayImage, mask: &Mask, paper: usize, length: usize) -> Self {
        let mut counts = [0u32; 256];
        for (&level, _) in strength.pixels().iter().zip(mask.bits()).filter(|(_, bit)| **bit) {
            counts[level as usize] += 1;
        }
        // Thin pens have few pixels in full tone: most lie on the stroke's soft edge.
        let pen = quantile(&counts, 0.75).max(paper + 1);
        let near = mask.dilated(reach(length));
        let tone = |(&level, &near): (&u8, &bool)| match near {
            true => ((level as f32 - paper as f32) / (pen - paper) as f32).clamp(0.0, 1.0),
            false => 0.0,
        };
        let values = strength.pixels().iter().zip(near.bits()).map(tone).collect();
        Self { width: strength.width(), height: strength.height(), values }
    }

    /// The ink as a picture, bright on dark.
    pub fn to_gray(&self) -> GrayImage {
        let pixels = self.values.iter().map(|value| (value * 255.0 + 0.5) as u8).collect();
        GrayImage::new(self.width, self.height, pixels).expect("ink has as many values as its size says")
    }
}
