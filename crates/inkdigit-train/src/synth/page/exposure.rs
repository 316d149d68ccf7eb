//! From ink on paper to gray levels: paper and pen, light and shadow, the lens, the sensor, JPEG.

use std::f32::consts::TAU;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use inkdigit_nn::Rng;
use rayon::prelude::*;

use super::camera::View;
use super::config::PageConfig;
use crate::synth::strokes::Point;
use inkdigit_image::preprocess::Ink;
use inkdigit_image::{GrayImage, PictureLimits};

/// Takes the picture.
pub(super) fn expose(config: &PageConfig, view: &View, mut ink: Ink, rng: &mut Rng) -> GrayImage {
    let (width, height) = (ink.width, ink.height);
    let seed = rng.next_u64();
    if config.pen.roughness > 0.0 {
        roughen(&mut ink, config.pen.roughness, seed);
    }
    if config.camera.blur > 0.0 {
        ink = blurred(&ink, config.camera.blur);
    }
    let light = Light::draw(config, [width as f32, height as f32], rng);
    let desk = (config.camera.desk > 0.0).then(|| (Desk::new(view.corners()), rng.uniform(30.0, 130.0)));
    let (paper, pen) = (config.paper.level, config.pen.level);
    let texture = Texture { seed, cell: 2.0 + 0.002 * width.min(height) as f32 };
    // The difference of two uniform numbers is near enough to a sensor's noise; that of 32-bit ones deviates
    // by 2^32 / sqrt(6).
    let noise = config.camera.noise * 6f32.sqrt() / (1u64 << 32) as f32;

    let mut pixels = vec![0; width * height];
    pixels.par_chunks_mut(width).zip(ink.values.par_chunks(width)).enumerate().for_each(|(y, (out, ink))| {
        let mut rng = Rng::stream(seed, &[y as u64]);
        for (x, (out, &ink)) in out.iter_mut().zip(ink).enumerate() {
            let at = [x as f32 + 0.5, y as f32 + 0.5];
            let mut level = paper + ink * (pen - paper);
            if config.paper.grain > 0.0 {
                level += config.paper.grain * texture.at(at);
            }
            if let Some((desk, wood)) = &desk {
                level += desk.share(at) * (wood - level);
            }
            level *= light.at(at);
            if noise > 0.0 {
                let bits = rng.next_u64();
                level += noise * (bits as u32 as f32 - (bits >> 32) as f32);
            }
            *out = level.round().clamp(0.0, 255.0) as u8;
        }
    });
    let picture = GrayImage::new(width, height, pixels).expect("a page has as many pixels as its size says");
    match config.camera.jpeg_quality {
        Some(quality) => through_jpeg(&picture, quality),
        None => picture,
    }
}

/// What JPEG leaves of a picture.
fn through_jpeg(picture: &GrayImage, quality: u8) -> GrayImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(picture.pixels(), picture.width() as u32, picture.height() as u32, ExtendedColorType::L8)
        .expect("a page is smaller than JPEG's largest picture, and memory takes any");
    GrayImage::decode(&bytes, PictureLimits::default()).expect("what was just encoded can be decoded")
}

/// A number from -1 to 1 that depends on a place alone (the mixing step of SplitMix64).
fn hash(seed: u64, x: i64, y: i64) -> f32 {
    let mut z = seed
        .wrapping_add((x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add((y as u64).wrapping_mul(0xd6e8_feb8_6659_fd93));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) as u32 as f32) * (1.0 / (1u64 << 31) as f32) - 1.0
}

/// The fibres of paper: random levels on a lattice, interpolated.
struct Texture {
    seed: u64,
    /// Pixels between the nodes of the lattice.
    cell: f32,
}

impl Texture {
    /// Of deviation about 1.
    fn at(&self, [x, y]: Point) -> f32 {
        let (u, v) = (x / self.cell, y / self.cell);
        let (i, j) = (u as i64, v as i64);
        let row = |j: i64| {
            let (left, right) = (hash(self.seed, i, j), hash(self.seed, i + 1, j));
            left + u.fract() * (right - left)
        };
        let (above, below) = (row(j), row(j + 1));
        // Uniform nodes have deviation 1 / sqrt(3), of which bilinear interpolation leaves two thirds.
        2.6 * (above + v.fract() * (below - above))
    }
}

