//! Forms: titles, labels, small print, check boxes, and fields among them; pages of nothing but print.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading, Rule};
use super::super::config::Typeset;
use super::super::geometry::Rect;
use super::super::print::{Typeface, words};
use super::super::random::Choose;
use super::{Page, place};

impl Page<'_> {
    /// A form from top to bottom.
    pub(super) fn form(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let h = self.height;
        let size = (h * rng.uniform(0.3, 0.75)).max(5.0);
        let (face, dark) = (Typeface::draw(size, rng), rng.uniform(0.5, 1.0));
        if rng.chance(0.3) {
            let inset = h * rng.uniform(0.1, 0.6);
            let rule = self.rule(rng);
            canvas.frame(area.grown(-inset, -inset), rule);
        }
        let mut y = area.top + size * rng.uniform(0.5, 2.0);
        while y < area.bottom && self.budget > 0 {
            let left = area.left + h * rng.uniform(0.1, 1.0);
            y += match rng.below(10) {
                0 => {
                    let title = Typeface::draw(h * rng.uniform(0.6, 1.2), rng);
                    let text = words(2, rng);
                    self.type_line(&title, &text, [left, y + title.height], dark, canvas);
                    1.7 * title.height
                }
                1 => {
                    self.small_print(Rect::new(left, y, area.right, y + 4.0 * size), &face, dark, canvas, rng)
                }
                2 => self.check_boxes([left, y], &face, dark, canvas, rng),
                _ => self.labelled([left, y], &face, dark, canvas, rng),
            };
            y += size * rng.uniform(0.3, 1.8);
        }
    }

    /// A label and its field; gives the height of both.
    fn labelled(
        &mut self,
        [x, y]: [f32; 2],
        face: &Typeface,
        dark: f32,
        canvas: &mut Canvas,
        rng: &mut Rng,
    ) -> f32 {
        let h = self.height;
        let mut label = words(rng.between(1, 2), rng);
        if rng.chance(0.4) {
            label.push(':');
        }
        let beside = rng.chance(0.45);
        let at = if beside { [x, y + 1.2 * h] } else { [x, y + face.height] };
        let right = self.type_line(face, &label, at, dark, canvas);
        let start = if beside { [right + 0.3 * h, y] } else { [x, y + 1.35 * face.height] };
        let room = canvas.area.right - start[0];
        if room < h {
            return 1.5 * h;
        }
        let field = match rng.below(6) {
            0 | 1 => self.comb(start, room, canvas, rng),
            2 => {
                // A name or a signature on a line.
                let mut word = self.word(rng);
                place(&mut word, start[0] + 0.3 * h, start[1] + 1.2 * h);
                canvas.write(&word, Reading::Nothing);
                let rule = self.rule(rng);
                canvas.rule([start[0], start[1] + 1.35 * h], [start[0] + 6.0 * h, start[1] + 1.35 * h], rule);
                1.5 * h
            }
            _ => {
                let end = self.any_field([start[0], start[1] + 1.25 * h], canvas, rng);
                if rng.chance(0.3) {
                    let unit = rng.pick(&["EUR", "kg", "%", "Uhr", "m", "USD", "h", "km", "pcs."]);
                    self.type_line(face, unit, [end + 0.2 * h, start[1] + 1.2 * h], dark, canvas);
                }
                1.6 * h
            }
        };
        if rng.chance(0.2) {
            // What belongs into the field, in smaller print below it.
            let hint = face.sized((0.7 * face.height).max(3.0));
            let text = rng.pick(&[
                "DD MM YYYY",
                "day/month/year",
                "(max. 12)",
                "see note 3",
                "TT.MM.JJJJ",
                "please print",
            ]);
            let below = start[1] + field + 1.1 * hint.height;
            self.type_line(&hint, text, [start[0], below], dark, canvas);
            return below - y;
        }
        start[1] - y + field
    }

    /// Paragraphs; gives their height.
    fn small_print(&self, area: Rect, face: &Typeface, dark: f32, canvas: &mut Canvas, rng: &mut Rng) -> f32 {
        let face = face.sized((face.height * rng.uniform(0.5, 0.9)).max(3.5));
        let pitch = face.height * rng.uniform(1.4, 1.9);
        let rows = rng.between(1, 4);
        for i in 0..rows {
            let count = ((area.width() / face.height / 4.5) as usize).clamp(1, 9);
            let text = words(count, rng);
            self.type_line(&face, &text, [area.left, area.top + pitch * (i as f32 + 0.8)], dark, canvas);
        }
        pitch * rows as f32
    }

    /// Boxes to tick, some of them ticked; gives their height.
    fn check_boxes(
        &self,
        [x, y]: [f32; 2],
        face: &Typeface,
        dark: f32,
        canvas: &mut Canvas,
        rng: &mut Rng,
    ) -> f32 {
        let h = self.height;
        let side = h * rng.uniform(0.4, 0.8);
        let rule = self.rule(rng);
        let rule = Rule { radius: rule.radius.min(0.1 * side), ..rule };
        let mut left = x;
        for _ in 0..rng.between(1, 3) {
            let cell = Rect::new(left, y, left + side, y + side);
            canvas.frame(cell, rule);
            if rng.chance(0.5) {
                let (a, b) = ([cell.left, cell.top], [cell.right, cell.bottom]);
                self.stroke(canvas, a, b, rng);
                self.stroke(canvas, [b[0] + 0.1 * h, a[1] - 0.2 * h], [a[0] + 0.1 * h, b[1]], rng);
            }
            let text = words(1, rng);
            left = self.type_line(face, &text, [cell.right + 0.3 * side, cell.bottom], dark, canvas) + h;
        }
        side
    }

    /// Prints a line that stands at a point; gives where it ends. Its digits are print beside handwriting.
    fn type_line(&self, face: &Typeface, text: &str, at: [f32; 2], dark: f32, canvas: &mut Canvas) -> f32 {
        self.set(face, text, at, dark, Reading::Nothing, canvas)
    }

    fn set(
        &self,
        face: &Typeface,
        text: &str,
        at: [f32; 2],
        dark: f32,
        reading: Reading,
        canvas: &mut Canvas,
    ) -> f32 {
        let mut line = face.set(text);
        line.iter_mut().for_each(|glyph| glyph.shift(at));
        canvas.print(&line, dark, reading, face.height);
        line.last().map_or(at[0], |glyph| glyph.extent().right)
    }

    /// Nothing but print: a book, a receipt, a label.
    pub(super) fn print_alone(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let reading = match self.config.typeset {
            Typeset::Nothing => Reading::Nothing,
            Typeset::Ignored => Reading::Doubtful,
            Typeset::Digits => Reading::Asked,
        };
        let area = canvas.area;
        let numbers = rng.chance(0.35);
        let mut face = Typeface::draw(self.height, rng);
        let mut y = area.top + self.height * rng.uniform(0.3, 1.5);
        let pitch = rng.uniform(1.35, 2.2);
        while y < area.bottom + self.height && self.budget > 0 {
            let count = ((area.width() / face.height / 3.5) as usize).clamp(1, 9);
            let text = if numbers {
                (0..count).map(|_| super::Content::any(rng).text(rng) + " ").collect()
            } else {
                words(count, rng)
            };
            self.budget = self.budget.saturating_sub(text.len() / 2);
            let x = area.left + self.height * rng.uniform(-0.5, 1.5);
            self.set(&face, &text, [x, y + face.height], 1.0, reading, canvas);
            y += pitch * face.height;
            if rng.chance(0.15) {
                face = Typeface::draw(self.height * rng.uniform(0.6, 1.3), rng);
            }
        }
    }
}
