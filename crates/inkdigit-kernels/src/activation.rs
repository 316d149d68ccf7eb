//! Activation functions and their derivatives.

use crate::Isa;
use crate::math::{self, InPlace, Map};
use pulp::Simd;

/// `y = max(x, 0)`, in place; NaN stays.
pub fn relu(isa: Isa, y: &mut [f32]) {
    isa.vectorize(
        #[inline(always)]
        || y.iter_mut().for_each(|v| *v = if *v < 0.0 { 0.0 } else { *v }),
    );
}

/// `dx = dy where y > 0, else 0`, in place over `dy`; `y` is the output of [`relu`].
pub fn relu_backward(isa: Isa, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d = if y > 0.0 { *d } else { 0.0 }),
    );
}

/// `y = min(max(x, low), high)`, in place; NaN stays.
pub fn clip(isa: Isa, low: f32, high: f32, y: &mut [f32]) {
    isa.vectorize(
        #[inline(always)]
        || {
            y.iter_mut().for_each(|v| {
                *v = if *v < low {
                    low
                } else if *v > high {
                    high
                } else {
                    *v
                }
            })
        },
    );
}

/// `dx = dy where low < y < high, else 0`, in place over `dy`; `y` is the output of [`clip`].
pub fn clip_backward(isa: Isa, low: f32, high: f32, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d = if low < y && y < high { *d } else { 0.0 }),
    );
}

/// `y = x where x >= 0, else slope x`, in place (Maas et al., ICML 2013).
pub fn leaky_relu(isa: Isa, slope: f32, y: &mut [f32]) {
    isa.vectorize(
        #[inline(always)]
        || y.iter_mut().for_each(|v| *v = if *v < 0.0 { slope * *v } else { *v }),
    );
}

/// `dx = dy where y > 0, else slope dy`, in place over `dy`; `y` is the output of [`leaky_relu`] with a
/// slope that isn't negative, so that it has its input's sign.
pub fn leaky_relu_backward(isa: Isa, slope: f32, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d = if y > 0.0 { *d } else { slope * *d }),
    );
}

/// `y = x where x >= 0, else alpha (exp(x) - 1)` (Clevert et al., arXiv 1511.07289), in place.
pub fn elu(isa: Isa, alpha: f32, y: &mut [f32]) {
    isa.run(InPlace(Elu { alpha }, y));
}

/// `dx = dy where y > 0, else dy (y + alpha)`, in place over `dy`; `y` is the output of [`elu`] with an alpha
/// that isn't negative, so that it has its input's sign.
pub fn elu_backward(isa: Isa, alpha: f32, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d *= if y > 0.0 { 1.0 } else { y + alpha }),
    );
}

/// `y = tanh(x)`, in place.
pub fn tanh(isa: Isa, y: &mut [f32]) {
    isa.run(InPlace(Tanh, y));
}

/// `dx = dy (1 - y^2)`, in place over `dy`; `y` is the output of [`tanh`].
pub fn tanh_backward(isa: Isa, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d *= 1.0 - y * y),
    );
}

/// `y = 1 / (1 + exp(-x))`, in place.
pub fn sigmoid(isa: Isa, y: &mut [f32]) {
    isa.run(InPlace(Sigmoid, y));
}

/// `dx = dy y (1 - y)`, in place over `dy`; `y` is the output of [`sigmoid`].
pub fn sigmoid_backward(isa: Isa, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    isa.vectorize(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(d, &y)| *d *= y * (1.0 - y)),
    );
}

/// `y = x Phi(x)` with the normal distribution function Phi (Hendrycks and Gimpel, arXiv 1606.08415), in
/// place.
pub fn gelu(isa: Isa, y: &mut [f32]) {
    isa.run(InPlace(Gelu, y));
}

/// `dx = dy (Phi(x) + x phi(x))`, in place over `dy`; `x` is the *input* of [`gelu`].
pub fn gelu_backward(isa: Isa, x: &[f32], dy: &mut [f32]) {
    multiply_by(isa, GeluSlope, x, dy);
}

/// `y = x / (1 + exp(-x))` (SiLU, or swish: Elfwing et al., arXiv 1702.03118), in place; the product of `x` and its
/// [`sigmoid`] to the bit.
pub fn silu(isa: Isa, y: &mut [f32]) {
    isa.run(InPlace(Silu, y));
}

/// `dx = dy (s + x s (1 - s))` with `s = 1 / (1 + exp(-x))`, in place over `dy`; `x` is the *input* of [`silu`].
pub fn silu_backward(isa: Isa, x: &[f32], dy: &mut [f32]) {
    multiply_by(isa, SiluSlope, x, dy);
}

/// `dy *= slope(x)`, a block at a time: the derivative goes into a small buffer, then multiplies.
fn multiply_by<M: Map>(isa: Isa, slope: M, x: &[f32], dy: &mut [f32]) {
    assert_eq!(x.len(), dy.len());
    let mut buffer = [0.0; 256];
    for (dy, x) in dy.chunks_mut(buffer.len()).zip(x.chunks(buffer.len())) {
        let slopes = &mut buffer[..x.len()];
        slopes.copy_from_slice(x);
        isa.run(InPlace(slope, &mut *slopes));
        isa.vectorize(
            #[inline(always)]
            || dy.iter_mut().zip(&*slopes).for_each(|(d, s)| *d *= s),
        );
    }
}

#[derive(Clone, Copy)]
struct Elu {
    alpha: f32,
}

impl Map for Elu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let bent = simd.mul_f32s(simd.splat_f32s(self.alpha), math::exp_m1(simd, x));
        simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(0.0)), bent, x)
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl Map for Tanh {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        math::tanh(simd, x)
    }
}

#[derive(Clone, Copy)]
struct Sigmoid;

impl Map for Sigmoid {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        math::sigmoid(simd, x)
    }
}

#[derive(Clone, Copy)]
struct Gelu;

impl Map for Gelu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, math::normal_cdf(simd, x))
    }
}

#[derive(Clone, Copy)]
struct GeluSlope;

impl Map for GeluSlope {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let exponent = simd.mul_f32s(simd.mul_f32s(x, x), simd.splat_f32s(-0.5));
        // 1 / sqrt(2 pi)
        let density = simd.mul_f32s(simd.splat_f32s(0.398_942_3), math::exp(simd, exponent));
        simd.mul_add_e_f32s(x, density, math::normal_cdf(simd, x))
    }
}

#[derive(Clone, Copy)]
struct Silu;

impl Map for Silu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, math::sigmoid(simd, x))
    }
}

#[derive(Clone, Copy)]
struct SiluSlope;

impl Map for SiluSlope {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let s = math::sigmoid(simd, x);
        let rest = simd.sub_f32s(simd.splat_f32s(1.0), s);
        simd.mul_add_e_f32s(simd.mul_f32s(x, s), rest, s)
    }
}
