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
    assert_eq!(x.len(), dy.len());
    // A block at a time: the derivative goes into a small buffer, then multiplies.
    let mut slope = [0.0; 256];
    for (dy, x) in dy.chunks_mut(slope.len()).zip(x.chunks(slope.len())) {
        let slope = &mut slope[..x.len()];
        slope.copy_from_slice(x);
        isa.run(InPlace(GeluSlope, &mut *slope));
        isa.vectorize(
            #[inline(always)]
            || dy.iter_mut().zip(&*slope).for_each(|(d, s)| *d *= s),
        );
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
        simd.mul_add_f32s(x, density, math::normal_cdf(simd, x))
    }
}
