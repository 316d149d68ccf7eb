//! From a picture to what the networks see: the one place where this is decided. The trainer, the program,
//! the server, the browser and Python all pass through [`preprocess`].
//!
//! The stages, a file each: huge pictures are reduced; what is drawn is told from its ground (`polarity`),
//! shadows are divided out (`background`), ink is cut from paper (`threshold`); ruled lines and boxes
//! (`ruled_lines`), specks and edges (`specks`) go; tones between paper and pen are kept (`ink`), pens far from
//! MNIST's brought toward them (`pen`); and what is left is fitted and centred by MNIST's own rule (`fit`).
//! On the zoo's network that rule is worth 4 points of accuracy over centring boxes, and 36 over resizing the
//! whole picture. `docs/pictures.md` says what each of the others is worth.
//!
//! Who looks for digits on a page goes through the same stages step by step: [`Strength::find`], then
//! [`Drawing::find`], whose [`Mask`] falls into [`Components`]; some of them are [`Ink`], and [`Ink::to_digit`]
//! gives what networks see.

mod background;
mod components;
mod drawing;
mod fit;
mod ink;
mod levels;
mod mask;
mod options;
mod pen;
mod polarity;
mod ruled_lines;
mod specks;
mod threshold;
mod trace;

use std::fmt;

pub use components::{Component, Components, Run};
pub use drawing::{Drawing, Strength};
pub use fit::Ink;
pub use mask::Mask;
pub use options::PreprocessOptions;
pub use threshold::Threshold;
pub use trace::Trace;

use crate::{Bounds, DigitImage, GrayImage, IMAGE_SIDE};

/// Pictures of single digits with a longer side are reduced first. A digit on a twentieth of the side still
/// has 50 pixels then, more than twice what is kept of it.
const WORKING_SIDE: usize = 1000;

/// The share of a pen's strength at which a digit's strokes end: so little that its faint parts stay.
const EDGE: f32 = 0.3;

/// What comes nearer to the picture's edge, in pixels, may reach beyond it, or be the edge of something.
const AWAY: usize = 2;

/// What is shorter, in pixels, is looked at more closely than by a threshold.
const LEAST_ALONE: usize = 8;

/// What has more ink than this part of a square of its length isn't made of strokes: a sheet, with a digit on it.
const MOST_FILLED: f32 = 0.4;

/// Why there is no digit to read on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is blank.
    NothingDrawn,
    /// There is something, hardly darker or lighter than its ground.
    TooFaint,
    /// There is something, but nothing left of it that could be a digit: ruled lines, specks.
    NoDigitFound,
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingDrawn => "nothing drawn",
            Self::TooFaint => "too faint",
            Self::NoDigitFound => "no digit found",
        })
    }
}

/// The digit on a picture as the networks see it.
///
/// A 28x28 picture that already is what MNIST's rule makes (bright on dark, 20 pixels long, centred) passes
/// unchanged. On all others dark or light ink is told from its ground, isolated, scaled and centred.
///
/// # Shapes
/// - `image`: `[height, width]`, luminances
/// - result: `[28, 28]`, 0 ground to 255 ink
///
/// # Errors
/// [`Unreadable`], where there is nothing that could be a digit.
///
/// ```
/// use inkdigit_image::GrayImage;
/// use inkdigit_image::preprocess::{Unreadable, preprocess};
///
/// let blank = GrayImage::new(100, 100, vec![250; 100 * 100])?;
/// assert_eq!(preprocess(&blank), Err(Unreadable::NothingDrawn));
///
/// // A dark stroke on light paper.
/// let mut pixels = vec![250; 100 * 100];
/// (20..80).for_each(|y| pixels[y * 100 + 48..y * 100 + 54].fill(20));
/// let digit = preprocess(&GrayImage::new(100, 100, pixels)?)?;
/// assert_eq!(digit.pixels()[14 * 28 + 14], 255, "bright ink in the middle");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn preprocess(image: &GrayImage) -> Result<DigitImage, Unreadable> {
    preprocess_with(image, &PreprocessOptions::default(), &mut Trace::off())
}

/// As [`preprocess`], with options, and a trace of the stages.
///
/// # Errors
/// [`Unreadable`].
///
/// ```
/// use inkdigit_image::{GrayImage, PictureLimits};
/// use inkdigit_image::preprocess::{PreprocessOptions, Trace, preprocess_with};
///
/// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
/// let mut trace = Trace::on();
/// preprocess_with(&picture, &PreprocessOptions::default(), &mut trace)?;
/// let stages: Vec<&str> = trace.stages().iter().map(|(name, _)| *name).collect();
/// assert_eq!(stages[..3], ["picture", "strength", "mask"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn preprocess_with(
    image: &GrayImage,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Result<DigitImage, Unreadable> {
    trace.add("picture", || image.clone());
    if let Some(digit) = as_mnist(image) {
        return Ok(digit);
    }
    let reduced = image.reduced(image.reduction_to(WORKING_SIDE));
    let strength = Strength::find(&reduced, options, trace)?;
    digit(&reduced, strength, options, trace)
}

