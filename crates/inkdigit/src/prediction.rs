//! What a picture was read as, and why one isn't taken for a digit.

use std::fmt;

use inkdigit_image::preprocess::Unreadable;
use serde::{Deserialize, Serialize};

use crate::model::CLASSES;

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
    /// There is something, but nothing left of it that could be a digit: ruled lines, specks.
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
    /// What is taken for the digit with the highest of these probabilities, unless that is below `reject_below`.
    pub(crate) fn new(probabilities: [f32; CLASSES], reject_below: f32) -> Self {
        let digit = inkdigit_nn::argmax(&probabilities);
        let probability = probabilities[digit];
        let rejected = probability < reject_below;
        let reason = rejected.then_some(Rejection::Unsure);
        Self { digit: digit as u8, probability, probabilities, rejected, reason }
    }

    /// What is said of a picture without anything to read: each digit is as likely.
    ///
    /// ```
    /// use inkdigit::Prediction;
    /// use inkdigit::preprocess::Unreadable;
    ///
    /// let nothing = Prediction::of_nothing(Unreadable::TooFaint);
    /// assert!(nothing.rejected && nothing.probabilities == [0.1; 10]);
    /// ```
    pub fn of_nothing(reason: Unreadable) -> Self {
        let alike = Self::new([1.0 / CLASSES as f32; CLASSES], 0.0);
        Self { rejected: true, reason: Some(reason.into()), ..alike }
    }

    /// All digits with their probabilities, the most probable first.
    ///
    /// ```
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// let prediction = Recognizer::default().read_digit(&picture);
    /// let [first, second, ..] = prediction.ranking();
    /// assert_eq!(first, (prediction.digit, prediction.probability));
    /// assert!(second.1 < first.1);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn ranking(&self) -> [(u8, f32); CLASSES] {
        let mut ranking = std::array::from_fn(|digit| (digit as u8, self.probabilities[digit]));
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }
}
