//! What is no digit, in the form of digits: for networks to learn to refuse, and for tests of refusing.
//!
//! Nothing here may look like a digit that somebody writes: an upright line is a 1, the upper half of an 8 a
//! 0, an S a 5. Such are left out.

use inkdigit_nn::Rng;

use super::hand::Writer;
use super::strokes::{self, Way};
use super::{fitted, pen::Drawing};
use inkdigit_image::DigitImage;

mod digits;
mod grounds;
mod marks;

/// The height at which signs are drawn before they are fitted to 20 pixels: fine enough for soft edges.
const HEIGHT: f32 = 48.0;

/// A kind of picture that shows no digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outlier {
    /// A letter that doesn't look like a digit.
    Letter,
    /// Punctuation, an arrow, a check mark, a heart, a flower.
    Symbol,
    /// A part of a digit that isn't a digit itself, as a wrong cut leaves it.
    Piece,
    /// Two or three digits in one box.
    Several,
    /// A pen moved to and fro, a spiral, a tangle.
    Scribble,
    /// One or more lines that are not upright.
    Line,
    /// A frame, a corner, a grid.
    Frame,
    /// A blot of ink.
    Blot,
    /// Nothing, or next to nothing.
    Blank,
    /// Noise, fine or coarse, over everything.
    Noise,
    /// Hatching, dots, shadows: a ground that fills the picture.
    Texture,
}

impl Outlier {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Letter,
        Self::Symbol,
        Self::Piece,
        Self::Several,
        Self::Scribble,
        Self::Line,
        Self::Frame,
        Self::Blot,
        Self::Blank,
        Self::Noise,
        Self::Texture,
    ];

    /// The name of the kind, in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Symbol => "symbol",
            Self::Piece => "piece",
            Self::Several => "several",
            Self::Scribble => "scribble",
            Self::Line => "line",
            Self::Frame => "frame",
            Self::Blot => "blot",
            Self::Blank => "blank",
            Self::Noise => "noise",
            Self::Texture => "texture",
        }
    }

    /// How many of 100 outliers are of this kind: most are what stands on real pages.
    fn share(self) -> usize {
        match self {
            Self::Letter => 25,
            Self::Several => 15,
            Self::Piece | Self::Symbol | Self::Scribble => 10,
            Self::Line | Self::Frame | Self::Blank | Self::Noise | Self::Texture | Self::Blot => 5,
        }
    }

    /// Draws one of this kind.
    pub fn draw(self, rng: &mut Rng) -> DigitImage {
        match self {
            Self::Letter => sign(&strokes::letters(false), rng),
            Self::Symbol => sign(&strokes::symbols(false), rng),
            Self::Piece => digits::piece(rng),
            Self::Several => digits::several(rng),
            Self::Scribble => marks::scribble(rng),
            Self::Line => marks::lines(rng),
            Self::Frame => marks::frame(rng),
            Self::Blot => marks::blot(rng),
            Self::Blank => grounds::blank(rng),
            Self::Noise => grounds::noise(rng),
            Self::Texture => grounds::texture(rng),
        }
    }
}

/// A picture of no digit, of any kind, in MNIST's form: bright ink on dark, fitted and centred where it is a
/// drawing.
pub fn outlier(rng: &mut Rng) -> DigitImage {
    let mut rest = rng.below(100);
    for kind in Outlier::ALL {
        match rest.checked_sub(kind.share()) {
            Some(less) => rest = less,
            None => return kind.draw(rng),
        }
    }
    unreachable!("the shares add up to 100")
}

fn sign(signs: &[char], rng: &mut Rng) -> DigitImage {
    let sign = signs[rng.below(signs.len())];
    finished(Writer::draw(rng).write(sign, HEIGHT, rng))
}

/// Strokes of anyone's hand.
fn by_hand(way: &Way, rng: &mut Rng) -> DigitImage {
    finished(Writer::draw(rng).follow(way, HEIGHT, rng))
}

fn finished(drawing: Drawing) -> DigitImage {
    fitted(&drawing.render([1.0; 4]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn shares_add_up_and_every_kind_is_drawn() {
        assert_eq!(Outlier::ALL.map(Outlier::share).iter().sum::<usize>(), 100);
        assert_eq!(Outlier::ALL.iter().collect::<HashSet<_>>().len(), Outlier::ALL.len());
        assert_eq!(Outlier::ALL.map(Outlier::name).iter().collect::<HashSet<_>>().len(), Outlier::ALL.len());
        for kind in Outlier::ALL {
            let drawn: HashSet<_> = (0..20).map(|seed| *kind.draw(&mut Rng::new(seed)).pixels()).collect();
            assert!(drawn.len() > 12, "{kind:?}: {} different ones of 20", drawn.len());
        }
    }

    #[test]
    fn the_same_stream_draws_the_same() {
        for index in 0..50 {
            let draw = |seed| outlier(&mut Rng::stream(seed, &[index]));
            assert_eq!(draw(1), draw(1));
        }
    }

    #[test]
    fn drawings_have_the_form_of_digits() {
        for kind in &Outlier::ALL[..8] {
            for seed in 0..40 {
                let image = kind.draw(&mut Rng::new(seed));
                let inked = || (0..784).filter(|&i| image.pixels()[i] > 0);
                let side = |along: fn(usize) -> usize| {
                    inked().map(along).max().unwrap() + 1 - inked().map(along).min().unwrap()
                };
                let longer = side(|i| i % 28).max(side(|i| i / 28));
                assert!((17..=20).contains(&longer), "{kind:?} {seed}: {longer}\n{image:?}");
            }
        }
    }
}