/// Lets rough paper take less ink in places.
fn roughen(ink: &mut Ink, roughness: f32, seed: u64) {
    let width = ink.width;
    let texture = Texture { seed: !seed, cell: 1.7 };
    ink.values.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        for (x, value) in row.iter_mut().enumerate().filter(|(_, value)| **value > 0.0) {
            let missing = (0.5 + 0.5 * texture.at([x as f32, y as f32])).clamp(0.0, 1.0);
            *value *= 1.0 - roughness * missing;
        }
    });
}

/// Blurred by a Gaussian of this deviation, separably.
fn blurred(ink: &Ink, sigma: f32) -> Ink {
    let reach = (2.5 * sigma).ceil() as usize;
    let weight = |i: usize| (-0.5 * (i as f32 / sigma).powi(2)).exp();
    let total: f32 = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f32>();
    let weights: Vec<f32> = (0..=reach).map(|i| weight(i) / total).collect();
    let (width, height) = (ink.width, ink.height);

    let mut across = vec![0.0; width * height];
    across.par_chunks_mut(width).zip(ink.values.par_chunks(width)).for_each(|(out, row)| {
        // Most rows of a page are empty.
        if row.iter().all(|&v| v == 0.0) {
            return;
        }
        for (x, out) in out.iter_mut().enumerate() {
            let beside = |i: usize| row[x.saturating_sub(i)] + row[(x + i).min(width - 1)];
            *out = weights[0] * row[x] + (1..=reach).map(|i| weights[i] * beside(i)).sum::<f32>();
        }
    });
    let mut values = vec![0.0; width * height];
    values.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        for offset in -(reach as isize)..=reach as isize {
            let source = (y as isize + offset).clamp(0, height as isize - 1) as usize;
            let weight = weights[offset.unsigned_abs()];
            for (out, value) in out.iter_mut().zip(&across[source * width..][..width]) {
                *out += weight * value;
            }
        }
    });
    Ink { width, height, values }
}

/// How much light falls where.
struct Light {
    size: Point,
    /// The direction in which it fades, with the loss on the way.
    fading: (Point, f32),
    vignetting: f32,
    shadow: Shadow,
}

/// A shadow beyond a wavy, soft edge.
struct Shadow {
    depth: f32,
    direction: Point,
    /// Of the edge, from the middle of the picture, in shares of its size.
    distance: f32,
    softness: f32,
    wave: Point,
}

impl Light {
    fn draw(config: &PageConfig, size: Point, rng: &mut Rng) -> Self {
        let mut direction = || {
            let (sin, cos) = rng.uniform(0.0, TAU).sin_cos();
            [cos, sin]
        };
        let (fades, falls) = (direction(), direction());
        let shadow = Shadow {
            depth: config.camera.shadow,
            direction: falls,
            distance: rng.uniform(-0.3, 0.3),
            softness: rng.uniform(0.005, 0.15),
            wave: [rng.uniform(0.0, 0.1), rng.uniform(0.0, TAU)],
        };
        Self {
            size,
            fading: (fades, config.camera.uneven_light),
            vignetting: config.camera.vignetting,
            shadow,
        }
    }

    /// The share of light that reaches a place: 0 to 1.
    fn at(&self, [x, y]: Point) -> f32 {
        let (u, v) = (x / self.size[0] - 0.5, y / self.size[1] - 0.5);
        let (direction, loss) = self.fading;
        let toward = (direction[0] * u + direction[1] * v) / std::f32::consts::SQRT_2 + 0.5;
        let mut light = (1.0 - loss * toward) * (1.0 - self.vignetting * 2.0 * (u * u + v * v));
        let shadow = &self.shadow;
        if shadow.depth > 0.0 {
            let along = shadow.direction[0] * v - shadow.direction[1] * u;
            let edge = shadow.distance + shadow.wave[0] * (shadow.wave[1] + 6.0 * along).sin();
            let beyond = (shadow.direction[0] * u + shadow.direction[1] * v - edge) / shadow.softness;
            // Smooth from light to dark over the width of the edge.
            let t = (0.5 + 0.5 * beyond).clamp(0.0, 1.0);
            light *= 1.0 - shadow.depth * t * t * (3.0 - 2.0 * t);
        }
        light
    }
}

