//! Light augmentation: each time a digit is shown to the network it is drawn a little differently.
//!
//! Affine (shift, rotation, scale, shear) and elastic distortion in one bilinear resampling, stroke thickness
//! before it, an erased patch after it. Straight into the batch tensor, without allocation: a few
//! microseconds an image on one core, a small part of what training on it costs.

use inkdigit_nn::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::image::{IMAGE_PIXELS, IMAGE_SIDE};

/// How strongly digits are varied; each value is the largest change, drawn uniformly to both sides. All zero
/// (the default) leaves them alone.
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
}

/// The source with margins, so that sampling needs no case for the outside: pixel (x, y) lies at
/// (x + MARGIN, y + MARGIN).
const PADDED: usize = 32;
const MARGIN: usize = 2;
type Padded<T> = [T; PADDED * PADDED];

/// Cells of the elastic field along each axis; 28 / 4 makes it smooth over 7 pixels.
const CELLS: usize = 4;
/// Control points of a cubic B-spline over that many cells.
const CONTROLS: usize = CELLS + 3;

impl Augment {
    /// Whether nothing is to be done.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
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
        let mut source = pad(image);
        if self.thickness > 0.0 {
            thicken(&mut source, rng.uniform(-self.thickness, self.thickness).clamp(-1.0, 1.0));
        }
        let affine = Affine::draw(self, rng);
        let mut field = [[0.0; CONTROLS]; 2 * CONTROLS];
        if self.elastic > 0.0 {
            draw_field(self.elastic, rng, &mut field);
        }
        resample(&source, &affine, (self.elastic > 0.0).then_some(&field), out);
        if self.cutout > 0 {
            erase(self.cutout, rng, out);
        }
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

/// Blends the image with its 3x3 maximum (`amount` > 0) or minimum (< 0).
fn thicken(image: &mut Padded<f32>, amount: f32) {
    let extreme = if amount > 0.0 { spread(image, f32::max) } else { spread(image, f32::min) };
    let amount = amount.abs();
    for (pixel, extreme) in image.iter_mut().zip(extreme) {
        *pixel += amount * (extreme - *pixel);
    }
}

/// The largest (or smallest) of each pixel's 3x3 neighbourhood, separably; the outermost ring becomes 0.
fn spread(image: &Padded<f32>, pick: impl Fn(f32, f32) -> f32) -> Padded<f32> {
    let mut rows = [0.0; PADDED * PADDED];
    for (out, window) in rows[1..].iter_mut().zip(image.windows(3)) {
        *out = pick(pick(window[0], window[1]), window[2]);
    }
    let mut all = [0.0; PADDED * PADDED];
    let inner = PADDED..PADDED * (PADDED - 1);
    let (above, here, below) = (&rows, &rows[PADDED..], &rows[2 * PADDED..]);
    for (((out, &a), &b), &c) in all[inner].iter_mut().zip(above).zip(here).zip(below) {
        *out = pick(pick(a, b), c);
    }
    all
}

/// From places in the result to places in the source, both counted in pixels.
struct Affine {
    /// Source place of the result's first pixel.
    origin: [f32; 2],
    /// How far it moves for a step to the right.
    right: [f32; 2],
    /// How far it moves for a step down.
    down: [f32; 2],
}

impl Affine {
    fn draw(augment: &Augment, rng: &mut Rng) -> Self {
        let mut both_sides = |largest: f32| if largest > 0.0 { rng.uniform(-largest, largest) } else { 0.0 };
        let (sin, cos) = both_sides(augment.rotation).to_radians().sin_cos();
        // Log-uniform: as often half as large as twice as large.
        let spread = augment.scale.max(0.0).ln_1p();
        let (scale_x, scale_y) = (both_sides(spread).exp(), both_sides(spread).exp());
        let shear = both_sides(augment.shear);
        let (shift_x, shift_y) = (both_sides(augment.shift), both_sides(augment.shift));

        // Source = scale · shear · rotation · (place - middle - shift) + middle; all changes are symmetric,
        // so drawing the inverse directly draws the same distribution.
        let right = [scale_x * (cos - shear * sin), -scale_y * sin];
        let down = [scale_x * (sin + shear * cos), scale_y * cos];
        let middle = (IMAGE_SIDE - 1) as f32 / 2.0;
        let (x, y) = (-middle - shift_x, -middle - shift_y);
        let origin = [0, 1].map(|axis| middle + right[axis] * x + down[axis] * y);
        Self { origin, right, down }
    }
}

/// Random control points: the first half displaces along x, the second along y.
fn draw_field(rms: f32, rng: &mut Rng, field: &mut [[f32; CONTROLS]; 2 * CONTROLS]) {
    // Uniform numbers of unit deviation, scaled by what the spline's averaging takes away.
    let amplitude = rms * 3f32.sqrt() / SPLINE_RMS;
    for value in field.as_flattened_mut().chunks_mut(2) {
        let bits = rng.next_u64();
        for (value, bits) in value.iter_mut().zip([bits as i32, (bits >> 32) as i32]) {
            *value = amplitude * bits as f32 * (1.0 / (1u64 << 31) as f32);
        }
    }
}

fn resample(
    source: &Padded<f32>,
    affine: &Affine,
    field: Option<&[[f32; CONTROLS]; 2 * CONTROLS]>,
    out: &mut [f32],
) {
    // The outermost ring of the padded source is empty, as is everything further out.
    const FAR: f32 = (PADDED - 1) as f32;
    for (y, out) in out.chunks_exact_mut(IMAGE_SIDE).enumerate() {
        // Places counted in the padded source, so never negative and truncation rounds down.
        let mut places = [[0.0f32; IMAGE_SIDE]; 2];
        for (axis, places) in places.iter_mut().enumerate() {
            let start = affine.origin[axis] + affine.down[axis] * y as f32 + MARGIN as f32;
            for (x, place) in places.iter_mut().enumerate() {
                *place = start + affine.right[axis] * x as f32;
            }
            if let Some(field) = field {
                displace(&field[axis * CONTROLS..][..CONTROLS], y, places);
            }
            for place in places.iter_mut() {
                *place = place.clamp(0.0, FAR);
            }
        }
        let [across, along] = &places;
        for ((out, &u), &v) in out.iter_mut().zip(across).zip(along) {
            let (column, row) = (u as i32, v as i32);
            let (fx, fy) = (u - column as f32, v - row as f32);
            // The remainder lets the compiler see that this is in range. It matters on the last row and
            // column only, and leads to the first, which is as empty.
            let at = |step: i32| source[(row * PADDED as i32 + column + step) as usize % (PADDED * PADDED)];
            let above = at(0) + fx * (at(1) - at(0));
            let below = at(PADDED as i32) + fx * (at(PADDED as i32 + 1) - at(PADDED as i32));
            *out = above + fy * (below - above);
        }
    }
}

/// Adds row `y` of the spline surface over `controls` to `places`.
fn displace(controls: &[[f32; CONTROLS]], y: usize, places: &mut [f32; IMAGE_SIDE]) {
    let mut line = [0.0; CONTROLS];
    for (weights, controls) in SPLINE.iter().zip(controls) {
        for (sum, control) in line.iter_mut().zip(controls) {
            *sum += weights[y] * control;
        }
    }
    for (weights, value) in SPLINE.iter().zip(line) {
        for (place, weight) in places.iter_mut().zip(weights) {
            *place += value * weight;
        }
    }
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

/// How much each control point counts at each pixel: uniform cubic B-spline, `[CONTROLS][28]`.
static SPLINE: [[f32; IMAGE_SIDE]; CONTROLS] = spline();

const fn spline() -> [[f32; IMAGE_SIDE]; CONTROLS] {
    let mut weights = [[0.0; IMAGE_SIDE]; CONTROLS];
    let mut x = 0;
    while x < IMAGE_SIDE {
        let place = (x as f32 + 0.5) * CELLS as f32 / IMAGE_SIDE as f32;
        let cell = place as usize;
        let t = place - cell as f32;
        let s = 1.0 - t;
        weights[cell][x] = s * s * s / 6.0;
        weights[cell + 1][x] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0;
        weights[cell + 2][x] = (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0;
        weights[cell + 3][x] = t * t * t / 6.0;
        x += 1;
    }
    weights
}

/// The deviation of the surface for control points of deviation 1: the mean of the squared weights along one
/// axis is 0.479, and so is the root of its square.
const SPLINE_RMS: f32 = 0.479;

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
    fn values_stay_in_range_however_strong() {
        let wild = Augment {
            shift: 30.0,
            rotation: 180.0,
            scale: 3.0,
            shear: 2.0,
            elastic: 20.0,
            thickness: 1.0,
            cutout: 40,
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
    fn the_elastic_field_has_the_deviation_that_was_asked_for() {
        let mut rng = Rng::new(1);
        let mut sum = 0.0;
        for _ in 0..500 {
            let mut field = [[0.0; CONTROLS]; 2 * CONTROLS];
            draw_field(1.5, &mut rng, &mut field);
            for y in 0..IMAGE_SIDE {
                let mut row = [0.0; IMAGE_SIDE];
                displace(&field[..CONTROLS], y, &mut row);
                sum += row.iter().map(|v| v * v).sum::<f32>() as f64;
            }
        }
        let rms = (sum / (500 * IMAGE_PIXELS) as f64).sqrt();
        assert!((rms - 1.5).abs() < 0.03, "{rms}");
    }

    #[test]
    fn thickness_adds_and_takes_ink() {
        let mass = moments(&ring().map(|p| p as f32))[0];
        let thickness = Augment { thickness: 1.0, ..Default::default() };
        let masses: Vec<f32> = (0..100).map(|seed| moments(&applied(thickness, seed))[0] / mass).collect();
        assert!(masses.iter().any(|&m| m > 1.4) && masses.iter().any(|&m| m < 0.6), "{masses:?}");
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
