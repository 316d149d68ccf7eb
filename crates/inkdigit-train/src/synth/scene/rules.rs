//! What paper is ruled with: lines, squares, dots, millimetres, a margin.

use inkdigit_nn::Rng;

use super::canvas::{Canvas, Rule};
use super::geometry::Rect;
use super::random::Choose;

/// Kinds of ruling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    Plain,
    Ruled,
    Squared,
    Dotted,
    Millimetre,
}

/// How a sheet is ruled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruled {
    pub ruling: Ruling,
    /// Between two lines.
    pub pitch: f32,
    /// Where the first line is, below the top of the paper.
    pub first: f32,
    rule: Rule,
}

impl Ruled {
    /// For text of this height: most rulings have to do with how large one writes on them.
    pub(super) fn draw(ruling: Ruling, height: f32, rng: &mut Rng) -> Self {
        let pitch = match ruling {
            Ruling::Plain => height,
            Ruling::Ruled => height * rng.uniform(1.1, 2.4),
            // Digits in one square, over two, or anyhow.
            Ruling::Squared => height * rng.pick(&[rng.clone().uniform(0.45, 0.7), 1.0, 1.25, 1.6]),
            Ruling::Dotted => height * rng.uniform(0.4, 1.2),
            Ruling::Millimetre => (height * rng.uniform(0.08, 0.3)).max(2.5),
        };
        let radius = (height * rng.uniform(0.004, 0.03)).clamp(0.2, 1.6);
        let strength = if rng.chance(0.7) { rng.uniform(0.06, 0.4) } else { rng.uniform(0.4, 0.9) };
        Self { ruling, pitch: pitch.max(2.5), first: pitch * rng.unit(), rule: Rule { radius, strength } }
    }

    /// Rules all of `paper`.
    pub(super) fn print(&self, canvas: &mut Canvas, paper: Rect, rng: &mut Rng) {
        match self.ruling {
            Ruling::Plain => {}
            Ruling::Ruled => {
                self.level(canvas, paper, self.rule, 1);
                if rng.chance(0.3) {
                    let x = paper.left + paper.width() * rng.uniform(0.05, 0.3);
                    canvas.rule([x, paper.top], [x, paper.bottom], self.rule);
                }
            }
            Ruling::Squared => {
                self.level(canvas, paper, self.rule, 1);
                self.upright(canvas, paper, self.rule, 1);
            }
            Ruling::Dotted => self.dots(canvas, paper),
            Ruling::Millimetre => {
                let fine = Rule { radius: 0.6 * self.rule.radius, strength: 0.5 * self.rule.strength };
                self.level(canvas, paper, fine, 1);
                self.upright(canvas, paper, fine, 1);
                self.level(canvas, paper, self.rule, rng.pick(&[5, 10]));
                self.upright(canvas, paper, self.rule, rng.pick(&[5, 10]));
            }
        }
    }

    /// Every `nth` line from left to right.
    fn level(&self, canvas: &mut Canvas, paper: Rect, rule: Rule, nth: usize) {
        for i in (0..Self::count(paper.height(), self.pitch)).step_by(nth) {
            let y = paper.top + self.first + i as f32 * self.pitch;
            if y < paper.bottom {
                canvas.rule([paper.left, y], [paper.right, y], rule);
            }
        }
    }

    /// Every `nth` line from top to bottom.
    fn upright(&self, canvas: &mut Canvas, paper: Rect, rule: Rule, nth: usize) {
        for i in (0..Self::count(paper.width(), self.pitch)).step_by(nth) {
            let x = paper.left + self.first + i as f32 * self.pitch;
            if x < paper.right {
                canvas.rule([x, paper.top], [x, paper.bottom], rule);
            }
        }
    }

    fn dots(&self, canvas: &mut Canvas, paper: Rect) {
        let radius = (2.0 * self.rule.radius).max(0.5);
        let rule = Rule { radius, strength: self.rule.strength };
        // Dots as small as pixels aren't seen apart.
        let pitch = self.pitch.max(5.0);
        for j in 0..Self::count(paper.height(), pitch) {
            for i in 0..Self::count(paper.width(), pitch) {
                let at =
                    [paper.left + self.first + i as f32 * pitch, paper.top + self.first + j as f32 * pitch];
                canvas.rule(at, at, rule);
            }
        }
    }

    fn count(length: f32, pitch: f32) -> usize {
        (length / pitch).ceil() as usize
    }
}
