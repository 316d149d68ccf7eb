//! Pages read with a finder: what was found, brought into reading order.

use std::borrow::Cow;

use inkdigit_image::preprocess::{PreprocessOptions, Strength, Trace, Unreadable};
use inkdigit_image::{Bounds, GrayImage};

use super::{Line, Page, PageDigit, PageMark, PageOptions, words};
use crate::finder::{self, Find, FindOptions, Finder};
use crate::prediction::Prediction;

/// A find at least so probable is one: enough of them say that a page lies upright.
const SURE: f32 = 0.7;

/// On a page that lies upright, at least this part of its finds are sure.
const UPRIGHT: f32 = 0.6;

/// A turned page is taken for upright if it has so many times as many sure finds.
const MORE: f32 = 1.3;

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], where there is nothing on the picture that could be a digit.
pub(crate) fn read(
    finder: &Finder,
    reject_below: f32,
    picture: &GrayImage,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    trace.add("page", || picture.clone());
    let upright = Upright::of(finder, picture, options.turn_upright);
    trace.add("upright", || upright.picture.clone().into_owned());
    let lines: Vec<Line> = upright.lines(reject_below).collect();
    if lines.is_empty() {
        return Err(reason(picture, &options.preprocess));
    }
    Ok(Page { lines, turned: (90 * upright.quarters) as f32 })
}

/// Why nothing was found.
fn reason(picture: &GrayImage, options: &PreprocessOptions) -> Unreadable {
    let reduced = picture.reduced(picture.reduction_to(1000));
    match Strength::find(&reduced, options, &mut Trace::off()) {
        Err(reason) => reason,
        Ok(_) => Unreadable::NoDigitFound,
    }
}

/// The digit that a picture of one digit shows, and how many others there are beside it.
///
/// # Errors
/// [`Unreadable`], where there is none.
pub(crate) fn alone(
    finder: &Finder,
    reject_below: f32,
    picture: &GrayImage,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Result<(PageDigit, usize), Unreadable> {
    trace.add("picture", || picture.clone());
    let upright = Upright::of(finder, picture, false);
    let digits = || upright.finds.iter().filter(|find| find.class.digit().is_some());
    // What is surest comes first.
    let find = digits().next().ok_or_else(|| reason(picture, options))?;
    let others = digits().skip(1).filter(|other| {
        other.probability >= SURE
            && other.height() > 0.4 * find.height()
            && other.height() < 2.5 * find.height()
    });
    let digit = upright.digit(find, reject_below);
    trace.add("digit", || digit.image.to_gray());
    Ok((digit, others.count()))
}

/// A picture turned so that what stands on it can be read.
struct Upright<'a> {
    picture: Cow<'a, GrayImage>,
    /// By how many quarters it was turned clockwise.
    quarters: usize,
    /// The surest first.
    finds: Vec<Find>,
}

impl<'a> Upright<'a> {
    fn of(finder: &Finder, picture: &'a GrayImage, turn: bool) -> Self {
        let options = FindOptions::default();
        let finds = finder.find(picture, &options);
        let mut best = Self { picture: Cow::Borrowed(picture), quarters: 0, finds };
        let sure = best.sure();
        if !turn || (sure > 0.0 && sure >= UPRIGHT * best.finds.len() as f32) {
            return best;
        }
        let mut most = sure * MORE;
        for quarters in 1..4 {
            let picture = picture.turned(quarters);
            let finds = finder.find(&picture, &options);
            let turned = Self { picture: Cow::Owned(picture), quarters, finds };
            if turned.sure() > most {
                most = turned.sure();
                best = turned;
            }
        }
        best
    }

    /// How many finds are sure, each counted by how sure it is.
    fn sure(&self) -> f32 {
        self.finds.iter().map(|find| find.probability).filter(|&probability| probability >= SURE).sum()
    }

    fn lines(&self, reject_below: f32) -> impl Iterator<Item = Line> {
        finder::lines(&self.finds).into_iter().map(move |line| self.line(&line, reject_below))
    }

    /// The line of these finds, which stand from left to right.
    fn line(&self, places: &[usize], reject_below: f32) -> Line {
        let finds: Vec<&Find> = places.iter().map(|&place| &self.finds[place]).collect();
        let heights = finds.iter().filter(|find| find.class.digit().is_some()).map(|find| find.height());
        let height = words::median(heights.collect());
        let extents: Vec<[f32; 2]> = finds.iter().map(|find| [find.left, find.right]).collect();
        let wide = words::wide_gaps(&extents, height);
        let (mut digits, mut marks, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0;
        for (place, find) in finds.iter().enumerate() {
            let apart = [place > 0 && wide[place - 1], wide.get(place) == Some(&true)];
            let is_digit = find.class.digit().is_some();
            if (apart[0] || !is_digit) && start < digits.len() {
                words.push(start..digits.len());
                start = digits.len();
            }
            if is_digit {
                digits.push(self.digit(find, reject_below));
            } else {
                marks.push(PageMark {
                    sign: find.class.sign(),
                    probability: find.probability,
                    bounds: self.bounds(find),
                    digits_before: digits.len(),
                    apart,
                });
            }
        }
        if start < digits.len() {
            words.push(start..digits.len());
        }
        Line { digits, words, marks }
    }

    fn digit(&self, find: &Find, reject_below: f32) -> PageDigit {
        PageDigit {
            bounds: self.bounds(find),
            prediction: prediction(find, reject_below),
            image: finder::cut_out(&self.picture, find),
        }
    }

    /// A find's box on the picture as it came, in whole pixels and within it.
    fn bounds(&self, find: &Find) -> Bounds {
        let (width, height) = (self.picture.width(), self.picture.height());
        let within = |from: f32, to: f32, end: usize| {
            let from = (from.floor().max(0.0) as usize).min(end - 1);
            (from, (to.ceil().max(0.0) as usize).clamp(from + 1, end))
        };
        let (left, right) = within(find.left, find.right, width);
        let (top, bottom) = within(find.top, find.bottom, height);
        match self.quarters {
            0 => Bounds { left, top, right, bottom },
            1 => Bounds { left: top, top: width - right, right: bottom, bottom: width - left },
            2 => Bounds {
                left: width - right,
                top: height - bottom,
                right: width - left,
                bottom: height - top,
            },
            _ => Bounds { left: height - bottom, top: left, right: height - top, bottom: right },
        }
    }
}

/// What the network says of a place as probabilities of ten digits: as far as it says that there is none, each is
/// as likely.
fn prediction(find: &Find, reject_below: f32) -> Prediction {
    let sum: f32 = find.digits.iter().sum();
    // Where it gives a find less than the network did, because it lies at the rim of what the network knows, so
    // does everything else.
    let most = find.digits.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let scale = find.probability / most / sum.max(1.0);
    let rest = (1.0 - scale * sum).max(0.0) / find.digits.len() as f32;
    Prediction::new(find.digits.map(|digit| scale * digit + rest), reject_below)
}
