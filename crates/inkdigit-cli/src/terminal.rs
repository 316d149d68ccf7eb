//! A digit drawn in a terminal: two pixels in each character cell as an upper half block, in the shades the
//! terminal has; plain characters where there are no colours.

use std::io::IsTerminal;

use inkdigit_image::{self, DigitImage, IMAGE_SIDE};

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shades {
    /// 24-bit colours.
    True,
    /// The 24 grays of the 256-colour palette.
    Palette,
    /// Characters alone: pipes, files, and whoever set `NO_COLOR`.
    Characters,
}

impl Shades {
    /// What stdout can show.
    pub(crate) fn of_stdout() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let coloured = std::io::stdout().is_terminal()
            && variable("NO_COLOR").is_none()
            && variable("TERM").is_some_and(|term| term != "dumb");
        let true_colour = variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        match (coloured, true_colour) {
            (false, _) => Self::Characters,
            (true, true) => Self::True,
            (true, false) => Self::Palette,
        }
    }
}

/// The digit, each line ended.
pub(crate) fn draw(digit: &DigitImage, shades: Shades) -> String {
    if shades == Shades::Characters {
        return digit.to_ascii();
    }
    half_blocks(digit.pixels(), IMAGE_SIDE, shades).into_iter().map(|line| line + "\n").collect()
}

/// Two rows of pixels in each line.
fn half_blocks(pixels: &[u8], width: usize, shades: Shades) -> Vec<String> {
    let line = |rows: &[u8]| {
        let (upper, lower) = rows.split_at(width);
        let (mut text, mut last) = (String::new(), None);
        for (&upper, &lower) in upper.iter().zip(lower) {
            // Runs of equal cells are the most of every digit: their colours are set once.
            if last != Some((upper, lower)) {
                text += &match shades {
                    Shades::Palette => format!("\x1b[38;5;{};48;5;{}m", gray(upper), gray(lower)),
                    _ => format!("\x1b[38;2;{upper};{upper};{upper};48;2;{lower};{lower};{lower}m"),
                };
                last = Some((upper, lower));
            }
            text.push('▀');
        }
        text + "\x1b[0m"
    };
    pixels.chunks_exact(2 * width).map(line).collect()
}

/// Columns of the terminal; 80 where there is none.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into())
}

/// Digits at half their size beside each other, as many as fit into `width` columns, each below its caption;
/// each line ended.
pub(crate) fn draw_many(digits: &[(DigitImage, String)], shades: Shades, width: usize) -> String {
    const SIDE: usize = IMAGE_SIDE / 2;
    // Characters are about twice as high as wide: without half blocks each pixel takes two.
    let wide = if shades == Shades::Characters { 2 * SIDE } else { SIDE };
    let in_a_row = ((width + 1) / (wide + 1)).max(1);
    let mut text = String::new();
    for row in digits.chunks(in_a_row) {
        let captions: Vec<String> =
            row.iter().map(|(_, caption)| format!("{caption:<wide$.wide$}")).collect();
        text += captions.join(" ").trim_end();
        text.push('\n');
        let drawn: Vec<Vec<String>> = row.iter().map(|(digit, _)| small(digit, shades)).collect();
        for line in 0..drawn[0].len() {
            let parts: Vec<&str> = drawn.iter().map(|lines| lines[line].as_str()).collect();
            text += parts.join(" ").trim_end();
            text.push('\n');
        }
    }
    text
}

