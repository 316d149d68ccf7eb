//! Which pixels of a picture are ink: one yes or no each.

use std::ops::Range;

use crate::Bounds;
use crate::GrayImage;

/// A yes or no for each pixel.
///
/// ```
/// use inkdigit_image::{Bounds, preprocess::Mask};
///
/// let mask = Mask::new(4, 2, vec![false, true, true, false, false, false, false, false]);
/// assert_eq!(mask.bounds(), Some(Bounds { left: 1, top: 0, right: 3, bottom: 1 }));
/// assert_eq!(mask.runs(0).collect::<Vec<_>>(), [1..3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: usize,
    height: usize,
    bits: Vec<bool>,
}

impl Mask {
    /// A mask from its bits, row by row.
    ///
    /// # Shapes
    /// - `bits`: `[height, width]`
    ///
    /// # Panics
    /// If there are more or fewer bits.
    pub fn new(width: usize, height: usize, bits: Vec<bool>) -> Self {
        assert_eq!(width * height, bits.len(), "a bit for each of {width}x{height} pixels");
        Self { width, height, bits }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bits, row by row: `[height, width]`.
    pub fn bits(&self) -> &[bool] {
        &self.bits
    }

    /// Row `y`, from left to right.
    ///
    /// # Panics
    /// Below the mask.
    pub fn row(&self, y: usize) -> &[bool] {
        &self.bits[y * self.width..][..self.width]
    }

    /// Row `y`, to be changed.
    ///
    /// # Panics
    /// Below the mask.
    pub fn row_mut(&mut self, y: usize) -> &mut [bool] {
        &mut self.bits[y * self.width..][..self.width]
    }

    /// The stretches of row `y` whose bits are set, from left to right.
    ///
    /// # Panics
    /// Below the mask.
    pub fn runs(&self, y: usize) -> impl Iterator<Item = Range<usize>> {
        let row = self.row(y);
        let mut end = 0;
        std::iter::from_fn(move || {
            let start = end + leading(&row[end..], false);
            end = start + leading(&row[start..], true);
            (start < end).then_some(start..end)
        })
    }

    /// The bit in column `x` of row `y`.
    ///
    /// # Panics
    /// Outside the mask.
    pub fn at(&self, x: usize, y: usize) -> bool {
        self.row(y)[x]
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.bits.iter().filter(|&&bit| bit).count()
    }

    /// The tightest box around the bits that are set; none where none is.
    pub fn bounds(&self) -> Option<Bounds> {
        let rows = || (0..self.height).filter(|&y| leading(self.row(y), false) < self.width);
        let (top, bottom) = (rows().next()?, rows().next_back()? + 1);
        let (mut left, mut right) = (self.width, 0);
        for row in (top..bottom).map(|y| self.row(y)) {
            left = leading(&row[..left], false);
            right += row[right..].iter().rposition(|&bit| bit).map_or(0, |last| last + 1);
        }
        Some(Bounds { left, top, right, bottom })
    }

    /// The part within a box.
    ///
    /// # Panics
    /// If it reaches outside.
    pub fn part(&self, bounds: Bounds) -> Self {
        let rows = (bounds.top..bounds.bottom).flat_map(|y| &self.row(y)[bounds.left..bounds.right]);
        Self::new(bounds.width(), bounds.height(), rows.copied().collect())
    }

    /// Rows and columns exchanged.
    pub fn transposed(&self) -> Self {
        let mut bits = vec![false; self.bits.len()];
        // In tiles, so that what is written lies as close together as what is read.
        const TILE: usize = 32;
        for top in (0..self.height).step_by(TILE) {
            for left in (0..self.width).step_by(TILE) {
                for y in top..(top + TILE).min(self.height) {
                    for x in left..(left + TILE).min(self.width) {
                        bits[x * self.height + y] = self.bits[y * self.width + x];
                    }
                }
            }
        }
        Self { width: self.height, height: self.width, bits }
    }

    /// Grown by `reach` pixels to all sides (a square), separably.
    pub fn dilated(&self, reach: usize) -> Self {
        let (width, height) = (self.width, self.height);
        let mut wide = vec![false; self.bits.len()];
        for (from, to) in self.bits.chunks_exact(width).zip(wide.chunks_exact_mut(width)) {
            for x in from.iter().enumerate().filter_map(|(x, &bit)| bit.then_some(x)) {
                to[x.saturating_sub(reach)..(x + reach + 1).min(width)].fill(true);
            }
        }
        let mut bits = vec![false; self.bits.len()];
        for (y, row) in wide.chunks_exact(width).enumerate() {
            for y in y.saturating_sub(reach)..(y + reach + 1).min(height) {
                bits[y * width..][..width].iter_mut().zip(row).for_each(|(grown, &bit)| *grown |= bit);
            }
        }
        Self { width, height, bits }
    }

    /// The mask as a picture, set bits white.
    pub fn to_gray(&self) -> GrayImage {
        let pixels = self.bits.iter().map(|&bit| if bit { 255 } else { 0 }).collect();
        GrayImage::new(self.width, self.height, pixels).expect("a mask is as large as its picture was")
    }
}

/// How many bits from the first on are alike. Most of a page is paper: eight are looked at together.
fn leading(row: &[bool], bit: bool) -> usize {
    let (eights, _) = row.as_chunks::<8>();
    let alike = u64::from_ne_bytes([bit.into(); 8]);
    let whole =
        eights.iter().take_while(|eight| u64::from_ne_bytes(eight.map(u8::from)) == alike).count() * 8;
    whole + row[whole..].iter().take_while(|&&other| other == bit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_stretches_of_a_row() {
        for width in [1, 7, 8, 9, 40] {
            for seed in 0..200u64 {
                let bits =
                    (0..width).map(|i| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (i * 3 % 61) & 3 > 1);
                let mask = Mask::new(width, 1, bits.collect());
                let runs: Vec<_> = mask.runs(0).collect();
                let covered = |x: usize| runs.iter().any(|run| run.contains(&x));
                assert!((0..width).all(|x| covered(x) == mask.at(x, 0)), "{mask:?}: {runs:?}");
                assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start), "{mask:?}: {runs:?}");
                assert!(runs.iter().all(|run| !run.is_empty()), "{mask:?}: {runs:?}");
            }
        }
    }

    #[test]
    fn transposing_exchanges_rows_and_columns() {
        let bits = (0..70 * 40).map(|i| i % 7 == 0 || i % 70 == 3).collect();
        let mask = Mask::new(70, 40, bits);
        let turned = mask.transposed();
        assert_eq!((turned.width(), turned.height()), (40, 70));
        for y in 0..40 {
            for x in 0..70 {
                assert_eq!(turned.at(y, x), mask.at(x, y), "column {x} of row {y}");
            }
        }
        assert_eq!(turned.transposed(), mask);
    }

    #[test]
    fn bounds_are_tight() {
        let mut mask = Mask::new(9, 7, vec![false; 63]);
        assert_eq!(mask.bounds(), None);
        mask.row_mut(2)[5] = true;
        mask.row_mut(4)[1] = true;
        assert_eq!(mask.bounds(), Some(Bounds { left: 1, top: 2, right: 6, bottom: 5 }));
    }

    #[test]
    fn dilation_makes_squares_and_stops_at_the_edges() {
        let mut mask = Mask::new(9, 7, vec![false; 63]);
        mask.row_mut(3)[4] = true;
        assert_eq!(mask.dilated(1).count(), 9);
        assert_eq!(mask.dilated(2).count(), 25);
        assert_eq!(mask.dilated(100).count(), 63);
        assert_eq!(mask.dilated(0), mask);
    }
}
