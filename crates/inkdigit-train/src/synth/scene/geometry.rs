//! Points, boxes and maps of the plane.

pub(in crate::synth) use crate::synth::strokes::Point;

/// `a + scale * b`.
pub(super) fn add(a: Point, b: Point, scale: f32) -> Point {
    [a[0] + scale * b[0], a[1] + scale * b[1]]
}

/// From `a` (at 0) to `b` (at 1).
pub(super) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + t * (b - a)
}

/// A point between two, as [`lerp`].
pub(super) fn between(a: Point, b: Point, t: f32) -> Point {
    [lerp(a[0], b[0], t), lerp(a[1], b[1], t)]
}

/// A direction of length 1.
pub(super) fn direction(angle: f32) -> Point {
    let (sin, cos) = angle.sin_cos();
    [cos, sin]
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Rect {
    /// Holds nothing; grows with [`Rect::including`].
    pub(super) const EMPTY: Self = Self { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };

    pub(super) fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { left, top, right, bottom }
    }

    /// Large enough for a disc, too.
    #[must_use]
    pub(super) fn including(self, [x, y]: Point, radius: f32) -> Self {
        Self {
            left: self.left.min(x - radius),
            top: self.top.min(y - radius),
            right: self.right.max(x + radius),
            bottom: self.bottom.max(y + radius),
        }
    }

    #[must_use]
    pub(super) fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What both hold; its area is 0 where that is nothing.
    #[must_use]
    pub(super) fn intersection(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            right: self.right.min(other.right).max(left),
            bottom: self.bottom.min(other.bottom).max(top),
        }
    }

    /// Wider by `x` at both sides, higher by `y` above and below.
    #[must_use]
    pub(super) fn grown(self, x: f32, y: f32) -> Self {
        Self { left: self.left - x, top: self.top - y, right: self.right + x, bottom: self.bottom + y }
    }

    #[must_use]
    pub(super) fn shifted(self, [x, y]: Point) -> Self {
        Self { left: self.left + x, top: self.top + y, right: self.right + x, bottom: self.bottom + y }
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    pub(super) fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub(super) fn middle(&self) -> Point {
        [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0]
    }

    /// Clockwise from the upper left.
    pub(super) fn corners(&self) -> [Point; 4] {
        [[self.left, self.top], [self.right, self.top], [self.right, self.bottom], [self.left, self.bottom]]
    }
}

/// A linear map and a shift: `[m00 m01 m02; m10 m11 m12]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine(pub [[f32; 3]; 2]);

impl Affine {
    pub(super) const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);

    pub(super) fn shift([x, y]: Point) -> Self {
        Self([[1.0, 0.0, x], [0.0, 1.0, y]])
    }

    /// Scales about `centre`, then turns by `angle` (clockwise as seen on the picture).
    pub(super) fn turn(angle: f32, scale: f32, centre: Point) -> Self {
        let [cos, sin] = direction(angle).map(|part| part * scale);
        let linear = Self([[cos, -sin, 0.0], [sin, cos, 0.0]]);
        Self::shift(centre).after(linear).after(Self::shift([-centre[0], -centre[1]]))
    }

    pub(super) fn apply(&self, [x, y]: Point) -> Point {
        self.0.map(|row| row[0] * x + row[1] * y + row[2])
    }

    /// First `first`, then this.
    #[must_use]
    pub(super) fn after(self, first: Self) -> Self {
        Self(self.0.map(|row| {
            let column = |i: usize| row[0] * first.0[0][i] + row[1] * first.0[1][i];
            [column(0), column(1), column(2) + row[2]]
        }))
    }

    /// By how much lengths grow, as the root of how areas do.
    pub(super) fn scale(&self) -> f32 {
        let [[a, b, _], [c, d, _]] = self.0;
        (a * d - b * c).abs().sqrt()
    }
}

/// A projective map of the plane: what a camera does to flat paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Homography(pub [[f32; 3]; 3]);

impl Homography {
    pub(super) const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    pub(super) fn apply(&self, [x, y]: Point) -> Point {
        let [u, v, w] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        [u / w, v / w]
    }

    /// By how much lengths grow near a point, as the root of how areas do.
    pub(super) fn scale_at(&self, [x, y]: Point) -> f32 {
        let here = self.apply([x, y]);
        let (a, b) = (add(self.apply([x + 1.0, y]), here, -1.0), add(self.apply([x, y + 1.0]), here, -1.0));
        (a[0] * b[1] - a[1] * b[0]).abs().sqrt()
    }

    /// First `first`, then this.
    #[must_use]
    pub(super) fn after(&self, first: &Self) -> Self {
        Self(self.0.map(|row| {
            [0, 1, 2].map(|i| row[0] * first.0[0][i] + row[1] * first.0[1][i] + row[2] * first.0[2][i])
        }))
    }

    /// The way back; by the adjugate, as only ratios count.
    #[must_use]
    pub(super) fn inverse(&self) -> Self {
        let m = &self.0;
        let minor = |i: usize, j: usize| {
            let (r, s, c, d) = ((j + 1) % 3, (j + 2) % 3, (i + 1) % 3, (i + 2) % 3);
            m[r][c] * m[s][d] - m[r][d] * m[s][c]
        };
        Self([0, 1, 2].map(|i| [0, 1, 2].map(|j| minor(i, j))))
    }
}

impl From<Affine> for Homography {
    fn from(Affine([a, b]): Affine) -> Self {
        Self([a, b, [0.0, 0.0, 1.0]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Point, b: Point) -> bool {
        (a[0] - b[0]).abs() < 1e-3 && (a[1] - b[1]).abs() < 1e-3
    }

    #[test]
    fn maps_are_undone_by_their_inverse_and_chained_in_order() {
        let tilted = Homography([[1.1, 0.2, 5.0], [-0.1, 0.9, 3.0], [1e-3, -5e-4, 1.0]]);
        let turned = Affine::turn(0.3, 2.0, [10.0, 20.0]);
        for point in [[0.0, 0.0], [30.0, -12.0], [100.0, 80.0]] {
            assert!(close(tilted.inverse().apply(tilted.apply(point)), point), "{point:?}");
            let chained = tilted.after(&turned.into());
            assert!(close(chained.apply(point), tilted.apply(turned.apply(point))), "{point:?}");
        }
        assert!(close(turned.apply([10.0, 20.0]), [10.0, 20.0]));
        assert!((turned.scale() - 2.0).abs() < 1e-5);
        assert!((Homography::from(turned).scale_at([3.0, 4.0]) - 2.0).abs() < 1e-3);
    }

    #[test]
    fn what_two_rectangles_share() {
        let a = Rect::new(0.0, 0.0, 10.0, 10.0);
        assert_eq!(a.intersection(a.shifted([5.0, 5.0])).area(), 25.0);
        assert_eq!(a.intersection(a.shifted([50.0, 5.0])).area(), 0.0);
    }
}
