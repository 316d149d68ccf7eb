//! Layers of numbers over a picture: how much ink lies on each pixel, how light each pixel is.

use super::geometry::{Point, add, lerp};

/// A number for each pixel, row by row: `[height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

/// A round pen's way between two points, with half its width at both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub from: (Point, f32),
    pub to: (Point, f32),
}

impl Plane {
    pub(super) fn new(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, values: vec![value; width * height] }
    }

    /// The rows, each with the height of its middle.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = (f32, &mut [f32])> {
        let rows = self.values.chunks_exact_mut(self.width.max(1));
        rows.enumerate().map(|(y, row)| (y as f32 + 0.5, row))
    }

    /// The value at a pixel; that of the nearest one outside of the plane.
    pub(super) fn at(&self, x: isize, y: isize) -> f32 {
        let inside = |at: isize, size: usize| at.clamp(0, size as isize - 1) as usize;
        self.values[inside(y, self.height) * self.width + inside(x, self.width)]
    }

    /// The pixels between two numbers along an axis of `size` pixels.
    pub(super) fn range(low: f32, high: f32, size: usize) -> std::ops::Range<usize> {
        // Casting saturates, so far-away and undefined numbers end at the edges.
        let (low, high) = (low.floor().max(0.0) as usize, high.ceil().max(0.0) as usize);
        low.min(size)..high.min(size)
    }

    /// Draws a straight piece with round ends, its edges one pixel soft; where ink lies already the darker
    /// counts.
    pub(super) fn segment(
        &mut self,
        Segment { from: (a, radius_a), to: (b, radius_b) }: Segment,
        strength: f32,
    ) {
        let reach = radius_a.max(radius_b) + 1.0;
        let along = [b[0] - a[0], b[1] - a[1]];
        let inverse = 1.0 / (along[0] * along[0] + along[1] * along[1]).max(1e-9);
        for y in Self::range(a[1].min(b[1]) - reach, a[1].max(b[1]) + reach, self.height) {
            let down = y as f32 + 0.5 - a[1];
            // Only what of the piece is near this row can darken it.
            let (first, last) = if along[1].abs() < 1e-3 {
                (0.0, 1.0)
            } else {
                let (p, q) = ((down - reach) / along[1], (down + reach) / along[1]);
                (p.min(q).max(0.0), p.max(q).min(1.0))
            };
            let ends = [first, last].map(|t| a[0] + t * along[0]);
            let columns = Self::range(ends[0].min(ends[1]) - reach, ends[0].max(ends[1]) + reach, self.width);
            let start = columns.start as f32 + 0.5 - a[0];
            let row = &mut self.values[y * self.width..][columns];
            for (i, value) in row.iter_mut().enumerate() {
                let right = start + i as i32 as f32;
                let t = ((right * along[0] + down * along[1]) * inverse).clamp(0.0, 1.0);
                let (dx, dy) = (right - t * along[0], down - t * along[1]);
                let radius = radius_a + t * (radius_b - radius_a);
                let covered = radius - (dx * dx + dy * dy).sqrt() + 0.5;
                // A pen thinner than a pixel can't darken one fully.
                *value = value.max(strength * covered.clamp(0.0, (2.0 * radius).min(1.0)));
            }
        }
    }

    /// Draws a line through points with half widths.
    pub(super) fn polyline(&mut self, points: &[(Point, f32)], strength: f32) {
        if let [point] = points {
            self.segment(Segment { from: *point, to: *point }, strength);
        }
        for pair in points.windows(2) {
            self.segment(Segment { from: pair[0], to: pair[1] }, strength);
        }
    }

    /// Fills a convex polygon whose corners follow each other clockwise as seen on the picture.
    pub(super) fn convex(&mut self, corners: &[Point], strength: f32) {
        let polygon = Convex::new(corners);
        let reach = |axis: usize| {
            let along = corners.iter().map(move |corner| corner[axis]);
            (along.clone().fold(f32::MAX, f32::min) - 1.0, along.fold(f32::MIN, f32::max) + 1.0)
        };
        let ((left, right), (top, bottom)) = (reach(0), reach(1));
        let columns = Self::range(left, right, self.width);
        for y in Self::range(top, bottom, self.height) {
            for x in columns.clone() {
                let covered = polygon.coverage([x as f32 + 0.5, y as f32 + 0.5]);
                let value = &mut self.values[y * self.width + x];
                *value = value.max(strength * covered);
            }
        }
    }

    /// Blurred by a Gaussian of this deviation, separably; edges are repeated.
    pub(super) fn blur(&mut self, sigma: f32) {
        if sigma < 0.15 || self.values.is_empty() {
            return;
        }
        let reach = (2.5 * sigma).ceil() as usize;
        let weight = |i: usize| (-0.5 * (i as f32 / sigma).powi(2)).exp();
        let total = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f32>();
        let taps: Vec<f32> = (0..2 * reach + 1).map(|i| weight(i.abs_diff(reach)) / total).collect();
        self.convolve_rows(&taps);
        self.convolve_columns(&taps);
    }

    /// Each row as a sum of its neighbours, `taps` centred.
    pub(super) fn convolve_rows(&mut self, taps: &[f32]) {
        let (reach, width) = (taps.len() / 2, self.width);
        let mut padded = vec![0.0; width + 2 * reach];
        for row in self.values.chunks_exact_mut(width.max(1)) {
            padded[..reach].fill(row[0]);
            padded[reach..reach + width].copy_from_slice(row);
            padded[reach + width..].fill(row[width - 1]);
            row.fill(0.0);
            for (tap, shifted) in taps.iter().zip(0..) {
                row.iter_mut().zip(&padded[shifted..]).for_each(|(out, value)| *out += tap * value);
            }
        }
    }

    /// Each column as a sum of its neighbours, `taps` centred.
    pub(super) fn convolve_columns(&mut self, taps: &[f32]) {
        let (reach, width, height) = (taps.len() / 2, self.width, self.height);
        let source = self.values.clone();
        for (y, out) in self.values.chunks_exact_mut(width.max(1)).enumerate() {
            out.fill(0.0);
            for (i, tap) in taps.iter().enumerate() {
                let row = (y + i).saturating_sub(reach).min(height - 1);
                out.iter_mut().zip(&source[row * width..]).for_each(|(out, value)| *out += tap * value);
            }
        }
    }

    /// Interpolated linearly between the middles of pixels, `at` in pixels.
    pub(super) fn sample(&self, [x, y]: Point) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (i, j) = (x.floor() as isize, y.floor() as isize);
        let (u, v) = (x - x.floor(), y - y.floor());
        let row = |j: isize| lerp(self.at(i, j), self.at(i + 1, j), u);
        lerp(row(j), row(j + 1), v)
    }
}

