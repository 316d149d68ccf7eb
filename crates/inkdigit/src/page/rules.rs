//! Pages read by rules: where no finder is at hand.
//!
//! Ink is found as on pictures of single digits ([`inkdigit_image::preprocess`]); of what hangs together, the marks
//! that may be digits are chosen (`marks`); the page is turned upright (`turn`, `orientation`); marks are put into
//! lines (`lines`); broken digits are put together and touching ones cut, by what the network is surest of
//! (`segments`, `lattice`); digits that stand close together are words (`words`).

use inkdigit_image::preprocess::{Drawing, Strength, Trace, Unreadable, preprocess_found, preprocess_with};
use inkdigit_image::{Bounds, DigitImage, GrayImage};

use super::marks::Marks;
use super::{Line, Page, PageDigit, PageOptions, lattice, lines, marks, orientation, turn, words};
use crate::prediction::Prediction;

/// Pages with a longer side are reduced first. A digit on a fiftieth of the side still has 40 pixels then,
/// twice what is kept of it.
const WORKING_SIDE: usize = 2000;

/// Lines that slope by less than this many degrees are read as they are: digits slant more in any hand.
const LEAST_SKEW: f32 = 2.0;

/// The share of a pen's strength at which strokes end: more than for single digits, because the faint edges of
/// a digit reach its neighbours and the ruled lines beside it.
const EDGE: f32 = 0.4;

/// What tells digits apart that are in the networks' form.
pub(crate) type Classify<'a> = dyn Fn(&[DigitImage]) -> Vec<Prediction> + 'a;

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], where nothing on the picture could be a digit.
pub(crate) fn read(
    classify: &Classify<'_>,
    picture: &GrayImage,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    PageReader { reader: Reader { classify, batch_size: options.batch_size.max(1) }, picture, options }
        .read(trace)
}

/// Reads digits in batches of a bounded size.
pub(super) struct Reader<'a> {
    classify: &'a Classify<'a>,
    batch_size: usize,
}

impl Reader<'_> {
    pub(super) fn read(&self, digits: &[DigitImage]) -> Vec<Prediction> {
        digits.chunks(self.batch_size).flat_map(|batch| (self.classify)(batch)).collect()
    }
}

/// Reads one picture.
struct PageReader<'a> {
    reader: Reader<'a>,
    picture: &'a GrayImage,
    options: &'a PageOptions,
}

impl PageReader<'_> {
    fn read(&self, trace: &mut Trace) -> Result<Page, Unreadable> {
        let reduced = self.picture.reduced(self.factor());
        trace.add("page", || reduced.clone());
        let strength = Strength::find(&reduced, &self.options.preprocess, trace)?;
        // A single digit's picture is looked at once more.
        let kept = self.options.as_digit_if_alone.then(|| strength.clone());
        let longest = reduced.width().min(reduced.height()) / 3;
        let drawing = Drawing::find(&reduced, strength, &self.options.preprocess, EDGE, Some(longest), trace);
        let marks = marks::find(&drawing)?;
        let Some(strength) = kept else { return self.read_marks(drawing, marks, trace) };
        match self.read_only_mark(&marks, &strength) {
            Some(page) => Ok(page),
            None => {
                let page = self.read_marks(drawing, marks, trace)?;
                Ok(self.with_lone_digit_as_single(page, strength))
            }
        }
    }

    /// The whole factor by which the picture is reduced.
    fn factor(&self) -> usize {
        self.picture.reduction_to(WORKING_SIDE)
    }

    /// The page, if there is a single mark on it that surely is one digit. What is drawn just now mostly is,
    /// and then needn't be read as a page.
    fn read_only_mark(&self, marks: &Marks, strength: &Strength) -> Option<Page> {
        let ([mark], false) = (&marks.list[..], self.options.turn_upright) else { return None };
        let (prediction, image) = self.as_single(strength.clone())?;
        if !lattice::is_whole(&mark.bounds, &prediction, marks.height) {
            return None;
        }
        let bounds = self.enlarged(mark.bounds);
        let digits = vec![PageDigit { bounds, prediction, image }];
        Some(Page { lines: vec![Line::of_digits(digits, words::find(&[bounds]))], turned: 0.0 })
    }

    /// The page; but if one digit is all there is, that is read as a single one. A page that had to be turned was
    /// read upright, as a single digit it would be read as it lies.
    fn with_lone_digit_as_single(&self, mut page: Page, strength: Strength) -> Page {
        if page.turned == 0.0
            && let [Line { digits, .. }] = &mut page.lines[..]
            && let [lone] = &mut digits[..]
            && let Some((prediction, image)) = self.as_single(strength)
        {
            *lone = PageDigit { prediction, image, bounds: lone.bounds };
        }
        page
    }

    /// The picture read as that of a single digit. Most of the work for it is done, unless it was done on a
    /// picture of another size.
    fn as_single(&self, strength: Strength) -> Option<(Prediction, DigitImage)> {
        let options = &self.options.preprocess;
        let found = preprocess_found(self.picture, strength, options)
            .unwrap_or_else(|| preprocess_with(self.picture, options, &mut Trace::off()));
        let image = found.ok()?;
        Some((self.reader.read(&[image]).pop()?, image))
    }

    /// Reads the marks that were found on the picture in its working size.
    fn read_marks(
        &self,
        mut drawing: Drawing,
        mut marks: Marks,
        trace: &mut Trace,
    ) -> Result<Page, Unreadable> {
        let mut turn = turn::Turn::none(drawing.mask.width(), drawing.mask.height());
        if self.options.turn_upright {
            let quarters = orientation::quarters(&self.reader, &drawing, &marks);
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
        let lines = lattice::read(&self.reader, &drawing, &marks, &lines, self.options.split_touching);
        let lines = lines.into_iter().map(|mut digits| {
            let boxes: Vec<Bounds> = digits.iter().map(|digit| digit.bounds).collect();
            for digit in &mut digits {
                digit.bounds = self.enlarged(turn.back(digit.bounds));
            }
            Line::of_digits(digits, words::find(&boxes))
        });
        Ok(Page { lines: lines.collect(), turned: turn.degrees() })
    }

    /// A box of the reduced picture on the picture itself.
    fn enlarged(&self, bounds: Bounds) -> Bounds {
        let factor = self.factor();
        Bounds {
            left: bounds.left * factor,
            top: bounds.top * factor,
            right: (bounds.right * factor).min(self.picture.width()),
            bottom: (bounds.bottom * factor).min(self.picture.height()),
        }
    }
}
