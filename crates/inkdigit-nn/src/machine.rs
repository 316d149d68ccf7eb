//! What this machine can do, for benchmarks to compare with.

use inkdigit_kernels::Isa;

/// The instruction set the kernels use here: `AVX-512`, `AVX2`, `NEON` or `portable`.
pub fn instruction_set() -> &'static str {
    Isa::best().name()
}

/// Multiply-adds of one call of [`fma_burst`].
pub const FMA_BURST: u64 = inkdigit_kernels::peak::MULTIPLY_ADDS;

/// A burst of multiply-adds that never leave the registers: timed, it gives the machine's peak. The result
/// is returned so that the work can't be left out.
pub fn fma_burst(start: f32) -> f32 {
    inkdigit_kernels::peak::fma_burst(Isa::best(), start)
}
