//! Rounding to the integers that an 8-bit network computes with, kept as float32.

use crate::Isa;

/// What a number is divided by and the integers it is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// The distance between two representable numbers.
    pub scale: f32,
    /// The smallest integer.
    pub low: f32,
    /// The largest integer.
    pub high: f32,
}

/// `y = clamp(round(x / scale), low, high)` in place, halves to the even neighbour as ONNX's QuantizeLinear
/// has it; NaN stays.
pub fn quantize(isa: Isa, grid: Grid, y: &mut [f32]) {
    let Grid { scale, low, high } = grid;
    isa.vectorize(
        #[inline(always)]
        || {
            for y in y.iter_mut() {
                // A true division: the product with 1 / scale may round to the other side of a half.
                let rounded = (*y / scale).round_ties_even();
                *y = if rounded < low {
                    low
                } else if rounded > high {
                    high
                } else {
                    rounded
                };
            }
        },
    );
}

/// `dx = dy / scale where the rounded x / scale lies in low..=high, else 0`, in place over `dy`: the gradient as
/// if nothing had been rounded (the straight-through estimator, Bengio et al., arXiv 1308.3432). `x` is the
/// *input* of [`quantize`].
pub fn quantize_backward(isa: Isa, grid: Grid, x: &[f32], dy: &mut [f32]) {
    assert_eq!(x.len(), dy.len());
    let Grid { scale, low, high } = grid;
    isa.vectorize(
        #[inline(always)]
        || {
            for (d, &x) in dy.iter_mut().zip(x) {
                let rounded = (x / scale).round_ties_even();
                *d = if low <= rounded && rounded <= high { *d / scale } else { 0.0 };
            }
        },
    );
}
