//! Why a digit: how much each pixel of an image speaks for an answer, as two heat maps.
//!
//! Both explain one number, the [`Score`] of a digit. *Occlusion sensitivity* hides a small square of the image
//! and looks how much the score falls: Zeiler and Fergus, "Visualizing and Understanding Convolutional
//! Networks", 2013, section 4.2. *Gradient times input* multiplies the score's slope at each pixel (Simonyan,
//! Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013, section 3) with the pixel itself:
//! Shrikumar, Greenside, Shcherbina and Kundaje, "Not Just a Black Box", 2016. The first asks what would
//! happen, and takes hundreds of answers; the second takes one pass backward, and is true for small changes
//! alone.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::CLASSES;
use crate::model::Model;
use inkdigit_image::{DigitImage, IMAGE_PIXELS, IMAGE_SIDE};

#[cfg(feature = "gradients")]
mod slopes;

#[cfg(feature = "gradients")]
pub use slopes::gradient_times_input;

/// A number for each pixel of an image, `[28, 28]`: positive where it speaks for the digit, negative where it
/// speaks against it.
pub type HeatMap = [f32; IMAGE_PIXELS];

/// What is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The digit's log-odds, `ln(p / (1 - p))` of its calibrated probability: what speaks for it and not for
    /// any other. It rises and falls with the probability, but goes on where that comes close to 0 or 1.
    #[default]
    LogOdds,
    /// The digit's own logit, as in the papers, whatever the other digits' are.
    Logit,
}

impl Score {
    /// The score of a digit.
    fn of(self, logits: &[f32], digit: usize, temperature: f32) -> f32 {
        match self {
            Self::Logit => logits[digit],
            Self::LogOdds => {
                let (others, largest) = others(logits, digit, temperature);
                let sum: f32 = others.iter().map(|other| (other - largest).exp()).sum();
                logits[digit] / temperature - largest - sum.ln()
            }
        }
    }
}

/// All logits but the digit's, over the temperature, and the largest of them.
fn others(logits: &[f32], digit: usize, temperature: f32) -> (Vec<f32>, f32) {
    let others = logits.iter().enumerate().filter(|(place, _)| *place != digit);
    let others: Vec<f32> = others.map(|(_, logit)| logit / temperature).collect();
    let largest = others.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (others, largest)
}

/// The square that occlusion hides pixels with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Occluder {
    /// Its side in pixels, odd, so that it has a middle.
    side: usize,
    /// Its level: 0 is ground, as if nothing were drawn there; 255 is ink.
    level: u8,
}

impl Occluder {
    /// A square of `side` pixels of one level, 0 (ground) to 255 (ink).
    ///
    /// # Errors
    /// [`Error::OccluderSide`] if the side isn't odd or larger than the image.
    pub fn new(side: usize, level: u8) -> Result<Self> {
        if side.is_multiple_of(2) || side > IMAGE_SIDE {
            return Err(Error::OccluderSide { found: side, largest: IMAGE_SIDE - 1 });
        }
        Ok(Self { side, level })
    }

    /// The image with the square in the middle of column `x` of row `y`, cut off at the edges.
    fn over(self, image: &DigitImage, x: usize, y: usize) -> [u8; IMAGE_PIXELS] {
        let half = self.side / 2;
        let span = |middle: usize| middle.saturating_sub(half)..(middle + half + 1).min(IMAGE_SIDE);
        let mut pixels = *image.pixels();
        for y in span(y) {
            pixels[y * IMAGE_SIDE..][span(x)].fill(self.level);
        }
        pixels
    }
}

impl Default for Occluder {
    /// 5x5 of ground: about twice as wide as a pen's stroke.
    fn default() -> Self {
        Self { side: 5, level: 0 }
    }
}

/// The score of a digit for an image.
///
/// # Panics
/// If `digit` isn't from 0 to 9.
pub fn score(model: &Model, image: &DigitImage, digit: u8, score: Score) -> f32 {
    score.of(&model.logits(image.pixels()), digit.into(), model.metadata.temperature)
}

/// Occlusion sensitivity: at each pixel, by how much the digit's score falls when the occluder's middle lies
/// there.
///
/// # Panics
/// If `digit` isn't from 0 to 9.
///
/// ```
/// use inkdigit::explain::{Occluder, Score, occlusion};
/// use inkdigit::{DigitImage, Model};
///
/// // A stroke, upright in the middle: a 1.
/// let mut pixels = [0; 784];
/// (4..24).for_each(|y| pixels[y * 28 + 13..y * 28 + 15].fill(255));
/// let map = occlusion(&Model::default(), &DigitImage::new(pixels), 1, Score::Logit, Occluder::default());
/// assert!(map[14 * 28 + 14] > map[0], "it is the stroke that speaks for the 1");
/// ```
pub fn occlusion(model: &Model, image: &DigitImage, digit: u8, score: Score, occluder: Occluder) -> HeatMap {
    let temperature = model.metadata.temperature;
    let places =
        (0..IMAGE_PIXELS).flat_map(|place| occluder.over(image, place % IMAGE_SIDE, place / IMAGE_SIDE));
    let hidden: Vec<u8> = image.pixels().iter().copied().chain(places).collect();
    let logits = model.logits(&hidden);
    let mut scores = logits.chunks_exact(CLASSES).map(|logits| score.of(logits, digit.into(), temperature));
    let whole = scores.next().expect("the image itself comes first");
    let mut map = [0.0; IMAGE_PIXELS];
    map.iter_mut().zip(scores).for_each(|(fall, score)| *fall = whole - score);
    map
}

#[cfg(all(test, feature = "gradients"))]
mod tests;
