//! Signs beside each other: what a hand makes of a text. Digits that touch and overlap, lines that rise, fall
//! and bend.

use inkdigit_nn::Rng;

use super::geometry::{Affine, Rect};
use super::glyph::Glyph;
use super::random::{Choose, wave};
use super::writer::{Writer, extent};
use crate::synth::pen::Drawing;

/// A line of writing, its first sign at 0, on the line at 0.
#[derive(Clone, Debug)]
pub(super) struct Lettering {
    pub glyphs: Vec<Glyph>,
    /// Strokes that join signs and belong to none.
    pub ligatures: Vec<Glyph>,
    /// What a digit's height is in it.
    pub height: f32,
}

/// How close signs stand, in heights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spacing {
    /// Between the ink of two digits.
    pub gap: f32,
    /// The share of digits that touch or overlap the one before them.
    pub touching: f32,
    /// Of a blank.
    pub blank: f32,
}

impl Spacing {
    /// As people write: most leave a little room, some none, some a lot.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let gap = match rng.below(10) {
            0..2 => rng.uniform(0.01, 0.06),
            2..8 => rng.uniform(0.06, 0.3),
            _ => rng.uniform(0.3, 1.3),
        };
        let touching = if rng.chance(0.35) { rng.uniform(0.05, 0.7) } else { 0.0 };
        Self { gap, touching, blank: rng.uniform(0.35, 0.9) }
    }
}

impl Lettering {
    /// Writes a text. Signs that nobody knows are left out.
    pub(super) fn write(writer: &Writer, text: &str, height: f32, spacing: Spacing, rng: &mut Rng) -> Self {
        let mut line = Self { glyphs: Vec::with_capacity(text.len()), ligatures: Vec::new(), height };
        let mut blank = 0.0;
        for sign in text.chars() {
            if sign == ' ' {
                blank += spacing.blank * height;
                continue;
            }
            let Some(mut glyph) = writer.write(sign, height, rng) else { continue };
            if let Some(last) = line.glyphs.last() {
                let touches = blank == 0.0 && rng.chance(spacing.touching);
                let gap = if touches {
                    // From just touching to crossing each other's strokes.
                    -2.0 * writer.radius(height) * rng.uniform(0.2, 1.2) - rng.uniform(0.0, 0.04) * height
                } else {
                    (spacing.gap * rng.uniform(0.6, 1.5)).max(0.02) * height
                };
                beside(last, &mut glyph, gap + blank, height);
            }
            if blank == 0.0 && sign == '0' && spacing.touching > 0.0 && rng.chance(0.4) {
                line.join(&glyph, writer, rng);
            }
            blank = 0.0;
            line.glyphs.push(glyph);
        }
        line
    }

    /// Zeros written without lifting the pen hang together by a hook from one's top to the next's.
    fn join(&mut self, next: &Glyph, writer: &Writer, rng: &mut Rng) {
        let radius = writer.radius(self.height) * 0.8;
        let to = next.extent();
        let Some(last) = self.glyphs.last().filter(|glyph| glyph.sign == '0') else { return };
        let from = last.extent();
        if to.left - from.right > 0.5 * self.height {
            return;
        }
        let sag = rng.uniform(0.0, 0.2) * self.height;
        let (start, end) = ([from.middle()[0], from.top + radius], [to.middle()[0], to.top + radius]);
        let points = (0..=8).map(|i| {
            let t = i as f32 / 8.0;
            let [x, y] = super::geometry::between(start, end, t);
            ([x, y + 4.0 * sag * t * (1.0 - t)], radius)
        });
        self.ligatures.push(Glyph::strokes('~', Drawing { strokes: vec![points.collect()] }));
    }

    /// The box around its ink.
    pub(super) fn extent(&self) -> Rect {
        extent(&self.glyphs)
    }

    /// Moves all of it.
    pub(super) fn transform(&mut self, by: Affine) {
        self.glyphs.iter_mut().chain(&mut self.ligatures).for_each(|glyph| glyph.transform(by));
    }

