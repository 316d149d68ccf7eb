//! Vector forms of the elementary functions, each within a few units in the last place.
//!
//! Multiply and add are one rounding where the instruction set has that, two elsewhere (`mul_add_e`): computed
//! exactly without the instruction it would be a function call for every number.

use pulp::Simd;

/// `exp(x)`, its argument held within -87.3 and 88 (where float32 would leave its normal range); NaN stays.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite's two-part reduction), exp(r) by its Taylor
/// polynomial of degree 7 (remainder under 1e-8), and 2^n put together from its bits.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let given = x;
    let x = simd.min_f32s(simd.max_f32s(x, splat(-87.3)), splat(88.0));
    // Adding 1.5 * 2^23 rounds to an integer that then stands in the low bits.
    let magic = splat(12_582_912.0);
    let shifted = simd.mul_add_e_f32s(x, splat(std::f32::consts::LOG2_E), magic);
    let n = simd.sub_f32s(shifted, magic);
    let r = simd.mul_add_e_f32s(n, splat(-0.693_359_4), x);
    let r = simd.mul_add_e_f32s(n, splat(2.121_944_4e-4), r);
    let mut p = splat(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = simd.mul_add_e_f32s(p, r, splat(coefficient));
    }
    let bits = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let result = simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), bits));
    // Minimum and maximum drop NaN; a diverged network must not look healthy.
    simd.select_f32s(simd.equal_f32s(given, given), result, given)
}

/// `tanh(x)`.
///
/// Near zero by Lambert's continued fraction (`1 - exp` would cancel there), elsewhere by
/// `(1 - exp(-2|x|)) / (1 + exp(-2|x|))`; one division serves both.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let magnitude = simd.abs_f32s(x);
    let e = exp(simd, simd.mul_f32s(magnitude, splat(-2.0)));
    let square = simd.mul_f32s(x, x);
    let mut over = splat(1.0);
    for coefficient in [378.0, 17_325.0, 135_135.0] {
        over = simd.mul_add_e_f32s(over, square, splat(coefficient));
    }
    let mut under = splat(28.0);
    for coefficient in [3_150.0, 62_370.0, 135_135.0] {
        under = simd.mul_add_e_f32s(under, square, splat(coefficient));
    }
    let small = simd.less_than_f32s(magnitude, splat(1.0));
    let over = simd.select_f32s(small, simd.mul_f32s(magnitude, over), simd.sub_f32s(splat(1.0), e));
    let under = simd.select_f32s(small, under, simd.add_f32s(splat(1.0), e));
    let result = simd.div_f32s(over, under);
    simd.select_f32s(simd.less_than_f32s(x, splat(0.0)), simd.neg_f32s(result), result)
}

/// `exp(x) - 1` for arguments below zero, with all digits near it: `2 t / (1 - t)` with `t = tanh(x / 2)`, where
/// nothing cancels.
#[inline(always)]
pub(crate) fn exp_m1<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let t = tanh(simd, simd.mul_f32s(x, simd.splat_f32s(0.5)));
    simd.div_f32s(simd.add_f32s(t, t), simd.sub_f32s(simd.splat_f32s(1.0), t))
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
}

/// The cumulative distribution function of the standard normal distribution, `(1 + erf(x / sqrt 2)) / 2`,
/// absolute error below 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
#[inline(always)]
pub(crate) fn normal_cdf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let magnitude = simd.mul_f32s(simd.abs_f32s(x), splat(std::f32::consts::FRAC_1_SQRT_2));
    let t = simd.div_f32s(splat(1.0), simd.mul_add_e_f32s(magnitude, splat(0.327_591_1), splat(1.0)));
    let mut p = splat(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = simd.mul_add_e_f32s(p, t, splat(coefficient));
    }
    let gauss = exp(simd, simd.neg_f32s(simd.mul_f32s(magnitude, magnitude)));
    let half_tail = simd.mul_f32s(splat(0.5), simd.mul_f32s(simd.mul_f32s(p, t), gauss));
    let upper = simd.sub_f32s(splat(1.0), half_tail);
    simd.select_f32s(simd.less_than_f32s(x, splat(0.0)), half_tail, upper)
}

/// Applies a vector function to every number of a slice.
pub(crate) trait Map: Copy {
    /// The function.
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s;
}

/// Runs a [`Map`] over `values` in place.
pub(crate) struct InPlace<'a, M>(pub M, pub &'a mut [f32]);

impl<M: Map> pulp::WithSimd for InPlace<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (head, tail) = S::as_mut_simd_f32s(self.1);
        for v in head {
            *v = self.0.apply(simd, *v);
        }
        if !tail.is_empty() {
            let value = self.0.apply(simd, simd.partial_load_f32s(tail));
            simd.partial_store_f32s(tail, value);
        }
    }
}
