//! Contact sheets: many digits on one picture, each with a line of words below.

use inkdigit::{DigitImage, IMAGE_SIDE};

use crate::canvas::{Canvas, Rgb};
use crate::colormap::ColorMap;
use crate::text::{self, Weight};
use crate::tiles::{self, Range, Style};

/// A digit of a sheet.
#[derive(Clone, Debug)]
pub struct CaptionedDigit {
    /// The digit.
    pub digit: DigitImage,
    /// What is written below it.
    pub caption: String,
    /// Whether the words are to stand out: a mistake.
    pub marked: bool,
}

const PAPER: Rgb = [255; 3];
const INK: Rgb = [60; 3];
/// Vermilion of Okabe and Ito's palette, darkened to be read on paper.
const MARKED: Rgb = [173, 58, 0];
const MARGIN: usize = 12;
const GAP: usize = 8;

/// Digits in rows of `columns`, in their order, each pixel a square of `scale`. Captions are cut to the width
/// of their digit.
pub fn contact_sheet(entries: &[CaptionedDigit], columns: usize, scale: usize) -> Canvas {
    let columns = columns.clamp(1, entries.len().max(1));
    let rows = entries.len().div_ceil(columns).max(1);
    let side = IMAGE_SIDE * scale.max(1);
    let step = (side + GAP, side + GAP + text::LINE);
    let (width, height) = (2 * MARGIN + columns * step.0 - GAP, 2 * MARGIN + rows * step.1 - GAP);
    let mut canvas = Canvas::filled(width, height, PAPER);
    let style = Style { colors: ColorMap::Gray, range: Range { low: 0.0, high: 255.0 }, ground: PAPER };
    for (place, entry) in entries.iter().enumerate() {
        let (left, top) = (MARGIN + place % columns * step.0, MARGIN + place / columns * step.1);
        let values = entry.digit.to_floats();
        canvas.place(&tiles::maps(&values, [1, IMAGE_SIDE, IMAGE_SIDE], 1, scale, &style), left, top);
        let caption = text::fitted(&entry.caption, side);
        let indent = (side - text::width(&caption)) / 2;
        let (ink, weight) = if entry.marked { (MARKED, Weight::Bold) } else { (INK, Weight::Regular) };
        text::write(&mut canvas, &caption, left + indent, top + side + 1, ink, weight);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::IMAGE_PIXELS;

    #[test]
    fn digits_stand_in_rows_in_their_order() {
        let entry = |level: u8| CaptionedDigit {
            digit: DigitImage::new([level; IMAGE_PIXELS]),
            caption: format!("{level}: far too long to fit below it"),
            marked: level == 3,
        };
        let entries: Vec<_> = (1..=5).map(entry).collect();
        let sheet = contact_sheet(&entries, 3, 2);
        assert_eq!(
            (sheet.width(), sheet.height()),
            (24 + 3 * 56 + 2 * GAP, 24 + 2 * (56 + text::LINE) + GAP)
        );
        let at = |column: usize, row: usize| {
            let (x, y) = (MARGIN + column * (56 + GAP), MARGIN + row * (56 + GAP + text::LINE));
            sheet.pixels()[y * sheet.width() + x]
        };
        assert_eq!(
            [at(0, 0), at(1, 0), at(2, 0), at(0, 1), at(1, 1)],
            [1, 2, 3, 4, 5].map(|level| [level; 3])
        );
        assert_eq!(at(2, 1), PAPER);
        assert!(sheet.pixels().contains(&MARKED));
        assert_eq!(contact_sheet(&[], 0, 0).width(), 24 + 28, "nothing is drawn as a sheet of paper");
    }
}
