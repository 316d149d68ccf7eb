//! What one writes with: how wide, how dark, how even its line is.

use inkdigit_nn::Rng;

use super::geometry::add;
use super::plane::Plane;
use super::random::{Choose, Cloud};
use crate::synth::pen::Drawing;

/// Kinds of pens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// Thin, and skips now and then.
    Ballpoint,
    /// Gray, and the paper's fibres show.
    Pencil,
    /// Wider where it goes down than where it goes up.
    Fountain,
    /// Even; ink pools where it rests.
    Felt,
    /// As thick as a finger.
    Marker,
    /// From a hair to a blot within one stroke.
    Brush,
    /// Crumbles; light on dark.
    Chalk,
    /// A fine liner on a large digit, a line of one pixel in a drawing program: a hundredth of the height.
    Hairline,
    /// A drawing program's round brush: all even.
    Mouse,
}

impl Tool {
    #[cfg(test)]
    pub(super) const ALL: [Self; 9] = [
        Self::Ballpoint,
        Self::Pencil,
        Self::Fountain,
        Self::Felt,
        Self::Marker,
        Self::Brush,
        Self::Chalk,
        Self::Hairline,
        Self::Mouse,
    ];

    /// Half its width, as a share of a digit's height, from the finest to the broadest.
    fn radii(self) -> (f32, f32) {
        match self {
            Self::Ballpoint => (0.018, 0.05),
            Self::Pencil => (0.018, 0.055),
            Self::Fountain => (0.025, 0.065),
            Self::Felt => (0.04, 0.085),
            Self::Marker => (0.08, 0.15),
            Self::Brush => (0.04, 0.11),
            Self::Chalk => (0.035, 0.09),
            Self::Hairline => (0.005, 0.016),
            Self::Mouse => (0.03, 0.13),
        }
    }
}

/// One pen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    /// Half its width as a share of a digit's height.
    pub radius: f32,
    /// How much of the paper it hides where it is darkest: 0 to 1.
    pub opacity: f32,
    /// How much of its ink the fibres of the paper keep away: 0 to 1.
    pub roughness: f32,
    /// The share of its strokes that have a gap.
    skips: f32,
    /// How much wider it is at the ends of strokes.
    pooling: f32,
    /// How much its width varies along a stroke.
    unevenness: f32,
}

impl Pen {
    pub(super) fn draw(tool: Tool, rng: &mut Rng) -> Self {
        let (finest, broadest) = tool.radii();
        let radius = rng.log_uniform(finest, broadest);
        let plain = Self { radius, opacity: 1.0, roughness: 0.0, skips: 0.0, pooling: 0.0, unevenness: 0.1 };
        match tool {
            Tool::Ballpoint => Self {
                skips: if rng.chance(0.3) { rng.uniform(0.05, 0.4) } else { 0.0 },
                opacity: rng.uniform(0.75, 1.0),
                roughness: rng.uniform(0.0, 0.35),
                ..plain
            },
            Tool::Pencil => Self {
                opacity: rng.uniform(0.4, 0.9),
                roughness: rng.uniform(0.2, 0.7),
                unevenness: 0.2,
                ..plain
            },
            Tool::Fountain => {
                Self { unevenness: rng.uniform(0.1, 0.45), pooling: rng.uniform(0.0, 0.3), ..plain }
            }
            Tool::Felt => Self {
                opacity: rng.uniform(0.8, 1.0),
                pooling: rng.uniform(0.0, 0.5),
                unevenness: 0.06,
                ..plain
            },
            Tool::Marker => {
                Self { opacity: rng.uniform(0.75, 1.0), roughness: rng.uniform(0.0, 0.2), ..plain }
            }
            Tool::Brush => Self {
                unevenness: rng.uniform(0.4, 0.8),
                roughness: if rng.chance(0.3) { rng.uniform(0.2, 0.6) } else { 0.0 },
                ..plain
            },
            Tool::Chalk => Self { roughness: rng.uniform(0.35, 0.85), unevenness: 0.25, ..plain },
            Tool::Hairline => Self { unevenness: 0.0, ..plain },
            Tool::Mouse => Self { unevenness: 0.0, ..plain },
        }
    }

    /// Gives the strokes of a sign this pen's width; they have that of the pen before, all along or not.
    pub(super) fn lead(&self, drawing: &mut Drawing, rng: &mut Rng) {
        for stroke in &mut drawing.strokes {
            let last = (stroke.len() - 1).max(1) as f32;
            let (phase, waves) = (rng.unit(), rng.uniform(0.4, 1.6));
            let mut before = stroke[0].0;
            for (i, (point, radius)) in stroke.iter_mut().enumerate() {
                let along = i as f32 / last;
                let swell = super::random::wave(phase + waves * along);
                // Pens that give way are wider where they go down.
                let [x, y] = add(*point, before, -1.0);
                let down = y / x.hypot(y).max(1e-3);
                before = *point;
                let resting = (1.0 - 6.0 * along.min(1.0 - along)).max(0.0);
                *radius *=
                    (1.0 + self.unevenness * (0.5 * swell + 0.5 * down)) * (1.0 + self.pooling * resting);
            }
        }
        if self.skips > 0.0 {
            drawing.break_strokes(self.skips, rng);
        }
    }

    /// Lets the paper's fibres show through the ink.
    pub(super) fn roughen(&self, ink: &mut Plane, rng: &mut Rng) {
        if self.roughness <= 0.0 {
            return;
        }
        let (fine, share) = (rng.uniform(0.7, 1.8), self.roughness);
        Cloud::new(fine, rng).over(ink, |ink, level| {
            // Where little ink lies, as at the edges of a stroke, the more is missing.
            *ink *= (1.0 - share * (0.9 + level - 0.5 * *ink)).clamp(0.0, 1.0);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pens_have_the_widths_of_their_kind() {
        for tool in Tool::ALL {
            let mut rng = Rng::new(tool as u64);
            for _ in 0..50 {
                let pen = Pen::draw(tool, &mut rng);
                let (finest, broadest) = tool.radii();
                assert!(pen.radius >= 0.999 * finest && pen.radius <= 1.001 * broadest, "{pen:?}");
                let mut drawing = Drawing::line([0.0, 0.0], [10.0, 50.0], 2.0);
                pen.lead(&mut drawing, &mut rng);
                let radii = drawing.strokes.iter().flatten().map(|(_, radius)| *radius);
                assert!(radii.into_iter().all(|radius| radius > 0.3 && radius < 6.0), "{tool:?} {drawing:?}");
            }
        }
    }
}
