//! The geometry of MNIST: any ink becomes 20 pixels long and lies with its centre of mass in the middle.
//!
//! The rule is the one by which MNIST was made, as recovered by Yadav and Bottou ("Cold case: the lost MNIST
//! digits", 2019): tight box, enlarged to a square, exact area coverage, whole-pixel centring.

use crate::{Bounds, DigitImage, IMAGE_PIXELS, IMAGE_SIDE};

/// The length of a digit's longer side in a [`DigitImage`].
pub(super) const FIT_SIDE: usize = 20;

/// Ink lighter than this doesn't stretch the box around a digit: a blurred edge's far end isn't drawn.
pub(super) const FAINTEST: f32 = 0.1;

/// How much ink lies on each pixel: 0 none to 1 full. What is ink has been decided; nothing else is left.
///
/// ```
/// use inkdigit_image::preprocess::Ink;
///
/// // A bar, four times as long as wide.
/// let bar = Ink { width: 4, height: 16, values: vec![1.0; 64] };
/// let digit = bar.to_digit(true).expect("there is ink");
/// assert_eq!(digit.pixels()[14 * 28 + 14], 255, "it lies in the middle");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row: `[height, width]`, each in `[0, 1]`.
    pub values: Vec<f32>,
}

impl Ink {
    /// The tightest box around all values above `threshold`; `None` if there are none.
    pub fn tight_box(&self, threshold: f32) -> Option<Bounds> {
        let mut found = Bounds { left: self.width, top: self.height, right: 0, bottom: 0 };
        for (y, row) in self.values.chunks_exact(self.width.max(1)).enumerate() {
            if let Some(first) = row.iter().position(|&v| v > threshold) {
                let last = row.iter().rposition(|&v| v > threshold).unwrap_or(first);
                found.left = found.left.min(first);
                found.right = found.right.max(last + 1);
                found.top = found.top.min(y);
                found.bottom = y + 1;
            }
        }
        (found.right > 0).then_some(found)
    }

    /// Its centre of mass, across and down, where the first pixel's middle is at 0.5; none where there is no ink.
    pub(super) fn barycentre(&self) -> Option<[f64; 2]> {
        let (mut mass, mut moment_x, mut moment_y) = (0.0f64, 0.0f64, 0.0f64);
        for (i, &value) in self.values.iter().enumerate() {
            mass += value as f64;
            moment_x += value as f64 * ((i % self.width) as f64 + 0.5);
            moment_y += value as f64 * ((i / self.width) as f64 + 0.5);
        }
        (mass > 0.0).then(|| [moment_x / mass, moment_y / mass])
    }

    /// All of it as the digit that networks see; none where there is no ink. With `usual_pen` strokes much
    /// thinner or thicker than MNIST's are brought toward them.
    pub fn to_digit(&self, usual_pen: bool) -> Option<DigitImage> {
        let tight = self.tight_box(FAINTEST)?;
        Some(if usual_pen { self.with_usual_pen(tight) } else { self.fit_and_centre(tight) })
    }

    /// The ink within `tight`, as a 28x28 digit by MNIST's rule.
    ///
    /// # Panics
    /// If `tight` is empty or reaches outside.
    pub fn fit_and_centre(&self, tight: Bounds) -> DigitImage {
        centre(&self.resampled(tight, FIT_SIDE))
    }

    /// The ink within `tight` on a square of `size` by `size`, its longer side as long as the square's.
    ///
    /// # Panics
    /// If `tight` is empty or reaches outside.
    pub(super) fn resampled(&self, tight: Bounds, size: usize) -> Self {
        let side = tight.width().max(tight.height());
        if side >= size {
            return self.fit(tight, size);
        }
        // Area coverage alone would make steps of pixels; a pen's edges are smooth.
        let factor = 2 * size.div_ceil(side.max(1));
        let larger = self.enlarged(tight, factor);
        let all = Bounds { left: 0, top: 0, right: larger.width, bottom: larger.height };
        larger.fit(all, size)
    }

    /// The ink within `tight` in `factor` times the size, interpolated linearly.
    fn enlarged(&self, tight: Bounds, factor: usize) -> Self {
        let (width, height) = (tight.width() * factor, tight.height() * factor);
        // Between the two source pixels whose middles enclose the target's, repeated at the edges.
        let place = |target: usize, size: usize| {
            let at = ((target as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, (size - 1) as f32);
            (at as usize, (at as usize + 1).min(size - 1), at.fract())
        };
        let columns: Vec<_> = (0..width).map(|x| place(x, tight.width())).collect();
        let row = |y: usize| &self.values[(tight.top + y) * self.width + tight.left..][..tight.width()];
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (above, below, down) = place(y, tight.height());
            let (above, below) = (row(above), row(below));
            values.extend(columns.iter().map(|&(left, right, across)| {
                let blend = |row: &[f32]| row[left] + across * (row[right] - row[left]);
                let (above, below) = (blend(above), blend(below));
                above + down * (below - above)
            }));
        }
        Self { width, height, values }
    }

