//! Text on pictures, in one size of a monospaced font.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use crate::canvas::{Canvas, Rgb};

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For most.
    Regular,
    /// For headings.
    Bold,
}

impl Weight {
    const fn of_font(self) -> FontWeight {
        match self {
            Self::Regular => FontWeight::Regular,
            Self::Bold => FontWeight::Bold,
        }
    }
}

/// The height of a line in pixels.
pub const LINE: usize = 20;

/// The height of letters, from the top of the highest to the bottom of the lowest.
pub const HEIGHT: usize = RasterHeight::Size16 as usize;

/// The width of a letter.
pub const ADVANCE: usize = get_raster_width(FontWeight::Regular, RasterHeight::Size16);

/// The width of a text in pixels.
pub fn width(text: &str) -> usize {
    text.chars().count() * ADVANCE
}

/// As much of a text as fits into `pixels`, with dots where it is cut.
pub fn fitted(text: &str, pixels: usize) -> String {
    let most = pixels / ADVANCE;
    if text.chars().count() <= most {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(3)).collect();
    kept + &"..."[..most.min(3)]
}

/// Writes one line of text, its upper left corner in column `left` of row `top`. The font has ASCII: of other
/// characters the multiplication sign becomes an x, an ellipsis dots, all else a question mark. What lies
/// outside the picture is left out.
pub fn write(canvas: &mut Canvas, text: &str, left: usize, top: usize, colour: Rgb, weight: Weight) {
    let text = text.replace('×', "x").replace('…', "...");
    for (place, character) in text.chars().enumerate() {
        let glyph = |character| get_raster(character, weight.of_font(), RasterHeight::Size16);
        let glyph = glyph(character).or_else(|| glyph('?')).expect("the font has a question mark");
        for (y, row) in glyph.rows().enumerate() {
            for (x, &ink) in row.iter().enumerate().filter(|(_, ink)| **ink > 0) {
                canvas.mix(left + place * ADVANCE + x, top + y, colour, f32::from(ink) / 255.0);
            }
        }
    }
}

/// Black or white, whichever is easier to read on this ground: where the ground's luminance is such that both
/// have the same contrast, (L + 0.05)^2 = 1.05 * 0.05 (WCAG 2.2), the choice changes.
pub fn legible_on(ground: Rgb) -> Rgb {
    let linear = |level: u8| (f32::from(level) / 255.0).powf(2.2);
    let [r, g, b] = ground.map(linear);
    if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 { [0; 3] } else { [255; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_where_it_should_be_and_cut_at_the_edge() {
        let mut canvas = Canvas::filled(3 * ADVANCE, HEIGHT, [255; 3]);
        write(&mut canvas, "|é…", ADVANCE, 0, [0; 3], Weight::Regular);
        let dark = |columns: std::ops::Range<usize>| {
            let rows = canvas.pixels().chunks(canvas.width());
            rows.map(|row| row[columns.clone()].iter().filter(|pixel| pixel[0] < 128).count()).sum::<usize>()
        };
        assert_eq!(dark(0..ADVANCE), 0);
        assert!(dark(ADVANCE..2 * ADVANCE) >= 8, "a bar");
        let mut question = Canvas::filled(ADVANCE, HEIGHT, [255; 3]);
        write(&mut question, "?", 0, 0, [0; 3], Weight::Regular);
        let expected = question.pixels().iter().filter(|pixel| pixel[0] < 128).count();
        assert_eq!(dark(2 * ADVANCE..3 * ADVANCE), expected);
        write(&mut canvas, "far", 1000, 1000, [0; 3], Weight::Bold);
    }

    #[test]
    fn long_text_is_cut_to_fit() {
        assert_eq!(fitted("abcdef", 6 * ADVANCE), "abcdef");
        assert_eq!(fitted("abcdefg", 6 * ADVANCE), "abc...");
        assert_eq!(fitted("abcdefg", 2 * ADVANCE), "..");
        assert_eq!(fitted("abc", 0), "");
    }

    #[test]
    fn letters_stand_out_from_their_ground() {
        assert_eq!(
            [[0; 3], [100; 3], [130; 3], [255; 3]].map(legible_on),
            [[255; 3], [255; 3], [0; 3], [0; 3]]
        );
    }
}
