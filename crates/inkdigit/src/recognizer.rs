//! Reading single digits: the façade that the program, the server, the browser and Python go through.

use serde::{Deserialize, Serialize};

use crate::error::{Error, UNNAMED};
use crate::evaluate::argmax;
use crate::image::{DigitImage, GrayImage};
use crate::model::Model;
use crate::networks::CLASSES;
use crate::page::{self, Page, PageOptions};
use crate::preprocess::{Trace, Unreadable, preprocess};

/// Reads digits with one model.
///
/// ```
/// use inkdigit::{GrayImage, Recognizer};
///
/// // A dark stroke on light paper.
/// let mut pixels = vec![250; 100 * 100];
/// (20..80).for_each(|y| pixels[y * 100 + 48..y * 100 + 54].fill(20));
/// let prediction = Recognizer::default().digit(&GrayImage::new(100, 100, pixels)?)?;
/// assert_eq!(prediction.digit, 1);
/// # Ok::<(), inkdigit::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    model: Model,
}

/// What a picture was read as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The most probable digit.
    pub digit: u8,
    /// Its probability.
    pub probability: f32,
    /// The probability of each digit; they add up to 1.
    pub probabilities: [f32; CLASSES],
    /// Whether the picture isn't taken for a digit at all. Not decided yet: always false.
    pub rejected: bool,
}

impl Prediction {
    fn new(probabilities: [f32; CLASSES]) -> Self {
        let digit = argmax(&probabilities);
        Self { digit: digit as u8, probability: probabilities[digit], probabilities, rejected: false }
    }

    /// All digits with their probabilities, the most probable first.
    pub fn ranking(&self) -> [(u8, f32); CLASSES] {
        let mut ranking = std::array::from_fn(|digit| (digit as u8, self.probabilities[digit]));
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }
}

impl Recognizer {
    /// A recognizer with this model; [`Recognizer::default`] has the one that this library ships.
    pub fn new(model: Model) -> Self {
        Self { model }
    }

    /// Its model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Reads the one digit on a picture of any size, dark on light or light on dark.
    ///
    /// # Errors
    /// [`Error::NothingDrawn`] for a picture without ink; [`Error::in_file`] names its file.
    pub fn digit(&self, picture: &GrayImage) -> Result<Prediction, Error> {
        let digit = preprocess(picture).ok_or_else(|| Error::NothingDrawn { file: UNNAMED.into() })?;
        Ok(self.read(&digit))
    }

    /// Reads all digits of a picture, in reading order.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    pub fn page(&self, picture: &GrayImage, options: &PageOptions) -> Result<Page, Unreadable> {
        page::read(self, picture, options, &mut Trace::off())
    }

    /// As [`Recognizer::page`], with the picture of each stage.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    pub fn page_traced(
        &self,
        picture: &GrayImage,
        options: &PageOptions,
        trace: &mut Trace,
    ) -> Result<Page, Unreadable> {
        page::read(self, picture, options, trace)
    }

    /// Reads digits that are in the networks' form already: 28x28, bright ink (255) on dark (0), 20 pixels
    /// long and centred by mass, as [`preprocess`] makes them and data sets store them.
    pub fn digits(&self, digits: &[DigitImage]) -> Vec<Prediction> {
        let pixels: Vec<u8> = digits.iter().flat_map(|digit| *digit.pixels()).collect();
        let probabilities = self.model.probabilities(&pixels);
        let (rows, _) = probabilities.as_chunks();
        rows.iter().map(|&row| Prediction::new(row)).collect()
    }

    /// Reads one digit that is in the networks' form already; see [`Recognizer::digits`].
    pub fn read(&self, digit: &DigitImage) -> Prediction {
        let mut row = [0.0; CLASSES];
        row.copy_from_slice(&self.model.probabilities(digit.pixels()));
        Prediction::new(row)
    }
}
