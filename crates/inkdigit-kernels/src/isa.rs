//! Instruction sets: which ones this processor has, and the token that proves it.

use pulp::{Arch, Simd, WithSimd};

/// Proof that the running processor has an instruction set. Values come from detection alone
/// ([`Isa::best`], [`Isa::present`]), and every kernel takes one, so code compiled for an instruction
/// set can't run where it is missing.
#[derive(Clone, Copy, Debug)]
pub struct Isa(Arch);

impl Isa {
    /// The widest instruction set of this processor.
    pub fn best() -> Self {
        Self(Arch::new())
    }

    /// Every instruction set this processor can run, the portable one first. Tests run all of them.
    pub fn present() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            all.push(Self(Arch::Scalar));
            all.extend(pulp::x86::V3::try_new().map(|v3| Self(Arch::V3(v3))));
            all.extend(pulp::x86::V4::try_new().map(|v4| Self(Arch::V4(v4))));
        }
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        all.push(Self::best());
        all
    }

    /// The instruction set's usual name.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "AVX-512",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Arch::Neon(_) => "NEON",
            #[cfg(target_arch = "wasm32")]
            Arch::RelaxedSimd(_) => "relaxed-simd",
            #[cfg(target_arch = "wasm32")]
            Arch::Simd128(_) => "simd128",
            _ => "portable",
        }
    }

    /// How many float32 one vector holds.
    pub fn lanes(self) -> usize {
        self.run(Lanes)
    }

    /// Runs a kernel written in vectors, compiled for this instruction set.
    #[inline(always)]
    pub(crate) fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        // WebAssembly can't ask: a module with vectors doesn't even load where there are none. So a build has
        // one instruction set, and no code of another may be in it.
        #[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
        return Simd::vectorize(pulp::Scalar, kernel);
        #[cfg(all(
            target_arch = "wasm32",
            target_feature = "simd128",
            not(target_feature = "relaxed-simd")
        ))]
        return match self.0 {
            Arch::Simd128(simd) => Simd::vectorize(simd, kernel),
            _ => unreachable!("this build always has vectors"),
        };
        #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
        return match self.0 {
            Arch::RelaxedSimd(simd) => Simd::vectorize(simd, kernel),
            _ => unreachable!("this build always has relaxed vectors"),
        };
        #[cfg(not(target_arch = "wasm32"))]
        self.0.dispatch(kernel)
    }

    /// Runs plain loops, vectorised by the compiler for this instruction set. Mark the closure
    /// `#[inline(always)]`: only what is inlined here gets the instruction set.
    #[inline(always)]
    pub(crate) fn vectorize<F: FnMut()>(self, loops: F) {
        self.run(Loops(loops));
    }
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// Calls its closure by reference: called by value it would go through a function of its own, which isn't
/// inlined and so isn't compiled for the instruction set.
struct Loops<F>(F);

impl<F: FnMut()> WithSimd for Loops<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}