    /// The ink within `tight` on a square of `size` by `size`, resampled by exact area coverage.
    fn fit(&self, tight: Bounds, size: usize) -> Self {
        assert!(tight.left < tight.right && tight.right <= self.width, "{tight:?} in {} columns", self.width);
        assert!(tight.top < tight.bottom && tight.bottom <= self.height, "{tight:?} in {} rows", self.height);
        let side = tight.width().max(tight.height());
        // Whole pixels, as the centring: what is 20 pixels long already stays as sharp as it is.
        let columns = Coverage::new(side, size, (side - tight.width()) / 2, tight.width());
        let columns: Vec<Vec<(usize, f32)>> = (0..size).map(|x| columns.of(x).collect()).collect();
        let rows = Coverage::new(side, size, (side - tight.height()) / 2, tight.height());

        // Separable: rows into `size` lines first, then the columns of each.
        let mut values = vec![0.0; size * size];
        let mut line = vec![0.0f32; tight.width()];
        for (y, out) in values.chunks_exact_mut(size).enumerate() {
            line.fill(0.0);
            for (source, weight) in rows.of(y) {
                let row = &self.values[(tight.top + source) * self.width + tight.left..][..tight.width()];
                for (sum, &value) in line.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            for (out, sources) in out.iter_mut().zip(&columns) {
                *out = sources.iter().map(|&(source, weight)| weight * line[source]).sum();
            }
        }
        Self { width: size, height: size, values }
    }
}

/// Which source pixels, by how much, make up each of the target's pixels along one axis.
struct Coverage {
    /// Source pixels a target pixel.
    scale: f64,
    /// Empty source pixels before the first.
    margin: usize,
    /// Source pixels that exist.
    length: usize,
}

impl Coverage {
    fn new(side: usize, size: usize, margin: usize, length: usize) -> Self {
        Self { scale: side as f64 / size as f64, margin, length }
    }

    /// Source indices with their shares of target pixel `target`; the shares sum to 1 where no margin is.
    fn of(&self, target: usize) -> impl Iterator<Item = (usize, f32)> {
        let (start, end) = (target as f64 * self.scale, (target + 1) as f64 * self.scale);
        let (margin, length, scale) = (self.margin, self.length, self.scale);
        (start.floor() as usize..end.ceil() as usize).filter_map(move |at| {
            let share = (end.min(at as f64 + 1.0) - start.max(at as f64)) / scale;
            let source = at.checked_sub(margin).filter(|&source| source < length)?;
            (share > 0.0).then_some((source, share as f32))
        })
    }
}

/// Places 20x20 ink on 28x28 so that its centre of mass lies in the middle, to whole pixels.
fn centre(ink: &Ink) -> DigitImage {
    // With the barycentre at b, MNIST puts the block at floor(15 - b): centroids end up in (14, 15].
    let [left, top] = ink
        .barycentre()
        .unwrap_or([FIT_SIDE as f64 / 2.0; 2])
        .map(|barycentre| (15.0 - barycentre).floor().clamp(0.0, (IMAGE_SIDE - FIT_SIDE) as f64) as usize);
    let mut pixels = [0u8; IMAGE_PIXELS];
    for (y, row) in ink.values.chunks_exact(FIT_SIDE).enumerate() {
        let out = &mut pixels[(top + y) * IMAGE_SIDE + left..][..FIT_SIDE];
        for (out, &value) in out.iter_mut().zip(row) {
            *out = (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
    DigitImage::new(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(width: usize, rows: &[&str]) -> Ink {
        let values =
            rows.iter().flat_map(|row| row.bytes().map(|b| if b == b'#' { 1.0 } else { 0.0 })).collect();
        Ink { width, height: rows.len(), values }
    }

    #[test]
    fn the_tight_box_is_tight() {
        let drawn = ink(5, &[".....", "..#..", ".##..", "....."]);
        assert_eq!(drawn.tight_box(0.0), Some(Bounds { left: 1, top: 1, right: 3, bottom: 3 }));
        assert_eq!(ink(2, &["..", ".."]).tight_box(0.0), None);
    }

    #[test]
    fn a_tall_bar_becomes_twenty_pixels_and_lies_in_the_middle() {
        // 4x40: a tenth as wide as long, so after fitting two columns of twenty pixels.
        let drawn = Ink { width: 4, height: 40, values: vec![1.0; 160] };
        let digit = drawn.fit_and_centre(drawn.tight_box(0.0).unwrap());
        for (i, &pixel) in digit.pixels().iter().enumerate() {
            let (x, y) = (i % IMAGE_SIDE, i / IMAGE_SIDE);
            let expected = if (14..16).contains(&x) && (5..25).contains(&y) { 255 } else { 0 };
            assert_eq!(pixel, expected, "column {x} of row {y}\n{digit:?}");
        }
    }

    #[test]
    fn area_coverage_keeps_the_mass() {
        // 30 pixels onto 20: each target pixel takes 1.5 source pixels each way.
        let values: Vec<f32> = (0..900).map(|i| (i * 37 % 101) as f32 / 100.0).collect();
        let drawn = Ink { width: 30, height: 30, values };
        let fitted = drawn.fit(Bounds { left: 0, top: 0, right: 30, bottom: 30 }, FIT_SIDE).values;
        let (before, after) = (drawn.values.iter().sum::<f32>(), fitted.iter().sum::<f32>() * 2.25);
        assert!((before - after).abs() < 1e-2, "{before} {after}");
    }

    #[test]
    fn small_drawings_are_enlarged_smoothly() {
        let drawn = ink(2, &["#.", "#.", "#.", "##"]);
        let digit = drawn.fit_and_centre(drawn.tight_box(0.0).unwrap());
        let row = &digit.pixels()[8 * IMAGE_SIDE..][..IMAGE_SIDE];
        assert!(row.contains(&255), "{digit:?}");
        assert!(row.iter().filter(|&&p| (1..255).contains(&p)).count() >= 4, "{digit:?}");
        let larger = drawn.enlarged(Bounds { left: 0, top: 3, right: 2, bottom: 4 }, 3);
        assert_eq!((larger.width, larger.height, larger.values), (6, 3, vec![1.0; 18]));
    }
}
