//! Reading single digits: the façade that the program, the server, the browser and Python go through.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::CLASSES;
use crate::model::Model;
use crate::page::{self, Page, PageOptions};
use crate::preprocess::{PreprocessOptions, Trace, Unreadable, preprocess_with};
use inkdigit_image::{DigitImage, GrayImage};

mod session;

pub use session::Session;

/// Below this probability a picture isn't taken for a digit, unless something else is asked for. Networks that
/// were trained with outliers are far below it for letters and blots.
pub const REJECT_BELOW: f32 = 0.7;

/// Reads digits with one model.
///
/// ```
/// use inkdigit::{GrayImage, Recognizer};
///
/// // A dark stroke on light paper.
/// let mut pixels = vec![250; 100 * 100];
/// (20..80).for_each(|y| pixels[y * 100 + 48..y * 100 + 54].fill(20));
/// let recognizer = Recognizer::default();
/// let prediction = recognizer.digit(&GrayImage::new(100, 100, pixels)?);
/// assert!(prediction.digit == 1 && !prediction.rejected);
///
/// let blank = recognizer.digit(&GrayImage::new(100, 100, vec![250; 100 * 100])?);
/// assert_eq!(blank.reason.unwrap().to_string(), "nothing drawn");
/// # Ok::<(), inkdigit::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recognizer {
    model: Model,
    reject_below: f32,
}

/// Why a picture isn't taken for a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Rejection {
    /// It is blank.
    #[serde(rename = "nothing drawn")]
    NothingDrawn,
    /// There is something, hardly darker or lighter than its ground.
    #[serde(rename = "too faint")]
    TooFaint,
    /// There is something, but nothing left of it that could be a digit: rules, specks.
    #[serde(rename = "no digit found")]
    NoDigitFound,
    /// Even the likeliest digit isn't likely.
    #[serde(rename = "unsure")]
    Unsure,
}

impl From<Unreadable> for Rejection {
    fn from(reason: Unreadable) -> Self {
        match reason {
            Unreadable::NothingDrawn => Self::NothingDrawn,
            Unreadable::TooFaint => Self::TooFaint,
            Unreadable::NoDigitFound => Self::NoDigitFound,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingDrawn => "nothing drawn",
            Self::TooFaint => "too faint",
            Self::NoDigitFound => "no digit found",
            Self::Unsure => "unsure",
        })
    }
}

/// What a picture was read as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prediction {
    /// The most probable digit.
    pub digit: u8,
    /// Its probability.
    pub probability: f32,
    /// The probability of each digit; they add up to 1.
    pub probabilities: [f32; CLASSES],
    /// Whether the picture isn't taken for a digit at all.
    pub rejected: bool,
    /// Why, if it isn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Rejection>,
}

impl Prediction {
    fn new(probabilities: [f32; CLASSES]) -> Self {
        let digit = argmax(&probabilities);
        let probability = probabilities[digit];
        Self { digit: digit as u8, probability, probabilities, rejected: false, reason: None }
    }

    /// What is said of a picture without anything to read: each digit is as likely.
    pub fn of_nothing(reason: Unreadable) -> Self {
        let alike = Self::new([1.0 / CLASSES as f32; CLASSES]);
        Self { rejected: true, reason: Some(reason.into()), ..alike }
    }

    /// The same, rejected if it is less probable than `reject_below`.
    #[must_use]
    pub(crate) fn judged(self, reject_below: f32) -> Self {
        let rejected = self.probability < reject_below;
        Self { rejected, reason: rejected.then_some(Rejection::Unsure), ..self }
    }

    /// All digits with their probabilities, the most probable first.
    pub fn ranking(&self) -> [(u8, f32); CLASSES] {
        let mut ranking = std::array::from_fn(|digit| (digit as u8, self.probabilities[digit]));
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }
}

/// The place of the largest value, the first of equals.
pub fn argmax(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

impl Recognizer {
    /// A recognizer with this model; [`Recognizer::default`] has the one that this library ships.
    pub fn new(model: Model) -> Self {
        Self { model, reject_below: REJECT_BELOW }
    }

    /// The same recognizer, which rejects what is less probable than this: 0 for nothing, 1 for all that it
    /// isn't sure of beyond doubt.
    #[must_use]
    pub fn rejecting_below(self, probability: f32) -> Self {
        Self { reject_below: probability, ..self }
    }

    /// Its model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Reads the one digit on a picture of any size, dark on light or light on dark.
    pub fn digit(&self, picture: &GrayImage) -> Prediction {
        self.digit_traced(picture, &PreprocessOptions::default(), &mut Trace::off())
    }

    /// As [`Recognizer::digit`], with options, and the picture of each stage.
    pub fn digit_traced(
        &self,
        picture: &GrayImage,
        options: &PreprocessOptions,
        trace: &mut Trace,
    ) -> Prediction {
        match preprocess_with(picture, options, trace) {
            Ok(digit) => self.read(&digit),
            Err(reason) => Prediction::of_nothing(reason),
        }
    }

    /// Reads all digits of a picture, in reading order.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    pub fn page(&self, picture: &GrayImage, options: &PageOptions) -> Result<Page, Unreadable> {
        page::read(self, picture, options, &mut Trace::off())
    }

    /// Reads a picture of which nobody said how many digits are on it: as a page; but where one digit is all
    /// there is, as [`Recognizer::digit`], so that it has the same answer here and everywhere.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    pub fn one_or_many(&self, picture: &GrayImage, options: &PageOptions) -> Result<Page, Unreadable> {
        page::read_one_or_many(self, picture, options)
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
    /// long and centred by mass, as [`preprocess_with`] makes them and data sets store them.
    pub fn digits(&self, digits: &[DigitImage]) -> Vec<Prediction> {
        let pixels: Vec<u8> = digits.iter().flat_map(|digit| *digit.pixels()).collect();
        let probabilities = self.model.probabilities(&pixels);
        let (rows, _) = probabilities.as_chunks();
        rows.iter().map(|&row| Prediction::new(row).judged(self.reject_below)).collect()
    }

    /// Reads one digit that is in the networks' form already; see [`Recognizer::digits`].
    pub fn read(&self, digit: &DigitImage) -> Prediction {
        let mut row = [0.0; CLASSES];
        row.copy_from_slice(&self.model.probabilities(digit.pixels()));
        Prediction::new(row).judged(self.reject_below)
    }
}

impl Default for Recognizer {
    /// A recognizer with the model that this library ships.
    fn default() -> Self {
        Self::new(Model::default())
    }
}
