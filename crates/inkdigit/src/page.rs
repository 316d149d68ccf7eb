//! Pictures with many digits: found, parted, brought into reading order and read.
//!
//! The stages, a file each: ink is found as on pictures of single digits ([`crate::preprocess`]); of what hangs
//! together, the marks that may be digits are chosen (`marks`); the page is turned upright (`turn`,
//! `orientation`); marks are put into lines (`lines`); broken digits are put together and touching ones cut,
//! by what the network is surest of (`segments`, `lattice`); digits that stand close
//! together are words (`words`).

mod lattice;
mod lines;
mod marks;
mod orientation;
mod segments;
mod turn;
mod words;

use std::ops::Range;

use marks::Marks;

use crate::Bounds;
use crate::preprocess::{
    Drawing, PreprocessOptions, Strength, Trace, Unreadable, preprocess_found, preprocess_with, reduce,
};
use crate::recognizer::{Prediction, REJECT_BELOW, Recognizer};
use inkdigit_image::{DigitImage, GrayImage};

/// Pages with a longer side are reduced first. A digit on a fiftieth of the side still has 40 pixels then,
/// twice what is kept of it.
const WORKING_SIDE: usize = 2000;

/// Lines that slope by less than this many degrees are read as they are: digits slant more in any hand.
const LEAST_SKEW: f32 = 2.0;

/// The share of a pen's strength at which strokes end: more than for single digits, because the faint edges of
/// a digit reach its neighbours and the rules beside it.
const EDGE: f32 = 0.4;

/// How pages are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageOptions {
    /// How ink is found.
    pub preprocess: PreprocessOptions,
    /// Whether a page that lies on its side or its head, or askew, is turned upright.
    pub turn_upright: bool,
    /// Whether touching digits are parted and broken ones put together.
    pub part_digits: bool,
    /// What is read with a lower probability is rejected.
    pub reject_below: f32,
    /// Digits that go through the network at once.
    pub batch_size: usize,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            preprocess: PreprocessOptions::default(),
            turn_upright: true,
            part_digits: true,
            reject_below: REJECT_BELOW,
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
    /// Its words, as ranges of `digits`: digits that stand closer to each other than to the others.
    pub words: Vec<Range<usize>>,
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

impl Page {
    /// All digits, line by line, with those that were rejected.
    pub fn digits(&self) -> impl Iterator<Item = &PageDigit> {
        self.lines.iter().flat_map(|line| &line.digits)
    }

