//! One digit: somewhere on a picture, or cropped to its ink.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading};
use super::super::geometry::{Affine, Rect};
use super::super::lettering::Lettering;
use super::super::random::Choose;
use super::Page;
use super::cheque::{Amount, amount};

/// What a cropped picture shows.
enum Shown {
    Digits(Lettering),
    Amount(Amount),
}

/// A cropped picture: what it shows, and where on the paper its edges are.
pub(crate) struct Crop {
    shown: Shown,
    pub bounds: Rect,
}

/// A number, a digit or a cheque's amount with little paper around, at most of this size; now and then its
/// outermost ink is cut off.
pub(crate) fn crop(page: &mut Page, cheque: bool, most: [f32; 2], rng: &mut Rng) -> Crop {
    let h = page.height;
    let mut shown = Shown::draw(page, cheque, rng);
    for _ in 0..5 {
        if shown.extent().width() < most[0] {
            break;
        }
        shown = Shown::draw(page, cheque, rng);
    }
    let tight = rng.chance(if cheque { 0.45 } else { 0.6 });
    let around = if tight { rng.uniform(-0.05, 0.08) } else { rng.uniform(0.08, 0.45) };
    let mut side = || h * (around + if rng.chance(0.25) { rng.uniform(0.0, 0.4) } else { 0.0 });
    // People don't crop evenly.
    let at = shown.extent();
    let bounds = Rect::new(at.left - side(), at.top - side(), at.right + side(), at.bottom + side());
    Crop { shown, bounds }
}

impl Shown {
    fn draw(page: &mut Page, cheque: bool, rng: &mut Rng) -> Self {
        if cheque {
            return Self::Amount(amount(page, rng));
        }
        let length = if rng.chance(0.45) { 1 } else { rng.between(2, 8) };
        let text: String = (0..length).map(|_| (b'0' + rng.below(10) as u8) as char).collect();
        Self::Digits(page.write(&text, rng))
    }

    fn extent(&self) -> Rect {
        match self {
            Self::Digits(line) => line.extent(),
            Self::Amount(amount) => amount.extent(),
        }
    }
}

impl Crop {
    /// Writes it.
    pub(crate) fn put(&self, page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
        match &self.shown {
            Shown::Digits(line) => canvas.write(line, Reading::Asked),
            Shown::Amount(amount) => amount.put(page, canvas, rng),
        }
    }
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
}
