//! What lenses, sensors, scanners and files make of a picture: blur, noise, tone, two levels, JPEG.

use inkdigit_nn::Rng;

use super::geometry::direction;
use super::jpeg;
use super::plane::Plane;
use super::random::{Choose, Cloud};

/// How a picture came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// A telephone or a camera.
    Photograph,
    /// A flat-bed scanner: even light, sharp.
    Scan,
    /// A scanner or a telefax with two levels.
    Binary,
    /// A drawing program, a tablet, a screenshot.
    Screen,
}

impl Medium {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        [Self::Photograph, Self::Scan, Self::Binary, Self::Screen][rng.weighted(&[0.52, 0.22, 0.1, 0.16])]
    }
}

/// What of a picture decides how much it can bear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Legibility {
    /// Of digits, in pixels.
    pub height: f32,
    /// The paper's level.
    pub paper: f32,
    /// Between paper and ink, in levels.
    pub contrast: f32,
    /// The pen's width in pixels.
    pub pen: f32,
}

/// Takes the picture.
pub(super) fn expose(
    picture: &mut Plane,
    medium: Medium,
    legible: Legibility,
    difficulty: f32,
    rng: &mut Rng,
) {
    match medium {
        Medium::Photograph => photograph(picture, legible, difficulty, rng),
        Medium::Scan => {
            if rng.chance(0.6 * difficulty) {
                picture.blur(rng.uniform(0.2, 0.8).min(0.04 * legible.height));
            }
            noise(picture, rng.uniform(0.0, 4.0) * difficulty, rng);
            tone(picture, difficulty, rng);
            compress(picture, 0.25 * difficulty, rng);
        }
        Medium::Binary => {
            if rng.chance(0.7 * difficulty) {
                picture.blur(rng.uniform(0.3, 0.9).min(0.04 * legible.height));
            }
            noise(picture, rng.uniform(0.0, 0.12) * legible.contrast * difficulty, rng);
            two_levels(picture, legible, rng);
            if rng.chance(0.5 * difficulty) {
                salt_and_pepper(picture, rng);
            }
            if rng.chance(0.3) {
                picture.blur(rng.uniform(0.3, 0.6));
            }
            compress(picture, 0.15 * difficulty, rng);
        }
        Medium::Screen => {
            if rng.chance(0.25 * difficulty) {
                picture.blur(rng.uniform(0.3, 0.9).min(0.04 * legible.height));
            }
            compress(picture, 0.2 * difficulty, rng);
        }
    }
}

fn photograph(picture: &mut Plane, legible: Legibility, difficulty: f32, rng: &mut Rng) {
    // A thin pen on a small digit is gone with little blur.
    let most = (0.075 * legible.height).min(0.5 + 0.9 * legible.pen);
    if rng.chance(0.75 * difficulty) {
        picture.blur(if rng.chance(0.75) {
            rng.uniform(0.2, 0.5) * most
        } else {
            rng.uniform(0.5, 1.0) * most
        });
    }
    if rng.chance(0.08 * difficulty) {
        shake(picture, (1.6 * most).min(6.0), rng);
    }
    if rng.chance(0.15 * difficulty) {
        coarse(picture, legible, rng);
    }
    let noisy = if rng.chance(0.75) { rng.uniform(0.0, 5.0) } else { rng.uniform(3.0, 26.0) };
    let bearable = 0.26 * legible.contrast * (legible.pen.min(3.0) / 2.0).clamp(0.35, 1.0);
    let noisy = noisy.min(bearable) * difficulty;
    if rng.chance(0.25) {
        grain(picture, noisy, rng);
    } else {
        noise(picture, noisy, rng);
    }
    if rng.chance(0.2 * difficulty) {
        sharpen(picture, rng);
    }
    tone(picture, difficulty, rng);
    compress(picture, 0.4 * difficulty, rng);
}

/// A picture of few pixels that was enlarged, its noise and the blocks of its JPEG with it.
fn coarse(picture: &mut Plane, legible: Legibility, rng: &mut Rng) {
    // With fewer rows than that even a person guesses.
    let most = (legible.height / 9.0).min(2.6);
    if most < 1.15 {
        return;
    }
    let scale = rng.uniform(1.1, most);
    let length = |side: usize| ((side as f32 / scale).round() as usize).max(1);
    picture.blur(0.3 * scale);
    let mut small = resampled(picture, [length(picture.width), length(picture.height)]);
    noise(&mut small, rng.uniform(0.0, 0.05) * legible.contrast, rng);
    compress(&mut small, 0.6, rng);
    *picture = resampled(&small, [picture.width, picture.height]);
}

