//! The most multiply-adds the processor does: chains of them in registers, without any memory. What the
//! networks reach is a share of this.

use std::hint::black_box;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

/// Chains that don't wait for each other: two units with a latency of four cycles need eight; twelve leave
/// room for slower ones and still fit into sixteen registers with the constants.
const CHAINS: usize = 12;

/// Steps of a chain in one measurement: about a millisecond.
const STEPS: usize = 500_000;

/// The widest instruction set here, by its usual name. It is chosen as the kernels choose theirs.
pub fn instruction_set() -> &'static str {
    match Arch::new() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(_) => "AVX-512",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V3(_) => "AVX2",
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(_) => "NEON",
        _ => "portable",
    }
}

/// The most GFLOP/s (two for a multiply-add) that all threads of this pool reach together: the best of
/// several measurements, since everything that disturbs one makes it slower.
pub fn gflops(pool: &rayon::ThreadPool) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..20 {
        let start = Instant::now();
        let operations: u64 = pool.broadcast(|_| Arch::new().dispatch(Chains)).into_iter().sum();
        best = best.max(1e-9 * operations as f64 / start.elapsed().as_secs_f64());
    }
    best
}

struct Chains;

impl WithSimd for Chains {
    /// Operations done.
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u64 {
        // Nothing the compiler can work out beforehand, and values that stay finite.
        let (factor, summand) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(1.0)));
        let mut chains = [simd.splat_f32s(black_box(1.0)); CHAINS];
        for _ in 0..STEPS {
            for chain in &mut chains {
                *chain = simd.mul_add_e_f32s(*chain, factor, summand);
            }
        }
        black_box(chains.map(|chain| simd.reduce_sum_f32s(chain)));
        (2 * CHAINS * STEPS * S::F32_LANES) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_beyond_what_plain_code_does() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let found = gflops(&pool);
        assert!(found > 1.0 && found < 10_000.0, "{found}");
    }
}
