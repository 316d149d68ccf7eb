//! Synthetic handwritten digits: drawn by a program, no person's writing. For tests and a first try without
//! any download; networks for real writing are trained on real writing.
//!
//! A digit is one of several ways of writing it (`strokes`), its points moved a little, bent into smooth
//! curves, slanted and stretched as a hand would, and drawn by a round pen whose width follows the pressure.

use inkdigit_nn::Rng;
use rayon::prelude::*;

use crate::data::Dataset;
use crate::image::{DigitImage, GrayImage, IMAGE_PIXELS};
use crate::preprocess::fit::Ink;

mod strokes;

/// A synthetic digit as a picture: a dark pen on light paper, of some size, somewhere on it.
///
/// # Panics
/// If `label` is over 9.
pub fn digit(label: u8, rng: &mut Rng) -> GrayImage {
    let height = rng.uniform(48.0, 160.0);
    let drawing = Drawing::new(label, height, rng);
    let margins: [f32; 4] = std::array::from_fn(|_| height * rng.uniform(0.1, 0.6));
    let (paper, pen) = (rng.uniform(215.0, 255.0), rng.uniform(0.0, 90.0));
    let ink = drawing.render(margins);
    // A little grain, as every scanner and camera adds.
    let grain = rng.uniform(0.0, 3.0);
    let tone = |&value: &f32| {
        let noise = grain * rng.uniform(-1.0, 1.0);
        (paper + value * (pen - paper) + noise).round().clamp(0.0, 255.0) as u8
    };
    let (width, height) = (ink.width, ink.height);
    GrayImage::new(width, height, ink.values.iter().map(tone).collect())
        .expect("a drawing has as many pixels as its size says, and some")
}

/// `count` synthetic digits in MNIST's form, the labels in turn; the same for the same `seed`.
pub fn dataset(count: usize, seed: u64) -> Dataset {
    let mut images = vec![0; count * IMAGE_PIXELS];
    images.par_chunks_mut(IMAGE_PIXELS).enumerate().for_each(|(index, out)| {
        let mut rng = Rng::stream(seed, &[index as u64]);
        // 100 pixels are fine enough for the reduction to 20 to look like a scanner's.
        let ink = Drawing::new((index % 10) as u8, 100.0, &mut rng).render([2.0; 4]);
        let blank = DigitImage::new([0; IMAGE_PIXELS]);
        let digit = ink.tight_box(0.5).map_or(blank, |tight| ink.fit_and_centre(tight));
        out.copy_from_slice(digit.pixels());
    });
    let labels = (0..count).map(|index| (index % 10) as u8).collect();
    Dataset::new(images, labels).expect("as many labels as images, none over 9")
}

type Point = [f32; 2];

/// The path of the pen, in pixels, with its half width at each point.
struct Drawing {
    strokes: Vec<Vec<(Point, f32)>>,
}

impl Drawing {
    fn new(label: u8, height: f32, rng: &mut Rng) -> Self {
        let ways = strokes::ways_of_writing(label);
        let way = ways[rng.below(ways.len())];
        let hand = Hand::draw(label, height, rng);
        let strokes = way.iter().map(|stroke| hand.write(stroke, rng)).collect();
        Self { strokes }
    }

    /// The ink on a canvas with these margins: left, top, right, bottom.
    fn render(&self, [left, top, right, bottom]: [f32; 4]) -> Ink {
        let points = || self.strokes.iter().flatten();
        let edge = |axis: usize, side: f32| {
            let reach = points().map(|(point, radius)| side * point[axis] + radius);
            side * reach.fold(f32::MIN, f32::max)
        };
        let (first_x, first_y) = (edge(0, -1.0) - left, edge(1, -1.0) - top);
        let width = (edge(0, 1.0) + right - first_x).ceil().max(1.0) as usize;
        let height = (edge(1, 1.0) + bottom - first_y).ceil().max(1.0) as usize;
        let mut ink = Ink { width, height, values: vec![0.0; width * height] };
        for stroke in &self.strokes {
            for pair in stroke.windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|([x, y], r)| ([x - first_x, y - first_y], r));
                draw_segment(&mut ink, a, b);
            }
        }
        ink
    }
}

