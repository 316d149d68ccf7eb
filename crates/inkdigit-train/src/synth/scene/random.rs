//! Choices that the stages of a scene make again and again, and noise that depends on a place alone.

use inkdigit_nn::Rng;

use super::plane::Plane;

/// What every stage asks of its generator.
pub(super) trait Choose {
    /// True with this probability.
    fn chance(&mut self, probability: f32) -> bool;
    /// Between two numbers, as likely to be half as twice as large: for sizes.
    fn log_uniform(&mut self, low: f32, high: f32) -> f32;
    /// One of `items`, of which there are some.
    fn pick<T: Copy>(&mut self, items: &[T]) -> T;
    /// An index, as likely as its weight says; the last if there is no weight at all.
    fn weighted(&mut self, weights: &[f32]) -> usize;
    /// -1 or 1.
    fn sign(&mut self) -> f32;
    /// From `low` to `high`, both included.
    fn between(&mut self, low: usize, high: usize) -> usize;
}

impl Choose for Rng {
    fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    fn log_uniform(&mut self, low: f32, high: f32) -> f32 {
        self.uniform(low.ln(), high.ln()).exp()
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn weighted(&mut self, weights: &[f32]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f32>();
        for (i, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return i;
            }
        }
        weights.len().saturating_sub(1)
    }

    fn sign(&mut self) -> f32 {
        if self.chance(0.5) { -1.0 } else { 1.0 }
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }
}

/// A number from -1 to 1 that depends on a place alone (a mixing step as in MurmurHash3).
fn hash(seed: u32, x: i32, y: i32) -> f32 {
    let mut z = seed ^ (x as u32).wrapping_mul(0x9e37_79b9) ^ (y as u32).wrapping_mul(0x85eb_ca6b);
    z = (z ^ (z >> 16)).wrapping_mul(0x7feb_352d);
    z = (z ^ (z >> 15)).wrapping_mul(0x846c_a68b);
    ((z ^ (z >> 16)) as i32) as f32 * (1.0 / (1u32 << 31) as f32)
}

/// Random levels on a lattice, interpolated: the fibres of paper, clouds, wear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cloud {
    pub seed: u32,
    /// Pixels between the nodes of the lattice, across and down.
    pub cell: [f32; 2],
}

impl Cloud {
    pub(super) fn new(cell: f32, rng: &mut Rng) -> Self {
        Self { seed: rng.next_u64() as u32, cell: [cell.max(0.5); 2] }
    }

    /// Visits each pixel with its level, between -1 and 1.
    pub(super) fn over(&self, plane: &mut Plane, mut visit: impl FnMut(&mut f32, f32)) {
        let nodes = (plane.width as f32 / self.cell[0]) as usize + 2;
        let fill = |row: &mut Vec<f32>, j: i32| {
            row.clear();
            row.extend((0..nodes).map(|i| hash(self.seed, i as i32, j)));
        };
        let (mut above, mut below, mut filled) = (Vec::new(), Vec::new(), -1);
        let mut blend = vec![0.0; nodes];
        let columns: Vec<(u32, f32)> = (0..plane.width)
            .map(|x| (x as f32 + 0.5) / self.cell[0])
            .map(|at| (at as u32, at.fract()))
            .collect();
        for (y, row) in plane.rows_mut() {
            let at = y / self.cell[1];
            let j = at as i32;
            if j != filled {
                fill(&mut above, j);
                fill(&mut below, j + 1);
                filled = j;
            }
            let down = at.fract();
            for (out, (a, b)) in blend.iter_mut().zip(above.iter().zip(&below)) {
                *out = a + down * (b - a);
            }
            for (value, &(i, across)) in row.iter_mut().zip(&columns) {
                let pair = &blend[i as usize..][..2];
                visit(value, pair[0] + across * (pair[1] - pair[0]));
            }
        }
    }
}

/// A wave of height 1 and length 1 that begins at its crest: near enough to a cosine, and quick.
pub(super) fn wave(at: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number; `round` would be a call.
    const ROUNDER: f32 = 12_582_912.0;
    let from_crest = (at - ((at + ROUNDER) - ROUNDER)).abs();
    let straight = 1.0 - 4.0 * from_crest;
    straight * (1.5 - 0.5 * straight * straight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_and_nothing_is_out_of_range() {
        let mut rng = Rng::new(1);
        let mut counts = [0; 3];
        (0..6000).for_each(|_| counts[rng.weighted(&[1.0, 0.0, 2.0])] += 1);
        assert!(counts[1] == 0 && (1800..2200).contains(&counts[0]), "{counts:?}");
        assert_eq!(rng.weighted(&[0.0, 0.0]), 1);
        assert!((0..100).all(|_| (2..=3).contains(&rng.between(2, 3))));
        assert!((0..100).all(|_| (1.9..8.1).contains(&rng.log_uniform(2.0, 8.0))));
    }

    #[test]
    fn waves_are_nearly_cosines() {
        for i in -200..200 {
            let at = i as f32 * 0.037;
            assert!((wave(at) - (std::f32::consts::TAU * at).cos()).abs() < 0.03, "{at}");
        }
    }

    #[test]
    fn clouds_stay_within_their_height_and_differ() {
        let mut plane = Plane::new(50, 40, 0.0);
        Cloud::new(3.0, &mut Rng::new(2)).over(&mut plane, |value, level| *value = level);
        assert!(plane.values.iter().all(|v| v.abs() <= 1.0));
        let mean = plane.values.iter().sum::<f32>() / 2000.0;
        let deviation = (plane.values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 2000.0).sqrt();
        assert!(mean.abs() < 0.15 && (0.25..0.55).contains(&deviation), "{mean} {deviation}");
    }
}
