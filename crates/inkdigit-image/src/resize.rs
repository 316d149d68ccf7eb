//! Pictures of another size.

use std::ops::Range;

use crate::GrayImage;

impl GrayImage {
    /// The picture stretched to another size. Each pixel is a mean of those around its place, weighted by their
    /// distance (linear interpolation); where the picture becomes smaller, of as many as it stands for, so that
    /// nothing is skipped. Sides of 0 are taken for 1.
    ///
    /// ```
    /// use inkdigit_image::GrayImage;
    ///
    /// let picture = GrayImage::new(4, 1, vec![0, 0, 200, 200])?;
    /// assert_eq!(picture.resized(8, 2).row(1), [0, 0, 0, 50, 150, 200, 200, 200]);
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let (columns, rows) = (Taps::new(self.width(), width), Taps::new(self.height(), height));
        // Columns first, a row at a time as the rows below need it: no more than a few of them are kept.
        let mut across = vec![0.0f32; self.height() * width];
        for (y, across) in across.chunks_exact_mut(width).enumerate() {
            let row = self.row(y);
            for (pixel, (from, weights)) in across.iter_mut().zip(columns.each()) {
                *pixel =
                    row[from].iter().zip(weights).map(|(&level, weight)| f32::from(level) * weight).sum();
            }
        }
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0.0f32; width];
        for (from, weights) in rows.each() {
            sums.fill(0.0);
            let lines = across[from.start * width..from.end * width].chunks_exact(width);
            for (line, weight) in lines.zip(weights) {
                sums.iter_mut().zip(line).for_each(|(sum, level)| *sum += level * weight);
            }
            pixels.extend(sums.iter().map(|&level| (level + 0.5) as u8));
        }
        Self { width, height, pixels }
    }
}

/// Which pixels of a line each pixel of another line comes from, and how much of each.
struct Taps {
    ranges: Vec<Range<usize>>,
    weights: Vec<f32>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let reach = scale.max(1.0);
        let (mut ranges, mut weights) = (Vec::with_capacity(to), Vec::new());
        for place in 0..to {
            let centre = (place as f64 + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0) as usize;
            let end = ((centre + reach).ceil() as usize).min(from);
            let weight = |i: usize| (1.0 - (i as f64 + 0.5 - centre).abs() / reach).max(0.0);
            let sum: f64 = (first..end).map(weight).sum();
            weights.extend((first..end).map(|i| (weight(i) / sum) as f32));
            ranges.push(first..end);
        }
        Self { ranges, weights }
    }

    fn each(&self) -> impl Iterator<Item = (Range<usize>, &[f32])> {
        let mut rest = &self.weights[..];
        self.ranges.iter().map(move |range| {
            let (weights, behind) = rest.split_at(range.len());
            rest = behind;
            (range.clone(), weights)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_pictures_stay_flat_and_the_same_size_changes_nothing() {
        let flat = GrayImage::new(7, 5, vec![93; 35]).unwrap();
        for (width, height) in [(1, 1), (3, 11), (20, 2), (7, 5)] {
            let resized = flat.resized(width, height);
            assert_eq!((resized.width(), resized.height()), (width, height));
            assert!(resized.pixels().iter().all(|&level| level == 93), "{width}x{height}");
        }
        let picture = GrayImage::new(3, 2, vec![0, 255, 7, 90, 13, 200]).unwrap();
        assert_eq!(picture.resized(3, 2), picture);
        assert_eq!(picture.resized(0, 0).pixels().len(), 1);
    }

    #[test]
    fn a_thin_line_survives_being_made_smaller() {
        let mut pixels = vec![255; 100 * 10];
        (0..10).for_each(|y| pixels[y * 100 + 53] = 0);
        let small = GrayImage::new(100, 10, pixels).unwrap().resized(10, 1);
        let ink: u32 = small.pixels().iter().map(|&level| u32::from(255 - level)).sum();
        assert!((20..=31).contains(&ink), "a tenth of its ink: {ink}");
    }
}
