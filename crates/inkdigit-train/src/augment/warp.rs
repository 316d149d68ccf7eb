//! Where each pixel of a varied digit comes from: affine and elastic distortion in one bilinear resampling.

use inkdigit_nn::Rng;

use super::{Augment, MARGIN, PADDED, Padded};
use inkdigit_image::IMAGE_SIDE;

/// Cells of the elastic field along each axis; 28 / 4 makes it smooth over 7 pixels.
const CELLS: usize = 4;
/// Control points of a cubic B-spline over that many cells.
pub(super) const CONTROLS: usize = CELLS + 3;

/// Control points of the displacement: the first half along x, the second along y.
pub(super) type Field = [[f32; CONTROLS]; 2 * CONTROLS];

/// From places in the result to places in the source, both counted in pixels.
pub(super) struct Affine {
    /// Source place of the result's first pixel.
    origin: [f32; 2],
    /// How far it moves for a step to the right.
    right: [f32; 2],
    /// How far it moves for a step down.
    down: [f32; 2],
}

impl Affine {
    pub(super) fn draw(augment: &Augment, rng: &mut Rng) -> Self {
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

    /// Goes on to `scale` times the distance from `to` as places had from `from`.
    pub(super) fn then(&mut self, scale: f32, from: [f32; 2], to: [f32; 2]) {
        for axis in 0..2 {
            self.origin[axis] = to[axis] + scale * (self.origin[axis] - from[axis]);
            self.right[axis] *= scale;
            self.down[axis] *= scale;
        }
    }
}

/// Draws random control points for a displacement of this root mean square, in pixels.
pub(super) fn draw_field(rms: f32, rng: &mut Rng, field: &mut Field) {
    // Uniform numbers of unit deviation, scaled by what the spline's averaging takes away.
    let amplitude = rms * 3f32.sqrt() / SPLINE_RMS;
    for value in field.as_flattened_mut().chunks_mut(2) {
        let bits = rng.next_u64();
        for (value, bits) in value.iter_mut().zip([bits as i32, (bits >> 32) as i32]) {
            *value = amplitude * bits as f32 * (1.0 / (1u64 << 31) as f32);
        }
    }
}

/// The digit as the places say; where there is no `field` by `affine` alone.
pub(super) fn resample(source: &Padded<f32>, affine: &Affine, field: Option<&Field>, out: &mut [f32]) {
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
    use inkdigit_image::IMAGE_PIXELS;

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
}
