//! Pictures turned by quarters and mirrored.

use crate::GrayImage;

impl GrayImage {
    /// The picture turned clockwise by so many quarters.
    ///
    /// ```
    /// use inkdigit_image::GrayImage;
    ///
    /// let wide = GrayImage::new(2, 1, vec![1, 2])?;
    /// assert_eq!(wide.turned(1), GrayImage::new(1, 2, vec![1, 2])?);
    /// assert_eq!(wide.turned(2), GrayImage::new(2, 1, vec![2, 1])?);
    /// # Ok::<(), inkdigit_image::PictureError>(())
    /// ```
    #[must_use]
    pub fn turned(&self, quarters: usize) -> Self {
        let (width, height) = (self.width, self.height);
        match quarters % 4 {
            0 => self.clone(),
            1 => self.gathered(height, width, |x, y| (y, height - 1 - x)),
            2 => Self { width, height, pixels: self.pixels.iter().rev().copied().collect() },
            _ => self.gathered(height, width, |x, y| (width - 1 - y, x)),
        }
    }

    /// The picture as a mirror beside it shows it: left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let (width, height) = (self.width, self.height);
        let rows = self.pixels.chunks_exact(width);
        Self { width, height, pixels: rows.flat_map(|row| row.iter().rev().copied()).collect() }
    }

    /// A picture whose pixel at a column and row is this one's where `from` says.
    fn gathered(&self, width: usize, height: usize, from: impl Fn(usize, usize) -> (usize, usize)) -> Self {
        // By tiles: along a column every pixel is in another line of the cache.
        const TILE: usize = 32;
        let mut pixels = vec![0; width * height];
        for top in (0..height).step_by(TILE) {
            for left in (0..width).step_by(TILE) {
                for y in top..(top + TILE).min(height) {
                    for x in left..(left + TILE).min(width) {
                        let (column, row) = from(x, y);
                        pixels[y * width + x] = self.pixels[row * self.width + column];
                    }
                }
            }
        }
        Self { width, height, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarters_are_none() {
        let picture = GrayImage::new(37, 70, (0..37 * 70).map(|i| (i % 251) as u8).collect()).unwrap();
        let mut turned = picture.clone();
        for quarters in 1..=4 {
            turned = turned.turned(1);
            assert_eq!(turned, picture.turned(quarters), "{quarters}");
        }
        assert_eq!(turned, picture);
        assert_eq!((picture.turned(1).width(), picture.turned(1).at(69, 0)), (70, picture.at(0, 0)));
        assert_eq!(picture.mirrored().mirrored(), picture);
        assert_eq!(picture.mirrored().at(0, 3), picture.at(36, 3));
    }
}