/// As [`preprocess_with`], for a picture that needn't be reduced and where it is known how strong its ink is;
/// none for others.
pub fn preprocess_found(
    image: &GrayImage,
    strength: Strength,
    options: &PreprocessOptions,
) -> Option<Result<DigitImage, Unreadable>> {
    if image.reduction_to(WORKING_SIDE) > 1 {
        return None;
    }
    Some(as_mnist(image).map_or_else(|| digit(image, strength, options, &mut Trace::off()), Ok))
}

/// The digit on a picture of the working size.
fn digit(
    image: &GrayImage,
    strength: Strength,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Result<DigitImage, Unreadable> {
    let mut drawing = Drawing::find(image, strength, options, EDGE, None, trace);
    if options.remove_specks {
        drawing.mask = specks::without_specks(&drawing.mask);
        trace.add("without-specks", || drawing.mask.to_gray());
    }
    let bounds = drawing.mask.bounds().ok_or(Unreadable::NoDigitFound)?;
    let digit = inked(&drawing, bounds, options, trace).ok_or(Unreadable::NoDigitFound)?;
    trace.add("digit", || digit.to_gray());
    Ok(digit)
}

/// The digit on a picture that shows nothing but one stroke, or strokes that hang together, on even ground, and the
/// box around it; none for a picture on which there is anything else. Such a picture needs no finder.
///
/// ```
/// use inkdigit_image::GrayImage;
/// use inkdigit_image::preprocess::{Trace, preprocess, preprocess_alone};
///
/// let stroke = |pixels: &mut [u8], left: usize| {
///     (20..80).for_each(|y| pixels[y * 100 + left..y * 100 + left + 6].fill(20));
/// };
/// let mut pixels = vec![250; 100 * 100];
/// stroke(&mut pixels, 30);
/// let picture = GrayImage::new(100, 100, pixels.clone())?;
/// let (digit, bounds) = preprocess_alone(&picture, &mut Trace::off()).expect("one stroke");
/// assert_eq!((digit, bounds.left, bounds.top), (preprocess(&picture)?, 30, 20));
///
/// stroke(&mut pixels, 60);
/// let two = GrayImage::new(100, 100, pixels)?;
/// assert!(preprocess_alone(&two, &mut Trace::off()).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn preprocess_alone(image: &GrayImage, trace: &mut Trace) -> Option<(DigitImage, Bounds)> {
    let factor = image.reduction_to(WORKING_SIDE);
    let reduced = image.reduced(factor);
    let options = PreprocessOptions::default();
    let strength = Strength::find(&reduced, &options, trace).ok()?;
    let drawing = Drawing::find(&reduced, strength, &options, EDGE, None, trace);
    let components = Components::of(&drawing.mask);
    // Specks may be points, and printed lines are something else on the picture.
    let ([only], 0) = (components.list(), drawing.printed) else { return None };
    let Bounds { left, top, right, bottom } = only.bounds;
    let within = left >= AWAY && top >= AWAY && right + AWAY <= reduced.width();
    let filled = only.area as f32 > MOST_FILLED * (only.length() as f32).powi(2);
    if !within || bottom + AWAY > reduced.height() || only.length() < LEAST_ALONE || filled {
        return None;
    }
    let digit = inked(&drawing, only.bounds, &options, trace)?;
    trace.add("digit", || digit.to_gray());
    let [right, bottom] =
        [(right, image.width()), (bottom, image.height())].map(|(edge, end)| (edge * factor).min(end));
    Some((digit, Bounds { left: left * factor, top: top * factor, right, bottom }))
}

/// What lies within these bounds of a drawing, by MNIST's rule.
fn inked(
    drawing: &Drawing,
    bounds: Bounds,
    options: &PreprocessOptions,
    trace: &mut Trace,
) -> Option<DigitImage> {
    let length = bounds.width().max(bounds.height());
    // The digit alone, with as much around it as its soft edges may reach: a drawing is mostly paper.
    let around = bounds.grown(ink::reach(length), drawing.mask.width(), drawing.mask.height());
    let strength = drawing.strength.crop(around.left, around.top, around.width(), around.height());
    let strength = strength.expect("a digit lies on its picture");
    let ink = Ink::of(&strength, &drawing.mask.part(around), drawing.paper, length);
    trace.add("ink", || ink.to_gray());
    ink.to_digit(options.normalize_pen)
}

