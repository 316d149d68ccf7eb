//! What is drawn on a picture: how strong its ink is, and where it is.

use super::mask::Mask;
use super::polarity::{self, Polarity};
use super::ruled_lines::RuledLines;
use super::threshold::{self, Threshold};
use super::{PreprocessOptions, Trace, Unreadable, background};
use crate::GrayImage;

/// What is drawn takes at least this share of the paper's light, of 255: less is taken for a ghost.
const FAINTEST_PEN: usize = 24;

/// How strong the ink is on each pixel of a picture, and what that says of its paper.
///
/// ```
/// use inkdigit_image::GrayImage;
/// use inkdigit_image::preprocess::{Components, Drawing, PreprocessOptions, Strength, Trace};
///
/// // Two strokes on paper.
/// let mut pixels = vec![250; 200 * 100];
/// for left in [50, 120] {
///     (20..80).for_each(|y| pixels[y * 200 + left..][..6].fill(20));
/// }
/// let page = GrayImage::new(200, 100, pixels)?;
/// let (options, trace) = (PreprocessOptions::default(), &mut Trace::off());
/// let strength = Strength::find(&page, &options, trace)?;
/// let drawing = Drawing::find(&page, strength, &options, 0.4, None, trace);
/// let lefts: Vec<usize> = Components::of(&drawing.mask).list().iter().map(|c| c.bounds.left).collect();
/// assert_eq!(lefts, [50, 120]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Strength {
    /// 0 paper to 255 ink.
    image: GrayImage,
    /// How many pixels have each strength.
    counts: [u32; 256],
    /// The paper's level in it.
    paper: usize,
    /// Which side of the paper's light is ink.
    polarity: Polarity,
    /// What is to be taken away as printed.
    ruled_lines: Option<RuledLines>,
}

impl Strength {
    /// Tells ink from its ground.
    ///
    /// # Errors
    /// [`Unreadable`] for a picture on which nothing, or hardly anything, is darker or lighter than the rest.
    pub fn find(
        image: &GrayImage,
        options: &PreprocessOptions,
        trace: &mut Trace,
    ) -> Result<Self, Unreadable> {
        let polarity = polarity::polarity(image);
        let strength = match polarity {
            Polarity::DarkOnLight => background::ink_strength(image, !options.even_light),
            Polarity::LightOnDark => background::ink_strength(&image.inverted(), !options.even_light),
        };
        trace.add("strength", || strength.clone());
        let counts = threshold::histogram(&strength);
        let (paper, noise) = threshold::paper_and_noise(&counts);
        let (strongest, amount) = threshold::above(&counts, noise);
        if amount == 0 || strongest <= paper {
            return Err(Unreadable::NothingDrawn);
        }
        if strongest < paper + FAINTEST_PEN {
            return Err(Unreadable::TooFaint);
        }
        // What is traced over a long way may be weaker than what is seen at once.
        let find = || RuledLines::find(&strength, (paper + noise) / 2);
        let ruled_lines = options.remove_ruled_lines.then(find);
        Ok(Self { image: strength, counts, paper, polarity, ruled_lines })
    }
}

/// What is drawn on a picture, of one digit or of a page.
#[derive(Debug)]
pub struct Drawing {
    /// 0 paper to 255 ink.
    pub strength: GrayImage,
    /// The paper's level in it.
    pub paper: usize,
    /// Which pixels are ink.
    pub mask: Mask,
    /// How many pixels of ink were taken away as printed.
    pub printed: usize,
}

impl Drawing {
    /// Cuts ink from paper; `edge` is the share of a pen's strength at which its strokes' soft edges are cut, if
    /// it is by each stroke's own pen; on pages a digit's strokes are at most `longest` pixels long.
    pub fn find(
        image: &GrayImage,
        strength: Strength,
        options: &PreprocessOptions,
        edge: f32,
        longest: Option<usize>,
        trace: &mut Trace,
    ) -> Self {
        let Strength { image: strength, counts, paper, polarity, ruled_lines } = strength;
        let mut mask = match options.threshold {
            Threshold::Auto => threshold::by_stroke(&strength, &counts, edge, longest),
            Threshold::Otsu => threshold::otsu_mask(&strength),
            Threshold::Sauvola => {
                threshold::sauvola(&strength, (image.width().min(image.height()) / 4).max(15))
            }
            Threshold::Fixed(level) => threshold::fixed(image, level, polarity),
        };
        trace.add("mask", || mask.to_gray());
        let mut printed = 0;
        if let Some(ruled_lines) = ruled_lines {
            let before = mask.count();
            ruled_lines.remove(&mut mask);
            printed = before.saturating_sub(mask.count());
            trace.add("without-rules", || mask.to_gray());
        }
        Self { strength, paper, mask, printed }
    }
}
