//! Pictures with many digits: found, brought into reading order and read.
//!
//! With a finder, what stands on a page is found by it (`found`); without one, by rules (`rules`).

mod alone;
mod found;
mod lattice;
mod lines;
mod marks;
mod opinions;
mod orientation;
mod rules;
mod segments;
mod text;
mod turn;
mod words;

use std::ops::Range;

use inkdigit_image::preprocess::PreprocessOptions;
use inkdigit_image::{Bounds, DigitImage};

use crate::prediction::Prediction;

pub use text::{TextOptions, Unsure};

pub(crate) use alone::{FindAlone, alone};
pub(crate) use found::{Eye, ReadFound, read as read_with_finder};
pub(crate) use rules::read as read_by_rules;

/// How pages are read.
///
/// ```
/// use inkdigit::PageOptions;
///
/// let as_it_lies = PageOptions { turn_upright: false, ..PageOptions::default() };
/// assert!(as_it_lies.split_touching);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageOptions {
    /// How ink is found.
    pub preprocess: PreprocessOptions,
    /// Whether a page that lies on its side or its head, or askew, is turned upright.
    pub turn_upright: bool,
    /// Whether touching digits are split and broken ones put together.
    pub split_touching: bool,
    /// Whether a picture that turns out to have one digit alone is read as
    /// [`Recognizer::read_digit`](crate::Recognizer::read_digit) reads it, so that it has the same answer here and
    /// everywhere: for pictures of which nobody said how many digits are on them.
    pub as_digit_if_alone: bool,
    /// Digits that go through the network at once.
    pub batch_size: usize,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            preprocess: PreprocessOptions::default(),
            turn_upright: true,
            split_touching: true,
            as_digit_if_alone: false,
            batch_size: 256,
        }
    }
}

/// What was read on a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// From top to bottom, in the direction of reading.
    pub lines: Vec<Line>,
    /// By how many degrees the picture was turned clockwise to be read.
    pub turned: f32,
}

/// A line of digits, in the direction of reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its digits and what was rejected.
    pub digits: Vec<PageDigit>,
    /// Its words, as ranges of `digits`: digits that stand closer to each other than to the others, with no mark
    /// between them.
    pub words: Vec<Range<usize>>,
    /// What stands among them and gives them their meaning, in the direction of reading. Only a finder sees them.
    pub marks: Vec<PageMark>,
}

/// A digit on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageDigit {
    /// Where it stands on the picture, in the picture's pixels.
    pub bounds: Bounds,
    /// What it was read as.
    pub prediction: Prediction,
    /// What the network saw.
    pub image: DigitImage,
}

/// A mark that is no digit and has a meaning among digits: `-` `/` `.` `,` `:` `+` `(` `)` `=`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageMark {
    /// How it is written.
    pub sign: char,
    /// How probably it is there and is that.
    pub probability: f32,
    /// Where it stands on the picture, in the picture's pixels.
    pub bounds: Bounds,
    /// How many of its line's digits stand before it.
    pub digits_before: usize,
    /// Whether there is a wide gap before it and behind it, as between words.
    pub apart: [bool; 2],
}

impl Line {
    /// A line without marks.
    pub fn of_digits(digits: Vec<PageDigit>, words: Vec<Range<usize>>) -> Self {
        Self { digits, words, marks: Vec::new() }
    }
}

impl Page {
    /// A page with one digit alone.
    pub(crate) fn of_one(digit: PageDigit) -> Self {
        let words = vec![Range { start: 0, end: 1 }];
        Self { lines: vec![Line::of_digits(vec![digit], words)], turned: 0.0 }
    }

    /// All digits, line by line, with those that were rejected.
    pub fn digits(&self) -> impl Iterator<Item = &PageDigit> {
        self.lines.iter().flat_map(|line| &line.digits)
    }

    /// All marks, line by line.
    pub fn marks(&self) -> impl Iterator<Item = &PageMark> {
        self.lines.iter().flat_map(|line| &line.marks)
    }
}

#[cfg(test)]
mod tests;
