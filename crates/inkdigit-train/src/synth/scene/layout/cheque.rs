//! Amounts on cheques: what stands before, behind, above and below them.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading};
use super::super::content::Content;
use super::super::geometry::{Affine, Rect};
use super::super::lettering::Lettering;
use super::super::print::Typeface;
use super::super::random::Choose;
use super::{Page, place};

/// An amount as it is written: its digits, and cents that are raised, smaller and underlined.
pub(super) struct Amount {
    line: Lettering,
    cents: Option<Lettering>,
}

/// Writes an amount, from 0 on the line at 0.
pub(super) fn amount(page: &mut Page, rng: &mut Rng) -> Amount {
    let content = if rng.chance(0.75) { Content::Amount } else { Content::any(rng) };
    let text = content.text(rng);
    let line = page.write(&text, rng);
    let raised = rng.chance(0.1);
    let cents = raised.then(|| {
        let height = page.height * rng.uniform(0.45, 0.7);
        let text = rng.pick(&["00", "50", "95", "20"]);
        let mut cents = Lettering::write(&page.writer, text, height, page.spacing, rng);
        let right = line.extent().right + 0.1 * page.height;
        place(&mut cents, right, height - page.height);
        cents
    });
    Amount { line, cents }
}

impl Amount {
    /// The box around all of it.
    pub(super) fn extent(&self) -> Rect {
        self.cents.iter().fold(self.line.extent(), |rect, cents| rect.union(cents.extent()))
    }

    /// Moves it.
    pub(super) fn transform(&mut self, by: Affine) {
        self.line.transform(by);
        self.cents.iter_mut().for_each(|cents| cents.transform(by));
    }

    /// Puts it on the paper, with what a cheque prints around it.
    pub(super) fn put(&self, page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
        let (h, extent) = (page.height, self.extent());
        canvas.write(&self.line, Reading::Asked);
        if let Some(cents) = &self.cents {
            canvas.write(cents, Reading::Asked);
            let below = cents.extent();
            let y = below.bottom + h * rng.uniform(0.03, 0.12);
            page.stroke(canvas, [below.left, y], [below.right, y], rng);
        }
        let rule = page.rule(rng);
        // The line it is written on and the one above, which are seldom quite within the picture.
        if rng.chance(0.45) {
            let y = extent.bottom + h * rng.uniform(-0.2, 0.3);
            canvas.rule([extent.left - 3.0 * h, y], [extent.right + 3.0 * h, y], rule);
        }
        if rng.chance(0.25) {
            let y = extent.top - h * rng.uniform(-0.1, 0.3);
            canvas.rule([extent.left - 3.0 * h, y], [extent.right + 3.0 * h, y], rule);
        }
        if rng.chance(0.15) {
            let x = rng.pick(&[extent.left - 0.2 * h, extent.right + 0.2 * h]);
            canvas.rule([x, extent.top - h], [x, extent.bottom + h], rule);
        }
        if rng.chance(0.2) {
            let face = Typeface::draw(h * rng.uniform(0.4, 0.9), rng);
            let mut line = face.set(rng.pick(&["$", "EUR", "US$", "CHF", "PESOS", "$", "€", "Fr."]));
            let width = super::super::print::extent(&line).width();
            line.iter_mut()
                .for_each(|glyph| glyph.shift([extent.left - width - 0.3 * h, extent.bottom - 0.1 * h]));
            canvas.print(&line, rule.strength, Reading::Nothing, face.height);
        }
        // Of print below or above, only parts are in the picture.
        if rng.chance(0.25) {
            let face = Typeface::draw(h * rng.uniform(0.25, 0.5), rng);
            let mut line = face.set(&super::super::print::words(3, rng));
            let y = if rng.chance(0.5) { extent.bottom + 0.9 * face.height } else { extent.top - 0.1 * h };
            line.iter_mut().for_each(|glyph| glyph.shift([extent.left, y + 0.2 * h]));
            canvas.print(&line, rule.strength, Reading::Nothing, face.height);
        }
    }
}

impl Page<'_> {
    /// Several amounts on paper that fills the picture.
    pub(super) fn cheque(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let mut y = area.top + self.height * rng.uniform(1.0, 1.6);
        while y < area.bottom + 0.2 * self.height && self.budget > 0 {
            let mut amount = amount(self, rng);
            let x = area.left + (area.width() - amount.extent().width()).max(0.0) * rng.unit();
            amount.transform(Affine::shift([x, y]));
            amount.put(self, canvas, rng);
            y += self.height * rng.uniform(1.6, 3.5);
        }
    }
}