/// What shows around the paper.
struct Desk {
    /// The paper's sides as outward normals with their distance from the origin.
    sides: [(Point, f32); 4],
}

impl Desk {
    fn new(corners: [Point; 4]) -> Self {
        let sides = [0, 1, 2, 3].map(|i| {
            let (from, to) = (corners[i], corners[(i + 1) % 4]);
            let along = [to[0] - from[0], to[1] - from[1]];
            let length = along[0].hypot(along[1]).max(1e-3);
            let outward = [along[1] / length, -along[0] / length];
            (outward, outward[0] * from[0] + outward[1] * from[1])
        });
        Self { sides }
    }

    /// 1 outside the paper, 0 on it, soft over a pixel.
    fn share(&self, [x, y]: Point) -> f32 {
        let beyond = self.sides.iter().map(|(normal, distance)| normal[0] * x + normal[1] * y - distance);
        (beyond.fold(f32::MIN, f32::max) + 0.5).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Camera, Paper, Writing, page};
    use super::*;

    /// A page without writing, its pixels' mean and deviation.
    fn blank(paper: Paper, camera: Camera) -> (GrayImage, f64, f64) {
        let base = PageConfig::default();
        let writing = Writing { lines: 0, ..base.writing.clone() };
        let image = page(&PageConfig { writing, paper, camera, ..base }, &mut Rng::new(5)).image;
        let count = image.pixels().len() as f64;
        let mean = image.pixels().iter().map(|&p| p as f64).sum::<f64>() / count;
        let square = image.pixels().iter().map(|&p| (p as f64 - mean).powi(2)).sum::<f64>() / count;
        (image, mean, square.sqrt())
    }

    fn base() -> (Paper, Camera) {
        let PageConfig { paper, camera, .. } = PageConfig::default();
        (Paper { level: 150.0, ..paper }, camera)
    }

    #[test]
    fn noise_and_grain_have_the_deviation_that_was_asked_for() {
        let (paper, camera) = base();
        let (_, mean, deviation) = blank(paper.clone(), Camera { noise: 6.0, ..camera });
        assert!((mean - 150.0).abs() < 0.2 && (deviation - 6.0).abs() < 0.2, "{mean} {deviation}");
        let (_, _, deviation) = blank(Paper { grain: 6.0, ..paper }, camera);
        assert!((deviation - 6.0).abs() < 0.9, "{deviation}");
    }

    #[test]
    fn light_is_lost_where_it_should() {
        let (paper, camera) = base();
        assert_eq!(blank(paper.clone(), camera).2, 0.0);
        let (image, ..) = blank(paper.clone(), Camera { vignetting: 0.5, ..camera });
        assert!(image.at(500, 350) == 150 && image.at(0, 0) < 80, "{}", image.at(0, 0));
        let (_, mean, deviation) = blank(paper.clone(), Camera { shadow: 0.5, ..camera });
        assert!(mean < 140.0 && deviation > 20.0, "{mean} {deviation}");
        let (image, ..) = blank(paper, Camera { desk: 0.1, ..camera });
        assert!(image.at(500, 350) == 150 && image.at(5, 5) < 131);
    }

    #[test]
    fn blur_keeps_the_ink() {
        let mut ink = Ink { width: 40, height: 30, values: vec![0.0; 1200] };
        ink.values[15 * 40 + 20] = 1.0;
        let soft = blurred(&ink, 2.0);
        assert!((soft.values.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((soft.values[15 * 40 + 20] - 1.0 / (TAU * 4.0)).abs() < 2e-3);
    }
}
