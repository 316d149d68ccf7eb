//! Pages read with a finder: what was found, brought into reading order.

use std::borrow::Cow;

use inkdigit_image::preprocess::{PreprocessOptions, Strength, Trace, Unreadable};
use inkdigit_image::{Bounds, GrayImage};

use super::{Line, Page, PageDigit, PageMark, PageOptions, opinions, words};
use crate::finder::{self, Find, FindOptions, Finder};
use crate::model::Model;

/// A find at least so probable is one: enough of them say that a page lies upright.
const SURE: f32 = 0.7;

/// On a page that lies upright, at least this part of its finds are sure.
const UPRIGHT: f32 = 0.6;

/// A turned page is taken for upright if it has so many times as many sure finds.
const MORE: f32 = 1.3;

/// What looks at a picture: a finder first, a digit network then.
#[derive(Clone, Copy)]
pub(crate) struct Eye<'a> {
    pub(crate) finder: &'a Finder,
    pub(crate) model: &'a Model,
    pub(crate) reject_below: f32,
}

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], where there is nothing on the picture that could be a digit.
pub(crate) fn read(
    eye: Eye<'_>,
    picture: &GrayImage,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    trace.add("page", || picture.clone());
    let upright = Upright::of(eye.finder, picture, options.turn_upright);
    trace.add("upright", || upright.picture.clone().into_owned());
    let lines: Vec<Line> = upright.lines(eye).collect();
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
    eye: Eye<'_>,
    picture: &GrayImage,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Result<(PageDigit, usize), Unreadable> {
    trace.add("picture", || picture.clone());
    let upright = Upright::of(eye.finder, picture, false);
    let digits = || upright.finds.iter().filter(|find| find.class.digit().is_some());
    // What is surest comes first.
    let find = digits().next().ok_or_else(|| reason(picture, options))?;
    let others = digits().skip(1).filter(|other| {
        other.probability >= SURE
            && other.height() > 0.4 * find.height()
            && other.height() < 2.5 * find.height()
    });
    let digit = upright.digit(find, eye);
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

    fn lines(&self, eye: Eye<'_>) -> impl Iterator<Item = Line> {
        finder::lines(&self.finds).into_iter().map(move |line| self.line(&line, eye))
    }

    /// The line of these finds, which stand from left to right.
    fn line(&self, places: &[usize], eye: Eye<'_>) -> Line {
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
                digits.push(self.digit(find, eye));
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

    fn digit(&self, find: &Find, eye: Eye<'_>) -> PageDigit {
        let image = finder::cut_out(&self.picture, find, &self.neighbours(find));
        let probabilities = eye.model.probabilities(image.pixels());
        let network = probabilities.first_chunk().expect("a probability for each digit");
        PageDigit {
            bounds: self.bounds(find),
            prediction: opinions::joined(find, network, eye.reject_below),
            image,
        }
    }

    /// The finds whose boxes come near to this one's.
    fn neighbours(&self, find: &Find) -> Vec<Find> {
        let reach = 0.3 * find.width().max(find.height());
        let near = |other: &&Find| {
            *other != find
                && other.left < find.right + reach
                && find.left < other.right + reach
                && other.top < find.bottom + reach
                && find.top < other.bottom + reach
        };
        self.finds.iter().filter(near).copied().collect()
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
