//! The pen on the paper: what was drawn as paths with widths, and how they become ink.

use inkdigit_nn::Rng;

use super::strokes::Point;
use inkdigit_image::preprocess::Ink;

/// The path of the pen, in pixels, with its half width at each point. At least one stroke, none of them empty.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    pub strokes: Vec<Vec<(Point, f32)>>,
}

/// How far ink reaches, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Extent {
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn middle(&self) -> Point {
        [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0]
    }
}

impl Drawing {
    /// A straight line of the same width all along.
    pub(super) fn line(from: Point, to: Point, radius: f32) -> Self {
        Self { strokes: vec![vec![(from, radius), (to, radius)]] }
    }

    fn points(&self) -> impl Iterator<Item = &(Point, f32)> {
        self.strokes.iter().flatten()
    }

    pub(super) fn extent(&self) -> Extent {
        let reach = |axis: usize, side: f32| {
            let reaches = self.points().map(|(point, radius)| side * point[axis] + radius);
            side * reaches.fold(f32::MIN, f32::max)
        };
        Extent { left: reach(0, -1.0), top: reach(1, -1.0), right: reach(0, 1.0), bottom: reach(1, 1.0) }
    }

    pub(super) fn shift(&mut self, [x, y]: Point) {
        self.transform(|point| [point[0] + x, point[1] + y], 1.0);
    }

    /// Moves every point, and makes the pen `scale` times as wide.
    pub(super) fn transform(&mut self, to: impl Fn(Point) -> Point, scale: f32) {
        for (point, radius) in self.strokes.iter_mut().flatten() {
            *point = to(*point);
            *radius *= scale;
        }
    }

    /// Lifts the pen for a moment somewhere along about `share` of the strokes, as where a ballpoint skips or
    /// a scanner loses a thin line.
    pub(super) fn break_strokes(&mut self, share: f32, rng: &mut Rng) {
        let mut pieces = Vec::with_capacity(self.strokes.len() + 1);
        for stroke in self.strokes.drain(..) {
            // Ends stay: a shorter stroke is not a broken one.
            let margin = stroke.len() / 8;
            let gap = 1 + stroke.len() / 16;
            if rng.unit() >= share || stroke.len() < 2 * margin + gap + 4 {
                pieces.push(stroke);
                continue;
            }
            let start = margin + 1 + rng.below(stroke.len() - 2 * margin - gap - 1);
            // The pen's round ends reach into the gap by their radius on both sides.
            let (_, radius) = stroke[start];
            let mut end = start + gap;
            let apart = |a: Point, b: Point| (a[0] - b[0]).hypot(a[1] - b[1]);
            while end + margin < stroke.len() && apart(stroke[start].0, stroke[end].0) < 2.6 * radius {
                end += 1;
            }
            pieces.push(stroke[..start + 1].to_vec());
            pieces.push(stroke[end.min(stroke.len() - 1)..].to_vec());
        }
        self.strokes = pieces;
    }

    /// The smallest distance, along rows, from this ink to that on its right: negative where they overlap.
    /// Infinite where no row holds both.
    pub(super) fn clearance(&self, right: &Self) -> f32 {
        const ROWS: usize = 32;
        let (a, b) = (self.extent(), right.extent());
        let (top, bottom) = (a.top.min(b.top), a.bottom.max(b.bottom));
        let row_height = ((bottom - top) / ROWS as f32).max(1e-3);
        let profile = |drawing: &Self, side: f32| {
            let mut reach = [f32::NEG_INFINITY; ROWS];
            for (point, radius) in drawing.points() {
                let row = |y: f32| (((y - top) / row_height).max(0.0) as usize).min(ROWS - 1);
                for reach in &mut reach[row(point[1] - radius)..=row(point[1] + radius)] {
                    *reach = reach.max(side * point[0] + radius);
                }
            }
            reach
        };
        let (ours, theirs) = (profile(self, 1.0), profile(right, -1.0));
        ours.iter().zip(theirs).map(|(ours, theirs)| -theirs - ours).fold(f32::INFINITY, f32::min)
    }