/// The lines of a digit at half its size, all of one width.
fn small(digit: &DigitImage, shades: Shades) -> Vec<String> {
    const SIDE: usize = IMAGE_SIDE / 2;
    let mean = |place: usize| {
        let (x, y) = (place % SIDE * 2, place / SIDE * 2);
        let at = |x: usize, y: usize| u32::from(digit.pixels()[y * IMAGE_SIDE + x]);
        ((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4) as u8
    };
    let pixels: Vec<u8> = (0..SIDE * SIDE).map(mean).collect();
    if shades != Shades::Characters {
        return half_blocks(&pixels, SIDE, shades);
    }
    let character = |&pixel: &u8| {
        let character = inkdigit_image::shade(pixel);
        [character, character]
    };
    pixels.chunks_exact(SIDE).map(|row| row.iter().flat_map(character).collect()).collect()
}

/// The value of each pixel in its place, on its shade where there are shades; each line ended.
pub(crate) fn write_values(digit: &DigitImage, shades: Shades) -> String {
    let mut text = String::new();
    for row in digit.pixels().chunks_exact(IMAGE_SIDE) {
        for &level in row {
            // Black on light, white on dark.
            let ink = if level >= 118 { 0 } else { 255 };
            text += &match shades {
                Shades::Characters => format!("{level:>4}"),
                Shades::Palette => format!("\x1b[38;5;{};48;5;{}m{level:>4}", gray(ink), gray(level)),
                Shades::True => {
                    format!("\x1b[38;2;{ink};{ink};{ink};48;2;{level};{level};{level}m{level:>4}")
                }
            };
        }
        text += if shades == Shades::Characters { "\n" } else { "\x1b[0m\n" };
    }
    text
}

/// The palette's nearest gray: 16 is black, 232 to 255 rise in steps of 10 from 8, 231 is white.
fn gray(level: u8) -> u8 {
    match level {
        0..=3 => 16,
        247..=255 => 231,
        _ => 232 + ((level as u16 + 5).saturating_sub(8) / 10).min(23) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot() -> DigitImage {
        let mut pixels = [0; IMAGE_SIDE * IMAGE_SIDE];
        pixels[IMAGE_SIDE + 1] = 255;
        DigitImage::new(pixels)
    }

    #[test]
    fn colours_show_two_rows_in_a_line() {
        let text = draw(&dot(), Shades::True);
        assert_eq!(text.lines().count(), IMAGE_SIDE / 2);
        assert_eq!(text.matches('▀').count(), IMAGE_SIDE * IMAGE_SIDE / 2);
        assert!(text.starts_with("\x1b[38;2;0;0;0;48;2;0;0;0m▀\x1b[38;2;0;0;0;48;2;255;255;255m▀"), "{text}");
        assert!(text.lines().all(|line| line.ends_with("\x1b[0m")), "colours don't run over the line's end");
    }

    #[test]
    fn characters_hold_no_escapes() {
        let text = draw(&dot(), Shades::Characters);
        assert!(text.contains('@') && !text.contains('\x1b'), "{text}");
    }

    #[test]
    fn many_digits_stand_beside_each_other() {
        let digits: Vec<_> = (0..5).map(|i| (dot(), format!("{i} with a long caption"))).collect();
        let text = draw_many(&digits, Shades::True, 80);
        // Five small digits and the gaps between them are 74 columns wide.
        assert_eq!(text.lines().count(), 1 + IMAGE_SIDE / 4);
        assert_eq!(text.matches('▀').count(), 5 * IMAGE_SIDE * IMAGE_SIDE / 8);
        assert!(text.starts_with("0 with a long  1 with a long  2"), "{text}");
        let narrow = draw_many(&digits, Shades::Characters, 10);
        assert_eq!(narrow.lines().count(), 5 * (1 + IMAGE_SIDE / 2));
        assert!(
            !narrow.contains('\x1b') && narrow.contains("::") && draw_many(&[], Shades::True, 80).is_empty()
        );
    }

    #[test]
    fn values_are_written_in_columns() {
        let text = write_values(&dot(), Shades::Characters);
        assert!(text.lines().all(|line| line.len() == 4 * IMAGE_SIDE), "{text}");
        assert_eq!((text.lines().count(), text.matches(" 255").count()), (IMAGE_SIDE, 1));
        let coloured = write_values(&dot(), Shades::True);
        assert!(coloured.contains("\x1b[38;2;0;0;0;48;2;255;255;255m 255"), "{coloured}");
        assert!(write_values(&dot(), Shades::Palette).lines().all(|line| line.ends_with("\x1b[0m")));
    }

    #[test]
    fn palette_grays_rise_with_the_level() {
        let levels: Vec<u8> = (0..=255).map(gray).filter(|&code| code != 16 && code != 231).collect();
        assert!(levels.is_sorted());
        assert_eq!((gray(0), gray(255), gray(8), gray(238)), (16, 231, 232, 255));
    }
}
