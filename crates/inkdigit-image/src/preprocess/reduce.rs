//! Pictures made smaller.

use crate::GrayImage;

/// The picture reduced by a whole factor, each pixel the mean of those it replaces.
///
/// # Panics
/// If the factor is 0.
pub fn reduced(image: &GrayImage, factor: usize) -> GrayImage {
    if factor == 1 {
        return image.clone();
    }
    let (width, height) = (image.width().div_ceil(factor), image.height().div_ceil(factor));
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0u32; width];
    for y in 0..height {
        sums.fill(0);
        let rows = y * factor..((y + 1) * factor).min(image.height());
        for row in rows.clone() {
            for (sum, block) in sums.iter_mut().zip(image.row(row).chunks(factor)) {
                *sum += block.iter().map(|&p| p as u32).sum::<u32>();
            }
        }
        for (x, &sum) in sums.iter().enumerate() {
            let count = rows.len() * factor.min(image.width() - x * factor);
            pixels.push((sum / count as u32) as u8);
        }
    }
    GrayImage::new(width, height, pixels).expect("a pixel for each block")
}

/// The whole factor that brings the longer side down to at most `side` pixels.
pub fn factor(image: &GrayImage, side: usize) -> usize {
    image.width().max(image.height()).div_ceil(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pixel_is_the_mean_of_its_block_also_at_the_edges() {
        let image =
            GrayImage::new(5, 3, vec![0, 10, 20, 30, 90, 0, 10, 20, 30, 70, 4, 6, 8, 12, 50]).unwrap();
        let small = reduced(&image, 2);
        assert_eq!((small.width(), small.height()), (3, 2));
        assert_eq!(small.pixels(), [5, 25, 80, 5, 10, 50]);
        assert_eq!(reduced(&image, 1), image);
        assert_eq!((factor(&image, 5), factor(&image, 4), factor(&image, 1)), (1, 2, 5));
    }
}
