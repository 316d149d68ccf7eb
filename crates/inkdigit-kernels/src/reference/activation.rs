//! Twin of [`crate::activation`]: the functions in float64 by their definitions.

/// `y = max(x, 0)`, in place; NaN stays.
pub fn relu(y: &mut [f32]) {
    for y in y {
        if *y < 0.0 {
            *y = 0.0;
        }
    }
}

/// `dx = dy where y > 0, else 0`, in place over `dy`; `y` is the output of [`relu`].
pub fn relu_backward(y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        dy[i] = if y[i] > 0.0 { dy[i] } else { 0.0 };
    }
}

/// `y = min(max(x, low), high)`, in place; NaN stays.
pub fn clip(low: f32, high: f32, y: &mut [f32]) {
    for y in y {
        if *y < low {
            *y = low;
        } else if *y > high {
            *y = high;
        }
    }
}

/// `dx = dy where low < y < high, else 0`, in place over `dy`; `y` is the output of [`clip`].
pub fn clip_backward(low: f32, high: f32, y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        dy[i] = if low < y[i] && y[i] < high { dy[i] } else { 0.0 };
    }
}

/// `y = x where x >= 0, else slope x`, in place.
pub fn leaky_relu(slope: f32, y: &mut [f32]) {
    for y in y {
        if *y < 0.0 {
            *y *= slope;
        }
    }
}

/// `dx = dy where y > 0, else slope dy`, in place over `dy`; `y` is the output of [`leaky_relu`].
pub fn leaky_relu_backward(slope: f32, y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        dy[i] = if y[i] > 0.0 { dy[i] } else { slope * dy[i] };
    }
}

/// `y = x where x >= 0, else alpha (exp(x) - 1)`, in place.
pub fn elu(alpha: f32, y: &mut [f32]) {
    for y in y {
        if *y < 0.0 {
            *y = (alpha as f64 * (*y as f64).exp_m1()) as f32;
        }
    }
}

/// `dx = dy where y > 0, else dy (y + alpha)`, in place over `dy`; `y` is the output of [`elu`].
pub fn elu_backward(alpha: f32, y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let slope = if y[i] > 0.0 { 1.0 } else { y[i] as f64 + alpha as f64 };
        dy[i] = (dy[i] as f64 * slope) as f32;
    }
}

/// `y = tanh(x)`, in place.
pub fn tanh(y: &mut [f32]) {
    for y in y {
        *y = (*y as f64).tanh() as f32;
    }
}

/// `dx = dy (1 - y^2)`, in place over `dy`; `y` is the output of [`tanh`].
pub fn tanh_backward(y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let y = y[i] as f64;
        dy[i] = (dy[i] as f64 * (1.0 - y * y)) as f32;
    }
}

/// `y = 1 / (1 + exp(-x))`, in place.
pub fn sigmoid(y: &mut [f32]) {
    for y in y {
        *y = (1.0 / (1.0 + (-*y as f64).exp())) as f32;
    }
}

/// `dx = dy y (1 - y)`, in place over `dy`; `y` is the output of [`sigmoid`].
pub fn sigmoid_backward(y: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let y = y[i] as f64;
        dy[i] = (dy[i] as f64 * y * (1.0 - y)) as f32;
    }
}

/// `y = x Phi(x)` with the normal distribution function Phi, in place; NaN at minus infinity, as the
/// formula says.
pub fn gelu(y: &mut [f32]) {
    for y in y {
        let x = *y as f64;
        *y = (x * normal_cdf(x)) as f32;
    }
}

/// `dx = dy (Phi(x) + x phi(x))`, in place over `dy`; `x` is the *input* of [`gelu`].
pub fn gelu_backward(x: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let x = x[i] as f64;
        let density = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
        dy[i] = (dy[i] as f64 * (normal_cdf(x) + x * density)) as f32;
    }
}

/// `y = x / (1 + exp(-x))`, in place; NaN at minus infinity, as the formula says.
pub fn silu(y: &mut [f32]) {
    for y in y {
        let x = *y as f64;
        *y = (x / (1.0 + (-x).exp())) as f32;
    }
}

/// `dx = dy (s + x s (1 - s))` with `s = 1 / (1 + exp(-x))`, in place over `dy`; `x` is the *input* of [`silu`].
pub fn silu_backward(x: &[f32], dy: &mut [f32]) {
    for i in 0..dy.len() {
        let x = x[i] as f64;
        let s = 1.0 / (1.0 + (-x).exp());
        dy[i] = (dy[i] as f64 * (s + x * s * (1.0 - s))) as f32;
    }
}

