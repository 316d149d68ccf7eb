//! Digits cut apart and digits run together: what a page's reader sees where it cuts wrong.

use inkdigit_nn::Rng;

use super::{HEIGHT, fitted};
use crate::synth::digit_sign;
use crate::synth::hand::Writer;
use inkdigit_image::DigitImage;

/// Which part of a digit remains.
#[derive(Clone, Copy)]
enum Part {
    Left,
    Top,
    Bottom,
}

/// Parts that are no digits themselves. The others are: the right of a 4 is a 1, the bottom of a 6 a 0.
const PIECES: [(u8, Part); 12] = [
    (0, Part::Top),
    (0, Part::Bottom),
    (2, Part::Left),
    (2, Part::Bottom),
    (3, Part::Left),
    (4, Part::Left),
    (4, Part::Top),
    (5, Part::Left),
    (5, Part::Top),
    (7, Part::Left),
    (8, Part::Left),
    (9, Part::Left),
];

/// The height of each digit of several, which together become some 20 pixels wide.
const EACH: f32 = 0.7 * HEIGHT;

/// A part of a digit.
pub(super) fn piece(rng: &mut Rng) -> DigitImage {
    let (label, part) = PIECES[rng.below(PIECES.len())];
    let mut ink = Writer::draw(rng).write(digit_sign(label), HEIGHT, rng).render([1.0; 4]);
    let share = rng.uniform(0.35, 0.5);
    let (width, height) = (ink.width, ink.height);
    let cut = |length: usize, share: f32| (length as f32 * share) as usize;
    let (columns, rows) = match part {
        Part::Left => (0..cut(width, share), 0..height),
        Part::Top => (0..width, 0..cut(height, share)),
        Part::Bottom => (0..width, height - cut(height, share)..height),
    };
    for (i, value) in ink.values.iter_mut().enumerate() {
        if !columns.contains(&(i % width)) || !rows.contains(&(i / width)) {
            *value = 0.0;
        }
    }
    fitted(&ink)
}

/// Two or three digits side by side, touching or nearly, as they are or squeezed into a square.
pub(super) fn several(rng: &mut Rng) -> DigitImage {
    let writer = Writer::draw(rng);
    let mut all = writer.write(digit_sign(rng.below(10) as u8), EACH, rng);
    let more = if rng.unit() < 0.2 { 2 } else { 1 };
    for _ in 0..more {
        let mut next = writer.varied(rng).write(digit_sign(rng.below(10) as u8), EACH, rng);
        next.shift([0.0, EACH * 0.06 * rng.normal()]);
        let gap = EACH * rng.uniform(-0.06, 0.2);
        let clearance = all.clearance(&next);
        let apart = next.extent().left - all.extent().right;
        next.shift([gap - if clearance.is_finite() { clearance } else { apart }, 0.0]);
        all.strokes.append(&mut next.strokes);
    }
    if rng.unit() < 0.4 {
        let extent = all.extent();
        let squeeze = ((extent.bottom - extent.top) / extent.width()).min(1.0);
        all.transform(|[x, y]| [x * squeeze, y], 1.0);
    }
    super::finished(all)
}
