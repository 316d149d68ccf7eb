//! The most multiply-adds the processor does, without any memory. What the networks reach is a share of it.

use std::hint::black_box;
use std::time::Instant;

use inkdigit_nn::machine::{FMA_BURST, fma_burst};

/// The most GFLOP/s (two for a multiply-add) that all threads of this pool reach together: the best of
/// several measurements, since everything that disturbs one makes it slower.
pub fn gflops(pool: &rayon::ThreadPool) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..20 {
        let start = Instant::now();
        let bursts = pool.broadcast(|_| black_box(fma_burst(black_box(1.0)))).len();
        best = best.max(2e-9 * (bursts as u64 * FMA_BURST) as f64 / start.elapsed().as_secs_f64());
    }
    best
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
