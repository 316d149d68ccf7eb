//! Softmax and its cross-entropy over short rows.

use crate::Isa;
use crate::math::{self, InPlace, Map};
use pulp::Simd;

#[derive(Clone, Copy)]
struct Exp;

impl Map for Exp {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        math::exp(simd, x)
    }
}

/// Turns each row of `classes` logits into probabilities, in place. A row that holds NaN becomes NaN.
///
/// # Shapes
/// `logits: [rows, classes]`.
pub fn softmax(isa: Isa, logits: &mut [f32], classes: usize) {
    assert!(classes > 0 && logits.len().is_multiple_of(classes), "whole rows");
    for row in logits.chunks_exact_mut(classes) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter_mut().for_each(|v| *v -= largest);
    }
    isa.run(InPlace(Exp, &mut *logits));
    for row in logits.chunks_exact_mut(classes) {
        let scale = 1.0 / row.iter().sum::<f32>();
        row.iter_mut().for_each(|v| *v *= scale);
    }
}