/// How one person holds the pen, this time.
struct Hand {
    /// From the unit square to pixels.
    matrix: [Point; 2],
    /// Half the pen's width, in pixels.
    radius: f32,
    /// How far points stray, in units of the square.
    jitter: f32,
    /// How much the pressure varies along a stroke.
    pressure: f32,
    /// A slow bend of the whole digit: amplitude and phase along each axis.
    bend: [(f32, f32); 2],
}

impl Hand {
    fn draw(label: u8, height: f32, rng: &mut Rng) -> Self {
        // Most people slant to the right.
        let slant = (0.12 + 0.18 * rng.normal()).clamp(-0.4, 0.6);
        let angle = (0.06 * rng.normal()).clamp(-0.18, 0.18);
        // An upright 1 stays slim, a 0 may become round.
        let aspect = (0.84 + 0.15 * rng.normal()).clamp(0.5, if label == 1 { 0.85 } else { 1.2 });
        let (sin, cos) = angle.sin_cos();
        let matrix = [
            [height * aspect * cos, height * (-slant * cos - sin)],
            [height * aspect * sin, height * (cos - slant * sin)],
        ];
        // From fine ballpoints to felt pens, as in MNIST: 1.3 to 4 of 20 pixels.
        let radius = height * (0.06 * (0.3 * rng.normal()).exp()).clamp(0.032, 0.1);
        let bend = [0, 1].map(|_| (0.025 * rng.normal(), rng.uniform(0.0, std::f32::consts::TAU)));
        Self { matrix, radius, jitter: rng.uniform(0.015, 0.05), pressure: rng.uniform(0.0, 0.25), bend }
    }

    /// One stroke: its points moved, bent into a curve and laid on the paper.
    fn write(&self, stroke: &[Point], rng: &mut Rng) -> Vec<(Point, f32)> {
        let mut moved: Vec<Point> = Vec::with_capacity(stroke.len());
        for (i, &point) in stroke.iter().enumerate() {
            // The two points of a corner must stay together.
            let corner = i > 0 && stroke[i - 1] == point;
            // The ends of a stroke stray most.
            let free = if i == 0 || i + 1 == stroke.len() { 1.5 } else { 1.0 };
            let stray = |at: f32, rng: &mut Rng| at + free * self.jitter * rng.normal();
            moved.push(match moved.last() {
                Some(&last) if corner => last,
                _ => [stray(point[0], rng), stray(point[1], rng)],
            });
        }
        let curve = smooth(&moved);
        let (phase, waves) = (rng.uniform(0.0, std::f32::consts::TAU), rng.uniform(0.5, 1.5));
        let last = (curve.len() - 1).max(1) as f32;
        let lay = |(i, &point): (usize, &Point)| {
            let along = i as f32 / last;
            let wave = (phase + waves * std::f32::consts::TAU * along).sin();
            // The pen touches down and lifts off.
            let lift = 1.0 - self.pressure * (1.0 - (8.0 * along.min(1.0 - along)).min(1.0));
            (self.to_paper(point), self.radius * (1.0 + 0.5 * self.pressure * wave) * lift)
        };
        curve.iter().enumerate().map(lay).collect()
    }

    fn to_paper(&self, [x, y]: Point) -> Point {
        let bent = |at: f32, other: f32, (amplitude, phase): (f32, f32)| {
            at + amplitude * (phase + std::f32::consts::TAU * 0.7 * other).sin()
        };
        let (x, y) = (bent(x, y, self.bend[0]), bent(y, x, self.bend[1]));
        self.matrix.map(|row| row[0] * x + row[1] * y)
    }
}

