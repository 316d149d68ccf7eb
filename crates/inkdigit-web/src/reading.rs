//! What the page shows of a picture: a lone digit with its ten probabilities, or a number, digit by digit.

use inkdigit::preprocess::Trace;
use inkdigit::{DigitImage, GrayImage, PageDigit, PageOptions, Prediction, Recognizer, Rejection};
use serde::Serialize;

/// What was read on a picture with any number of digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The digits of each line, a line for a line, without those that were rejected.
    pub text: String,
    /// By how many degrees the picture was turned clockwise to be read.
    pub turned: f32,
    /// Each digit in reading order, with those that were rejected.
    pub digits: Vec<ReadDigit>,
    /// Why there is no digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Rejection>,
}

/// One digit of a [`Reading`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadDigit {
    /// What it was read as.
    #[serde(flatten)]
    pub prediction: Prediction,
    /// Column, row, width and height in the picture's pixels.
    #[serde(rename = "box")]
    pub bounds: [usize; 4],
    /// The number of its line, from 0.
    pub line: usize,
    /// What the network saw.
    #[serde(skip)]
    pub image: DigitImage,
}

impl ReadDigit {
    fn new(digit: PageDigit, line: usize) -> Self {
        let b = &digit.bounds;
        Self {
            prediction: digit.prediction,
            bounds: [b.left, b.top, b.width(), b.height()],
            line,
            image: digit.image,
        }
    }
}

impl Reading {
    /// Reads a picture with one digit or many, whichever there are.
    pub fn of(recognizer: &Recognizer, picture: &GrayImage, options: &PageOptions) -> Self {
        let page = match recognizer.read_page_with(picture, options, &mut Trace::off()) {
            Ok(page) => page,
            Err(reason) => {
                return Self {
                    text: String::new(),
                    turned: 0.0,
                    digits: vec![],
                    reason: Some(reason.into()),
                };
            }
        };
        let (text, turned) = (page.text(), page.turned);
        let lines = page.lines.into_iter().enumerate();
        let digits = lines.flat_map(|(number, line)| {
            line.digits.into_iter().map(move |digit| ReadDigit::new(digit, number))
        });
        let digits: Vec<_> = digits.collect();
        let reason = if let [lone] = &digits[..] { lone.prediction.reason } else { None };
        Self { text, turned, digits, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white board with upright black strokes, 8 pixels wide, at these columns.
    fn board(columns: &[usize]) -> GrayImage {
        let mut pixels = vec![255; 200 * 150];
        for &column in columns {
            (40..110).for_each(|row| pixels[row * 200 + column..][..8].fill(0));
        }
        GrayImage::new(200, 150, pixels).expect("a picture")
    }

    fn read(columns: &[usize]) -> Reading {
        let options = PageOptions { turn_upright: false, as_digit_if_alone: true, ..PageOptions::default() };
        // As the page reads what is drawn on it.
        Reading::of(&Recognizer::default().finding_by_rules(), &board(columns), &options)
    }

    #[test]
    fn a_lone_digit_has_the_same_answer_as_everywhere() {
        let reading = read(&[90]);
        let [digit] = &reading.digits[..] else { panic!("one digit: {reading:?}") };
        assert_eq!(digit.prediction, Recognizer::default().read_digit(&board(&[90])));
        assert_eq!((reading.text.as_str(), reading.reason), ("1", None));
        assert_eq!(digit.bounds, [90, 40, 8, 70]);
        assert!(digit.image.pixels().iter().any(|&pixel| pixel > 128));
    }

    #[test]
    fn several_digits_are_a_number() {
        let reading = read(&[40, 90, 140]);
        assert_eq!(reading.text, "111");
        assert!(reading.digits.is_sorted_by_key(|digit| digit.bounds[0]), "{reading:?}");
    }

    #[test]
    fn a_blank_board_has_a_reason() {
        let reading = read(&[]);
        assert_eq!((reading.digits.len(), reading.reason), (0, Some(Rejection::NothingDrawn)));
    }
}
