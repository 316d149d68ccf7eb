//! Form fields without their print: frames, boxes and lines that digits stand in, touch and cross.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading, Rule};
use super::super::geometry::{Affine, Rect};
use super::super::lettering::Lettering;
use super::super::random::Choose;
use super::{Page, place};

/// What a field is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    Frame,
    /// A line below.
    Line,
    /// A line below with short ends up.
    Tray,
    /// A box for each digit, apart from each other.
    Boxes,
    /// Gray or white ground without a line.
    Ground,
}

/// How the fields of a form look.
#[derive(Clone, Copy, Debug)]
struct Style {
    border: Border,
    rule: Rule,
    /// Between the digits and the border, above and below; less than nothing where they cross it.
    above: f32,
}

impl Page<'_> {
    /// Fields below each other.
    pub(super) fn fields(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let h = self.height;
        let style = self.style([6.0, 1.5, 1.0, 2.0, 0.7], [-0.06, 0.4], rng);
        let above = style.above;
        let mut y = area.top + h * rng.uniform(0.2, 1.5);
        while y < area.bottom && self.budget > 0 {
            let mut x = area.left + h * rng.uniform(0.1, 2.0);
            while x < area.right - 0.5 * h && self.budget > 0 {
                x = self.field([x, y + h + above], style, canvas, rng) + h * rng.uniform(0.3, 2.0);
                if rng.chance(0.45) {
                    break;
                }
            }
            y += h + 2.0 * above + h * rng.uniform(0.15, 1.4);
        }
    }

    /// One field whose writing stands at a point; gives where it ends.
    pub(super) fn any_field(&mut self, at: [f32; 2], canvas: &mut Canvas, rng: &mut Rng) -> f32 {
        let style = self.style([4.0, 3.0, 1.0, 2.0, 1.0], [0.0, 0.35], rng);
        self.field(at, style, canvas, rng)
    }

    /// A border as likely as its weight (in the order in which borders are listed), and room above within these
    /// shares of the height.
    fn style(&self, weights: [f32; 5], above: [f32; 2], rng: &mut Rng) -> Style {
        let borders = [Border::Frame, Border::Line, Border::Tray, Border::Boxes, Border::Ground];
        let border = borders[rng.weighted(&weights)];
        Style { border, rule: self.rule(rng), above: self.height * rng.uniform(above[0], above[1]) }
    }

    fn field(&mut self, [x, baseline]: [f32; 2], style: Style, canvas: &mut Canvas, rng: &mut Rng) -> f32 {
        let Style { border, rule, above } = style;
        let h = self.height;
        if border == Border::Boxes {
            return self.boxes([x, baseline], rule, canvas, rng);
        }
        let mut line = self.write_any(rng);
        let before = h * if rng.chance(0.5) { rng.uniform(-0.05, 0.2) } else { rng.uniform(0.2, 1.0) };
        place(&mut line, x + before, baseline + h * 0.05 * rng.normal());
        let extent = line.extent();
        if extent.width() <= 0.0 {
            return x + h;
        }
        let after = h * if rng.chance(0.6) { rng.uniform(-0.05, 0.3) } else { rng.uniform(0.3, 4.0) };
        let frame = Rect::new(x, baseline - h - above, extent.right + after, baseline + above);
        match border {
            Border::Frame => canvas.frame(frame, rule),
            Border::Line => canvas.rule([frame.left, frame.bottom], [frame.right, frame.bottom], rule),
            Border::Tray => {
                canvas.rule([frame.left, frame.bottom], [frame.right, frame.bottom], rule);
                for x in [frame.left, frame.right] {
                    canvas.rule([x, frame.bottom - 0.3 * h], [x, frame.bottom], rule);
                }
            }
            Border::Boxes | Border::Ground => canvas.fill(&frame.corners(), 0.3 * rule.strength),
        }
        if rng.chance(0.06) {
            return frame.right;
        }
        canvas.write(&line, Reading::Asked);
        frame.right
    }

    /// A box for each digit.
    fn boxes(&mut self, [x, baseline]: [f32; 2], rule: Rule, canvas: &mut Canvas, rng: &mut Rng) -> f32 {
        let h = self.height;
        let (width, height) = (h * rng.uniform(0.85, 1.5), h * rng.uniform(1.05, 1.7));
        let gap = h * rng.uniform(0.08, 0.5);
        let count = rng.between(1, 8);
        let stray = rng.uniform(0.02, 0.1) * h;
        for i in 0..count {
            let left = x + i as f32 * (width + gap);
            let bottom = baseline + (height - h) / 2.0;
            let cell = Rect::new(left, bottom - height, left + width, bottom);
            canvas.frame(cell, rule);
            if rng.chance(0.08) {
                continue;
            }
            let digit = (b'0' + rng.below(10) as u8) as char;
            self.write_in_cell(digit, cell, stray, canvas, rng);
        }
        x + count as f32 * (width + gap)
    }

    /// Writes one sign into the middle of a cell, or beside it.
    pub(super) fn write_in_cell(
        &mut self,
        sign: char,
        cell: Rect,
        stray: f32,
        canvas: &mut Canvas,
        rng: &mut Rng,
    ) {
        self.budget = self.budget.saturating_sub(1);
        let mut line = Lettering::write(&self.writer, &sign.to_string(), self.height, self.spacing, rng);
        let ([x, y], at) = (cell.middle(), line.extent());
        if at.width() <= 0.0 {
            return;
        }
        let down = if sign.is_ascii_digit() { y - at.middle()[1] } else { y + self.height / 2.0 };
        line.transform(Affine::shift([
            x - at.middle()[0] + stray * rng.normal(),
            down + stray * rng.normal(),
        ]));
        canvas.write(&line, Reading::Asked);
    }
}
