//! Light augmentation: each time a digit is shown to the network it is drawn a little differently.
//!
//! What happens to the strokes (`stroke`: gaps, thickness, a wrong crop); affine and elastic distortion in one
//! bilinear resampling (`warp`); an erased patch; what a camera does to gray levels (`photo`). Straight into
//! the batch tensor, without allocation: a few microseconds an image on one core, a small part of what
//! training on it costs.

use inkdigit_nn::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE};
use warp::{Affine, CONTROLS};

mod photo;
mod stroke;
mod warp;

/// How strongly digits are varied; each value is the largest change, drawn uniformly to both sides. All zero
/// (the default) leaves them alone.
///
/// ```
/// use inkdigit_train::{Augment, synth};
///
/// let (augment, mut rng) = (Augment { shift: 2.0, rotation: 10.0, ..Augment::default() }, inkdigit_nn::Rng::new(1));
/// let digit = synth::fitted_digit(3, &mut rng);
/// let mut changed = [0.0; 28 * 28];
/// augment.apply(digit.pixels(), &mut rng, &mut changed);
/// assert!(changed.iter().all(|pixel| (0.0..=255.0).contains(pixel)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Pixels along each axis.
    pub shift: f32,
    /// Degrees around the middle.
    pub rotation: f32,
    /// Share of the size: 0.15 scales each axis on its own between 1 / 1.15 and 1.15.
    pub scale: f32,
    /// Sideways pixels for each pixel up: 0.2 slants by up to 11 degrees.
    pub shear: f32,
    /// Root mean square of a smooth random displacement, in pixels (Simard, Steinkraus and Platt, "Best
    /// practices for convolutional neural networks", 2003).
    pub elastic: f32,
    /// Strokes become thicker or thinner: 1 by a pixel all around, 0.5 by half of that.
    pub thickness: f32,
    /// Side of one erased square, in pixels (DeVries and Taylor, "Cutout", 2017).
    pub cutout: usize,
    /// Each side of the box around the digit strays by this many pixels, as a page reader's boxes do: what
    /// lies outside is cut off, what is left becomes as large as the digit was.
    pub crop: f32,
    /// The most gaps in strokes, each a pixel or two wide.
    pub gaps: usize,
    /// The largest deviation of a Gaussian blur, in pixels; sensible up to 1.5.
    pub blur: f32,
    /// How far the middle tones move, as a natural logarithm: 0.7 makes half-covered pixels as dark as a
    /// third or as bright as two thirds.
    pub contrast: f32,
    /// The share of digits made black and white: 0 to 1.
    pub binarise: f32,
    /// The largest loss of the ink's brightness: 0.6 leaves at least 0.4 of it.
    pub fade: f32,
    /// The largest deviation of noise, in gray levels of 255.
    pub noise: f32,
    /// How much less an image may be varied than all this says: its strengths are multiplied by one number
    /// between `1 - vary` and 1. At 1 some images stay nearly as they are, and only some get the whole of it.
    pub vary: f32,
}

/// The source with margins, so that sampling needs no case for the outside: pixel (x, y) lies at
/// (x + MARGIN, y + MARGIN).
const PADDED: usize = 32;
const MARGIN: usize = 2;
type Padded<T> = [T; PADDED * PADDED];

impl Augment {
    /// Whether nothing is to be done.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// The same with all strengths multiplied by `factor`, from 0 to 1; chances and counts fall with it.
    fn scaled(&self, factor: f32) -> Self {
        let count = |most: usize| (most as f32 * factor).round() as usize;
        Self {
            shift: self.shift * factor,
            rotation: self.rotation * factor,
            scale: self.scale * factor,
            shear: self.shear * factor,
            elastic: self.elastic * factor,
            thickness: self.thickness * factor,
            cutout: count(self.cutout),
            crop: self.crop * factor,
            gaps: count(self.gaps),
            blur: self.blur * factor,
            contrast: self.contrast * factor,
            binarise: self.binarise * factor,
            fade: self.fade * factor,
            noise: self.noise * factor,
            vary: self.vary,
        }
    }