/// `(1 + erf(x / sqrt 2)) / 2`, absolute error about 1e-16.
///
/// erf by the series `2 / sqrt pi exp(-z^2) sum of 2^n z^(2n+1) / (1 3 5 ... (2n+1))`, whose terms all have
/// the sign of z, so that nothing cancels (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6).
fn normal_cdf(x: f64) -> f64 {
    let z = x * std::f64::consts::FRAC_1_SQRT_2;
    if z.abs() > 6.0 {
        // What is left of 1 is under 3e-17.
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum) = (z, z);
    for n in 1..200 {
        term *= 2.0 * z * z / (2 * n + 1) as f64;
        sum += term;
    }
    0.5 + sum * (-z * z).exp() / std::f64::consts::PI.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f` over `x` gives `expected`, up to float32's rounding.
    fn check(f: impl Fn(&mut [f32]), x: &[f32], expected: &[f32]) {
        let mut y = x.to_vec();
        f(&mut y);
        for (y, e) in y.iter().zip(expected) {
            assert!((y - e).abs() <= 1e-7 * e.abs().max(1.0), "{y} instead of {e}");
        }
    }

    #[test]
    fn values_from_tables() {
        check(relu, &[-2.0, 0.0, 3.0], &[0.0, 0.0, 3.0]);
        check(|y| clip(-1.0, 2.0, y), &[-2.0, 0.5, 3.0], &[-1.0, 0.5, 2.0]);
        check(|y| leaky_relu(0.1, y), &[-2.0, 0.0, 3.0], &[-0.2, 0.0, 3.0]);
        // exp(-1) = 0.367879441...
        check(|y| elu(2.0, y), &[-1.0, 0.0, 3.0], &[-1.264_241_1, 0.0, 3.0]);
        check(tanh, &[0.0, 0.5, -1.0], &[0.0, 0.462_117_16, -0.761_594_2]);
        check(sigmoid, &[0.0, 1.0, -2.0], &[0.5, 0.731_058_6, 0.119_202_92]);
        // Phi(1) = 0.841344746..., Phi(-2) = 0.022750131..., Phi(8) = 1 but for 6e-16.
        check(gelu, &[0.0, 1.0, -2.0, 8.0], &[0.0, 0.841_344_8, -0.045_500_264, 8.0]);
        // The sigmoid's values from above, each times x.
        check(silu, &[0.0, 1.0, -2.0], &[0.0, 0.731_058_6, -0.238_405_84]);
    }

    #[test]
    fn derivatives_by_hand() {
        let y = [0.5, -1.0, 0.0];
        check(|dy| relu_backward(&y, dy), &[2.0, 3.0, 4.0], &[2.0, 0.0, 0.0]);
        check(|dy| clip_backward(-1.0, 0.5, &y, dy), &[2.0, 3.0, 4.0], &[0.0, 0.0, 4.0]);
        check(|dy| leaky_relu_backward(0.1, &y, dy), &[2.0, 3.0, 4.0], &[2.0, 0.3, 0.4]);
        check(|dy| elu_backward(1.5, &y, dy), &[2.0, 3.0, 4.0], &[2.0, 1.5, 6.0]);
        check(|dy| tanh_backward(&y, dy), &[2.0, 3.0, 4.0], &[1.5, 0.0, 4.0]);
        check(|dy| sigmoid_backward(&[0.5, 0.25, 1.0], dy), &[2.0, 16.0, 4.0], &[0.5, 3.0, 0.0]);
        // phi(1) = 0.241970725..., so the slope at 1 is 1.083315471.
        check(|dy| gelu_backward(&[0.0, 1.0, -10.0], dy), &[2.0, 1.0, 1.0], &[1.0, 1.083_315_5, 0.0]);
        // s(1) = 0.731058579, so the slope at 1 is s + s (1 - s) = 0.927670512.
        check(|dy| silu_backward(&[0.0, 1.0], dy), &[2.0, 1.0], &[1.0, 0.927_670_5]);
    }

    #[test]
    fn nan_stays() {
        for f in [relu, tanh, sigmoid, gelu, silu] {
            let mut y = [f32::NAN];
            f(&mut y);
            assert!(y[0].is_nan());
        }
    }
}
