//! The hand: a sign's points moved a little, bent into smooth curves, slanted and stretched.

use inkdigit_nn::Rng;

use super::pen::Drawing;
use super::strokes::{Point, Way, ways_of_writing};

/// How one person writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    /// Sideways for each step up; most people slant to the right.
    pub slant: f32,
    /// Width of a sign's square by its height.
    pub aspect: f32,
    /// Half the pen's width as a share of a digit's height.
    pub pen: f32,
    /// How far points stray, in units of the square.
    pub jitter: f32,
    /// How much the pressure varies along a stroke.
    pub pressure: f32,
}

impl Writer {
    /// Anyone.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            slant: (0.12 + 0.18 * rng.normal()).clamp(-0.4, 0.6),
            aspect: (0.84 + 0.15 * rng.normal()).clamp(0.5, 1.2),
            // From fine ballpoints to felt pens, as in MNIST: 1.3 to 4 of 20 pixels.
            pen: (0.06 * (0.3 * rng.normal()).exp()).clamp(0.032, 0.1),
            jitter: rng.uniform(0.015, 0.05),
            pressure: rng.uniform(0.0, 0.25),
        }
    }

    /// The same person, a moment later.
    pub(super) fn varied(&self, rng: &mut Rng) -> Self {
        Self {
            slant: self.slant + 0.05 * rng.normal(),
            aspect: (self.aspect * (1.0 + 0.08 * rng.normal())).clamp(0.4, 1.3),
            pen: self.pen * (1.0 + 0.06 * rng.normal()).max(0.5),
            ..*self
        }
    }

    /// One of the ways of writing `sign`, the unit square `height` pixels high with its upper left corner
    /// near the origin.
    ///
    /// # Panics
    /// If `sign` isn't a known one.
    pub(super) fn write(&self, sign: char, height: f32, rng: &mut Rng) -> Drawing {
        let ways = ways_of_writing(sign);
        let way = &ways[rng.below(ways.len())];
        // An upright 1 stays slim, a 0 may become round.
        let aspect = self.aspect.min(if sign == '1' { 0.85 } else { 1.3 });
        Self { aspect, ..*self }.follow(way, height, rng)
    }

    /// As [`Writer::write`], along the given strokes.
    pub(super) fn follow(&self, way: &Way, height: f32, rng: &mut Rng) -> Drawing {
        let hand = Hand::new(self, height, rng);
        Drawing { strokes: way.iter().map(|stroke| hand.write(stroke, rng)).collect() }
    }
}

/// How a writer holds the pen, for one sign.
struct Hand {
    /// From the unit square to pixels.
    matrix: [Point; 2],
    /// Half the pen's width, in pixels.
    radius: f32,
    /// As the writer's.
    jitter: f32,
    pressure: f32,
    /// A slow bend of the whole sign: amplitude and phase along each axis.
    bend: [(f32, f32); 2],
}

impl Hand {
    fn new(writer: &Writer, height: f32, rng: &mut Rng) -> Self {
        let angle = (0.06 * rng.normal()).clamp(-0.18, 0.18);
        let (sin, cos) = angle.sin_cos();
        let Writer { slant, aspect, pen, jitter, pressure } = *writer;
        let matrix = [
            [height * aspect * cos, height * (-slant * cos - sin)],
            [height * aspect * sin, height * (cos - slant * sin)],
        ];
        let bend = [0, 1].map(|_| (0.025 * rng.normal(), rng.uniform(0.0, std::f32::consts::TAU)));
        Self { matrix, radius: height * pen, jitter, pressure, bend }
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
pub(super) fn smooth(points: &[Point]) -> Vec<Point> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_pass_through_their_points_and_keep_corners() {
        let curve = smooth(&[[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        assert!(curve.contains(&[1.0, 0.0]) && curve.contains(&[1.0, 1.0]));
        assert!(curve.iter().all(|p| p[0] == 1.0 || p[1] == 0.0), "{curve:?}");
    }

    #[test]
    fn signs_are_about_as_high_as_asked() {
        let mut rng = Rng::new(1);
        for sign in ('0'..='9').chain('A'..='Z') {
            let extent = Writer::draw(&mut rng).write(sign, 100.0, &mut rng).extent();
            let height = extent.bottom - extent.top;
            assert!((70.0..160.0).contains(&height), "{sign}: {height}");
        }
    }
}
