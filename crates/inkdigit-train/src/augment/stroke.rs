//! What happens to the strokes before they are distorted: gaps, thickness, a box cut wrong.

use inkdigit_nn::Rng;

use super::warp::Affine;
use super::{MARGIN, PADDED, Padded};
use inkdigit_image::IMAGE_SIDE;

/// Ink brighter than this belongs to the digit's box.
const INK: f32 = 64.0;

/// Erases `gaps` small discs that lie on strokes.
pub(super) fn break_up(image: &mut Padded<f32>, gaps: usize, rng: &mut Rng) {
    for _ in 0..gaps {
        // A fifth of MNIST's pixels are ink: eight throws seldom all miss.
        let throws = (0..8).map(|_| {
            let mut inside = || MARGIN + rng.below(IMAGE_SIDE);
            [inside(), inside()]
        });
        let hit = throws.fold(None, |hit, [x, y]| hit.or((image[y * PADDED + x] > INK).then_some([x, y])));
        let radius = rng.uniform(0.8, 2.0);
        let Some([middle_x, middle_y]) = hit else { continue };
        for y in middle_y - MARGIN..=middle_y + MARGIN {
            for x in middle_x - MARGIN..=middle_x + MARGIN {
                let (across, down) = (x as f32 - middle_x as f32, y as f32 - middle_y as f32);
                let kept = ((across * across + down * down).sqrt() - radius + 0.5).clamp(0.0, 1.0);
                image[y * PADDED + x] *= kept;
            }
        }
    }
}

/// Blends the image with its 3x3 maximum (`amount` > 0) or minimum (< 0).
pub(super) fn thicken(image: &mut Padded<f32>, amount: f32) {
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

/// Cuts the digit out by a box whose sides are wrong by up to `error` pixels, and makes `affine` show it as
/// large as the digit was.
pub(super) fn crop(image: &mut Padded<f32>, error: f32, rng: &mut Rng, affine: &mut Affine) {
    let errors: [f32; 4] = std::array::from_fn(|_| rng.uniform(-error, error));
    let Some([left, top, right, bottom]) = ink_box(image) else { return };
    // Always something is left: at most a third is lost on each side.
    let (most_x, most_y) = ((right - left) / 3.0, (bottom - top) / 3.0);
    let (new_left, new_right) = (left + errors[0].min(most_x), right - errors[2].min(most_x));
    let (new_top, new_bottom) = (top + errors[1].min(most_y), bottom - errors[3].min(most_y));

    let covered = |i: usize, low: f32, high: f32| {
        let at = i as f32;
        ((at + 1.0).min(high) - at.max(low)).clamp(0.0, 1.0)
    };
    let columns: [f32; PADDED] = std::array::from_fn(|x| covered(x, new_left, new_right));
    for (y, row) in image.chunks_exact_mut(PADDED).enumerate() {
        let share = covered(y, new_top, new_bottom);
        for (pixel, column) in row.iter_mut().zip(columns) {
            *pixel *= share * column;
        }
    }
    // Boxes are in the padded image and count edges, places are in the image and count pixels' middles.
    let middle = |low: f32, high: f32| (low + high) / 2.0 - MARGIN as f32 - 0.5;
    let scale = (new_right - new_left).max(new_bottom - new_top) / (right - left).max(bottom - top);
    let old = [middle(left, right), middle(top, bottom)];
    affine.then(scale, old, [middle(new_left, new_right), middle(new_top, new_bottom)]);
}

/// The edges of the box around the ink: left, top, right, bottom.
fn ink_box(image: &Padded<f32>) -> Option<[f32; 4]> {
    let mut columns = [0f32; PADDED];
    let (mut top, mut bottom) = (None, 0);
    for (y, row) in image.chunks_exact(PADDED).enumerate() {
        let mut brightest = 0f32;
        for (column, &pixel) in columns.iter_mut().zip(row) {
            *column = column.max(pixel);
            brightest = brightest.max(pixel);
        }
        if brightest > INK {
            top = top.or(Some(y));
            bottom = y + 1;
        }
    }
    let left = columns.iter().position(|&v| v > INK)?;
    let right = columns.iter().rposition(|&v| v > INK)? + 1;
    Some([left, top?, right, bottom].map(|edge| edge as f32))
}
