//! What the comparisons share: numbers to compute with, tolerances, and a list of what failed.

use inkdigit_kernels::Isa;
use std::fmt::Display;

/// A seeded source of numbers (Vigna's SplitMix64), so that a failure comes back on every run.
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number under `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// Numbers in -1..1.
    pub(crate) fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    /// -1, -0.5, 0, 0.5 or 1: many equal ones.
    pub(crate) fn coarse(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.below(5) as f32 * 0.5 - 1.0).collect()
    }
}

/// Lengths around the ends of vectors of 4, 8 and 16 lanes, and of blocks of 256.
pub(crate) fn lengths() -> impl Iterator<Item = usize> {
    (0..=70).chain([127, 128, 129, 255, 256, 257, 1000])
}

/// How far a kernel may be from its twin: `atol + rtol |expected|`.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance {
    pub atol: f64,
    pub rtol: f64,
}

/// To the bit, but for the sign of zero and the bits of NaN.
pub(crate) const EXACT: Tolerance = Tolerance { atol: 0.0, rtol: 0.0 };

/// The distance from 1 to the next float32.
pub(crate) const EPSILON: f64 = f32::EPSILON as f64;

impl Tolerance {
    /// For sums of `depth` products of numbers in -1..1. Each addition rounds by at most half an epsilon of a
    /// partial sum, which is about sqrt(depth) / 3; the roundings point anywhere, so that they grow by
    /// another sqrt(depth). That makes a deviation of 0.07 depth epsilon; a whole one is fourteen of them.
    pub(crate) fn of_sum(depth: usize) -> Self {
        Self { atol: depth as f64 * EPSILON, rtol: EPSILON }
    }

    fn allows(self, found: f64, expected: f64) -> bool {
        found == expected
            || found.is_nan() && expected.is_nan()
            || (found - expected).abs() <= self.atol + self.rtol * expected.abs()
    }
}

/// Comparisons made and what failed of them, so that a broken kernel shows its pattern and not one case.
#[derive(Default)]
pub(crate) struct Comparisons {
    made: usize,
    failures: Vec<String>,
}

impl Comparisons {
    /// Compares what a kernel made of a case with what its twin made.
    pub(crate) fn compare<T: Copy + Into<f64>>(
        &mut self,
        isa: Isa,
        case: impl Display,
        found: &[T],
        expected: &[T],
        tolerance: Tolerance,
    ) {
        assert_eq!(found.len(), expected.len());
        self.made += 1;
        let pairs = found.iter().zip(expected).map(|(&found, &expected)| (found.into(), expected.into()));
        let wrong: Vec<_> =
            pairs.enumerate().filter(|&(_, (found, expected))| !tolerance.allows(found, expected)).collect();
        if let Some((i, (first, twin))) = wrong.first() {
            let (isa, wrong, all) = (isa.name(), wrong.len(), found.len());
            self.failures.push(format!(
                "{isa}, {case}: {wrong} of {all} numbers wrong, [{i}] is {first} instead of {twin}"
            ));
        }
    }

    /// Fails the test if a comparison failed.
    pub(crate) fn finish(self) {
        assert!(self.made > 0, "nothing was compared");
        assert!(
            self.failures.is_empty(),
            "{} of {} comparisons failed, the first three:\n{}",
            self.failures.len(),
            self.made,
            self.failures[..self.failures.len().min(3)].join("\n")
        );
    }
}
