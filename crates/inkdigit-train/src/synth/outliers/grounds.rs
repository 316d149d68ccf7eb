//! What fills a whole picture: nothing, noise, textures.

use std::f32::consts::TAU;

use inkdigit_nn::Rng;

use inkdigit_image::{DigitImage, IMAGE_PIXELS, IMAGE_SIDE};

/// A picture from the level (0 to 1) at each place (0 to 28 along both axes).
fn paint(mut level: impl FnMut(f32, f32) -> f32) -> DigitImage {
    let mut pixels = [0; IMAGE_PIXELS];
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = ((i % IMAGE_SIDE) as f32 + 0.5, (i / IMAGE_SIDE) as f32 + 0.5);
        *pixel = (255.0 * level(x, y)).round().clamp(0.0, 255.0) as u8;
    }
    DigitImage::new(pixels)
}

/// Nothing: an even ground, faint grain on it, or a few specks.
pub(super) fn blank(rng: &mut Rng) -> DigitImage {
    let ground = if rng.unit() < 0.5 { 0.0 } else { rng.uniform(0.0, 1.0) };
    let grain = rng.uniform(0.0, 0.06);
    let specks = rng.below(5);
    let speck: [(usize, f32); 4] = std::array::from_fn(|_| (rng.below(IMAGE_PIXELS), rng.unit()));
    let image = paint(|_, _| ground + grain * rng.uniform(-1.0, 1.0));
    let mut pixels = *image.pixels();
    for &(at, level) in &speck[..specks.min(speck.len())] {
        pixels[at] = (255.0 * level) as u8;
    }
    DigitImage::new(pixels)
}

/// Even noise, salt on dark, or clouds of some coarseness, soft or hard.
pub(super) fn noise(rng: &mut Rng) -> DigitImage {
    let strength = rng.uniform(0.3, 1.0);
    match rng.below(3) {
        0 => paint(|_, _| strength * rng.unit()),
        1 => {
            let share = rng.uniform(0.03, 0.5);
            paint(|_, _| if rng.unit() < share { strength } else { 0.0 })
        }
        _ => {
            // Bilinear between random levels on a coarse lattice.
            const NODES: usize = 16;
            let lattice: [[f32; NODES]; NODES] = std::array::from_fn(|_| std::array::from_fn(|_| rng.unit()));
            let cell = rng.uniform(2.0, 4.5);
            let hardness = rng.uniform(1.0, 12.0);
            paint(|x, y| {
                let (u, v) = (x / cell, y / cell);
                let (i, j) = (u as usize, v as usize);
                let row = |j: usize| lattice[j][i] + u.fract() * (lattice[j][i + 1] - lattice[j][i]);
                let level = row(j) + v.fract() * (row(j + 1) - row(j));
                strength * (0.5 + hardness * (level - 0.5)).clamp(0.0, 1.0)
            })
        }
    }
}

/// Hatching, dots, a checkerboard, or light and shadow.
pub(super) fn texture(rng: &mut Rng) -> DigitImage {
    let period = rng.uniform(3.0, 8.0);
    let (sin, cos) = rng.uniform(0.0, TAU).sin_cos();
    let (phase_u, phase_v) = (rng.uniform(0.0, TAU), rng.uniform(0.0, TAU));
    let hardness = rng.uniform(0.5, 3.0);
    let strength = rng.uniform(0.4, 1.0);
    let waves = move |x: f32, y: f32| {
        let (u, v) = (cos * x + sin * y, cos * y - sin * x);
        ((u * TAU / period + phase_u).sin(), (v * TAU / period + phase_v).sin())
    };
    let tone = move |wave: f32| strength * (0.5 + hardness * wave).clamp(0.0, 1.0);
    match rng.below(4) {
        0 => paint(|x, y| tone(waves(x, y).0)),
        1 => paint(|x, y| {
            let (u, v) = waves(x, y);
            tone((u + v) / 2.0 - 0.3)
        }),
        2 => paint(|x, y| {
            let (u, v) = waves(x, y);
            tone(u * v)
        }),
        _ => {
            // The edge of a shadow, near the middle.
            let soft = rng.uniform(0.3, 12.0);
            let offset = rng.uniform(-7.0, 7.0);
            let middle = IMAGE_SIDE as f32 / 2.0;
            paint(|x, y| {
                let distance = cos * (x - middle) + sin * (y - middle) + offset;
                strength * (0.5 + distance / soft).clamp(0.0, 1.0)
            })
        }
    }
}
