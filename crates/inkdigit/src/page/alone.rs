//! The one digit of a picture, wherever on it, and whatever else is there.
//!
//! Three look: the finder, the second network at what was found, and the digit network at the whole picture as rules
//! prepare it, which are right where the picture is clean.

use inkdigit_image::preprocess::{PreprocessOptions, Trace, Unreadable, preprocess_with};
use inkdigit_image::{Bounds, DigitImage, GrayImage};

use super::PageDigit;
use super::found::{Eye, SURE, bounds_on, neighbours, reason};
use super::opinions::{self, Weights};
use crate::finder::{self, Find, FindOptions};
use crate::model::CLASSES;

/// What is so probable by the finder alone may be the digit.
const CANDIDATE: f32 = 0.1;

/// So many finds are looked at twice.
const CANDIDATES: usize = 4;

/// What the finder is taken to say of each digit where it found nothing.
const UNSEEN: f32 = 0.03;

/// Another digit beside it is no smaller or larger than this, as a part of its height and as a multiple.
const ALIKE: [f32; 2] = [0.4, 2.5];

/// What finds the digit of a picture of one digit: [`alone`].
pub(crate) type FindAlone = fn(
    Eye<'_>,
    &GrayImage,
    Option<DigitImage>,
    &PreprocessOptions,
    &mut Trace,
) -> Result<(PageDigit, usize), Unreadable>;

/// The digit that a picture of one digit shows, and how many others there are beside it; `only` is what stands on a
/// picture that shows nothing else.
///
/// # Errors
/// [`Unreadable`], where there is none.
pub(crate) fn alone(
    eye: Eye<'_>,
    picture: &GrayImage,
    only: Option<DigitImage>,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Result<(PageDigit, usize), Unreadable> {
    let options_of_finder = FindOptions { threshold: CANDIDATE, one: true, ..FindOptions::default() };
    let finds = eye.finder.find(picture, &options_of_finder);
    #[cfg(not(target_arch = "wasm32"))]
    trace.add("heat", || eye.finder.heat(picture));
    let digits: Vec<&Find> = finds.iter().filter(|find| find.class.digit().is_some()).collect();
    let whole = only.or_else(|| preprocess_with(picture, options, &mut Trace::off()).ok());

    // The surest finds come first; where there is none, the whole picture may still be a digit.
    let candidates = &digits[..digits.len().min(CANDIDATES)];
    let mut images: Vec<DigitImage> =
        candidates.iter().map(|find| finder::cut_out(picture, find, &neighbours(find, &finds))).collect();
    images.extend(whole);
    if images.is_empty() {
        return Err(reason(picture, options));
    }
    let third: Option<[f32; CLASSES]> =
        whole.and_then(|image| eye.model.probabilities(image.pixels()).try_into().ok());
    let weights = Weights::of_one(eye.look.is_some(), only.is_some());
    let predictions = eye.second_look(&images).into_iter().enumerate().map(|(place, second)| {
        let first = candidates.get(place).map_or([UNSEEN; CLASSES], |find| opinions::of_finder(find));
        opinions::joined(&first, &second, third.as_ref(), weights, eye.reject_below)
    });
    let surest = predictions
        .enumerate()
        .reduce(|best, next| if next.1.probability > best.1.probability { next } else { best });
    let (place, prediction) = surest.expect("there are images");
    let image = images[place];
    trace.add("digit", || image.to_gray());

    let everything = Bounds { left: 0, top: 0, right: picture.width(), bottom: picture.height() };
    let find = candidates.get(place);
    let others = find.map_or(0, |find| {
        let alike = |other: &&&Find| {
            let heights = other.height() / find.height();
            *other != find && other.probability >= SURE && (ALIKE[0]..ALIKE[1]).contains(&heights)
        };
        digits.iter().filter(alike).count()
    });
    let bounds = find.map_or(everything, |find| bounds_on(picture, find));
    Ok((PageDigit { bounds, prediction, image }, others))
}
