//! Cells side by side: combs with their dividers, tables.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading, Rule};
use super::super::content::Content;
use super::super::geometry::Rect;
use super::super::print::{Typeface, words};
use super::super::random::Choose;
use super::{Page, place};

/// What stands in the first row of a table.
#[derive(Clone, Copy, Debug)]
enum Head {
    Printed,
    Written,
    None,
}

impl Page<'_> {
    /// Combs below each other.
    pub(super) fn combs(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let h = self.height;
        let mut y = area.top + h * rng.uniform(0.2, 1.5);
        while y < area.bottom && self.budget > 0 {
            let x = area.left + h * rng.uniform(-0.2, 2.0);
            let height = self.comb([x, y], (area.right - x).max(h), canvas, rng);
            y += height + h * rng.uniform(0.15, 1.5);
        }
    }

    /// One comb with its upper left corner at a point; gives its height.
    pub(super) fn comb(&mut self, [x, y]: [f32; 2], room: f32, canvas: &mut Canvas, rng: &mut Rng) -> f32 {
        let h = self.height;
        let (pitch, height) = (h * rng.uniform(0.72, 1.5), h * rng.uniform(1.08, 1.9));
        let count = rng.between(2, 11).min((room / pitch) as usize + 1);
        let frame = Rect::new(x, y, x + pitch * count as f32, y + height);
        let rule = self.rule(rng);
        // Dividers are finer or bolder than the frame, whole, or teeth from below or from both sides.
        let divider = Rule {
            radius: (rule.radius * rng.log_uniform(0.4, 3.5)).min(0.12 * h).max(0.25),
            strength: if rng.chance(0.6) { rule.strength } else { rng.uniform(0.2, 1.0) },
        };
        let teeth = if rng.chance(0.7) { 1.0 } else { rng.uniform(0.15, 0.5) };
        if rng.chance(0.85) {
            canvas.frame(frame, rule);
        } else {
            canvas.rule([frame.left, frame.bottom], [frame.right, frame.bottom], rule);
        }
        for i in 1..count {
            let x = frame.left + pitch * i as f32;
            canvas.rule([x, frame.bottom - teeth * height], [x, frame.bottom], divider);
        }
        self.fill_comb(frame, count, canvas, rng);
        height
    }

    /// Writes into the cells of a comb, of which some may stay empty.
    fn fill_comb(&mut self, frame: Rect, count: usize, canvas: &mut Canvas, rng: &mut Rng) {
        let stray = self.height * rng.uniform(0.01, 0.1);
        let text = match rng.below(5) {
            0 => Content::Date.text(rng),
            1 => Content::any(rng).text(rng),
            _ => String::new(),
        };
        let mut signs = text.chars();
        let empty = if rng.chance(0.3) { 0.3 } else { 0.02 };
        let pitch = frame.width() / count as f32;
        for i in 0..count {
            let left = frame.left + pitch * i as f32;
            let cell = Rect::new(left, frame.top, left + pitch, frame.bottom);
            let any = (b'0' + rng.below(10) as u8) as char;
            let sign = signs.next().unwrap_or(any);
            if sign != ' ' && !rng.chance(empty) {
                self.write_in_cell(sign, cell, stray, canvas, rng);
            }
        }
    }

    /// A table of numbers, its head printed, written or none.
    pub(super) fn table(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let h = self.height;
        let (rule, row) = (self.rule(rng), h * rng.uniform(1.15, 2.2));
        let mut columns = vec![area.left + h * rng.uniform(-0.5, 1.0)];
        while *columns.last().unwrap_or(&area.right) < area.right {
            let width = h * rng.uniform(1.5, 6.0);
            columns.push(columns[columns.len() - 1] + width);
        }
        let (first, last) = (columns[0], columns[columns.len() - 1]);
        let top = area.top + h * rng.uniform(-0.5, 1.2);
        let rows = ((area.bottom - top) / row).ceil().max(1.0) as usize;
        let (level, upright) = rng.pick(&[(true, false), (false, true), (true, true), (true, true)]);
        let head = rng.pick(&[Head::Printed, Head::Written, Head::None]);
        let face = Typeface::draw(h * rng.uniform(0.35, 0.8), rng);
        for i in 0..=rows {
            let y = top + row * i as f32;
            if level || i < 2 {
                canvas.rule([first, y], [last, y], rule);
            }
            for pair in columns.windows(2) {
                let cell = Rect::new(pair[0], y, pair[1], y + row);
                match if i == 0 { head } else { Head::None } {
                    Head::None => self.fill_cell(cell, canvas, rng),
                    Head::Printed => {
                        let mut line = face.set(&words(1, rng));
                        line.iter_mut()
                            .for_each(|glyph| glyph.shift([cell.left + 0.2 * h, cell.bottom - 0.3 * row]));
                        canvas.print(&line, 0.9, Reading::Nothing, face.height);
                    }
                    Head::Written => {
                        let mut word = self.word(rng);
                        place(&mut word, cell.left + 0.1 * h, cell.bottom - 0.2 * row);
                        canvas.write(&word, Reading::Nothing);
                    }
                }
            }
        }
        if upright {
            columns.iter().for_each(|&x| canvas.rule([x, top], [x, top + row * rows as f32], rule));
        }
    }

    /// A number at the left or the right of its cell, if it has room.
    fn fill_cell(&mut self, cell: Rect, canvas: &mut Canvas, rng: &mut Rng) {
        if self.budget == 0 || rng.chance(0.2) {
            return;
        }
        let h = self.height;
        let length = (cell.width() / h * 1.2) as usize;
        let text = Content::any(rng).text(rng);
        let text: String = text.chars().take(length.max(1)).collect();
        let mut line = self.write(&text, rng);
        let width = line.extent().width();
        let spare = (cell.width() - width).max(0.0);
        let x = cell.left + spare * rng.pick(&[0.1, 0.5, 0.9]);
        place(&mut line, x, cell.bottom - (cell.height() - h) * rng.uniform(0.3, 0.7));
        canvas.write(&line, Reading::Asked);
    }
}
