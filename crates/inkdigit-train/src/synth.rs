//! Synthetic handwriting: drawn by a program, no person's writing. Digits, letters and symbols, what is no
//! digit at all, and whole pages with the truth about them. For tests and a first try without any download,
//! and to teach networks what they need not read; networks for real writing are trained on real writing.
//!
//! A sign is one of several ways of writing it (`strokes`), its points moved a little, bent into smooth
//! curves, slanted and stretched as a hand would (`hand`), and drawn by a round pen whose width follows the
//! pressure (`pen`).

use inkdigit_nn::Rng;
use rayon::prelude::*;

use crate::data::Dataset;
use hand::Writer;
use inkdigit_image::preprocess::Ink;
use inkdigit_image::{DigitImage, GrayImage, IMAGE_PIXELS};

mod cutouts;
mod hand;
mod outliers;
mod page;
mod pen;
pub mod scene;
mod strokes;

pub use cutouts::CutOuts;
pub use outliers::{Outlier, outlier};
pub use page::{Camera, PageConfig, Paper, Pen, PixelBox, Sheet, SyntheticPage, TrueDigit, Writing, page};
pub use strokes::{letters, symbols};

/// A synthetic digit as a picture: a dark pen on light paper, of some size, somewhere on it.
///
/// ```
/// use inkdigit_train::synth;
///
/// let picture = synth::digit(7, &mut inkdigit_nn::Rng::new(1));
/// assert_eq!(inkdigit::Recognizer::default().read_digit(&picture).digit, 7);
/// ```
///
/// # Panics
/// If `label` is over 9.
pub fn digit(label: u8, rng: &mut Rng) -> GrayImage {
    picture(digit_sign(label), rng)
}

/// A synthetic letter or symbol as a picture, as [`digit`]; none if `sign` is not one of [`letters`],
/// [`symbols`] and the digits.
pub fn sign(sign: char, rng: &mut Rng) -> Option<GrayImage> {
    (!strokes::ways_of_writing(sign).is_empty()).then(|| picture(sign, rng))
}

/// A synthetic digit in MNIST's form.
///
/// # Panics
/// If `label` is over 9.
pub fn fitted_digit(label: u8, rng: &mut Rng) -> DigitImage {
    // 100 pixels are fine enough for the reduction to 20 to look like a scanner's.
    let drawing = Writer::draw(rng).write(digit_sign(label), 100.0, rng);
    fitted(&drawing.render([2.0; 4]))
}

/// `count` synthetic digits in MNIST's form, the labels in turn; the same for the same `seed`.
pub fn dataset(count: usize, seed: u64) -> Dataset {
    let mut images = vec![0; count * IMAGE_PIXELS];
    images.par_chunks_mut(IMAGE_PIXELS).enumerate().for_each(|(index, out)| {
        let mut rng = Rng::stream(seed, &[index as u64]);
        out.copy_from_slice(fitted_digit((index % 10) as u8, &mut rng).pixels());
    });
    let labels = (0..count).map(|index| (index % 10) as u8).collect();
    Dataset::new(images, labels).expect("as many labels as images, none over 9")
}

fn digit_sign(label: u8) -> char {
    char::from_digit(label as u32, 10).expect("labels are 0 to 9")
}

fn picture(sign: char, rng: &mut Rng) -> GrayImage {
    let height = rng.uniform(48.0, 160.0);
    let drawing = Writer::draw(rng).write(sign, height, rng);
    let margins: [f32; 4] = std::array::from_fn(|_| height * rng.uniform(0.1, 0.6));
    let (paper, pen) = (rng.uniform(215.0, 255.0), rng.uniform(0.0, 90.0));
    let ink = drawing.render(margins);
    // A little grain, as every scanner and camera adds.
    let grain = rng.uniform(0.0, 3.0);
    let tone = |&value: &f32| {
        let noise = grain * rng.uniform(-1.0, 1.0);
        (paper + value * (pen - paper) + noise).round().clamp(0.0, 255.0) as u8
    };
    let (width, height) = (ink.width, ink.height);
    GrayImage::new(width, height, ink.values.iter().map(tone).collect())
        .expect("a drawing has as many pixels as its size says, and some")
}

/// The ink in MNIST's form; blank where there is none.
fn fitted(ink: &Ink) -> DigitImage {
    let blank = DigitImage::new([0; IMAGE_PIXELS]);
    ink.tight_box(0.5).map_or(blank, |tight| ink.fit_and_centre(tight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_image::preprocess::preprocess;

    #[test]
    fn the_same_seed_draws_the_same_digits() {
        assert_eq!(dataset(30, 4), dataset(30, 4));
        assert_ne!(dataset(30, 4), dataset(30, 5));
        assert_eq!(digit(7, &mut Rng::new(1)), digit(7, &mut Rng::new(1)));
    }

    #[test]
    fn digits_look_like_mnist_in_ink_size_and_place() {
        let data = dataset(500, 1);
        assert_eq!(data.counts(), [50; 10]);
        let mean = data.images().iter().map(|&p| p as f64).sum::<f64>() / data.images().len() as f64;
        // MNIST's mean is 33.3.
        assert!((25.0..42.0).contains(&mean), "{mean}");
        // All but those whose outermost row or column of ink is too faint for a gray level.
        let digits = (0..data.len()).filter_map(|i| data.get(i)).map(|(digit, _)| digit);
        let fitted = digits.filter(|digit| preprocess(&digit.to_gray()) == Ok(*digit)).count();
        assert!(fitted >= 480, "{fitted} of 500 are in MNIST's form");
    }

    #[test]
    fn letters_and_symbols_are_drawn_and_nothing_else() {
        let mut rng = Rng::new(1);
        for known in [letters(true), symbols(true)].concat() {
            let picture = sign(known, &mut rng).expect("it is listed");
            assert!(picture.pixels().iter().any(|&p| p < 120), "{known}");
        }
        assert_eq!(sign('\u{df}', &mut rng), None);
    }

    #[test]
    fn pictures_are_dark_on_light_and_read_back_as_drawn() {
        for seed in 0..50 {
            let picture = digit((seed % 10) as u8, &mut Rng::new(seed));
            let mut levels = picture.pixels().to_vec();
            levels.sort_unstable();
            assert!(levels[levels.len() / 2] > 200, "mostly paper");
            let digit = preprocess(&picture).expect("something is drawn");
            let ink = digit.pixels().iter().filter(|&&p| p > 127).count();
            assert!((20..300).contains(&ink), "{ink}\n{digit:?}");
        }
    }
}
