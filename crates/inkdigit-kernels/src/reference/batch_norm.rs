//! Twin of [`crate::batch_norm`]: the sums and maps over rows of channels.

/// `squares[c] += sum over rows of (x[row][c] - mean[c])^2`.
///
/// # Shapes
/// `x: [rows, C]`, `mean` and `squares: [C]`.
pub fn add_squared_deviations(x: &[f32], mean: &[f32], squares: &mut [f64]) {
    for (i, &x) in x.iter().enumerate() {
        let c = i % mean.len();
        squares[c] += (x as f64 - mean[c] as f64).powi(2);
    }
}

/// `y = x scale + shift` for each channel.
///
/// # Shapes
/// `x` and `y: [rows, C]`, `scale` and `shift: [C]`.
pub fn scale_shift(x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
    for i in 0..x.len() {
        let c = i % scale.len();
        y[i] = (x[i] as f64 * scale[c] as f64 + shift[c] as f64) as f32;
    }
}

/// `sum_dy[c] += dy` and `sum_dy_x[c] += dy (x - mean[c])`.
///
/// # Shapes
/// `x` and `dy: [rows, C]`, the others `[C]`.
pub fn add_gradient_sums(x: &[f32], dy: &[f32], mean: &[f32], sum_dy: &mut [f64], sum_dy_x: &mut [f64]) {
    for i in 0..x.len() {
        let c = i % mean.len();
        sum_dy[c] += dy[i] as f64;
        sum_dy_x[c] += dy[i] as f64 * (x[i] as f64 - mean[c] as f64);
    }
}

/// `dx = dy from_dy + (x - mean) from_x + constant` for each channel.
///
/// # Shapes
/// `x`, `dy` and `dx: [rows, C]`, the others `[C]`.
pub fn combine(
    x: &[f32],
    dy: &[f32],
    mean: &[f32],
    from_dy: &[f32],
    from_x: &[f32],
    constant: &[f32],
    dx: &mut [f32],
) {
    for i in 0..x.len() {
        let c = i % from_dy.len();
        let deviation = x[i] as f64 - mean[c] as f64;
        dx[i] = (dy[i] as f64 * from_dy[c] as f64 + deviation * from_x[c] as f64 + constant[c] as f64) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of two channels, with means (2, 0).
    const X: [f32; 4] = [1.0, 2.0, 4.0, -3.0];
    const MEAN: [f32; 2] = [2.0, 0.0];

    #[test]
    fn sums_by_hand() {
        let mut squares = [100.0, 0.0];
        add_squared_deviations(&X, &MEAN, &mut squares);
        assert_eq!(squares, [105.0, 13.0]);
        let (mut sum_dy, mut sum_dy_x) = ([1.0, 0.0], [0.0, 1.0]);
        add_gradient_sums(&X, &[1.0, 2.0, 3.0, 4.0], &MEAN, &mut sum_dy, &mut sum_dy_x);
        assert_eq!((sum_dy, sum_dy_x), ([5.0, 6.0], [5.0, -7.0]));
    }

    #[test]
    fn maps_by_hand() {
        let mut y = [0.0; 4];
        scale_shift(&X, &[10.0, -1.0], &[0.5, 0.0], &mut y);
        assert_eq!(y, [10.5, -2.0, 40.5, 3.0]);
        combine(&X, &[1.0, 2.0, 3.0, 4.0], &MEAN, &[1.0, 2.0], &[10.0, 1.0], &[0.0, 100.0], &mut y);
        assert_eq!(y, [-9.0, 106.0, 23.0, 105.0]);
    }
}