    /// Draws one variation of `image` into `out`.
    ///
    /// # Shapes
    /// - `image`: `[28, 28]`
    /// - `out`: `[28, 28]`, again from 0 to 255
    ///
    /// # Panics
    /// If either has another length.
    pub fn apply(&self, image: &[u8], rng: &mut Rng, out: &mut [f32]) {
        assert_eq!((image.len(), out.len()), (IMAGE_PIXELS, IMAGE_PIXELS), "28x28 pixels");
        if self.is_off() {
            return copy(image, out);
        }
        // Nothing is drawn for what is off, so that recipes keep their digits when others come to be.
        if self.vary > 0.0 {
            let strength = rng.uniform(1.0 - self.vary, 1.0);
            return Self { vary: 0.0, ..self.scaled(strength) }.apply(image, rng, out);
        }
        let mut source = pad(image);
        if self.gaps > 0 {
            stroke::break_up(&mut source, rng.below(self.gaps + 1), rng);
        }
        if self.thickness > 0.0 {
            stroke::thicken(&mut source, rng.uniform(-self.thickness, self.thickness).clamp(-1.0, 1.0));
        }
        let mut affine = Affine::draw(self, rng);
        if self.crop > 0.0 {
            stroke::crop(&mut source, self.crop, rng, &mut affine);
        }
        let mut field = [[0.0; CONTROLS]; 2 * CONTROLS];
        if self.elastic > 0.0 {
            warp::draw_field(self.elastic, rng, &mut field);
        }
        warp::resample(&source, &affine, (self.elastic > 0.0).then_some(&field), out);
        if self.cutout > 0 {
            erase(self.cutout, rng, out);
        }
        photo::expose(self, rng, out);
    }

    /// Draws variations of the images `indices` of `data`, on all cores. What an image becomes depends only
    /// on `seed`, `epoch` and its index, so neither the order nor the number of threads matters.
    ///
    /// # Shapes
    /// - `out`: `[indices.len(), 28, 28]`, 0 ground to 255 ink
    ///
    /// # Panics
    /// If `out` has another length or an index is out of range.
    pub fn fill_batch(&self, data: &Dataset, indices: &[usize], seed: u64, epoch: u64, out: &mut [f32]) {
        assert_eq!(out.len(), indices.len() * IMAGE_PIXELS, "a batch of {} images", indices.len());
        // Tasks of some 30 microseconds: enough to share out, small enough to finish together.
        let images = out.par_chunks_mut(IMAGE_PIXELS).zip(indices).with_min_len(8);
        images.for_each(|(out, &index)| {
            let mut rng = Rng::stream(seed, &[epoch, index as u64]);
            self.apply(data.image(index), &mut rng, out);
        });
    }
}

fn copy(image: &[u8], out: &mut [f32]) {
    for (out, &pixel) in out.iter_mut().zip(image) {
        *out = pixel as f32;
    }
}

fn pad(image: &[u8]) -> Padded<f32> {
    let mut padded = [0.0; PADDED * PADDED];
    for (y, row) in image.chunks_exact(IMAGE_SIDE).enumerate() {
        copy(row, &mut padded[(y + MARGIN) * PADDED + MARGIN..][..IMAGE_SIDE]);
    }
    padded
}

