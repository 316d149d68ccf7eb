//! The processor's peak: multiply-adds that never leave the registers.

use crate::Isa;
use pulp::{Simd, WithSimd};

/// Independent sums: enough to hide the latency of a multiply-add (4 to 5 cycles on two units).
const SUMS: usize = 12;

/// Rounds of one burst on the widest vectors; narrower ones run more, for the same work.
const ROUNDS: usize = 1 << 18;

/// Lanes that a burst's work is counted for.
const LANES: usize = 16;

/// Multiply-adds of one burst.
pub const MULTIPLY_ADDS: u64 = (SUMS * ROUNDS * LANES) as u64;

/// Runs [`MULTIPLY_ADDS`] multiply-adds and returns something that depends on all of them.
pub fn fma_burst(isa: Isa, start: f32) -> f32 {
    isa.run(Burst { start })
}

struct Burst {
    start: f32,
}

impl WithSimd for Burst {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let factor = simd.splat_f32s(0.999);
        let mut sums = [simd.splat_f32s(self.start); SUMS];
        for _ in 0..ROUNDS * LANES / S::F32_LANES {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(*sum, factor, factor);
            }
        }
        sums.iter().map(|&sum| simd.reduce_sum_f32s(sum)).sum()
    }
}
