//! A digit's 28x28 pixels as a smooth landscape that is inked above some level: crisp edges at any size, and
//! a pen somewhat thinner or thicker than the one that wrote it.

use super::geometry::{Affine, Homography, Point, Rect, lerp};
use super::plane::Plane;
use inkdigit_image::IMAGE_SIDE;

/// Rows and columns of the lattice: half a pixel of the image apart.
pub(super) const LATTICE: usize = 2 * IMAGE_SIDE;

/// A landscape over the lattice, its nodes at `(i + 0.5, j + 0.5)`.
pub(super) type Landscape = [[f32; LATTICE]; LATTICE];

/// A digit's shape and where it lies.
#[derive(Clone, Debug)]
pub(super) struct Field {
    landscape: Box<Landscape>,
    /// What is higher is ink; 0 to 1.
    level: f32,
    /// From the lattice to paper.
    to_paper: Affine,
    /// Its outline on paper, in points less than a step of the lattice apart.
    outline: Vec<Point>,
}

impl Field {
    /// The digit of a 28x28 image on the lattice; none where nothing reaches `level`.
    pub(super) fn new(pixels: &[u8], level: f32) -> Option<Self> {
        let landscape = Box::new(upsample(pixels));
        let outline = outline(&landscape, level);
        (!outline.is_empty()).then_some(Self { landscape, level, to_paper: Affine::IDENTITY, outline })
    }

    pub(super) fn outline(&self) -> &[Point] {
        &self.outline
    }

    /// Moves it on the paper.
    pub(super) fn transform(&mut self, by: Affine) {
        self.to_paper = by.after(self.to_paper);
        self.outline.iter_mut().for_each(|point| *point = by.apply(*point));
    }

    /// Inks it as `view` shows the paper, within `bounds` of the picture.
    pub(super) fn draw_on(&self, plane: &mut Plane, view: &Homography, bounds: Rect, strength: f32) {
        let forth = view.after(&self.to_paper.into());
        let back = forth.inverse();
        let middle = back.apply(bounds.middle());
        // Steps of the lattice for one pixel; fine ones need more than one look at each pixel.
        let step = 1.0 / forth.scale_at(middle).max(1e-4);
        let looks = (step * 0.75).ceil().clamp(1.0, 4.0) as usize;
        let columns = Plane::range(bounds.left - 1.0, bounds.right + 1.0, plane.width);
        for y in Plane::range(bounds.top - 1.0, bounds.bottom + 1.0, plane.height) {
            let row = &mut plane.values[y * plane.width..];
            for x in columns.clone() {
                let mut covered = 0.0;
                for look in 0..looks * looks {
                    let part = |i: usize| (i as f32 + 0.5) / looks as f32;
                    let at = [x as f32 + part(look % looks), y as f32 + part(look / looks)];
                    covered += self.coverage(back.apply(at), step / looks as f32);
                }
                let covered = strength * covered / (looks * looks) as f32;
                row[x] = row[x].max(covered);
            }
        }
    }

    /// How much of a square of side `step` of the lattice is ink.
    fn coverage(&self, [u, v]: Point, step: f32) -> f32 {
        let (u, v) = (u - 0.5, v - 0.5);
        const LAST: f32 = (LATTICE - 1) as f32;
        if !(u >= 0.0 && v >= 0.0 && u < LAST && v < LAST) {
            return 0.0;
        }
        let (i, j) = (u as usize, v as usize);
        let (s, t) = (u - i as f32, v - j as f32);
        let (above, below) = (&self.landscape[j][i..i + 2], &self.landscape[j + 1][i..i + 2]);
        let height = lerp(lerp(above[0], above[1], s), lerp(below[0], below[1], s), t);
        let across = lerp(above[1] - above[0], below[1] - below[0], t);
        let down = lerp(below[0] - above[0], below[1] - above[1], s);
        // The distance to the outline is the difference in height by the slope.
        let slope = (across * across + down * down).sqrt().max(0.02);
        (0.5 + (height - self.level) / (slope * step)).clamp(0.0, 1.0)
    }
}

