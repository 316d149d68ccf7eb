//! A digit drawn in a terminal: two pixels in each character cell as an upper half block, in the shades the
//! terminal has; plain characters where there are no colours.

use std::io::IsTerminal;

use inkdigit::image::{DigitImage, IMAGE_SIDE};

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shades {
    /// 24-bit colours.
    True,
    /// The 24 grays of the 256-colour palette.
    Palette,
    /// Characters alone: pipes, files, and whoever set `NO_COLOR`.
    Characters,
}

impl Shades {
    /// What stdout can show.
    pub fn of_stdout() -> Self {
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
pub fn draw(digit: &DigitImage, shades: Shades) -> String {
    if shades == Shades::Characters {
        return digit.to_ascii();
    }
    let mut text = String::new();
    for rows in digit.pixels().chunks_exact(2 * IMAGE_SIDE) {
        let (upper, lower) = rows.split_at(IMAGE_SIDE);
        let mut last = None;
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
        text += "\x1b[0m\n";
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
    fn palette_grays_rise_with_the_level() {
        let levels: Vec<u8> = (0..=255).map(gray).filter(|&code| code != 16 && code != 231).collect();
        assert!(levels.is_sorted());
        assert_eq!((gray(0), gray(255), gray(8), gray(238)), (16, 231, 232, 255));
    }
}