fn erase(side: usize, rng: &mut Rng, out: &mut [f32]) {
    // The square's middle lies anywhere on the image, so some squares lie partly outside.
    let range = |middle: usize| {
        let start = (middle + IMAGE_SIDE).saturating_sub(side / 2).max(IMAGE_SIDE) - IMAGE_SIDE;
        start..(middle + side.div_ceil(2)).clamp(start, IMAGE_SIDE)
    };
    let (columns, rows) = (range(rng.below(IMAGE_SIDE)), range(rng.below(IMAGE_SIDE)));
    for y in rows {
        out[y * IMAGE_SIDE..][columns.clone()].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Augment = Augment {
        shift: 2.5,
        rotation: 15.0,
        scale: 0.15,
        shear: 0.2,
        elastic: 1.0,
        thickness: 0.5,
        cutout: 4,
        crop: 2.0,
        gaps: 2,
        blur: 1.0,
        contrast: 0.7,
        binarise: 0.2,
        fade: 0.6,
        noise: 15.0,
        vary: 0.5,
    };

    /// A ring, thick enough to survive.
    fn ring() -> [u8; IMAGE_PIXELS] {
        std::array::from_fn(|i| {
            let (x, y) = ((i % IMAGE_SIDE) as f32 - 13.5, (i / IMAGE_SIDE) as f32 - 13.5);
            let distance = (x.hypot(y) - 7.0).abs();
            ((2.5 - distance).clamp(0.0, 1.0) * 255.0) as u8
        })
    }

    fn applied(augment: Augment, seed: u64) -> Vec<f32> {
        let mut out = vec![-1.0; IMAGE_PIXELS];
        augment.apply(&ring(), &mut Rng::new(seed), &mut out);
        out
    }

    /// Mass and barycentre.
    fn moments(image: &[f32]) -> [f32; 3] {
        let mass: f32 = image.iter().sum();
        let along = |place: fn(usize) -> usize| {
            image.iter().enumerate().map(|(i, v)| v * place(i) as f32).sum::<f32>() / mass
        };
        [mass, along(|i| i % IMAGE_SIDE), along(|i| i / IMAGE_SIDE)]
    }

    #[test]
    fn off_is_the_identity_also_through_resampling() {
        let expected: Vec<f32> = ring().iter().map(|&p| p as f32).collect();
        assert_eq!(applied(Augment::default(), 1), expected);
        // So weak that it must change next to nothing, but goes all the way.
        let weak =
            Augment { shift: 1e-6, rotation: 1e-6, elastic: 1e-6, thickness: 1e-6, ..Default::default() };
        for (a, b) in applied(weak, 1).iter().zip(&expected) {
            assert!((a - b).abs() < 0.01, "{a} {b}");
        }
    }

    #[test]
    fn same_seed_same_image_and_another_seed_another() {
        assert_eq!(applied(ALL, 5), applied(ALL, 5));
        assert_ne!(applied(ALL, 5), applied(ALL, 6));
    }

    #[test]
    fn strengths_that_vary_leave_some_digits_nearly_as_they_are() {
        let change = |augment: Augment, seed| {
            let drawn = applied(augment, seed);
            let pairs = ring().into_iter().zip(&drawn);
            pairs.map(|(before, after)| (before as f32 - after).abs()).sum::<f32>()
        };
        let still = |vary| (0..200).filter(|&seed| change(Augment { vary, ..ALL }, seed) < 4000.0).count();
        let (always, sometimes) = (still(0.0), still(1.0));
        assert!(sometimes >= always + 10 && sometimes <= 100, "{always} {sometimes}");
    }

    #[test]
    fn values_stay_in_range_however_strong() {
        let wild = Augment {
            shift: 30.0,
            rotation: 180.0,
            scale: 3.0,
            shear: 2.0,
            elastic: 20.0,
            thickness: 1.0,
            cutout: 40,
            crop: 40.0,
            gaps: 50,
            blur: 9.0,
            contrast: 5.0,
            binarise: 0.5,
            fade: 2.0,
            noise: 300.0,
            vary: 1.0,
        };
        for seed in 0..200 {
            assert!(applied(wild, seed).iter().all(|v| (0.0..=255.01).contains(v)), "seed {seed}");
        }
    }

    #[test]
    fn shifts_move_the_barycentre_to_both_sides_as_far_as_said() {
        let shift = Augment { shift: 3.0, ..Default::default() };
        let moved: Vec<[f32; 3]> = (0..300).map(|seed| moments(&applied(shift, seed))).collect();
        for axis in [1, 2] {
            let (least, most) =
                moved.iter().fold((f32::MAX, f32::MIN), |(l, m), v| (l.min(v[axis]), m.max(v[axis])));
            assert!((10.45..10.8).contains(&least) && (16.2..16.55).contains(&most), "{least} {most}");
        }
    }

    #[test]
    fn rotation_and_shear_turn_a_bar_as_said() {
        let bar: [u8; IMAGE_PIXELS] = std::array::from_fn(|i| {
            let (x, y) = (i % IMAGE_SIDE, i / IMAGE_SIDE);
            if (13..15).contains(&x) && (4..24).contains(&y) { 255 } else { 0 }
        });
        let slope = |augment: Augment, seed: u64| {
            let mut out = vec![0.0; IMAGE_PIXELS];
            augment.apply(&bar, &mut Rng::new(seed), &mut out);
            let middle = |y: usize| moments(&out[y * IMAGE_SIDE..][..IMAGE_SIDE])[1];
            (middle(20) - middle(7)) / 13.0
        };
        let steepest = |augment| (0..200).map(|seed| slope(augment, seed).abs()).fold(0.0, f32::max);
        let turned = steepest(Augment { rotation: 15.0, ..Default::default() });
        assert!((0.25..0.28).contains(&turned), "tan(15 degrees) is 0.268: {turned}");
        let slanted = steepest(Augment { shear: 0.2, ..Default::default() });
        assert!((0.18..0.21).contains(&slanted), "{slanted}");
    }

    #[test]
    fn thickness_adds_and_takes_ink() {
        let mass = moments(&ring().map(|p| p as f32))[0];
        let thickness = Augment { thickness: 1.0, ..Default::default() };
        let masses: Vec<f32> = (0..100).map(|seed| moments(&applied(thickness, seed))[0] / mass).collect();
        assert!(masses.iter().any(|&m| m > 1.4) && masses.iter().any(|&m| m < 0.6), "{masses:?}");
    }

    #[test]
    fn gray_levels_fade_bend_and_become_two() {
        let brightest = |augment, seed| applied(augment, seed).into_iter().fold(0.0, f32::max);
        let fade = Augment { fade: 0.6, ..Default::default() };
        let levels: Vec<f32> = (0..100).map(|seed| brightest(fade, seed)).collect();
        assert!(levels.iter().all(|l| (101.0..=255.0).contains(l)) && levels.iter().any(|&l| l < 120.0));
        let binarise = Augment { binarise: 1.0, ..Default::default() };
        assert!(applied(binarise, 1).iter().all(|&v| v == 0.0 || v == 255.0));
        let contrast = Augment { contrast: 0.7, ..Default::default() };
        let masses: Vec<f32> = (0..100).map(|seed| moments(&applied(contrast, seed))[0]).collect();
        let mass = moments(&ring().map(|p| p as f32))[0];
        assert!(masses.iter().any(|&m| m > 1.02 * mass) && masses.iter().any(|&m| m < 0.98 * mass));
    }

    #[test]
    fn gaps_take_a_little_ink_and_never_more_than_they_are() {
        let mass = moments(&ring().map(|p| p as f32))[0];
        let gaps = Augment { gaps: 1, ..Default::default() };
        let lost: Vec<f32> = (0..100).map(|seed| (mass - moments(&applied(gaps, seed))[0]) / 255.0).collect();
        assert!(lost.iter().all(|l| (-0.01..16.0).contains(l)), "{lost:?}");
        // Half of the draws are of no gap.
        assert!((20..70).contains(&lost.iter().filter(|&&l| l > 1.0).count()), "{lost:?}");
    }

    #[test]
    fn wrong_crops_keep_the_size() {
        let crop = Augment { crop: 2.0, ..Default::default() };
        let mut trimmed = 0;
        for seed in 0..100 {
            let out = applied(crop, seed);
            let lit = |i: &usize| out[*i] > 64.0;
            let extent = |along: fn(usize) -> usize| {
                let places = || (0..IMAGE_PIXELS).filter(lit).map(along);
                places().max().unwrap() + 1 - places().min().unwrap()
            };
            let longer = extent(|i| i % IMAGE_SIDE).max(extent(|i| i / IMAGE_SIDE));
            // The ring is 19 long; boxes too large by up to 2 on each side make it smaller.
            assert!((15..=20).contains(&longer), "seed {seed}: {longer}");
            trimmed += (applied(crop, seed) != applied(Augment::default(), 0)) as usize;
        }
        assert!(trimmed > 95);
    }

    #[test]
    fn what_is_off_draws_no_numbers() {
        // The digits of a recipe stay the same whatever other changes there are.
        let recipe = Augment { shift: 2.5, elastic: 0.7, thickness: 0.5, ..Default::default() };
        let mut rng = Rng::new(4);
        recipe.apply(&ring(), &mut rng, &mut [0.0; IMAGE_PIXELS]);
        let mut expected = Rng::new(4);
        // Thickness, two shifts, and two control points from each of the others.
        for _ in 0..1 + 2 + CONTROLS * CONTROLS {
            expected.next_u64();
        }
        assert_eq!(rng, expected);
    }

    #[test]
    fn cutout_erases_one_square() {
        let cutout = Augment { cutout: 4, ..Default::default() };
        let white = [255; IMAGE_PIXELS];
        let erased: Vec<usize> = (0..300)
            .map(|seed| {
                let mut out = vec![0.0; IMAGE_PIXELS];
                cutout.apply(&white, &mut Rng::new(seed), &mut out);
                out.iter().filter(|&&v| v == 0.0).count()
            })
            .collect();
        assert!(erased.iter().all(|n| (4..=16).contains(n)), "{erased:?}");
        assert!(erased.iter().filter(|&&n| n == 16).count() > 200);
    }

    #[test]
    fn batches_do_not_depend_on_order() {
        let images: Vec<u8> = (0..20).flat_map(|_| ring()).collect();
        let data = Dataset::new(images, vec![0; 20]).unwrap();
        let fill = |indices: &[usize]| {
            let mut out = vec![0.0; indices.len() * IMAGE_PIXELS];
            ALL.fill_batch(&data, indices, 7, 3, &mut out);
            out
        };
        let (forth, back) = (fill(&(0..20).collect::<Vec<_>>()), fill(&(0..20).rev().collect::<Vec<_>>()));
        assert_eq!(forth[..IMAGE_PIXELS], back[19 * IMAGE_PIXELS..]);
        assert_ne!(forth[..IMAGE_PIXELS], forth[IMAGE_PIXELS..2 * IMAGE_PIXELS]);
    }

    #[test]
    fn unknown_keys_are_refused_and_left_out_ones_are_zero() {
        let parsed: Augment = serde_json::from_str(r#"{"shift": 2}"#).unwrap();
        assert_eq!(parsed, Augment { shift: 2.0, ..Default::default() });
        assert!(serde_json::from_str::<Augment>(r#"{"shfit": 2}"#).is_err());
    }
}
