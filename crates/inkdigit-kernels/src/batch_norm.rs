//! Batch normalisation over rows of channels (Ioffe and Szegedy, arXiv 1502.03167).
//!
//! Sums are kept apart from their use, so that a caller may split the rows among threads and add the
//! parts in a fixed order. The plain sums of the first pass are [`crate::reduce::add_column_sums`].

use crate::Isa;

/// `squares[c] += sum over rows of (x[row][c] - mean[c])^2`.
///
/// # Shapes
/// `x: [rows, C]`, `mean` and `squares: [C]`.
pub fn add_squared_deviations(isa: Isa, x: &[f32], mean: &[f32], squares: &mut [f32]) {
    let c = mean.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && squares.len() == c);
    isa.run(|| {
        for row in x.chunks_exact(c) {
            for ((square, &x), &mean) in squares.iter_mut().zip(row).zip(mean) {
                *square += (x - mean) * (x - mean);
            }
        }
    });
}

/// `y = x scale + shift` for each channel.
///
/// # Shapes
/// `x` and `y: [rows, C]`, `scale` and `shift: [C]`.
pub fn scale_shift(isa: Isa, x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
    let c = scale.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == y.len() && shift.len() == c);
    isa.run(|| {
        for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
            for (((y, &x), &scale), &shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                *y = x * scale + shift;
            }
        }
    });
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
    sum_dy: &mut [f32],
    sum_dy_x: &mut [f32],
) {
    let c = mean.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == dy.len());
    assert!(sum_dy.len() == c && sum_dy_x.len() == c);
    isa.run(|| {
        for (x, dy) in x.chunks_exact(c).zip(dy.chunks_exact(c)) {
            for ((((sum, sum_x), &x), &dy), &mean) in
                sum_dy.iter_mut().zip(&mut *sum_dy_x).zip(x).zip(dy).zip(mean)
            {
                *sum += dy;
                *sum_x += dy * (x - mean);
            }
        }
    });
}

/// `dx = dy from_dy + x from_x + constant` for each channel: the backward pass once its sums are known.
///
/// # Shapes
/// `x`, `dy` and `dx: [rows, C]`, the others `[C]`.
pub fn combine(
    isa: Isa,
    x: &[f32],
    dy: &[f32],
    from_dy: &[f32],
    from_x: &[f32],
    constant: &[f32],
    dx: &mut [f32],
) {
    let c = from_dy.len();
    assert!(c > 0 && x.len().is_multiple_of(c) && x.len() == dy.len() && x.len() == dx.len());
    assert!(from_x.len() == c && constant.len() == c);
    isa.run(|| {
        for ((x, dy), dx) in x.chunks_exact(c).zip(dy.chunks_exact(c)).zip(dx.chunks_exact_mut(c)) {
            for i in 0..c {
                dx[i] = dy[i] * from_dy[i] + x[i] * from_x[i] + constant[i];
            }
        }
    });
}
