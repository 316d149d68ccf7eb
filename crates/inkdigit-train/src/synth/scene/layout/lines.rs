//! Numbers in lines and among words; digits here and there.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading};
use super::super::geometry::Affine;
use super::super::lettering::{Lettering, Spacing};
use super::super::random::Choose;
use super::super::rules::Ruling;
use super::{Page, place};
use crate::synth::strokes::letters;

/// Words that people write beside numbers.
const WORDS: &[&str] = &[
    "Milk", "Eggs", "Bread", "meter", "water", "gas", "rent", "cash", "paid", "from", "room", "table",
    "phone", "at", "km", "kg", "EUR", "cm", "Uhr", "und", "the", "and", "plus", "total", "sum", "average",
    "Anna", "Peter", "Maria", "Street", "Weg", "No", "Nr", "tel", "code", "left", "right", "due", "per",
    "week", "month", "of", "in", "to", "is", "score", "team", "lot", "HELLO", "TEST", "Total", "x", "am",
    "pm", "Mr", "Dr", "pages", "see", "box", "item",
];

impl Page<'_> {
    /// Lines of numbers; about `words` of what is written are words.
    pub(super) fn lines(&mut self, canvas: &mut Canvas, words: f32, rng: &mut Rng) {
        let area = canvas.area;
        let h = self.height;
        let on_rules = self.ruled.ruling == Ruling::Ruled && rng.chance(0.85);
        let pitch = if on_rules { self.ruled.pitch } else { h * rng.uniform(1.2, 2.8) };
        let mut y = area.top + if on_rules { self.ruled.first - 0.05 * h } else { h * rng.uniform(0.4, 2.2) };
        let slope = 0.06 * self.untidiness * rng.normal();
        let margin = h * rng.uniform(-0.3, 2.0);
        let one_each = rng.chance(0.35);
        // A picture of one line has it anywhere.
        if rng.chance(0.2) {
            y += (area.height() - 2.0 * h).max(0.0) * rng.unit();
        }
        while y < area.bottom + 0.3 * h && self.budget > 0 {
            let mut x = area.left + margin + 0.2 * h * rng.normal();
            while x < area.right - 0.2 * h && self.budget > 0 {
                let is_word = rng.chance(words);
                let mut line = if is_word { self.word(rng) } else { self.write_any(rng) };
                place(&mut line, x, y + slope * (x - area.left));
                let extent = line.extent();
                if extent.width() <= 0.0 {
                    break;
                }
                if is_word {
                    canvas.write(&line, Reading::Nothing);
                } else {
                    self.write_and_mark(canvas, &line, rng);
                }
                x = extent.right + h * rng.uniform(0.5, if words > 0.0 { 0.9 } else { 2.6 });
                if one_each {
                    break;
                }
            }
            y += pitch * if rng.chance(0.1) { 2.0 } else { 1.0 };
            if rng.chance(0.07) {
                break;
            }
        }
    }

    /// Digits here and there, each for itself.
    pub(super) fn scattered(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let room = area.area() / (self.height * self.height);
        let wanted = rng.between(2, 24).min((0.35 * room) as usize + 1);
        let turned = if rng.chance(0.3) { 0.2 } else { 0.05 };
        let letters_too = rng.chance(0.3);
        for _ in 0..wanted * 2 {
            if self.budget == 0 {
                return;
            }
            let h = self.height * rng.log_uniform(0.7, 1.4);
            let sign = if letters_too && rng.chance(0.3) {
                rng.pick(&letters(false))
            } else {
                (b'0' + rng.below(10) as u8) as char
            };
            let spacing = Spacing { gap: 0.1, touching: 0.0, blank: 0.5 };
            let mut line = Lettering::write(&self.writer, &sign.to_string(), h, spacing, rng);
            let at = [rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)];
            let middle = line.extent().middle();
            let turn = Affine::turn((turned * rng.normal()).clamp(-0.35, 0.35), 1.0, middle);
            line.transform(Affine::shift([at[0] - middle[0], at[1] - middle[1]]).after(turn));
            let extent = line.extent();
            if extent.width() > 0.0 && canvas.is_free(extent.grown(0.08 * h, 0.08 * h)) {
                self.budget = self.budget.saturating_sub(1);
                canvas.write(&line, Reading::Asked);
            }
        }
    }

    /// A word in capitals, small letters or joined writing. Its letters are no digits, whatever they look like.
    pub(super) fn word(&mut self, rng: &mut Rng) -> Lettering {
        let word: String = if rng.chance(0.6) {
            rng.pick(WORDS).to_string()
        } else {
            let all = letters(true);
            let upper = rng.chance(0.4);
            let fitting: Vec<char> =
                all.into_iter().filter(|letter| letter.is_uppercase() == upper).collect();
            (0..rng.between(3, 8)).map(|_| rng.pick(&fitting)).collect()
        };
        let word = if rng.chance(0.2) { word.to_uppercase() } else { word };
        let spacing = Spacing { gap: rng.uniform(0.02, 0.16), touching: rng.uniform(0.0, 0.4), blank: 0.5 };
        let height = self.height * rng.uniform(0.9, 1.3);
        let mut line = Lettering::write(&self.writer, &word, height, spacing, rng);
        if rng.chance(0.5) {
            line.join_letters(self.writer.radius(height));
        }
        self.budget = self.budget.saturating_sub(line.glyphs.len());
        line
    }
}
