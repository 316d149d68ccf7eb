//! The 28x28 numbers that a network is given, each written in its square.

use inkdigit::Bounds;
use inkdigit::{DigitImage, IMAGE_SIDE};

use crate::canvas::{Canvas, Rgb};
use crate::text::{self, Weight};

/// The side of a square: three digits of the font and some air.
const CELL: usize = 30;
/// For the numbers of rows and columns.
const EDGE: usize = 34;
/// Between squares, so that those of one shade are told apart.
const LINE: Rgb = [96; 3];
const PAPER: Rgb = [255; 3];
const INK: Rgb = [60; 3];

/// A digit enlarged, with each pixel's value from 0 (ground) to 255 (ink) written in its square, in black on
/// light and white on dark squares; rows and columns are numbered from 0.
pub fn values(digit: &DigitImage) -> Canvas {
    let side = IMAGE_SIDE * CELL;
    let mut canvas = Canvas::filled(EDGE + side + EDGE / 2, EDGE + side + EDGE / 2, PAPER);
    canvas.fill(&Bounds { left: EDGE, top: EDGE, right: EDGE + side + 1, bottom: EDGE + side + 1 }, LINE);
    for place in 0..IMAGE_SIDE {
        let start = EDGE + place * CELL;
        centred(&mut canvas, &place.to_string(), start, EDGE - CELL, INK);
        centred(&mut canvas, &place.to_string(), EDGE - CELL, start, INK);
    }
    for (place, &level) in digit.pixels().iter().enumerate() {
        let (left, top) = (EDGE + place % IMAGE_SIDE * CELL, EDGE + place / IMAGE_SIDE * CELL);
        let square = Bounds { left: left + 1, top: top + 1, right: left + CELL, bottom: top + CELL };
        canvas.fill(&square, [level; 3]);
        // What is nothing is written as faintly as can still be read: the digit is to stand out.
        let ink = if level == 0 { [128; 3] } else { text::legible_on([level; 3]) };
        centred(&mut canvas, &level.to_string(), left, top, ink);
    }
    canvas
}

/// Text in the middle of a square.
fn centred(canvas: &mut Canvas, text: &str, left: usize, top: usize, ink: Rgb) {
    let left = left + (CELL + 1 - text::width(text)) / 2;
    text::write(canvas, text, left, top + (CELL + 1 - text::HEIGHT) / 2, ink, Weight::Regular);
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::IMAGE_PIXELS;

    #[test]
    fn each_square_has_the_shade_of_its_pixel_and_its_number() {
        let mut pixels = [0; IMAGE_PIXELS];
        (pixels[2 * IMAGE_SIDE + 5], pixels[2 * IMAGE_SIDE + 6]) = (200, 255);
        let drawn = values(&DigitImage::new(pixels));
        let square = |x: usize, y: usize| -> Vec<Rgb> {
            let (left, top) = (EDGE + x * CELL + 1, EDGE + y * CELL + 1);
            let rows = (top..top + CELL - 1).flat_map(|y| (left..left + CELL - 1).map(move |x| (x, y)));
            rows.map(|(x, y)| drawn.pixels()[y * drawn.width() + x]).collect()
        };
        for (x, y, ground) in [(5, 2, 200), (6, 2, 255), (0, 0, 0), (27, 27, 0)] {
            let square = square(x, y);
            let plain = square.iter().filter(|pixel| **pixel == [ground; 3]).count();
            assert!(plain > square.len() / 2 && plain < square.len() - 20, "({x}, {y}): {plain}");
        }
        // The same number looks the same wherever it stands.
        assert_eq!(square(0, 0), square(27, 27));
        assert_ne!(square(5, 2), square(6, 2));
    }
}
