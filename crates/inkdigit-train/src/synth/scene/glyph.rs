//! A sign as it lies on the paper: a pen's strokes, or a shape that is filled with ink.

use super::field::Field;
use super::geometry::{Affine, Homography, Point, Rect, add};
use super::plane::Plane;
use crate::synth::pen::Drawing;

/// A sign on the paper, in the paper's pixels.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    /// What it shows.
    pub sign: char,
    shape: Shape,
    /// How dark its ink is: 0 to 1.
    pub strength: f32,
}

#[derive(Clone, Debug)]
enum Shape {
    Strokes(Drawing),
    Field(Field),
}

impl Glyph {
    pub(super) fn strokes(sign: char, drawing: Drawing) -> Self {
        Self { sign, shape: Shape::Strokes(drawing), strength: 1.0 }
    }

    pub(super) fn field(sign: char, field: Field) -> Self {
        Self { sign, shape: Shape::Field(field), strength: 1.0 }
    }

    /// Its strokes, where it is made of such.
    pub(super) fn drawing_mut(&mut self) -> Option<&mut Drawing> {
        match &mut self.shape {
            Shape::Strokes(drawing) => Some(drawing),
            Shape::Field(_) => None,
        }
    }

    /// As [`Glyph::drawing_mut`].
    pub(super) fn drawing(&self) -> Option<&Drawing> {
        match &self.shape {
            Shape::Strokes(drawing) => Some(drawing),
            Shape::Field(_) => None,
        }
    }

    /// Calls `visit` with points whose discs together reach as far as the ink.
    fn each_disc(&self, mut visit: impl FnMut(Point, f32)) {
        match &self.shape {
            Shape::Strokes(drawing) => {
                drawing.strokes.iter().flatten().for_each(|&(point, radius)| visit(point, radius));
            }
            Shape::Field(field) => field.outline().iter().for_each(|&point| visit(point, 0.0)),
        }
    }

    /// The box around it on the paper.
    pub(super) fn extent(&self) -> Rect {
        let mut extent = Rect::EMPTY;
        self.each_disc(|point, radius| extent = extent.including(point, radius));
        extent
    }

    /// The box around it on the picture.
    pub(super) fn extent_in(&self, view: &Homography) -> Rect {
        let mut extent = Rect::EMPTY;
        let scale = view.scale_at(self.extent().middle());
        self.each_disc(|point, radius| extent = extent.including(view.apply(point), radius * scale));
        extent
    }

    /// Moves it.
    pub(super) fn transform(&mut self, by: Affine) {
        match &mut self.shape {
            Shape::Strokes(drawing) => drawing.transform(|point| by.apply(point), by.scale()),
            Shape::Field(field) => field.transform(by),
        }
    }

    pub(super) fn shift(&mut self, by: Point) {
        self.transform(Affine::shift(by));
    }

    /// The smallest distance, along rows, from this ink to that on its right: negative where they overlap;
    /// infinite where no row holds both.
    pub(super) fn clearance(&self, right: &Self) -> f32 {
        const ROWS: usize = 24;
        let (a, b) = (self.extent(), right.extent());
        let (top, bottom) = (a.top.min(b.top), a.bottom.max(b.bottom));
        let per_row = ROWS as f32 / (bottom - top).max(1e-3);
        let profile = |glyph: &Self, side: f32| {
            let mut reach = [f32::NEG_INFINITY; ROWS];
            glyph.each_disc(|[x, y], radius| {
                let row = |y: f32| (((y - top) * per_row).max(0.0) as usize).min(ROWS - 1);
                for reach in &mut reach[row(y - radius)..=row(y + radius)] {
                    *reach = reach.max(side * x + radius);
                }
            });
            reach
        };
        let (ours, theirs) = (profile(self, 1.0), profile(right, -1.0));
        ours.iter().zip(theirs).map(|(ours, theirs)| -theirs - ours).fold(f32::INFINITY, f32::min)
    }

    /// Inks it as `view` shows the paper.
    pub(super) fn draw_on(&self, plane: &mut Plane, view: &Homography) {
        match &self.shape {
            Shape::Field(field) => field.draw_on(plane, view, self.extent_in(view), self.strength),
            Shape::Strokes(drawing) => {
                let scale = view.scale_at(self.extent().middle());
                let mut seen = Vec::new();
                for stroke in &drawing.strokes {
                    thinned_out(stroke, view, scale, &mut seen);
                    plane.polyline(&seen, self.strength);
                }
            }
        }
    }
}

/// A stroke as `view` shows it, without points that are nearer to the one before than the eye can tell.
fn thinned_out(stroke: &[(Point, f32)], view: &Homography, scale: f32, seen: &mut Vec<(Point, f32)>) {
    seen.clear();
    for (i, &(point, radius)) in stroke.iter().enumerate() {
        let (point, radius) = (view.apply(point), radius * scale);
        let far = seen.last().is_none_or(|&(last, _)| {
            let [x, y] = add(point, last, -1.0);
            x * x + y * y > (0.8 + 0.3 * radius).powi(2)
        });
        if far || i + 1 == stroke.len() {
            seen.push((point, radius));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem(x: f32) -> Glyph {
        Glyph::strokes('1', Drawing::line([x, 5.0], [x, 25.0], 1.5))
    }

    #[test]
    fn glyphs_keep_their_distance() {
        let clearance = stem(10.0).clearance(&stem(20.0));
        assert!((clearance - 7.0).abs() < 0.1, "{clearance}");
        let mut below = stem(20.0);
        below.shift([0.0, 60.0]);
        assert_eq!(stem(10.0).clearance(&below), f32::INFINITY);
    }

    #[test]
    fn ink_lies_in_the_box_that_the_view_shows() {
        let view = Homography([[1.5, 0.2, 3.0], [-0.1, 1.4, 6.0], [1e-3, 0.0, 1.0]]);
        let glyph = stem(14.0);
        let mut plane = Plane::new(60, 60, 0.0);
        glyph.draw_on(&mut plane, &view);
        let extent = glyph.extent_in(&view).grown(0.5, 0.5);
        for (i, _) in plane.values.iter().enumerate().filter(|(_, ink)| **ink > 0.5) {
            let (x, y) = ((i % 60) as f32 + 0.5, (i / 60) as f32 + 0.5);
            assert!(x > extent.left && x < extent.right && y > extent.top && y < extent.bottom, "{x} {y}");
        }
        assert!(plane.values.iter().sum::<f32>() > 100.0);
    }
}