/// At another size, interpolated linearly.
fn resampled(picture: &Plane, [width, height]: [usize; 2]) -> Plane {
    let mut out = Plane::new(width, height, 0.0);
    let (across, down) = (picture.width as f32 / width as f32, picture.height as f32 / height as f32);
    for (y, row) in out.rows_mut() {
        for (x, value) in row.iter_mut().enumerate() {
            *value = picture.sample([(x as f32 + 0.5) * across, y * down]);
        }
    }
    out
}

/// A sensor's noise: each pixel's own, nearly normal.
fn noise(picture: &mut Plane, deviation: f32, rng: &mut Rng) {
    if deviation < 0.3 {
        return;
    }
    // The sum of four bytes is nearly normal, with a deviation of 2 * 255 / sqrt(12).
    let scale = deviation / 147.8;
    for pair in picture.values.chunks_mut(2) {
        let bytes = rng.next_u64().to_le_bytes();
        for (value, four) in pair.iter_mut().zip(bytes.chunks_exact(4)) {
            let sum: u32 = four.iter().map(|&byte| byte as u32).sum();
            *value += scale * (sum as f32 - 510.0);
        }
    }
}

/// Film grain, or noise that a telephone's software has smoothed: blots of some pixels.
fn grain(picture: &mut Plane, deviation: f32, rng: &mut Rng) {
    if deviation < 0.3 {
        return;
    }
    // Interpolated uniform levels deviate by some 0.4.
    let cell = rng.uniform(1.2, 2.2);
    Cloud::new(cell, rng).over(picture, |level, cloud| *level += 2.5 * deviation * cloud);
}

/// A hand that moved.
fn shake(picture: &mut Plane, most: f32, rng: &mut Rng) {
    let taps = |length: f32| {
        let reach = (length / 2.0).ceil() as usize;
        let weight = |i: usize| (length / 2.0 + 0.5 - i.abs_diff(reach) as f32).clamp(0.0, 1.0);
        let total: f32 = (0..2 * reach + 1).map(weight).sum();
        (0..2 * reach + 1).map(|i| weight(i) / total).collect::<Vec<f32>>()
    };
    let [across, down] =
        direction(rng.pick(&[0.0, 1.57, 0.8])).map(|part| part.abs() * rng.uniform(1.0, most.max(1.1)));
    picture.convolve_rows(&taps(across));
    picture.convolve_columns(&taps(down));
}

/// What telephones do for crisp edges: bright seams along dark strokes.
fn sharpen(picture: &mut Plane, rng: &mut Rng) {
    let mut soft = picture.clone();
    soft.blur(rng.uniform(0.7, 1.6));
    let strength = rng.uniform(0.3, 1.4);
    for (level, soft) in picture.values.iter_mut().zip(&soft.values) {
        *level += strength * (*level - soft);
    }
}

/// Exposure and contrast.
fn tone(picture: &mut Plane, difficulty: f32, rng: &mut Rng) {
    if rng.chance(0.3 * difficulty) {
        let contrast = rng.uniform(0.45, 1.15);
        let lift = rng.uniform(-10.0, 60.0).min(255.0 * (1.0 - contrast) + 25.0);
        picture.values.iter_mut().for_each(|level| *level = *level * contrast + lift);
    }
}

/// Black and white, by a threshold between ink and paper, or by one that follows the light.
fn two_levels(picture: &mut Plane, legible: Legibility, rng: &mut Rng) {
    let mut around = picture.clone();
    if rng.chance(0.6) {
        around.values.fill(legible.paper);
    } else {
        around.blur(0.35 * legible.height);
    }
    let below = legible.contrast * rng.uniform(0.2, 0.5);
    let (dark, light) =
        if rng.chance(0.8) { (0.0, 255.0) } else { (rng.uniform(0.0, 50.0), rng.uniform(190.0, 255.0)) };
    for (level, around) in picture.values.iter_mut().zip(&around.values) {
        *level = if *level < around - below { dark } else { light };
    }
}

/// Single pixels that are wrong.
fn salt_and_pepper(picture: &mut Plane, rng: &mut Rng) {
    let count = (picture.values.len() as f32 * rng.log_uniform(0.0003, 0.012)) as usize;
    for _ in 0..count {
        let i = rng.below(picture.values.len());
        picture.values[i] = if rng.chance(0.6) { 0.0 } else { 255.0 };
    }
}

/// Through JPEG, with this probability.
fn compress(picture: &mut Plane, probability: f32, rng: &mut Rng) {
    if rng.chance(probability) {
        let quality = if rng.chance(0.7) { rng.uniform(45.0, 92.0) } else { rng.uniform(18.0, 50.0) };
        jpeg::compress(picture, quality, [rng.below(8), rng.below(8)]);
    }
}
