//! Answers as data: what the program prints with `--json` and the server and the browser send.
//!
//! One definition, so that a script written for one of them understands the others. With the feature `openapi` the
//! types describe themselves for OpenAPI as well: what a server says of its answers can't differ from them.

use serde::{Deserialize, Serialize};

use crate::page::{Page, PageDigit, PageMark, TextOptions};
use crate::prediction::{Prediction, Rejection};
use inkdigit_image::preprocess::Unreadable;

/// What is said of a picture with one digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigitAnswer {
    /// The picture's name.
    pub file: String,
    /// What it was read as.
    #[serde(flatten)]
    pub prediction: Prediction,
    /// Its number, if it is a digit of a data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<usize>,
    /// What it is, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<u8>,
}

impl DigitAnswer {
    /// The answer for a picture of this name, of which nothing else is known.
    pub fn new(file: impl Into<String>, prediction: Prediction) -> Self {
        Self { file: file.into(), prediction, id: None, label: None }
    }
}

/// What is said of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PageAnswer {
    /// The picture's name.
    pub file: String,
    /// The digits of each line, a line for a line; `?` for those that are doubtful, a blank where a mark parted two
    /// numbers.
    pub text: String,
    /// The same as a list of lines.
    pub lines: Vec<String>,
    /// For each of `lines` its words: digits with wide gaps before and after them.
    pub words: Vec<Vec<String>>,
    /// As `text`, with marks and with blanks between words.
    pub text_with_marks: String,
    /// By how many degrees the picture was turned clockwise to be read.
    pub turned: f32,
    /// Each digit in reading order, with those that were rejected.
    pub digits: Vec<PageDigitAnswer>,
    /// Each mark among them, in reading order.
    pub marks: Vec<PageMarkAnswer>,
    /// Why there is no digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Rejection>,
}

/// What is said of a digit on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PageDigitAnswer {
    /// The most probable digit.
    pub digit: u8,
    /// Its probability.
    pub probability: f32,
    /// The second most probable digit.
    pub second: u8,
    /// Its probability.
    pub second_probability: f32,
    /// Column, row, width and height in the picture's pixels.
    #[serde(rename = "box")]
    pub bounds: [usize; 4],
    /// The number of its line, from 0.
    pub line: usize,
    /// The number of its word in the line, from 0.
    pub word: usize,
    /// Whether it isn't taken for a digit; then it isn't in the text.
    pub rejected: bool,
}

impl PageDigitAnswer {
    fn new(digit: &PageDigit, line: usize, word: usize) -> Self {
        let (second, second_probability) = digit.prediction.ranking()[1];
        let b = &digit.bounds;
        Self {
            digit: digit.prediction.digit,
            probability: digit.prediction.probability,
            second,
            second_probability,
            bounds: [b.left, b.top, b.width(), b.height()],
            line,
            word,
            rejected: digit.prediction.rejected,
        }
    }
}

/// What is said of a mark on a page: `-` `/` `.` `,` `:` `+` `(` `)` `=`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PageMarkAnswer {
    /// How it is written.
    pub mark: char,
    /// How probably it is there and is that.
    pub probability: f32,
    /// Column, row, width and height in the picture's pixels.
    #[serde(rename = "box")]
    pub bounds: [usize; 4],
    /// The number of its line, from 0.
    pub line: usize,
    /// How many of its line's digits stand before it.
    pub digits_before: usize,
}

impl PageMarkAnswer {
    fn new(mark: &PageMark, line: usize) -> Self {
        let b = &mark.bounds;
        Self {
            mark: mark.sign,
            probability: mark.probability,
            bounds: [b.left, b.top, b.width(), b.height()],
            line,
            digits_before: mark.digits_before,
        }
    }
}

impl PageAnswer {
    /// The answer for a picture of this name, of what came of reading it.
    pub fn new(file: impl Into<String>, page: Result<&Page, Unreadable>) -> Self {
        let empty = Page::default();
        let (page, reason) = match page {
            Ok(page) => (page, None),
            Err(reason) => (&empty, Some(Rejection::from(reason))),
        };
        let digits = page.lines.iter().enumerate().flat_map(|(number, line)| {
            let words = line.words.iter().enumerate();
            words.flat_map(move |(word, range)| {
                line.digits[range.clone()].iter().map(move |digit| PageDigitAnswer::new(digit, number, word))
            })
        });
        let marks =
            page.lines.iter().enumerate().flat_map(|(number, line)| {
                line.marks.iter().map(move |mark| PageMarkAnswer::new(mark, number))
            });
        let with_marks = TextOptions { marks: true, words: true, ..TextOptions::default() };
        Self {
            file: file.into(),
            text: page.text(),
            lines: page.lines.iter().map(|line| line.text()).collect(),
            words: page.lines.iter().map(|line| line.words()).collect(),
            text_with_marks: page.text_with(&with_marks),
            turned: page.turned,
            digits: digits.collect(),
            marks: marks.collect(),
            reason,
        }
    }
}
