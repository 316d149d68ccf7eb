//! Heat maps over an image: what speaks for an answer in orange, what speaks against it in blue.

use inkdigit::Bounds;
use inkdigit::explain::HeatMap;
use inkdigit::{DigitImage, IMAGE_SIDE};

use crate::canvas::{Canvas, Rgb};
use crate::colormap::ColorMap;
use crate::layers::{INK, PAPER, SOFT};
use crate::text::{self, Weight};
use crate::tiles::{self, Range, Style};

/// Pixels of the picture for each of the image.
const SCALE: usize = 11;
/// The side of an image on the picture.
const SIDE: usize = IMAGE_SIDE * SCALE;
const MARGIN: usize = 20;
/// Around images, so that white ones have an edge.
const EDGE: Rgb = [190; 3];
/// How dark the image's ink is under its heat map: to be seen, but not taken for a colour of it.
const SHADE: f32 = 0.22;

/// A heat map and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Heat<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its numbers.
    pub map: &'a HeatMap,
}

/// The image, ink on paper, and beside it each heat map over it, with the range of its numbers below.
///
/// `heading` and `subheading` stand above. Each map has a range of its own, as far on both sides of zero.
pub fn sheet(heading: &str, subheading: &str, digit: &DigitImage, heats: &[Heat<'_>]) -> Canvas {
    let panels = heats.len() + 1;
    let width = panels * (SIDE + MARGIN) + MARGIN;
    let below = tiles::legend(1, &style(&[0.0; IMAGE_SIDE * IMAGE_SIDE]), INK).height();
    let top = MARGIN + 3 * text::LINE + 12;
    let mut canvas = Canvas::filled(width, top + SIDE + 8 + below + text::LINE + MARGIN, PAPER);
    let room = width - 2 * MARGIN;
    text::write(&mut canvas, &text::fitted(heading, room), MARGIN, MARGIN, INK, Weight::Bold);
    let second = MARGIN + text::LINE;
    text::write(&mut canvas, &text::fitted(subheading, room), MARGIN, second, SOFT, Weight::Regular);

    let mut panel = |number: usize, name: &str, picture: &Canvas, legend: Option<Canvas>| {
        let left = MARGIN + number * (SIDE + MARGIN);
        let name = text::fitted(name, SIDE);
        text::write(&mut canvas, &name, left, top - text::LINE - 2, INK, Weight::Bold);
        canvas.fill(
            &Bounds { left: left - 1, top: top - 1, right: left + SIDE + 1, bottom: top + SIDE + 1 },
            EDGE,
        );
        canvas.place(picture, left, top);
        if let Some(legend) = legend {
            let under = top + SIDE + 8;
            canvas.place(&legend, left, under);
            let signs = under + legend.height() + 2;
            text::write(&mut canvas, "against", left, signs, SOFT, Weight::Regular);
            let right = left + SIDE - text::width("for");
            text::write(&mut canvas, "for", right, signs, SOFT, Weight::Regular);
        }
    };
    panel(0, "image", &paper(digit), None);
    for (number, heat) in heats.iter().enumerate() {
        let legend = tiles::legend(SIDE, &style(heat.map), INK);
        panel(number + 1, heat.name, &over(digit, heat.map, SCALE), Some(legend));
    }
    canvas
}

/// A heat map over an image: each pixel in the colour of its number, darker where there is ink.
pub fn over(digit: &DigitImage, map: &HeatMap, scale: usize) -> Canvas {
    let mut canvas = tiles::maps(map, [1, IMAGE_SIDE, IMAGE_SIDE], 1, scale, &style(map));
    for (place, &ink) in digit.pixels().iter().enumerate().filter(|(_, ink)| **ink > 0) {
        let (left, top) = (place % IMAGE_SIDE * scale, place / IMAGE_SIDE * scale);
        let share = SHADE * f32::from(ink) / 255.0;
        (top..top + scale).for_each(|y| (left..left + scale).for_each(|x| canvas.mix(x, y, [0; 3], share)));
    }
    canvas
}

fn paper(digit: &DigitImage) -> Canvas {
    let values = digit.to_floats().map(|pixel| 255.0 - pixel);
    let style = Style { colors: ColorMap::Gray, range: Range { low: 0.0, high: 255.0 }, ground: PAPER };
    tiles::maps(&values, [1, IMAGE_SIDE, IMAGE_SIDE], 1, SCALE, &style)
}

fn style(map: &HeatMap) -> Style {
    Style { colors: ColorMap::Diverging, range: Range::around_zero(map), ground: PAPER }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::IMAGE_PIXELS;

    #[test]
    fn signs_have_their_colours_and_ink_shows_through() {
        let mut pixels = [0; IMAGE_PIXELS];
        pixels[1] = 255;
        let mut map = [0.0; IMAGE_PIXELS];
        [map[0], map[1], map[2]] = [2.0, 2.0, -1.0];
        let drawn = over(&DigitImage::new(pixels), &map, 2);
        let at = |x: usize| drawn.pixels()[2 * x];
        let color = |t: f32| ColorMap::Diverging.color(t);
        let near = |a: Rgb, b: Rgb| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near(at(0), color(1.0)) && near(at(2), color(0.25)) && near(at(3), color(0.5)));
        assert_eq!(at(1), color(1.0).map(|level| (f32::from(level) * (1.0 - SHADE)).round() as u8));
    }

    #[test]
    fn maps_stand_beside_the_image() {
        let (digit, map) = (DigitImage::new([0; IMAGE_PIXELS]), [0.5; IMAGE_PIXELS]);
        let heats = [Heat { name: "occlusion", map: &map }, Heat { name: "gradient", map: &map }];
        let sheet = sheet("a very long heading ".repeat(20).as_str(), "", &digit, &heats);
        assert_eq!(sheet.width(), 3 * (SIDE + MARGIN) + MARGIN);
    }
}
