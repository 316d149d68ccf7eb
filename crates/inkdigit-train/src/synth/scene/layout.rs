//! What stands where on the paper, a file for each family of pictures.

use inkdigit_nn::Rng;

use super::canvas::{Canvas, Reading, Rule};
use super::config::{Kind, SceneConfig};
use super::content::Content;
use super::geometry::{Affine, Rect};
use super::lettering::{Lettering, Spacing};
use super::random::Choose;
use super::rules::Ruled;
use super::writer::Writer;

mod cells;
mod cheque;
mod clutter;
mod fields;
mod form;
mod lines;
mod nothing;
mod single;

pub(super) use clutter::clutter;
pub(super) use single::crop;

/// What the layouts of one picture share.
pub(super) struct Page<'a> {
    pub config: &'a SceneConfig,
    pub writer: Writer<'a>,
    /// Of digits, in pixels.
    pub height: f32,
    pub spacing: Spacing,
    /// How the paper is ruled.
    pub ruled: Ruled,
    /// How many signs may still be written.
    pub budget: usize,
    /// How badly lines are kept.
    pub untidiness: f32,
}

impl Page<'_> {
    /// Fills the paper. Kinds whose size depends on what is written have their own ways: see [`crop`].
    pub(super) fn lay_out(&mut self, kind: Kind, canvas: &mut Canvas, rng: &mut Rng) {
        match kind {
            Kind::Lines => self.lines(canvas, 0.0, rng),
            Kind::Words => self.lines(canvas, 0.65, rng),
            Kind::Scattered => self.scattered(canvas, rng),
            Kind::Fields => self.fields(canvas, rng),
            Kind::Comb => self.combs(canvas, rng),
            Kind::Table => self.table(canvas, rng),
            Kind::Form => self.form(canvas, rng),
            Kind::Cheque => self.cheque(canvas, rng),
            Kind::Single | Kind::Tight | Kind::Enlarged | Kind::Display => self.single(canvas, rng),
            Kind::Print => self.print_alone(canvas, rng),
            Kind::Nothing => self.nothing(canvas, rng),
        }
    }

    /// A number, date, sum, … as this page's writer writes it, from 0 on the line at 0.
    fn write(&mut self, text: &str, rng: &mut Rng) -> Lettering {
        let mut line = Lettering::write(&self.writer, text, self.height, self.spacing, rng);
        self.budget = self.budget.saturating_sub(line.glyphs.len());
        let untidy = self.untidiness;
        if rng.chance(0.4) {
            line.bend(
                0.05 * untidy * rng.normal(),
                0.1 * untidy * rng.normal(),
                0.05 * untidy * rng.unit(),
                rng,
            );
        }
        line
    }

    /// As [`Page::write`], of any content.
    fn write_any(&mut self, rng: &mut Rng) -> Lettering {
        let text = Content::any(rng).text(rng);
        self.write(&text, rng)
    }

    /// A pen's line across the paper, nearly straight.
    fn stroke(&self, canvas: &mut Canvas, from: [f32; 2], to: [f32; 2], rng: &mut Rng) {
        let radius = (self.writer.radius(self.height) * rng.uniform(0.6, 1.1)).max(0.25);
        let sag = 0.02 * (to[0] - from[0]).abs() * rng.normal();
        let scale = canvas.view.scale_at(from);
        let points: Vec<_> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let [x, y] = super::geometry::between(from, to, t);
                (canvas.view.apply([x, y + sag * 4.0 * t * (1.0 - t)]), radius * scale)
            })
            .collect();
        canvas.ink.polyline(&points, self.writer.pen.opacity);
    }

    /// Writes a line and, now and then, underlines, encircles, strikes or crosses it out.
    fn write_and_mark(&mut self, canvas: &mut Canvas, line: &Lettering, rng: &mut Rng) {
        let extent = line.extent();
        let h = line.height;
        match rng.below(100) {
            0..8 => {
                // From through the feet of the digits to well below them.
                for i in 0..if rng.chance(0.25) { 2 } else { 1 } {
                    let y = extent.bottom + h * (rng.uniform(-0.1, 0.25) + 0.15 * i as f32);
                    let tilt = 0.03 * extent.width() * rng.normal();
                    let reach = h * rng.uniform(-0.1, 0.5);
                    self.stroke(canvas, [extent.left - reach, y], [extent.right + reach, y + tilt], rng);
                }
                canvas.write(line, Reading::Asked);
            }
            8..10 => {
                self.encircle(canvas, extent, rng);
                canvas.write(line, Reading::Asked);
            }
            10..11 => {
                canvas.write(line, Reading::Doubtful);
                let [_, y] = extent.middle();
                let tilt = 0.2 * h * rng.normal();
                self.stroke(
                    canvas,
                    [extent.left - 0.2 * h, y - tilt],
                    [extent.right + 0.2 * h, y + tilt],
                    rng,
                );
            }
            11..12 => {
                canvas.write(line, Reading::Nothing);
                self.cross_out(canvas, extent, rng);
            }
            _ => canvas.write(line, Reading::Asked),
        }
    }

    fn encircle(&self, canvas: &mut Canvas, around: Rect, rng: &mut Rng) {
        let [x, y] = around.middle();
        let (a, b) = (0.72 * around.width() + 0.25 * self.height, 0.75 * around.height() + 0.1 * self.height);
        let radius = self.writer.radius(self.height).max(0.25);
        let over = rng.uniform(1.0, 1.15);
        let wobble = 0.04 * rng.normal();
        let points: Vec<_> = (0..=28)
            .map(|i| {
                let turn = i as f32 / 28.0 * over * std::f32::consts::TAU;
                let (sin, cos) = (turn - 1.2).sin_cos();
                let r = 1.0 + wobble * turn;
                (canvas.view.apply([x + a * r * cos, y + b * r * sin]), radius)
            })
            .collect();
        canvas.ink.polyline(&points, self.writer.pen.opacity);
    }

    /// To and fro over it until nobody can read it.
    fn cross_out(&self, canvas: &mut Canvas, over: Rect, rng: &mut Rng) {
        let radius = self.writer.radius(self.height).max(0.3);
        let steps = ((over.width() / self.height).ceil() as usize).clamp(1, 12) * rng.between(5, 8);
        let points: Vec<_> = (0..=steps)
            .map(|i| {
                let x = over.left + over.width() * (i as f32 / steps as f32 + 0.03 * rng.normal());
                let y = if i % 2 == 0 { over.top } else { over.bottom } + 0.15 * over.height() * rng.normal();
                (canvas.view.apply([x, y]), radius)
            })
            .collect();
        canvas.ink.polyline(&points, self.writer.pen.opacity);
    }

    /// A printed line's width and darkness on this page.
    fn rule(&self, rng: &mut Rng) -> Rule {
        let radius = (self.height * rng.log_uniform(0.008, 0.06)).clamp(0.25, 5.0);
        Rule {
            radius,
            strength: if rng.chance(0.5) { rng.uniform(0.6, 1.0) } else { rng.uniform(0.15, 0.6) },
        }
    }
}

/// Moves a line so that it begins at `x` and stands on `y`.
fn place(line: &mut Lettering, x: f32, y: f32) {
    let left = line.extent().left;
    if left < f32::MAX {
        line.transform(Affine::shift([x - left, y]));
    }
}
