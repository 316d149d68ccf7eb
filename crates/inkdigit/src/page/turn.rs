//! Turning a page upright, and boxes back.

use inkdigit_image::preprocess::{Drawing, Mask};
use inkdigit_image::{Bounds, GrayImage};

/// How a page was turned: by quarters first, then by the rest.
pub(super) struct Turn {
    quarters: usize,
    /// The page's size before it was turned.
    size: (usize, usize),
    /// Degrees clockwise, after the quarters.
    askew: f32,
    /// The size after both.
    turned: (usize, usize),
}

impl Turn {
    /// No turn of a page of this size.
    pub(super) fn none(width: usize, height: usize) -> Self {
        let size = (width, height);
        Self { quarters: 0, size, askew: 0.0, turned: size }
    }

    /// Clockwise, in all.
    pub(super) fn degrees(&self) -> f32 {
        90.0 * self.quarters as f32 + self.askew
    }

    /// Turns a drawing clockwise by quarters of a circle.
    pub(super) fn quarters(&mut self, mut drawing: Drawing, quarters: usize) -> Drawing {
        for _ in 0..quarters {
            drawing = quarter(&drawing);
        }
        self.quarters = quarters;
        self.turned = (drawing.mask.width(), drawing.mask.height());
        drawing
    }

    /// Turns a drawing whose lines fall to the right by `skew` degrees so that they are level.
    pub(super) fn straighten(&mut self, drawing: Drawing, skew: f32) -> Drawing {
        let (width, height) = self.turned;
        let (sin, cos) = skew.to_radians().sin_cos();
        let (new_width, new_height) = rotated_size(width, height, skew);
        self.askew = -skew;
        self.turned = (new_width, new_height);
        let middle = |size: usize| (size as f32 - 1.0) / 2.0;
        let mut levels = vec![0u8; new_width * new_height];
        let mut bits = vec![false; new_width * new_height];
        let pixels = levels.chunks_exact_mut(new_width).zip(bits.chunks_exact_mut(new_width));
        for (y, (levels, bits)) in pixels.enumerate() {
            let down = y as f32 - middle(new_height);
            for (x, (level, bit)) in levels.iter_mut().zip(bits).enumerate() {
                let across = x as f32 - middle(new_width);
                let from_x = across * cos - down * sin + middle(width);
                let from_y = across * sin + down * cos + middle(height);
                // Outside is paper.
                if from_x < 0.0
                    || from_y < 0.0
                    || from_x >= (width - 1) as f32
                    || from_y >= (height - 1) as f32
                {
                    *level = drawing.paper as u8;
                    continue;
                }
                let (left, top) = (from_x as usize, from_y as usize);
                let (right, low) = (from_x.fract(), from_y.fract());
                let rows = [drawing.strength.row(top), drawing.strength.row(top + 1)];
                let blend = |row: &[u8]| {
                    let (a, b) = (row[left] as f32, row[left + 1] as f32);
                    a + right * (b - a)
                };
                let (above, below) = (blend(rows[0]), blend(rows[1]));
                *level = (above + low * (below - above) + 0.5) as u8;
                *bit = drawing.mask.at(left + (right >= 0.5) as usize, top + (low >= 0.5) as usize);
            }
        }
        let strength = GrayImage::new(new_width, new_height, levels).expect("a level for each pixel");
        let mask = Mask::new(new_width, new_height, bits);
        Drawing { strength, paper: drawing.paper, mask, printed: drawing.printed }
    }

    /// The box on the page as it was that holds a box of the turned page.
    pub(super) fn back(&self, bounds: Bounds) -> Bounds {
        let (mut width, mut height) = self.size;
        if self.quarters % 2 == 1 {
            (width, height) = (height, width);
        }
        let mut bounds = bounds;
        if self.askew != 0.0 {
            let (sin, cos) = (-self.askew).to_radians().sin_cos();
            let corners = [bounds.left, bounds.right].map(|x| [bounds.top, bounds.bottom].map(|y| (x, y)));
            let corners = corners.as_flattened().iter().map(|&(x, y)| {
                let across = x as f32 - self.turned.0 as f32 / 2.0;
                let down = y as f32 - self.turned.1 as f32 / 2.0;
                (
                    across * cos - down * sin + width as f32 / 2.0,
                    across * sin + down * cos + height as f32 / 2.0,
                )
            });
            let start = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
            let (l, t, r, b) =
                corners.fold(start, |(l, t, r, b), (x, y)| (l.min(x), t.min(y), r.max(x), b.max(y)));
            let right = (r.ceil().max(1.0) as usize).min(width);
            let bottom = (b.ceil().max(1.0) as usize).min(height);
            let (left, top) = ((l.max(0.0) as usize).min(right - 1), (t.max(0.0) as usize).min(bottom - 1));
            bounds = Bounds { left, top, right, bottom };
        }
        for _ in 0..self.quarters {
            // A quarter counter-clockwise: column x of the turned page was row y, its right edge the top.
            let Bounds { left, top, right, bottom } = bounds;
            bounds = Bounds { left: top, top: width - right, right: bottom, bottom: width - left };
            (width, height) = (height, width);
        }
        bounds
    }
}

fn rotated_size(width: usize, height: usize, degrees: f32) -> (usize, usize) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (width as f32, height as f32);
    let size = |a: f32, b: f32| (a + b).ceil().max(1.0) as usize;
    (size(w * cos, h * sin.abs()), size(h * cos, w * sin.abs()))
}

/// A quarter clockwise.
fn quarter(drawing: &Drawing) -> Drawing {
    let (width, height) = (drawing.mask.width(), drawing.mask.height());
    let bits = turned(drawing.mask.bits(), width, height);
    Drawing {
        strength: drawing.strength.turned(1),
        paper: drawing.paper,
        mask: Mask::new(height, width, bits),
        printed: drawing.printed,
    }
}

/// Rows of pixels, a quarter clockwise: the first column, from the bottom up, becomes the first row.
pub(super) fn turned<T: Copy>(pixels: &[T], width: usize, height: usize) -> Vec<T> {
    (0..width).flat_map(|x| (0..height).rev().map(move |y| pixels[y * width + x])).collect()
}
