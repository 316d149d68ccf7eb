//! The width of strokes, and how it is brought toward MNIST's: 2 to 3 of a digit's 20 pixels.

use super::fit::{FAINTEST, FIT_SIDE, Ink};
use crate::Bounds;
use crate::DigitImage;

/// Pixels of the working size for one of the final size.
const FINE: usize = 4;

/// Strokes between these widths stay as they are, in pixels of the final size; others are brought to the
/// nearer one.
const THINNEST: f32 = 0.9;
const THICKEST: f32 = 4.0;

/// What is thicker is no pen's stroke: a blot, a filled shape.
const BLOT: f32 = 9.0;

impl Ink {
    /// The ink within `tight` as a digit by MNIST's rule, its strokes not much thinner or thicker than MNIST's.
    ///
    /// # Panics
    /// If `tight` is empty or reaches outside.
    pub(super) fn with_usual_pen(&self, tight: Bounds) -> DigitImage {
        let side = tight.width().max(tight.height());
        let width = stroke_width(self, tight) * FIT_SIDE as f32 / side as f32;
        let grow = ((THINNEST - width).max(0.0) - (width - THICKEST).max(0.0)) / 2.0;
        let reach = (grow.abs() * FINE as f32 + 0.5) as usize;
        if reach == 0 || width > BLOT {
            return self.fit_and_centre(tight);
        }
        // A margin, into which strokes can grow.
        let fine = self.resampled(tight, FINE * FIT_SIDE).padded(reach);
        // Not f32::max and min, whose rules for NaN cost as much as the rest; there is none here.
        let pen = match grow > 0.0 {
            true => fine.extreme(reach, |a, b| if a > b { a } else { b }),
            false => fine.extreme(reach, |a, b| if a < b { a } else { b }),
        };
        match pen.tight_box(FAINTEST) {
            Some(tight) => pen.fit_and_centre(tight),
            None => self.fit_and_centre(tight),
        }
    }
}

/// The mean width of the strokes, in pixels of `ink`: a stroke w wide and l long has the area w l and an edge
/// of 2 w + 2 l. An edge's length is the total change of tone across it, which soft edges don't alter.
fn stroke_width(ink: &Ink, tight: Bounds) -> f32 {
    let at = |x: usize, y: usize| match tight.contains(x, y) {
        true => ink.values[y * ink.width + x],
        false => 0.0,
    };
    let (mut area, mut edge) = (0.0, 0.0);
    // One pixel more at the right and the bottom: the box's own edges count.
    for y in tight.top..=tight.bottom {
        for x in tight.left..=tight.right {
            let here = at(x, y);
            let left = if x > tight.left { at(x - 1, y) } else { 0.0 };
            let above = if y > tight.top { at(x, y - 1) } else { 0.0 };
            let corner = if x > tight.left && y > tight.top { at(x - 1, y - 1) } else { 0.0 };
            area += here;
            let (down, across) = (here + left - above - corner, here + above - left - corner);
            edge += (down * down + across * across).sqrt() / 2.0;
        }
    }
    let half = edge / 2.0;
    (half - (half * half - 4.0 * area).max(0.0).sqrt()) / 2.0
}

impl Ink {
    /// With `margin` empty pixels around it.
    fn padded(&self, margin: usize) -> Self {
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut values = vec![0.0; width * height];
        for (y, row) in self.values.chunks_exact(self.width).enumerate() {
            values[(y + margin) * width + margin..][..self.width].copy_from_slice(row);
        }
        Self { width, height, values }
    }

    /// Each value becomes the most extreme of those in a disc around it, nearly: an octagon, made of `reach`
    /// small steps, which cost less than one large one. By whole rows, so that they run in vectors.
    fn extreme(mut self, reach: usize, pick: impl Fn(f32, f32) -> f32) -> Self {
        let (width, height) = (self.width, self.height);
        let mut before = self.values.clone();
        // Beyond its ends a row's last values are repeated, so that each has two neighbours.
        let mut wide = vec![0.0; width + 2];
        for step in 0..reach {
            before.copy_from_slice(&self.values);
            let row = |y: usize| &before[y * width..][..width];
            for (y, out) in self.values.chunks_exact_mut(width).enumerate() {
                let (above, below) = (row(y.saturating_sub(1)), row((y + 1).min(height - 1)));
                for ((out, &above), &below) in out.iter_mut().zip(above).zip(below) {
                    *out = pick(*out, pick(above, below));
                }
                // A cross and a square in turn.
                wide[1..=width].copy_from_slice(if step % 2 == 1 { out } else { row(y) });
                (wide[0], wide[width + 1]) = (wide[1], wide[width]);
                for ((out, &left), &right) in out.iter_mut().zip(&wide).zip(&wide[2..]) {
                    *out = pick(*out, pick(left, right));
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(width: usize, height: usize, slope: f32) -> (Ink, Bounds) {
        let (size, mut values) = (200, vec![0.0; 200 * 200]);
        for y in 20..20 + height {
            let left = 60 + (slope * y as f32) as usize;
            values[y * size + left..y * size + left + width].fill(1.0);
        }
        let ink = Ink { width: size, height: size, values };
        let tight = ink.tight_box(0.5).unwrap();
        (ink, tight)
    }

    #[test]
    fn a_bars_width_is_its_strokes_width() {
        for width in [4, 9, 16] {
            let (ink, tight) = bar(width, 150, 0.0);
            let measured = stroke_width(&ink, tight);
            assert!((measured / width as f32 - 1.0).abs() < 0.15, "{width}: {measured}");
        }
        // Slanted by 45 degrees, a bar as wide in rows is narrower across.
        let (ink, tight) = bar(14, 100, 1.0);
        let measured = stroke_width(&ink, tight);
        assert!((measured / 9.9 - 1.0).abs() < 0.2, "{measured}");
    }

    #[test]
    fn thin_pens_are_thickened_and_thick_ones_thinned() {
        let lit = |digit: &DigitImage| {
            digit.pixels()[14 * 28..][..28].iter().map(|&p| p as f32).sum::<f32>() / 255.0
        };
        let (thin, tight) = bar(3, 150, 0.0);
        assert!(lit(&thin.fit_and_centre(tight)) < 0.5);
        assert!(lit(&thin.with_usual_pen(tight)) > 0.8, "{:?}", thin.with_usual_pen(tight));
        let (thick, tight) = bar(60, 150, 0.0);
        assert!(lit(&thick.fit_and_centre(tight)) > 7.5);
        assert!(lit(&thick.with_usual_pen(tight)) < 5.5, "{:?}", thick.with_usual_pen(tight));
        let (blot, tight) = bar(120, 150, 0.0);
        assert_eq!(blot.with_usual_pen(tight), blot.fit_and_centre(tight));
        let (usual, tight) = bar(20, 150, 0.0);
        assert_eq!(usual.with_usual_pen(tight), usual.fit_and_centre(tight));
    }
}
