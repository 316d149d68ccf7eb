//! Batch normalisation over rows of channels (Ioffe and Szegedy, arXiv 1502.03167).
//!
//! Sums are kept apart from their use, so that a caller may split the rows among threads and add the
//! parts in a fixed order. The plain sums of the first pass are [`crate::reduce::add_column_sums`].

use crate::Isa;
use crate::reduce::column_sums;

/// `squares[c] += sum over rows of (x[row][c] - mean[c])^2`.
///
/// # Shapes
/// `x: [rows, C]`, `mean` and `squares: [C]`.
pub fn add_squared_deviations(isa: Isa, x: &[f32], mean: &[f32], squares: &mut [f64]) {
    let c = mean.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && squares.len() == c);
    isa.vectorize(
        #[inline(always)]
        || {
            column_sums(
                x.len() / c,
                c,
                [&mut *squares],
                #[inline(always)]
                |[squares], first, range| {
                    for ((square, &x), &mean) in squares.iter_mut().zip(&x[range]).zip(&mean[first..]) {
                        *square += (x - mean) * (x - mean);
                    }
                },
            );
        },
    );
}

/// `y = x scale + shift` for each channel.
///
/// # Shapes
/// `x` and `y: [rows, C]`, `scale` and `shift: [C]`.
pub fn scale_shift(isa: Isa, x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
    let c = scale.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == y.len() && shift.len() == c);
    isa.vectorize(
        #[inline(always)]
        || {
            for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
                for (((y, &x), &scale), &shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                    *y = x * scale + shift;
                }
            }
        },
    );
}

/// The two sums the backward pass needs: `sum_dy[c] += dy` and `sum_dy_x[c] += dy (x - mean[c])`.
///
/// # Shapes
/// `x` and `dy: [rows, C]`, the others `[C]`.
pub fn add_gradient_sums(
    isa: Isa,
    x: &[f32],
    dy: &[f32],
    mean: &[f32],
    sum_dy: &mut [f64],
    sum_dy_x: &mut [f64],
) {
    let c = mean.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == dy.len());
    assert!(sum_dy.len() == c && sum_dy_x.len() == c);
    isa.vectorize(
        #[inline(always)]
        || {
            column_sums(
                x.len() / c,
                c,
                [&mut *sum_dy, &mut *sum_dy_x],
                #[inline(always)]
                |[sum, sum_x], first, range| {
                    let terms = x[range.clone()].iter().zip(&dy[range]).zip(&mean[first..]);
                    for ((sum, sum_x), ((&x, &dy), &mean)) in sum.iter_mut().zip(sum_x).zip(terms) {
                        *sum += dy;
                        *sum_x += dy * (x - mean);
                    }
                },
            );
        },
    );
}

/// `dx = dy from_dy + (x - mean) from_x + constant` for each channel: the backward pass once its sums are
/// known. The mean is taken off first because `x` may be large against its deviation.
///
/// # Shapes
/// `x`, `dy` and `dx: [rows, C]`, the others `[C]`.
#[allow(clippy::too_many_arguments)] // eight rows of one table
pub fn combine(
    isa: Isa,
    x: &[f32],
    dy: &[f32],
    mean: &[f32],
    from_dy: &[f32],
    from_x: &[f32],
    constant: &[f32],
    dx: &mut [f32],
) {
    let c = from_dy.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == dy.len() && x.len() == dx.len());
    assert!(mean.len() == c && from_x.len() == c && constant.len() == c);
    isa.vectorize(
        #[inline(always)]
        || {
            for ((x, dy), dx) in x.chunks_exact(c).zip(dy.chunks_exact(c)).zip(dx.chunks_exact_mut(c)) {
                for i in 0..c {
                    dx[i] = dy[i] * from_dy[i] + (x[i] - mean[i]) * from_x[i] + constant[i];
                }
            }
        },
    );
}
