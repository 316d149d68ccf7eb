//! Light on the paper: uneven, shadowed by hands and telephones, too much of it in one place, lost toward the
//! corners and at the fold of a book.

use inkdigit_nn::Rng;

use super::geometry::direction;
use super::plane::Plane;
use super::random::{Choose, wave};

/// Lights a picture; `difficulty` from 0, which changes nothing, to 1.
pub(super) fn light(picture: &mut Plane, difficulty: f32, rng: &mut Rng) {
    let comes = |share: f32, rng: &mut Rng| rng.chance(share * difficulty);
    if comes(0.55, rng) {
        fade(picture, rng.uniform(0.05, 0.5) * difficulty, rng);
    }
    if comes(0.3, rng) {
        vignette(picture, rng.uniform(0.15, 0.85) * difficulty, rng);
    }
    if comes(0.22, rng) {
        shadow(picture, rng.uniform(0.15, 0.6) * difficulty, rng);
    }
    if comes(0.12, rng) {
        glare(picture, rng.uniform(20.0, 110.0) * difficulty, rng);
    }
    if comes(0.14, rng) {
        dark_edge(picture, rng);
    }
}

/// Multiplies every pixel by a function of its place, from -0.5 to 0.5 along both axes.
fn multiply(picture: &mut Plane, factor: impl Fn(f32, f32) -> f32) {
    let (w, h) = (1.0 / picture.width as f32, 1.0 / picture.height as f32);
    for (y, row) in picture.rows_mut() {
        let v = y * h - 0.5;
        for (x, level) in row.iter_mut().enumerate() {
            *level *= factor((x as i32 as f32 + 0.5) * w - 0.5, v);
        }
    }
}

/// A lamp or a window at one side.
fn fade(picture: &mut Plane, loss: f32, rng: &mut Rng) {
    let [cos, sin] = direction(rng.uniform(0.0, 6.3));
    multiply(picture, |x, y| 1.0 - loss * (0.5 + 0.7 * (cos * x + sin * y)).clamp(0.0, 1.0));
}

/// Darker toward the corners, or all around a lamp's cone.
fn vignette(picture: &mut Plane, loss: f32, rng: &mut Rng) {
    let [x0, y0] = [0, 1].map(|_| rng.uniform(-0.15, 0.15));
    let steep = rng.uniform(1.0, 2.5);
    multiply(picture, |x, y| {
        let far = (x - x0) * (x - x0) + (y - y0) * (y - y0);
        1.0 - loss * (steep * far).min(1.0)
    });
}

/// A shadow beyond a waved edge, hard or soft.
fn shadow(picture: &mut Plane, depth: f32, rng: &mut Rng) {
    let [cos, sin] = direction(rng.uniform(0.0, 6.3));
    let (edge, soft) = (rng.uniform(-0.4, 0.4), rng.log_uniform(0.004, 0.3));
    let (swing, length, phase) = (rng.uniform(0.0, 0.08), rng.uniform(0.3, 1.2), rng.unit());
    multiply(picture, |x, y| {
        let waved = swing * wave(phase + (cos * y - sin * x) / length);
        let inside = ((cos * x + sin * y + waved - edge) / soft + 0.5).clamp(0.0, 1.0);
        1.0 - depth * inside * inside * (3.0 - 2.0 * inside)
    });
}

/// A reflection of a lamp or a flash.
fn glare(picture: &mut Plane, strength: f32, rng: &mut Rng) {
    let [x0, y0] = [0, 1].map(|_| rng.uniform(-0.5, 0.5));
    let (wide, high) = (rng.log_uniform(3.0, 60.0), rng.log_uniform(3.0, 60.0));
    let (w, h) = (1.0 / picture.width as f32, 1.0 / picture.height as f32);
    for (y, row) in picture.rows_mut() {
        let v = y * h - 0.5 - y0;
        for (x, level) in row.iter_mut().enumerate() {
            let u = (x as i32 as f32 + 0.5) * w - 0.5 - x0;
            // Near enough to a Gaussian.
            let far = 1.0 + wide * u * u + high * v * v;
            *level += strength / (far * far);
        }
    }
}

/// The edge of a scanner's bed, of a book's page, of a copy: a dark strip at one or two sides.
fn dark_edge(picture: &mut Plane, rng: &mut Rng) {
    for _ in 0..rng.between(1, 2) {
        let side = rng.below(4);
        let (width, soft) = (rng.log_uniform(1.0, 26.0), rng.log_uniform(0.5, 16.0));
        let slant = 0.02 * rng.normal();
        let dark = rng.uniform(0.3, 1.0);
        let (w, h) = (picture.width as f32, picture.height as f32);
        for (y, row) in picture.rows_mut() {
            for (x, level) in row.iter_mut().enumerate() {
                let x = x as i32 as f32 + 0.5;
                let inward = match side {
                    0 => x + slant * y,
                    1 => w - x + slant * y,
                    2 => y + slant * x,
                    _ => h - y + slant * x,
                };
                *level *= 1.0 - dark * ((width - inward) / soft + 0.5).clamp(0.0, 1.0);
            }
        }
    }
}