/// The picture as it is, if it is 28x28, bright on dark: the form in which data sets store their images.
/// Unlike in [`preprocess`], the digit's size and place don't matter.
///
/// ```
/// use inkdigit_image::preprocess::as_stored;
/// use inkdigit_image::{DigitImage, GrayImage};
///
/// let digit = DigitImage::new([0; 784]);
/// assert_eq!(as_stored(&digit.to_gray()), Some(digit));
/// assert_eq!(as_stored(&GrayImage::new(20, 20, vec![0; 400])?), None);
/// # Ok::<(), inkdigit_image::PictureError>(())
/// ```
pub fn as_stored(image: &GrayImage) -> Option<DigitImage> {
    if (image.width(), image.height()) != (IMAGE_SIDE, IMAGE_SIDE) {
        return None;
    }
    let last = IMAGE_SIDE - 1;
    let is_dark = |&(x, y): &(usize, usize)| image.at(x, y) < 32;
    let border = (0..last).flat_map(|i| [(i, 0), (last, i), (last - i, last), (0, last - i)]);
    let dark = border.filter(is_dark).count();
    if dark < 4 * last * 3 / 4 {
        return None;
    }
    DigitImage::from_pixels(image.pixels()).ok()
}

/// The picture as it is, if it already follows MNIST's rule: as all 70 000 of its images do, of which 18 are a
/// pixel short or a hundredth of one off the middle.
pub fn as_mnist(image: &GrayImage) -> Option<DigitImage> {
    let digit = as_stored(image)?;
    let values: Vec<f32> = digit.pixels().iter().map(|&p| p as f32 / 255.0).collect();
    let ink = Ink { width: IMAGE_SIDE, height: IMAGE_SIDE, values };
    let tight = ink.tight_box(0.0)?;
    let bright = digit.pixels().iter().any(|&p| p >= 200);
    let length = tight.width().max(tight.height());
    let fitted = (fit::FIT_SIDE - 1..=fit::FIT_SIDE).contains(&length);
    let centred = ink.barycentre().is_some_and(|at| at.iter().all(|at| (13.95..=15.05).contains(at)));
    (bright && fitted && centred).then_some(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An L of strokes as wide as `pen`, in a picture of `width` by `height`.
    fn picture(
        width: usize,
        height: usize,
        [left, top, size, pen]: [usize; 4],
        ground: u8,
        ink: u8,
    ) -> GrayImage {
        let drawn = |x: usize, y: usize| {
            let upright = (left..left + pen).contains(&x) && (top..top + size).contains(&y);
            let foot = (left..left + size / 2).contains(&x) && (top + size - pen..top + size).contains(&y);
            if upright || foot { ink } else { ground }
        };
        let pixels = (0..width * height).map(|i| drawn(i % width, i / width)).collect();
        GrayImage::new(width, height, pixels).unwrap()
    }

    #[test]
    fn the_digit_is_the_same_wherever_it_lies_and_however_it_was_captured() {
        let expected = preprocess(&picture(100, 100, [30, 20, 60, 6], 255, 0)).unwrap();
        let cases = [
            ("elsewhere", picture(150, 90, [100, 25, 60, 6], 255, 0)),
            ("twice as large", picture(300, 200, [30, 20, 120, 12], 255, 0)),
            ("chalk", picture(100, 100, [30, 20, 60, 6], 0, 255)),
            ("gray on gray", picture(100, 100, [30, 20, 60, 6], 190, 90)),
            ("so large that it is reduced", picture(4000, 3000, [300, 200, 2400, 240], 255, 0)),
        ];
        for (name, case) in cases {
            let digit = preprocess(&case).unwrap();
            let pairs = digit.pixels().iter().zip(expected.pixels());
            let most = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(most <= 12, "{name}: {most}\n{digit:?}{expected:?}");
        }
    }

    #[test]
    fn what_has_mnists_form_passes_unchanged() {
        let digit = preprocess(&picture(100, 100, [30, 20, 60, 6], 255, 0)).unwrap();
        assert_eq!(preprocess(&digit.to_gray()), Ok(digit));
        // Pen on paper in the same size is the same digit.
        assert_eq!(preprocess(&digit.to_gray().inverted()), Ok(digit));
    }

    #[test]
    fn a_small_digit_off_its_place_is_moved() {
        let digit = preprocess(&picture(28, 28, [1, 2, 14, 2], 0, 255)).unwrap();
        let lit: Vec<usize> =
            (0..28).filter(|y| digit.pixels()[y * 28..][..28].iter().any(|&p| p > 0)).collect();
        assert_eq!(lit.len(), 20, "{digit:?}");
    }

    #[test]
    fn nothing_is_found_where_nothing_is_drawn() {
        for level in [0, 128, 255] {
            let blank = GrayImage::new(40, 30, vec![level; 1200]).unwrap();
            assert_eq!(preprocess(&blank), Err(Unreadable::NothingDrawn));
        }
        let pixel = GrayImage::new(1, 1, vec![9]).unwrap();
        assert_eq!(preprocess(&pixel), Err(Unreadable::NothingDrawn));
    }

    proptest::proptest! {
        #[test]
        fn no_picture_makes_it_panic(width in 1usize..40, pixels in proptest::collection::vec(0u8.., 40..1600)) {
            let height = pixels.len() / width;
            let pixels = pixels[..width * height].to_vec();
            let _ = preprocess(&GrayImage::new(width, height, pixels).unwrap());
        }
    }
}
