//! What a pen leaves that is no sign: scribbles, lines, frames, blots.

use std::f32::consts::TAU;

use inkdigit_nn::Rng;

use super::{HEIGHT, by_hand, finished};
use crate::synth::pen::Drawing;
use crate::synth::strokes::Point;
use inkdigit_image::DigitImage;

/// A tangle, a zigzag or a spiral.
pub(super) fn scribble(rng: &mut Rng) -> DigitImage {
    let stroke: Vec<Point> = match rng.below(3) {
        0 => (0..12 + rng.below(8)).map(|_| [rng.unit(), rng.unit()]).collect(),
        1 => {
            let turns = 6 + rng.below(8);
            let height = rng.uniform(0.3, 1.0);
            let at = |i: usize| [i as f32 / turns as f32, if i.is_multiple_of(2) { 0.0 } else { height }];
            (0..=turns).map(at).collect()
        }
        _ => {
            let (turns, start) = (rng.uniform(2.6, 5.0), rng.uniform(0.0, TAU));
            let steps = (turns * 8.0) as usize;
            let at = |i: usize| {
                let along = i as f32 / steps as f32;
                let (sin, cos) = (start + turns * TAU * along).sin_cos();
                [0.5 + 0.5 * along * cos, 0.5 + 0.5 * along * sin]
            };
            (0..=steps).map(at).collect()
        }
    };
    by_hand(&vec![stroke], rng)
}

/// One to three lines within 25 degrees of level: steeper ones are 1s of slanted hands.
pub(super) fn lines(rng: &mut Rng) -> DigitImage {
    let rise = rng.uniform(-25f32, 25.0).to_radians().tan();
    let count = 1 + rng.below(3);
    let distance = rng.uniform(0.15, 0.4);
    let line = |i: usize| {
        let y = i as f32 * distance;
        vec![[0.0, y], [0.5, y + 0.5 * rise], [1.0, y + rise]]
    };
    let way: Vec<Vec<Point>> = (0..count).map(line).collect();
    let radius = HEIGHT * rng.uniform(0.025, 0.09);
    if rng.unit() < 0.5 {
        return by_hand(&way, rng);
    }
    // As drawn by a ruler, or printed.
    let straight = |stroke: Vec<Point>| stroke.into_iter().map(|[x, y]| ([HEIGHT * x, HEIGHT * y], radius));
    finished(Drawing { strokes: way.into_iter().map(|stroke| straight(stroke).collect()).collect() })
}

/// A box, a box with a cross or bars in it, or a corner. Upright empty boxes are left out: they are 0s of
/// angular hands; and so is the upper right corner, a 7.
pub(super) fn frame(rng: &mut Rng) -> DigitImage {
    let height = rng.uniform(0.4, 0.95);
    let outline = vec![[0.0, 0.0], [0.0, height], [1.0, height], [1.0, 0.0], [0.0, 0.0]];
    let way = match rng.below(6) {
        0 => vec![outline],
        1 => vec![outline, vec![[0.0, 0.0], [1.0, height]], vec![[1.0, 0.0], [0.0, height]]],
        2 => vec![outline, vec![[0.5, 0.0], [0.5, height]]],
        3 => vec![outline, vec![[0.5, 0.0], [0.5, height]], vec![[0.0, height / 2.0], [1.0, height / 2.0]]],
        4 => vec![vec![[0.0, 0.0], [0.0, height], [1.0, height]]],
        _ => vec![vec![[1.0, 0.0], [1.0, height], [0.0, height]]],
    };
    let radius = HEIGHT * rng.uniform(0.02, 0.08);
    let angle = rng.uniform(-0.1f32, 0.1);
    let (sin, cos) = angle.sin_cos();
    let place = |[x, y]: Point| ([HEIGHT * (cos * x - sin * y), HEIGHT * (sin * x + cos * y)], radius);
    finished(Drawing { strokes: way.into_iter().map(|s| s.into_iter().map(place).collect()).collect() })
}

/// A blot with an uneven edge, perhaps smeared sideways.
pub(super) fn blot(rng: &mut Rng) -> DigitImage {
    let smear = rng.uniform(1.0, 1.8);
    let mut strokes = Vec::new();
    for _ in 0..4 + rng.below(6) {
        let mut place = || [smear * HEIGHT * rng.uniform(0.3, 0.7), HEIGHT * rng.uniform(0.3, 0.7)];
        let [from, to] = [place(), place()];
        let radius = HEIGHT * rng.uniform(0.08, 0.26);
        strokes.push(vec![(from, radius), (to, radius * rng.uniform(0.6, 1.0))]);
    }
    finished(Drawing { strokes })
}