    /// The digits of each line that has some, a line for a line, without those that were rejected.
    pub fn text(&self) -> String {
        let lines = self.lines.iter().map(Line::text).filter(|text| !text.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// As [`Page::text`], with a blank between words.
    pub fn text_by_words(&self) -> String {
        let spaced = |line: &Line| {
            let words: Vec<String> = line.words().into_iter().filter(|word| !word.is_empty()).collect();
            words.join(" ")
        };
        let lines = self.lines.iter().map(spaced).filter(|text| !text.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Line {
    /// Its digits, without those that were rejected.
    pub fn text(&self) -> String {
        text(&self.digits)
    }

    /// Its words, each the digits without those that were rejected, which may leave nothing of a word.
    pub fn words(&self) -> Vec<String> {
        self.words.iter().map(|word| text(&self.digits[word.clone()])).collect()
    }
}

fn text(digits: &[PageDigit]) -> String {
    let read = digits.iter().filter(|digit| !digit.prediction.rejected);
    read.map(|digit| char::from(b'0' + digit.prediction.digit)).collect()
}

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], where nothing on the picture could be a digit.
pub(crate) fn read(
    recognizer: &Recognizer,
    picture: &GrayImage,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    let reduced = reduce::reduced(picture, reduce::factor(picture, WORKING_SIDE));
    trace.add("page", || reduced.clone());
    let strength = Strength::find(&reduced, &options.preprocess, trace)?;
    let (drawing, marks) = marks_on(&reduced, strength, options, trace)?;
    read_marks(recognizer, picture, &reduced, drawing, marks, options, trace)
}

/// Reads a page; but where one digit is all there is, it is read as [`Recognizer::digit`] reads it.
///
/// # Errors
/// [`Unreadable`], where nothing on the picture could be a digit.
pub(crate) fn read_one_or_many(
    recognizer: &Recognizer,
    picture: &GrayImage,
    options: &PageOptions,
) -> Result<Page, Unreadable> {
    let trace = &mut Trace::off();
    let reduced = reduce::reduced(picture, reduce::factor(picture, WORKING_SIDE));
    let strength = Strength::find(&reduced, &options.preprocess, trace)?;
    let (drawing, marks) = marks_on(&reduced, strength.clone(), options, trace)?;
    // Most of the work for a single digit is done, unless it was done on a picture of another size.
    let single = || {
        let found = preprocess_found(picture, strength.clone(), &options.preprocess)
            .unwrap_or_else(|| preprocess_with(picture, &options.preprocess, &mut Trace::off()));
        found.map(|image| (recognizer.read(&image), image))
    };
    // What is drawn just now is mostly one digit, which then needn't be read as a page.
    if !options.turn_upright
        && let [mark] = &marks.list[..]
        && let Ok((prediction, image)) = single()
        && lattice::is_whole(&mark.bounds, &prediction, marks.height)
    {
        let bounds = enlarged(mark.bounds, reduce::factor(picture, WORKING_SIDE), picture);
        let line =
            Line { digits: vec![PageDigit { bounds, prediction, image }], words: words::find(&[bounds]) };
        return Ok(Page { lines: vec![line], turned: 0.0 });
    }
    let mut page = read_marks(recognizer, picture, &reduced, drawing, marks, options, trace)?;
    // A page that had to be turned was read upright; as a single digit it would be read as it lies.
    if page.turned == 0.0
        && let [Line { digits, .. }] = &mut page.lines[..]
        && let [lone] = &mut digits[..]
        && let Ok((prediction, image)) = single()
    {
        *lone = PageDigit { prediction, image, bounds: lone.bounds };
    }
    Ok(page)
}

/// The marks of a page, where it is known how strong the ink is on it.
fn marks_on(
    reduced: &GrayImage,
    strength: Strength,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<(Drawing, Marks), Unreadable> {
    let longest = reduced.width().min(reduced.height()) / 3;
    let drawing = Drawing::find(reduced, strength, &options.preprocess, EDGE, Some(longest), trace);
    let marks = marks::find(&drawing)?;
    Ok((drawing, marks))
}

/// Reads a page whose marks were found on `reduced`, the picture in its working size.
fn read_marks(
    recognizer: &Recognizer,
    picture: &GrayImage,
    reduced: &GrayImage,
    mut drawing: Drawing,
    mut marks: Marks,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    let factor = reduce::factor(picture, WORKING_SIDE);
    let reader = Reader { recognizer, batch_size: options.batch_size.max(1) };
    let mut turn = turn::Turn::none(reduced);
    if options.turn_upright {
        let quarters = orientation::quarters(&reader, &drawing, &marks);
        if quarters > 0 {
            drawing = turn.quarters(drawing, quarters);
            marks = marks::find(&drawing)?;
        }
        let skew = lines::skew(&marks);
        if skew.abs() >= LEAST_SKEW {
            drawing = turn.straighten(drawing, skew);
            marks = marks::find(&drawing)?;
        }
        trace.add("upright", || drawing.mask.to_gray());
    }
    let lines = lines::find(&marks);
    let lines = lattice::read(&reader, &drawing, &marks, &lines, options.part_digits);
    let lines = lines.into_iter().map(|line| {
        let boxes: Vec<Bounds> = line.iter().map(|digit| digit.bounds).collect();
        let digits = line.into_iter().map(|mut digit| {
            digit.bounds = enlarged(turn.back(digit.bounds), factor, picture);
            digit.prediction = digit.prediction.judged(options.reject_below);
            digit
        });
        Line { digits: digits.collect(), words: words::find(&boxes) }
    });
    Ok(Page { lines: lines.collect(), turned: turn.degrees() })
}

/// A box of the reduced picture on the picture itself.
fn enlarged(bounds: Bounds, factor: usize, picture: &GrayImage) -> Bounds {
    Bounds {
        left: bounds.left * factor,
        top: bounds.top * factor,
        right: (bounds.right * factor).min(picture.width()),
        bottom: (bounds.bottom * factor).min(picture.height()),
    }
}

/// Reads digits in batches of a bounded size.
struct Reader<'a> {
    recognizer: &'a Recognizer,
    batch_size: usize,
}

impl Reader<'_> {
    fn read(&self, digits: &[DigitImage]) -> Vec<Prediction> {
        digits.chunks(self.batch_size).flat_map(|batch| self.recognizer.digits(batch)).collect()
    }
}

#[cfg(test)]
mod tests;
