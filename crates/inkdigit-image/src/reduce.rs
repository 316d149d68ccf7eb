//! Pictures made smaller.

use crate::GrayImage;

impl GrayImage {
    /// The picture reduced by a whole factor, each pixel the mean of those it replaces.
    ///
    /// ```
    /// use inkdigit_image::GrayImage;
    ///
    /// let picture = GrayImage::new(4, 2, vec![0, 10, 100, 100, 20, 30, 100, 100])?;
    /// assert_eq!(picture.reduced(2).pixels(), [15, 100]);
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    ///
    /// # Panics
    /// If the factor is 0.
    #[must_use]
    pub fn reduced(&self, factor: usize) -> Self {
        if factor == 1 {
            return self.clone();
        }
        let (width, height) = (self.width().div_ceil(factor), self.height().div_ceil(factor));
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0u32; width];
        for y in 0..height {
            sums.fill(0);
            let rows = y * factor..((y + 1) * factor).min(self.height());
            for row in rows.clone() {
                for (sum, block) in sums.iter_mut().zip(self.row(row).chunks(factor)) {
                    *sum += block.iter().map(|&p| p as u32).sum::<u32>();
                }
            }
            for (x, &sum) in sums.iter().enumerate() {
                let count = rows.len() * factor.min(self.width() - x * factor);
                pixels.push((sum / count as u32) as u8);
            }
        }
        Self { width, height, pixels }
    }

    /// The smallest whole factor that brings the longer side down to at most `side` pixels, for
    /// [`GrayImage::reduced`].
    ///
    /// # Panics
    /// If the side is 0.
    pub fn reduction_to(&self, side: usize) -> usize {
        self.width().max(self.height()).div_ceil(side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pixel_is_the_mean_of_its_block_also_at_the_edges() {
        let image =
            GrayImage::new(5, 3, vec![0, 10, 20, 30, 90, 0, 10, 20, 30, 70, 4, 6, 8, 12, 50]).unwrap();
        let small = image.reduced(2);
        assert_eq!((small.width(), small.height()), (3, 2));
        assert_eq!(small.pixels(), [5, 25, 80, 5, 10, 50]);
        assert_eq!(image.reduced(1), image);
        assert_eq!([5, 4, 1].map(|side| image.reduction_to(side)), [1, 2, 5]);
    }
}
