//! Nearest-neighbour upsampling of channels-last maps by a whole factor: each pixel becomes a square of pixels.

use crate::Isa;

/// Maps that are made larger.
#[derive(Clone, Copy, Debug)]
pub struct Enlarged {
    /// Input height.
    pub height: usize,
    /// Input width.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// How many rows and columns each pixel becomes.
    pub factor: usize,
}

impl Enlarged {
    /// The numbers of one input row, and of the rows of output that it becomes.
    fn lens(&self) -> (usize, usize) {
        let row = self.width.checked_mul(self.channels);
        let rows = row.and_then(|row| row.checked_mul(self.factor)?.checked_mul(self.factor));
        row.zip(rows).filter(|&(_, rows)| rows > 0).expect("a map whose numbers can be counted")
    }

    fn check(&self, x: &[f32], y: &[f32]) {
        let (row, rows) = self.lens();
        assert!(self.height > 0 && x.len().is_multiple_of(self.height * row), "whole images");
        assert_eq!(x.len() / row * rows, y.len(), "as many outputs");
    }
}

/// Repeats each pixel `factor` times down and across.
///
/// # Shapes
/// `x: [N, H, W, C]`, `y: [N, factor H, factor W, C]`.
pub fn upsample(isa: Isa, maps: Enlarged, x: &[f32], y: &mut [f32]) {
    maps.check(x, y);
    let (row, rows) = maps.lens();
    let (c, factor) = (maps.channels, maps.factor);
    isa.vectorize(
        #[inline(always)]
        || {
            for (x, y) in x.chunks_exact(row).zip(y.chunks_exact_mut(rows)) {
                let (first, others) = y.split_at_mut(row * factor);
                for (pixel, square) in x.chunks_exact(c).zip(first.chunks_exact_mut(c * factor)) {
                    square.chunks_exact_mut(c).for_each(|y| y.copy_from_slice(pixel));
                }
                others.chunks_exact_mut(row * factor).for_each(|y| y.copy_from_slice(first));
            }
        },
    );
}

/// The gradient of each pixel: the sum over those it became.
///
/// # Shapes
/// As [`upsample`]; `dx` is overwritten.
pub fn upsample_backward(isa: Isa, maps: Enlarged, dy: &[f32], dx: &mut [f32]) {
    maps.check(dx, dy);
    let (row, rows) = maps.lens();
    let (c, factor) = (maps.channels, maps.factor);
    isa.vectorize(
        #[inline(always)]
        || {
            dx.fill(0.0);
            for (dx, dy) in dx.chunks_exact_mut(row).zip(dy.chunks_exact(rows)) {
                for dy in dy.chunks_exact(row * factor) {
                    for (dx, square) in dx.chunks_exact_mut(c).zip(dy.chunks_exact(c * factor)) {
                        for dy in square.chunks_exact(c) {
                            dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
                        }
                    }
                }
            }
        },
    );
}
