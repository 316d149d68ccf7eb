//! How light paper is before anything is written on it: fibres, clouds, stains, folds, what was printed so
//! that amounts can't be changed, what shows through from the back.

use inkdigit_nn::Rng;

use super::geometry::{Homography, Rect, direction};
use super::plane::Plane;
use super::random::{Choose, Cloud, wave};

/// Levels of paper and ink: 0 black to 255 white.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tones {
    pub paper: f32,
    pub ink: f32,
    pub print: f32,
}

impl Tones {
    /// Dark ink on light paper, with at least this difference.
    pub(super) fn on_paper(least: f32, rng: &mut Rng) -> Self {
        let paper = if rng.chance(0.6) { rng.uniform(185.0, 252.0) } else { rng.uniform(95.0, 200.0) };
        let faintest = (paper - least).max(0.0);
        let ink = if rng.chance(0.7) {
            rng.uniform(0.0, 0.45 * paper)
        } else {
            rng.uniform(0.3 * paper, 0.75 * paper)
        };
        let print = if rng.chance(0.6) { ink } else { rng.uniform(0.0, 0.6) * paper };
        Self { paper, ink: ink.min(faintest), print }
    }

    /// Chalk on a blackboard, a light pen on dark paper.
    pub(super) fn on_board(rng: &mut Rng) -> Self {
        let paper = rng.uniform(8.0, 95.0);
        let ink = rng.uniform(paper + 75.0, 255.0);
        Self { paper, ink, print: rng.uniform(paper + 20.0, ink) }
    }

    /// A drawing program.
    pub(super) fn on_screen(rng: &mut Rng) -> Self {
        match rng.below(6) {
            0..3 => Self { paper: 255.0, ink: 0.0, print: rng.uniform(0.0, 160.0) },
            3 => Self { paper: 0.0, ink: 255.0, print: rng.uniform(60.0, 255.0) },
            4 => Self { paper: rng.uniform(200.0, 255.0), ink: rng.uniform(0.0, 140.0), print: 100.0 },
            _ => Self { paper: rng.uniform(0.0, 60.0), ink: rng.uniform(150.0, 255.0), print: 120.0 },
        }
    }
}

/// Fibres and clouds.
pub(super) fn texture(ground: &mut Plane, contrast: f32, rng: &mut Rng) {
    if rng.chance(0.7) {
        let strength = 0.06 * contrast * rng.unit();
        Cloud::new(rng.uniform(0.8, 3.0), rng).over(ground, |level, fibre| *level += strength * fibre);
    }
    if rng.chance(0.5) {
        let strength = 0.12 * contrast * rng.unit();
        let cell = rng.log_uniform(8.0, 80.0);
        Cloud::new(cell, rng).over(ground, |level, cloud| *level += strength * cloud);
    }
}

/// Patterns of lines, dots and waves that fill cheques and certificates.
///
/// `contrast` is that of ink as a share of the paper's level: it is darker than any pattern.
pub(super) fn security(ground: &mut Plane, scale: f32, contrast: f32, rng: &mut Rng) {
    let layers = rng.between(1, 3);
    for _ in 0..layers {
        let strength = contrast * rng.uniform(0.06, 0.5) / (layers as f32).sqrt();
        match rng.below(5) {
            0..3 => guilloche(ground, scale, strength, rng),
            3 => halftone(ground, scale, strength, rng),
            _ => speckled(ground, strength, rng),
        }
    }
}

/// Waved lines, straight or around a point, as engraved.
fn guilloche(ground: &mut Plane, scale: f32, strength: f32, rng: &mut Rng) {
    let [cos, sin] = direction(rng.uniform(0.0, std::f32::consts::PI));
    let pitch = (scale * rng.log_uniform(0.08, 0.6)).max(2.2);
    let (amplitude, length) = (rng.uniform(0.0, 1.5), scale * rng.log_uniform(0.6, 6.0));
    let (second, beat) = (rng.uniform(0.0, 0.6), length * rng.uniform(0.2, 0.6));
    let narrow = rng.uniform(0.0, 0.85);
    let (w, h) = (ground.width as f32, ground.height as f32);
    let centre = [rng.uniform(-w, 2.0 * w), rng.uniform(-h, 2.0 * h)];
    let around = rng.chance(0.35);
    // As the pitch shrinks to a few pixels, lines melt into gray.
    for (y, row) in ground.rows_mut() {
        for (x, level) in row.iter_mut().enumerate() {
            let x = x as i32 as f32 - centre[0];
            let y = y - centre[1];
            let (across, along) =
                if around { ((x * x + y * y).sqrt(), x + y) } else { (cos * x + sin * y, cos * y - sin * x) };
            let bent = across + pitch * amplitude * (wave(along / length) + second * wave(along / beat));
            let line = ((wave(bent / pitch) - narrow) * 2.5).clamp(0.0, 1.0);
            *level *= 1.0 - strength * line;
        }
    }
}

