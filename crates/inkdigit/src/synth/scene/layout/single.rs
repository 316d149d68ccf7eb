//! One digit: somewhere on a picture, or cropped to its ink.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading};
use super::super::geometry::{Affine, Rect};
use super::super::lettering::Lettering;
use super::super::random::Choose;
use super::Page;

/// What a tight picture shows, and how much of the paper around it.
pub struct Crop {
    pub line: Lettering,
    /// The picture's edges on the paper.
    pub bounds: Rect,
}

/// A digit or a number with next to no paper around; now and then its outermost ink is cut off.
pub fn crop(page: &mut Page, most: [f32; 2], rng: &mut Rng) -> Crop {
    let h = page.height;
    let text = if rng.chance(0.45) {
        rng.below(10).to_string()
    } else {
        let length = rng.between(2, 8);
        (0..length).map(|_| (b'0' + rng.below(10) as u8) as char).collect()
    };
    let fits = |line: &Lettering| line.extent().width() < most[0] && line.extent().height() < most[1];
    let mut line = page.write(&text, rng);
    for length in (1..text.len()).rev() {
        if fits(&line) {
            break;
        }
        line = page.write(&text[..length], rng);
    }
    let around = if rng.chance(0.6) { rng.uniform(-0.03, 0.08) } else { rng.uniform(0.08, 0.4) };
    let mut bounds = line.extent();
    // People don't crop evenly.
    let mut side = || h * (around + if rng.chance(0.2) { rng.uniform(0.0, 0.4) } else { 0.0 });
    bounds =
        Rect::new(bounds.left - side(), bounds.top - side(), bounds.right + side(), bounds.bottom + side());
    Crop { line, bounds }
}

impl Page<'_> {
    /// One digit.
    pub(super) fn single(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let digit = rng.below(10).to_string();
        let mut line = self.write(&digit, rng);
        let extent = line.extent();
        let ([x, y], middle) = (area.middle(), extent.middle());
        let mut stray = |room: f32| {
            let room = room.max(0.0) / 2.0;
            if rng.chance(0.5) {
                0.25 * room * rng.normal().clamp(-2.0, 2.0)
            } else {
                room * rng.uniform(-1.0, 1.0)
            }
        };
        let (right, down) = (stray(area.width() - extent.width()), stray(area.height() - extent.height()));
        line.transform(Affine::shift([x - middle[0] + right, y - middle[1] + down]));
        self.write_and_mark(canvas, &line, rng);
        // A line under the digit from edge to edge, a frame around it well inside of the picture.
        let (h, at) = (self.height, line.extent());
        match rng.below(12) {
            0 => {
                let y = at.bottom + h * rng.uniform(-0.05, 0.4);
                let rule = self.rule(rng);
                canvas.rule([area.left, y], [area.right, y], rule);
            }
            1 => {
                let (x, y) = (h * rng.uniform(0.1, 1.2), h * rng.uniform(0.05, 0.8));
                let rule = self.rule(rng);
                canvas.frame(at.grown(x, y), rule);
            }
            _ => {}
        }
    }

    /// Writes a crop's line.
    pub fn write_crop(&mut self, crop: &Crop, canvas: &mut Canvas) {
        canvas.write(&crop.line, Reading::Asked);
    }
}