/// A curve through all points (Catmull and Rom, 1974), but with a corner where a point is given twice.
fn smooth(points: &[Point]) -> Vec<Point> {
    const STEPS: usize = 10;
    let mut curve = Vec::with_capacity(points.len() * STEPS);
    let mut start = 0;
    for end in 1..=points.len() {
        // A run goes from one corner to the next.
        if end < points.len() && points[end] != points[end - 1] {
            continue;
        }
        let run = &points[start..end];
        let at = |i: isize| run[i.clamp(0, run.len() as isize - 1) as usize];
        for i in 0..run.len() as isize - 1 {
            let [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
            for step in 0..STEPS {
                let t = step as f32 / STEPS as f32;
                curve.push([0, 1].map(|axis| {
                    let (p0, p1, p2, p3) = (before[axis], from[axis], to[axis], after[axis]);
                    let (a, b) = (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3, 3.0 * (p1 - p2) + p3 - p0);
                    p1 + 0.5 * t * (p2 - p0 + t * (a + t * b))
                }));
            }
        }
        curve.extend(run.last());
        start = end;
    }
    curve
}

/// Draws a straight piece with round ends, its edges one pixel soft.
fn draw_segment(ink: &mut Ink, (from, radius_from): (Point, f32), (to, radius_to): (Point, f32)) {
    let reach = radius_from.max(radius_to) + 1.0;
    let range = |axis: usize, size: usize| {
        let low = (from[axis].min(to[axis]) - reach).max(0.0) as usize;
        let high = (from[axis].max(to[axis]) + reach).ceil().max(0.0) as usize;
        low.min(size)..high.min(size)
    };
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
    for y in range(1, ink.height) {
        for x in range(0, ink.width) {
            let to_pixel = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
            let t = ((to_pixel[0] * along[0] + to_pixel[1] * along[1]) / length).clamp(0.0, 1.0);
            let distance = (to_pixel[0] - t * along[0]).hypot(to_pixel[1] - t * along[1]);
            let radius = radius_from + t * (radius_to - radius_from);
            let value = &mut ink.values[y * ink.width + x];
            *value = value.max((radius - distance + 0.5).clamp(0.0, 1.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::preprocess;

    #[test]
    fn the_same_seed_draws_the_same_digits() {
        assert_eq!(dataset(30, 4), dataset(30, 4));
        assert_ne!(dataset(30, 4), dataset(30, 5));
        assert_eq!(digit(7, &mut Rng::new(1)), digit(7, &mut Rng::new(1)));
    }

    #[test]
    fn digits_look_like_mnist_in_ink_size_and_place() {
        let data = dataset(500, 1);
        assert_eq!(data.counts(), [50; 10]);
        let mean = data.images().iter().map(|&p| p as f64).sum::<f64>() / data.images().len() as f64;
        // MNIST's mean is 33.3.
        assert!((25.0..42.0).contains(&mean), "{mean}");
        // All but those whose outermost row or column of ink is too faint for a gray level.
        let digits = (0..data.len()).filter_map(|i| data.get(i)).map(|(digit, _)| digit);
        let fitted = digits.filter(|digit| preprocess(&digit.to_gray()) == Some(*digit)).count();
        assert!(fitted >= 480, "{fitted} of 500 are in MNIST's form");
    }

    #[test]
    fn pictures_are_dark_on_light_and_read_back_as_drawn() {
        for seed in 0..50 {
            let picture = digit((seed % 10) as u8, &mut Rng::new(seed));
            let mut levels = picture.pixels().to_vec();
            levels.sort_unstable();
            assert!(levels[levels.len() / 2] > 200, "mostly paper");
            let digit = preprocess(&picture).expect("something is drawn");
            let ink = digit.pixels().iter().filter(|&&p| p > 127).count();
            assert!((20..300).contains(&ink), "{ink}\n{digit:?}");
        }
    }

    #[test]
    fn curves_pass_through_their_points_and_keep_corners() {
        let curve = smooth(&[[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        assert!(curve.contains(&[1.0, 0.0]) && curve.contains(&[1.0, 1.0]));
        assert!(curve.iter().all(|p| p[0] == 1.0 || p[1] == 0.0), "{curve:?}");
    }
}