/// A raster of dots.
fn halftone(ground: &mut Plane, scale: f32, strength: f32, rng: &mut Rng) {
    let [cos, sin] = direction(rng.uniform(0.0, std::f32::consts::PI));
    let pitch = (scale * rng.log_uniform(0.06, 0.3)).max(2.0);
    let large = rng.uniform(-0.2, 0.9);
    for (y, row) in ground.rows_mut() {
        for (x, level) in row.iter_mut().enumerate() {
            let x = x as i32 as f32;
            let (u, v) = ((cos * x + sin * y) / pitch, (cos * y - sin * x) / pitch);
            let dot = ((wave(u) + wave(v) - large) * 1.5).clamp(0.0, 1.0);
            *level *= 1.0 - strength * dot;
        }
    }
}

/// Coarse print of short worms, as on the ground of some cheques.
fn speckled(ground: &mut Plane, strength: f32, rng: &mut Rng) {
    let mut cloud = Cloud::new(rng.uniform(1.2, 3.0), rng);
    cloud.cell[rng.below(2)] *= rng.uniform(1.0, 3.0);
    let sparse = rng.uniform(-0.2, 0.3);
    cloud.over(ground, |level, speck| {
        *level *= 1.0 - strength * ((speck - sparse) * 3.0).clamp(0.0, 1.0);
    });
}

/// Folds: lines where the light on the paper changes; crumpled paper has many.
pub(super) fn folds(ground: &mut Plane, rng: &mut Rng) {
    let (w, h) = (ground.width as f32, ground.height as f32);
    let count = if rng.chance(0.8) { rng.between(1, 2) } else { rng.between(4, 9) };
    for _ in 0..count {
        let [cos, sin] = direction(if rng.chance(0.6) {
            rng.pick(&[0.0, std::f32::consts::FRAC_PI_2]) + 0.05 * rng.normal()
        } else {
            rng.uniform(0.0, std::f32::consts::PI)
        });
        let through = cos * rng.uniform(0.0, w) + sin * rng.uniform(0.0, h);
        let (step, crease) = (0.08 * rng.normal(), rng.uniform(-0.15, 0.1));
        let (reach, width) = (rng.log_uniform(6.0, 90.0), rng.uniform(0.6, 2.0));
        for (y, row) in ground.rows_mut() {
            for (x, level) in row.iter_mut().enumerate() {
                let far = cos * x as i32 as f32 + sin * y - through;
                let fades = 1.0 / (1.0 + (far / reach) * (far / reach));
                let side = (far / width).clamp(-1.0, 1.0);
                let line = 1.0 / (1.0 + (far / width) * (far / width));
                *level *= 1.0 + step * side * fades + crease * line;
            }
        }
    }
}

/// Rings and spots of coffee, water, grease: larger than any digit that is to be found, with soft edges.
pub(super) fn stains(ground: &mut Plane, least: f32, rng: &mut Rng) {
    for _ in 0..rng.between(1, 3) {
        let (w, h) = (ground.width as f32, ground.height as f32);
        let centre = [rng.uniform(-0.2, 1.2) * w, rng.uniform(-0.2, 1.2) * h];
        let radius = least * rng.uniform(0.7, 2.0);
        let (strength, rim) = (rng.uniform(0.03, 0.25), rng.uniform(0.0, 0.3));
        let (lobes, uneven) = (rng.between(2, 5) as f32, rng.uniform(0.0, 0.2));
        let reach = Rect::EMPTY.including(centre, 1.5 * radius);
        let columns = Plane::range(reach.left, reach.right, ground.width);
        for y in Plane::range(reach.top, reach.bottom, ground.height) {
            for x in columns.clone() {
                let (dx, dy) = (x as f32 - centre[0], y as f32 - centre[1]);
                let turn = dy.atan2(dx) / std::f32::consts::TAU;
                let edge = radius * (1.0 + uneven * wave(lobes * turn));
                let beyond = (dx * dx + dy * dy).sqrt() - edge;
                let inside = (0.5 - beyond / 3.0).clamp(0.0, 1.0);
                let ring = (1.0 - beyond.abs() / 3.0).max(0.0);
                ground.values[y * ground.width + x] *= 1.0 - strength * inside - rim * strength * ring;
            }
        }
    }
}

/// Specks of dirt, smaller than any point one writes.
pub(super) fn specks(ink: &mut Plane, view: &Homography, area: Rect, rng: &mut Rng) {
    let dense = rng.log_uniform(0.0001, 0.002);
    let count = (ink.values.len() as f32 * dense) as usize;
    for _ in 0..count.min(120) {
        let at = view.apply([rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)]);
        let radius = rng.uniform(0.2, 0.8);
        ink.polyline(&[(at, radius)], rng.uniform(0.2, 0.9));
    }
}
