//! Levels counted as they come and go, with quantiles found in few steps.

/// How many pixels of a window have each level, counted finely and in sixteens (after Huang, Yang and Tang, "A
/// fast two-dimensional median filtering algorithm", 1979).
pub(super) struct Levels {
    fine: [u32; 256],
    sixteens: [u32; 16],
    count: u32,
}

impl Default for Levels {
    fn default() -> Self {
        Self { fine: [0; 256], sixteens: [0; 16], count: 0 }
    }
}

impl Levels {
    /// Counts these pixels.
    pub(super) fn add(&mut self, pixels: &[u8]) {
        self.count += pixels.len() as u32;
        if let Some(level) = only_level(pixels) {
            self.fine[level] += pixels.len() as u32;
            self.sixteens[level / 16] += pixels.len() as u32;
            return;
        }
        for &level in pixels {
            self.fine[level as usize] += 1;
            self.sixteens[level as usize / 16] += 1;
        }
    }

    /// Takes pixels out that were counted before.
    pub(super) fn remove(&mut self, pixels: &[u8]) {
        self.count -= pixels.len() as u32;
        if let Some(level) = only_level(pixels) {
            self.fine[level] -= pixels.len() as u32;
            self.sixteens[level / 16] -= pixels.len() as u32;
            return;
        }
        for &level in pixels {
            self.fine[level as usize] -= 1;
            self.sixteens[level as usize / 16] -= 1;
        }
    }

    /// Counts the first pixels in the place of the second, as many; says whether that changed anything.
    ///
    /// # Panics
    /// If they aren't as many.
    pub(super) fn exchange(&mut self, entering: &[u8], leaving: &[u8]) -> bool {
        assert_eq!(entering.len(), leaving.len(), "as many pixels as before");
        let mut changed = false;
        for (&entering, &leaving) in entering.iter().zip(leaving) {
            if entering != leaving {
                changed = true;
                self.add(&[entering]);
                self.remove(&[leaving]);
            }
        }
        changed
    }

    /// How many pixels are counted.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The level that so many of them don't reach: 0 asks for the lowest; 255 where there aren't as many.
    pub(super) fn at_rank(&self, mut rank: u32) -> u8 {
        let mut level = 0;
        for &sixteen in &self.sixteens[..15] {
            if rank < sixteen {
                break;
            }
            rank -= sixteen;
            level += 16;
        }
        while level < 255 && rank >= self.fine[level] {
            rank -= self.fine[level];
            level += 1;
        }
        level as u8
    }

    /// Their median, the upper one of two.
    pub(super) fn median(&self) -> u8 {
        self.at_rank(self.count / 2)
    }
}

/// The one level that all of them have. Blank paper is counted at once, because counting one by one would wait
/// for each count to be written before it is read again.
fn only_level(pixels: &[u8]) -> Option<usize> {
    let (&first, rest) = pixels.split_first()?;
    rest.iter().all(|&pixel| pixel == first).then_some(first.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_is_counted_now() {
        let mut levels = Levels::default();
        levels.add(&[200, 3, 90, 17, 255]);
        assert_eq!((levels.median(), levels.at_rank(0), levels.at_rank(4)), (90, 3, 255));
        levels.remove(&[3, 17]);
        assert_eq!((levels.median(), levels.count()), (200, 3));
        assert!(levels.exchange(&[200, 91], &[200, 90]) && !levels.exchange(&[7, 91], &[7, 91]));
        assert_eq!((levels.at_rank(0), levels.count()), (91, 3));
        levels.remove(&[91, 200]);
        assert_eq!(levels.median(), 255);
        levels.remove(&[255]);
        assert_eq!((levels.median(), levels.count()), (255, 0));
    }

    proptest::proptest! {
        #[test]
        fn a_rank_is_a_place_among_the_sorted(mut pixels in proptest::collection::vec(0u8.., 1..200)) {
            let mut levels = Levels::default();
            levels.add(&pixels);
            pixels.sort();
            for (rank, &level) in pixels.iter().enumerate() {
                proptest::prop_assert_eq!(levels.at_rank(rank as u32), level);
            }
        }
    }
}