/// A convex polygon as half planes.
#[derive(Clone, Debug)]
pub(super) struct Convex {
    /// Outward normals, and where their edges lie along them.
    sides: Vec<(Point, f32)>,
}

impl Convex {
    /// From corners that follow each other clockwise as seen on the picture.
    pub(super) fn new(corners: &[Point]) -> Self {
        let side = |i: usize| {
            let (from, to) = (corners[i], corners[(i + 1) % corners.len()]);
            let along = add(to, from, -1.0);
            let length = along[0].hypot(along[1]).max(1e-3);
            let outward = [along[1] / length, -along[0] / length];
            (outward, outward[0] * from[0] + outward[1] * from[1])
        };
        Self { sides: (0..corners.len()).map(side).collect() }
    }

    /// How far a point lies outside, in pixels; negative inside.
    pub(super) fn distance(&self, [x, y]: Point) -> f32 {
        let beyond = self.sides.iter().map(|(normal, edge)| normal[0] * x + normal[1] * y - edge);
        beyond.fold(f32::MIN, f32::max)
    }

    /// 1 inside, 0 outside, soft over a pixel.
    pub(super) fn coverage(&self, point: Point) -> f32 {
        (0.5 - self.distance(point)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_dark_as_it_is_wide() {
        for (from, to) in
            [([5.0, 10.0], [35.0, 10.0]), ([5.0, 3.0], [35.0, 17.0]), ([20.0, 4.0], [21.0, 36.0])]
        {
            for radius in [0.2, 0.5, 2.0] {
                let mut plane = Plane::new(40, 40, 0.0);
                plane.segment(Segment { from: (from, radius), to: (to, radius) }, 1.0);
                let ink: f32 = plane.values.iter().sum();
                let length = (to[0] - from[0]).hypot(to[1] - from[1]);
                let wanted = 2.0 * radius * length + std::f32::consts::PI * radius * radius;
                assert!(
                    (ink - wanted).abs() < 0.35 * wanted + 1.0,
                    "{from:?} {to:?} {radius}: {ink} {wanted}"
                );
            }
        }
    }

    #[test]
    fn polygons_cover_their_area() {
        let mut plane = Plane::new(30, 30, 0.0);
        plane.convex(&[[5.0, 5.0], [25.0, 5.0], [25.0, 15.0], [5.0, 15.0]], 1.0);
        let area: f32 = plane.values.iter().sum();
        assert!((area - 200.0).abs() < 1.0, "{area}");
    }

    #[test]
    fn blur_keeps_what_there_is() {
        let mut plane = Plane::new(31, 31, 0.0);
        plane.values[15 * 31 + 15] = 1.0;
        plane.blur(2.0);
        assert!((plane.values.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let mut level = Plane::new(3, 2, 7.0);
        level.blur(3.0);
        assert!(level.values.iter().all(|v| (v - 7.0).abs() < 1e-4));
    }
}