/// Twice as fine, smoothed by cubic B-splines.
pub(super) fn upsample(pixels: &[u8]) -> Landscape {
    // A fine node lies a quarter of a pixel before (even) or behind (odd) a pixel's middle; these are the
    // weights of the four nearest pixels.
    const BEFORE: [f32; 4] = [1.0 / 384.0, 121.0 / 384.0, 235.0 / 384.0, 27.0 / 384.0];
    const BEHIND: [f32; 4] = [BEFORE[3], BEFORE[2], BEFORE[1], BEFORE[0]];
    let taps = |fine: usize| {
        let first = fine.div_ceil(2) as isize - 2;
        let weights = if fine.is_multiple_of(2) { BEFORE } else { BEHIND };
        let index = |k: usize| (first + k as isize).clamp(0, IMAGE_SIDE as isize - 1) as usize;
        [0, 1, 2, 3].map(|k| (index(k), weights[k]))
    };
    let mut wide = [[0.0; LATTICE]; IMAGE_SIDE];
    for (row, out) in pixels.chunks_exact(IMAGE_SIDE).zip(&mut wide) {
        if row.iter().any(|&pixel| pixel > 0) {
            for (fine, out) in out.iter_mut().enumerate() {
                *out = taps(fine).iter().map(|&(i, weight)| row[i] as f32 * weight / 255.0).sum();
            }
        }
    }
    let mut fine = [[0.0; LATTICE]; LATTICE];
    for (j, out) in fine.iter_mut().enumerate() {
        for (source, weight) in taps(j) {
            out.iter_mut().zip(&wide[source]).for_each(|(out, value)| *out += weight * value);
        }
    }
    fine
}

/// Where the landscape crosses a level, between the nodes of the lattice.
fn outline(landscape: &Landscape, level: f32) -> Vec<Point> {
    let mut points = Vec::with_capacity(256);
    let crossing = |a: f32, b: f32| ((a > level) != (b > level)).then(|| (level - a) / (b - a));
    for j in 0..LATTICE - 1 {
        for i in 0..LATTICE - 1 {
            let (x, y) = (i as f32 + 0.5, j as f32 + 0.5);
            let here = landscape[j][i];
            points.extend(crossing(here, landscape[j][i + 1]).map(|t| [x + t, y]));
            points.extend(crossing(here, landscape[j + 1][i]).map(|t| [x, y + t]));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An upright bar of 4 pixels by 20.
    fn bar() -> Vec<u8> {
        (0..784)
            .map(|i| if (12..16).contains(&(i % 28)) && (4..24).contains(&(i / 28)) { 255 } else { 0 })
            .collect()
    }

    #[test]
    fn the_lattice_keeps_place_and_height() {
        let fine = upsample(&[255; 784]);
        assert!(fine.iter().flatten().all(|&v| (v - 1.0).abs() < 1e-4));
        let fine = upsample(&bar());
        for j in 0..LATTICE {
            for i in 0..LATTICE {
                assert!((fine[j][i] - fine[LATTICE - 1 - j][LATTICE - 1 - i]).abs() < 1e-5, "{i} {j}");
            }
        }
    }

    #[test]
    fn ink_fills_the_outline_at_any_size() {
        for scale in [0.3, 1.0, 4.0] {
            let mut field = Field::new(&bar(), 0.5).unwrap();
            field.transform(Affine::turn(0.0, scale, [0.0, 0.0]));
            let bounds = field.outline().iter().fold(Rect::EMPTY, |rect, &point| rect.including(point, 0.0));
            let side = (60.0 * scale) as usize;
            let mut plane = Plane::new(side, side, 0.0);
            field.draw_on(&mut plane, &Homography::IDENTITY, bounds, 1.0);
            let ink: f32 = plane.values.iter().sum();
            assert!((ink - bounds.area()).abs() < 0.12 * bounds.area(), "{scale}: {ink} {}", bounds.area());
            let wanted = 8.0 * 40.0 * scale * scale;
            assert!((bounds.area() - wanted).abs() < 0.1 * wanted);
        }
    }
}