    /// Lets the line it stands on rise or fall, bend and wave, by up to these shares of the height.
    pub(super) fn bend(&mut self, slope: f32, sag: f32, waves: f32, rng: &mut Rng) {
        let extent = self.extent();
        let (width, phase) = (extent.width().max(1.0), rng.unit());
        let height = self.height;
        let line = |x: f32| {
            let t = (x - extent.left) / width;
            slope * (x - extent.left)
                + height * (sag * 4.0 * t * (1.0 - t) + waves * wave(phase + x / (5.0 * height)))
        };
        for glyph in self.glyphs.iter_mut().chain(&mut self.ligatures) {
            let [x, _] = glyph.extent().middle();
            let turn = (line(x + 1.0) - line(x - 1.0)) / 2.0;
            glyph.transform(Affine::shift([0.0, line(x)]).after(Affine::turn(turn.atan(), 1.0, [x, 0.0])));
        }
    }

    /// Letters joined by strokes from each one's end to the next one's start, as in cursive writing.
    pub(super) fn join_letters(&mut self, radius: f32) {
        for i in 1..self.glyphs.len() {
            let end = |glyph: &Glyph, last: bool| {
                let strokes = &glyph.drawing()?.strokes;
                let stroke = if last { strokes.last()? } else { strokes.first()? };
                (if last { stroke.last() } else { stroke.first() }).map(|&(point, _)| point)
            };
            let (Some(from), Some(to)) = (end(&self.glyphs[i - 1], true), end(&self.glyphs[i], false)) else {
                continue;
            };
            self.ligatures.push(Glyph::strokes('~', Drawing::line(from, to, 0.8 * radius)));
        }
    }
}

/// Puts a glyph beside the one before it.
fn beside(last: &Glyph, glyph: &mut Glyph, gap: f32, height: f32) {
    let (before, here) = (last.extent(), glyph.extent());
    let clearance = last.clearance(glyph);
    let apart = before.right - here.left + gap;
    // Ink that slips under what overhangs doesn't go far: a third of a digit's height, less for marks, which
    // nothing in their rows would hold up.
    let small = !(last.sign.is_alphanumeric() && glyph.sign.is_alphanumeric());
    let slip = if small { 0.15 } else { 0.35 } * height;
    let right = if clearance.is_finite() { (gap - clearance).max(apart - slip) } else { apart - 0.3 * slip };
    glyph.shift([right, 0.0]);
}

#[cfg(test)]
mod tests {
    use super::super::pen::{Pen, Tool};
    use super::super::source::DigitSource;
    use super::super::writer::Habits;
    use super::*;
    use crate::synth;

    #[test]
    fn lines_go_from_left_to_right_with_the_room_that_was_asked_for() {
        let data = synth::dataset(100, 1);
        let source = DigitSource::new(&data);
        let mut rng = Rng::new(5);
        for round in 0..40 {
            let pen = Pen::draw(Tool::ALL[round % 9], &mut rng);
            let writer = Writer::draw(&source, Habits { stroked: 0.5 }, pen, &mut rng);
            let spacing = Spacing { gap: 0.2, touching: 0.0, blank: 0.7 };
            let line = Lettering::write(&writer, "12,5 (30)", 30.0, spacing, &mut rng);
            assert_eq!(line.glyphs.len(), 8);
            let lefts: Vec<f32> = line.glyphs.iter().map(|glyph| glyph.extent().middle()[0]).collect();
            assert!(lefts.is_sorted(), "{lefts:?}");
            assert!(line.glyphs.windows(2).all(|pair| pair[0].clearance(&pair[1]) > 0.0));
            let close = Spacing { gap: 0.2, touching: 1.0, blank: 0.7 };
            let line = Lettering::write(&writer, "555", 30.0, close, &mut rng);
            assert!(line.glyphs.windows(2).any(|pair| pair[0].clearance(&pair[1]) < 0.0));
        }
    }
}