    /// The ink on a canvas with these margins around it: left, top, right, bottom.
    pub(super) fn render(mut self, [left, top, right, bottom]: [f32; 4]) -> Ink {
        let extent = self.extent();
        self.shift([left - extent.left, top - extent.top]);
        let width = (extent.width() + left + right).ceil().max(1.0) as usize;
        let height = (extent.bottom - extent.top + top + bottom).ceil().max(1.0) as usize;
        let mut ink = Ink { width, height, values: vec![0.0; width * height] };
        self.draw_on(&mut ink, 1.0);
        ink
    }

    /// Adds this drawing to a canvas, `strength` (0 to 1) dark; where ink lies already the darker counts.
    pub(super) fn draw_on(&self, ink: &mut Ink, strength: f32) {
        for stroke in &self.strokes {
            for pair in stroke.windows(2) {
                draw_segment(ink, pair[0], pair[1], strength);
            }
        }
    }
}

/// Draws a straight piece with round ends, its edges one pixel soft.
fn draw_segment(
    ink: &mut Ink,
    (from, radius_from): (Point, f32),
    (to, radius_to): (Point, f32),
    strength: f32,
) {
    let reach = radius_from.max(radius_to) + 1.0;
    let range = |axis: usize, size: usize| {
        let low = (from[axis].min(to[axis]) - reach).max(0.0) as usize;
        let high = (from[axis].max(to[axis]) + reach).ceil().max(0.0) as usize;
        low.min(size)..high.min(size)
    };
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
    let columns = range(0, ink.width);
    for y in range(1, ink.height) {
        let row = &mut ink.values[y * ink.width..][columns.clone()];
        for (x, value) in columns.clone().zip(row) {
            let to_pixel = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
            let t = ((to_pixel[0] * along[0] + to_pixel[1] * along[1]) / length).clamp(0.0, 1.0);
            let across = [to_pixel[0] - t * along[0], to_pixel[1] - t * along[1]];
            // Not hypot: its care for overflow costs most of the drawing's time.
            let distance = (across[0] * across[0] + across[1] * across[1]).sqrt();
            let radius = radius_from + t * (radius_to - radius_from);
            // A pen thinner than a pixel can't darken one fully.
            let covered = (radius - distance + 0.5).clamp(0.0, (2.0 * radius).min(1.0));
            *value = value.max(strength * covered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_lies_where_the_line_is_and_as_wide() {
        let ink = Drawing::line([5.0, 5.0], [25.0, 5.0], 2.0).render([3.0; 4]);
        assert_eq!((ink.width, ink.height), (30, 10));
        let column: f32 = (0..10).map(|y| ink.values[y * 30 + 15]).sum();
        assert!((column - 4.0).abs() < 0.01, "{column}");
        assert_eq!(ink.values[0], 0.0);
    }

    #[test]
    fn clearance_is_measured_along_rows() {
        let stem = Drawing::line([0.0, 0.0], [0.0, 40.0], 1.0);
        let slanted = Drawing::line([10.0, 0.0], [30.0, 40.0], 1.0);
        let clearance = stem.clearance(&slanted);
        assert!((clearance - 8.0).abs() < 0.1, "{clearance}");
        let below = Drawing::line([0.0, 100.0], [9.0, 100.0], 1.0);
        assert_eq!(Drawing::line([0.0, 0.0], [9.0, 0.0], 1.0).clearance(&below), f32::INFINITY);
    }

    #[test]
    fn broken_strokes_have_a_gap_wider_than_their_ends() {
        let points: Vec<_> = (0..=60).map(|x| ([x as f32, 0.0], 2.0)).collect();
        for seed in 0..50 {
            let mut drawing = Drawing { strokes: vec![points.clone()] };
            drawing.break_strokes(1.0, &mut Rng::new(seed));
            let [first, second] = &drawing.strokes[..] else { panic!("{drawing:?}") };
            let gap = second[0].0[0] - first.last().unwrap().0[0];
            assert!((4.0..12.0).contains(&gap), "{gap}");
            drawing.break_strokes(0.0, &mut Rng::new(seed));
            assert_eq!(drawing.strokes.len(), 2);
        }
    }
}
