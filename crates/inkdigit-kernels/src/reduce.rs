//! Sums over rows.

use crate::Isa;

/// `sums[c] += sum over rows of x[row][c]`: a bias's gradient.
///
/// # Shapes
/// `x: [rows, sums.len()]`.
pub fn add_column_sums(isa: Isa, x: &[f32], sums: &mut [f32]) {
    if sums.is_empty() {
        return;
    }
    assert_eq!(x.len() % sums.len(), 0, "whole rows");
    isa.run(|| {
        for row in x.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
        }
    });
}

/// The index of the largest value; the first of several. 0 for an empty slice.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, &value) in values.iter().enumerate() {
        if value > values[best] || values[best].is_nan() && !value.is_nan() {
            best = i;
        }
    }
    best
}
