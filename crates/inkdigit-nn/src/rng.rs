//! The project's seeded generator of pseudo-random numbers: xoshiro256++ (Blackman and Vigna, "Scrambled
//! linear pseudorandom number generators", 2019), seeded through SplitMix64.
//!
//! It is our own because the same seed must give the same numbers in every future version; the sampling
//! methods of general crates make no such promise.

/// A pseudo-random generator. Passed explicitly: nothing in Inkdigit draws from a hidden one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator whose whole sequence is determined by `seed`.
    pub fn new(seed: u64) -> Self {
        let mut s = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut s)) }
    }

    /// An independent generator for one part of the work, so that parts may run in any order or in
    /// parallel: `Rng::stream(seed, &[epoch, image])` depends on nothing but its arguments.
    pub fn stream(seed: u64, path: &[u64]) -> Self {
        let mut s = seed;
        for &step in path {
            s = split_mix(&mut s) ^ step.wrapping_mul(0xd6e8_feb8_6659_fd93);
        }
        Self::new(split_mix(&mut s))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`, with 24 random bits.
    pub fn unit(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1u64 << 24) as f32)
    }

    /// Uniform in `[low, high)`.
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Normally distributed with mean 0 and deviation 1 (Box and Muller, 1958).
    pub fn normal(&mut self) -> f32 {
        // 1 - unit() lies in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.unit()).cos()
    }

    /// Uniform in `0..n`; the bias of multiplying instead of rejecting is below `n / 2^64`.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "nothing to choose from");
        ((self.next_u64() as u128 * n as u128) >> 64) as usize
    }

    /// Puts `items` into a uniformly random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Where the randomness of a training step comes from: dropout draws from a stream of its own for each
/// (seed, step, layer).
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The training's seed.
    pub seed: u64,
    /// The update this pass belongs to.
    pub step: u64,
}

impl Noise {
    /// The stream of the graph's node at this place.
    pub(crate) fn stream(self, node: usize) -> Rng {
        Rng::stream(self.seed, &[self.step, node as u64])
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproduces_the_published_sequence() {
        // State (1, 2, 3, 4), from the reference implementation's published test vector.
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| rng.next_u64()).collect();
        assert_eq!(first, [41943041, 58720359, 3588806011781223, 3591011842654386]);
    }

    #[test]
    fn draws_have_the_right_moments() {
        let mut rng = Rng::new(7);
        let n = 100_000;
        let mean = (0..n).map(|_| rng.unit() as f64).sum::<f64>() / n as f64;
        assert!((mean - 0.5).abs() < 5e-3, "mean {mean}");
        let variance = (0..n).map(|_| (rng.normal() as f64).powi(2)).sum::<f64>() / n as f64;
        assert!((variance - 1.0).abs() < 2e-2, "variance {variance}");
        assert!((0..1000).all(|_| rng.below(3) < 3));
    }

    #[test]
    fn streams_differ_and_repeat() {
        assert_eq!(Rng::stream(1, &[2, 3]), Rng::stream(1, &[2, 3]));
        assert_ne!(Rng::stream(1, &[2, 3]), Rng::stream(1, &[3, 2]));
        assert_ne!(Rng::stream(1, &[]), Rng::stream(2, &[]));
    }

    #[test]
    fn shuffle_is_a_permutation() {
        let mut items: Vec<usize> = (0..100).collect();
        Rng::new(3).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
