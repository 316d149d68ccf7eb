//! A colour picture that rectangles are painted on.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use inkdigit::Bounds;
use inkdigit::GrayImage;

/// Red, green and blue, each from 0 to 255 (sRGB).
pub type Rgb = [u8; 3];

/// Around every line and glyph, so that they stand out from light ground by it and from dark ground by
/// themselves.
const OUTLINE: Rgb = [24, 24, 24];

/// A colour picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

impl Canvas {
    /// A gray picture as the ground.
    pub fn new(ground: &GrayImage) -> Self {
        let pixels = ground.pixels().iter().map(|&level| [level; 3]);
        Self { width: ground.width(), height: ground.height(), pixels: pixels.collect() }
    }

    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, colour: Rgb) -> Self {
        Self { width, height, pixels: vec![colour; width * height] }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    /// Copies a picture onto this one, its upper left corner in column `left` of row `top`. What lies outside
    /// is left out.
    pub fn place(&mut self, picture: &Self, left: usize, top: usize) {
        let width = picture.width.min(self.width.saturating_sub(left));
        let height = picture.height.min(self.height.saturating_sub(top));
        for y in 0..height {
            let row = &picture.pixels[y * picture.width..][..width];
            self.pixels[(top + y) * self.width + left..][..width].copy_from_slice(row);
        }
    }

    /// Mixes a colour into a pixel, 0 for none of it to 1 for all; outside the picture, nothing.
    pub(crate) fn mix(&mut self, x: usize, y: usize, colour: Rgb, share: f32) {
        if x < self.width && y < self.height {
            let pixel = &mut self.pixels[y * self.width + x];
            *pixel = std::array::from_fn(|c| {
                let (from, to) = (f32::from(pixel[c]), f32::from(colour[c]));
                (from + share * (to - from)).round() as u8
            });
        }
    }

    /// Paints a figure made of rectangles, with a dark outline `outline` pixels wide around the whole of it.
    /// What lies outside the picture is left out.
    pub fn paint(&mut self, figure: &[Bounds], colour: Rgb, outline: usize) {
        for part in figure {
            self.fill(&grown(part, outline), OUTLINE);
        }
        for part in figure {
            self.fill(part, colour);
        }
    }

    /// Fills a rectangle. What lies outside the picture is left out.
    pub fn fill(&mut self, area: &Bounds, colour: Rgb) {
        let (right, bottom) = (area.right.min(self.width), area.bottom.min(self.height));
        if area.left >= right {
            return;
        }
        for y in area.top..bottom {
            self.pixels[y * self.width..][area.left..right].fill(colour);
        }
    }

    /// The picture as a PNG file.
    pub fn to_png(&self) -> Vec<u8> {
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(
                self.pixels.as_flattened(),
                self.width as u32,
                self.height as u32,
                ExtendedColorType::Rgb8,
            )
            .expect("pixels that fit their size are encoded into memory");
        png
    }
}

/// A box with `by` more pixels on each side, as far as there are pixels.
pub fn grown(area: &Bounds, by: usize) -> Bounds {
    Bounds {
        left: area.left.saturating_sub(by),
        top: area.top.saturating_sub(by),
        right: area.right.saturating_add(by),
        bottom: area.bottom.saturating_add(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_placed_and_cut_at_the_edge() {
        let mut canvas = Canvas::filled(3, 2, [0; 3]);
        canvas.place(&Canvas::filled(2, 2, [9; 3]), 2, 1);
        canvas.place(&Canvas::filled(2, 2, [9; 3]), 3, 2);
        canvas.mix(0, 0, [200, 100, 0], 0.5);
        canvas.mix(3, 0, [200; 3], 1.0);
        assert_eq!(canvas.pixels(), [[100, 50, 0], [0; 3], [0; 3], [0; 3], [0; 3], [9; 3]]);
    }

    #[test]
    fn a_figure_has_one_outline_around_all_its_parts_and_is_cut_at_the_edge() {
        let mut canvas = Canvas::new(&GrayImage::new(5, 3, vec![200; 15]).unwrap());
        let part = |left, right| Bounds { left, top: 1, right, bottom: 2 };
        canvas.paint(&[part(2, 3), part(3, 9), part(7, 9)], [1, 2, 3], 1);
        let (paper, dark, ink) = ([200; 3], OUTLINE, [1, 2, 3]);
        assert_eq!(canvas.pixels[..5], [paper, dark, dark, dark, dark]);
        assert_eq!(canvas.pixels[5..10], [paper, dark, ink, ink, ink]);
        let read = image::load_from_memory(&canvas.to_png()).unwrap().to_rgb8();
        assert_eq!((read.dimensions(), read.as_raw().as_slice()), ((5, 3), canvas.pixels.as_flattened()));
    }
}
