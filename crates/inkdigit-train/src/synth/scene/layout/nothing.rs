//! Pictures on which no digit is to be found.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading, Rule};
use super::super::geometry::{Affine, direction};
use super::super::lettering::Lettering;
use super::super::random::Choose;
use super::{Page, place};
use crate::synth::strokes::{letters, symbols};

impl Page<'_> {
    /// Letters, words, giants' digits, grids, hatching, or nothing at all.
    pub(super) fn nothing(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        match rng.below(9) {
            0 => self.lines(canvas, 1.1, rng),
            1 | 2 => self.signs(canvas, rng),
            3 => self.giants(canvas, rng),
            4 => self.dust(canvas, rng),
            5 => self.grid(canvas, rng),
            6 => self.hatching(canvas, rng),
            7 => self.shapes(canvas, rng),
            _ => {}
        }
    }

    /// Letters and symbols that no digit looks like, of any size.
    fn signs(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let mut all = letters(false);
        all.extend(symbols(false).into_iter().filter(|sign| !"+-=".contains(*sign)));
        for _ in 0..rng.between(1, 14) {
            let height = self.height * rng.log_uniform(0.7, 3.0);
            let sign = rng.pick(&all).to_string();
            let mut line = Lettering::write(&self.writer, &sign, height, self.spacing, rng);
            place(
                &mut line,
                rng.uniform(area.left, area.right - height),
                rng.uniform(area.top + height, area.bottom),
            );
            let extent = line.extent();
            if extent.width() > 0.0 && canvas.is_free(extent) {
                canvas.write(&line, Reading::Nothing);
            }
        }
    }

    /// Parts of digits far too large.
    fn giants(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let least = self.config.heights.most * self.config.heights.margin;
        for _ in 0..rng.between(1, 3) {
            let height = least * rng.log_uniform(1.4, 6.0);
            let digit = rng.below(10).to_string();
            let mut line = Lettering::write(&self.writer, &digit, height, self.spacing, rng);
            let middle = line.extent().middle();
            let at = [rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)];
            line.transform(Affine::shift([at[0] - middle[0], at[1] - middle[1]]));
            canvas.write(&line, Reading::Asked);
        }
    }

    /// Lines of digits too small to be read.
    fn dust(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let heights = self.config.heights;
        self.height = heights.least / heights.margin * rng.uniform(0.35, 0.9);
        self.lines(canvas, 0.3, rng);
    }

    /// Rules, bars and grids of any width.
    fn grid(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        let pitch = rng.log_uniform(5.0, 200.0);
        let rule = Rule { radius: pitch * rng.log_uniform(0.005, 0.15), strength: rng.uniform(0.1, 1.0) };
        let which = rng.below(3);
        let (x, y) = (pitch * rng.unit(), pitch * rng.unit());
        // Upright pieces as long as digits would be 1s.
        for i in 0..(area.width() / pitch) as usize + 1 {
            let x = area.left + x + pitch * i as f32;
            if which != 0 {
                canvas.rule([x, area.top - 9.0], [x, area.bottom + 9.0], rule);
            }
        }
        for i in 0..(area.height() / pitch) as usize + 1 {
            let y = area.top + y + pitch * i as f32;
            if which != 1 {
                canvas.rule([area.left - 9.0, y], [area.right + 9.0, y], rule);
            }
        }
    }

    /// Strokes beside each other.
    fn hatching(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        for _ in 0..rng.between(1, 3) {
            let [dx, dy] = direction(rng.uniform(0.3, 1.2) * rng.sign());
            let (length, pitch) = (self.height * rng.uniform(1.5, 5.0), self.height * rng.uniform(0.1, 0.35));
            let start = [rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)];
            for i in 0..rng.between(6, 30) {
                let x = start[0] + pitch * i as f32;
                let y = start[1] + 0.1 * length * rng.normal();
                self.stroke(canvas, [x, y], [x + dx * length, y + dy * length], rng);
            }
        }
    }

    /// Filled shapes: parts of pictures, logos, blocks of colour.
    fn shapes(&mut self, canvas: &mut Canvas, rng: &mut Rng) {
        let area = canvas.area;
        for _ in 0..rng.between(1, 8) {
            let at = [rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)];
            let (count, size) = (rng.between(3, 7), self.height * rng.log_uniform(0.8, 6.0));
            let (turn, stretch) = (rng.uniform(0.0, 6.3), rng.uniform(0.4, 1.0));
            let corner = |i: usize| {
                let [x, y] = direction(turn + std::f32::consts::TAU * i as f32 / count as f32);
                [at[0] + size * x, at[1] + stretch * size * y]
            };
            let corners: Vec<_> = (0..count).map(corner).collect();
            canvas.fill(&corners, rng.uniform(0.1, 1.0));
        }
    }
}
