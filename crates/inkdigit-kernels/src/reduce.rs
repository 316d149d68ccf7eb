//! Sums over rows.

use crate::Isa;

/// Channels summed together: their partial sums stay in registers.
const GROUP: usize = 64;

/// Rows summed in float32 before they go into the float64 total, so that rounding doesn't grow with the
/// number of rows.
const ROWS: usize = 64;

/// `totals[k][c] += sum over rows of terms[k]`, where `add` adds one row's terms of some channels.
///
/// `add` gets partial sums, the first channel, and the range of `row * columns + channel` they come from.
#[inline(always)]
pub(crate) fn column_sums<const K: usize>(
    rows: usize,
    columns: usize,
    mut totals: [&mut [f64]; K],
    add: impl Fn(&mut [[f32; GROUP]; K], usize, std::ops::Range<usize>),
) {
    for first_row in (0..rows).step_by(ROWS) {
        for first in (0..columns).step_by(GROUP) {
            let width = GROUP.min(columns - first);
            let mut partial = [[0.0; GROUP]; K];
            for row in first_row..(first_row + ROWS).min(rows) {
                let start = row * columns + first;
                add(&mut partial, first, start..start + width);
            }
            for (total, partial) in totals.iter_mut().zip(&partial) {
                let total = &mut total[first..first + width];
                total.iter_mut().zip(partial).for_each(|(total, &part)| *total += part as f64);
            }
        }
    }
}

/// `sums[c] += sum over rows of x[row][c]`: a bias's gradient, a mean's numerator.
///
/// # Shapes
/// `x: [rows, sums.len()]`.
pub fn add_column_sums(isa: Isa, x: &[f32], sums: &mut [f64]) {
    let columns = sums.len();
    if columns == 0 {
        return;
    }
    assert_eq!(x.len() % columns, 0, "whole rows");
    isa.vectorize(
        #[inline(always)]
        || {
            column_sums(
                x.len() / columns,
                columns,
                [&mut *sums],
                #[inline(always)]
                |[sums], _, range| {
                    sums.iter_mut().zip(&x[range]).for_each(|(sum, &x)| *sum += x);
                },
            );
        },
    );
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
