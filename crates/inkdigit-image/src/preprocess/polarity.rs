//! Whether a picture's drawing is darker or lighter than its ground.

use super::levels::Levels;
use super::threshold::{histogram, otsu};
use crate::GrayImage;

/// Which side of the ground's level is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polarity {
    /// A pen on paper.
    DarkOnLight,
    /// Chalk on a board, or MNIST.
    LightOnDark,
}

/// Columns and rows of the reduced picture on which the two are weighed, at most.
const COARSE: usize = 96;

/// The contrast, in levels, above which a pixel doesn't weigh more: no glint is stronger than a good pen.
const GOOD_PEN: u64 = 64;

/// By so much one side must outweigh the other to decide.
const DECISIVE: f64 = 1.5;

/// The polarity of a picture.
///
/// Ground is what most pixels of a neighbourhood are, a third of the picture wide: their median. It follows
/// shadows and keeps the edges of tables and paper. What is drawn is on the side of it where pixels deviate
/// more. Only where both sides weigh about the same, as with strokes as thick as the gaps between them, the
/// picture's border decides: it shows ground.
pub(super) fn polarity(image: &GrayImage) -> Polarity {
    let (dark, light) = deviations(&image.reduced(image.reduction_to(COARSE)));
    let light_ground = if dark > DECISIVE * light {
        true
    } else if light > DECISIVE * dark {
        false
    } else {
        border_is_light(image)
    };
    if light_ground { Polarity::DarkOnLight } else { Polarity::LightOnDark }
}

/// How far, in squares, pixels are darker and lighter than the median around them.
fn deviations(image: &GrayImage) -> (f64, f64) {
    let (width, height) = (image.width(), image.height());
    let reach = width.max(height) / 6 + 1;
    // Scans and screen shots have strips of another level along their edges.
    let inner = |size: usize| size / 25..size - size / 25;
    let near = |at: usize, size: usize| at.saturating_sub(reach)..(at + reach + 1).min(size);
    let (mut dark, mut light) = (0u64, 0u64);
    // Down each column, so that what enters and leaves the window is one piece of a row.
    for x in inner(width) {
        let columns = near(x, width);
        let row = |y: usize| &image.row(y)[columns.clone()];
        let mut window = Levels::default();
        let (mut rows, mut ground) = (0..0, 0);
        for y in inner(height) {
            let wanted = near(y, height);
            let (entering, leaving) = (rows.end..wanted.end, rows.start..wanted.start);
            rows = wanted;
            let changed = match (entering.len(), leaving.len()) {
                (1, 1) => window.exchange(row(entering.start), row(leaving.start)),
                _ => {
                    entering.for_each(|y| window.add(row(y)));
                    leaving.for_each(|y| window.remove(row(y)));
                    true
                }
            };
            if changed {
                ground = window.median();
            }
            let level = image.at(x, y);
            let weight = u64::from(level.abs_diff(ground)).min(GOOD_PEN).pow(2);
            if level < ground { dark += weight } else { light += weight }
        }
    }
    (dark as f64, light as f64)
}

/// Whether the most of the picture's border is on the light side of Otsu's threshold.
fn border_is_light(image: &GrayImage) -> bool {
    let Some(threshold) = otsu(&histogram(image)) else { return true };
    let (width, height) = (image.width(), image.height());
    let (left, top) = (width / 50, height / 50);
    let (right, bottom) = (width - 1 - left, height - 1 - top);
    let sides = (top..=bottom).flat_map(|y| [image.at(left, y), image.at(right, y)]);
    let ends = image.row(top)[left..=right].iter().chain(&image.row(bottom)[left..=right]).copied();
    let (light, all) = sides
        .chain(ends)
        .fold((0, 0), |(light, all), pixel| (light + usize::from(pixel > threshold), all + 1));
    2 * light > all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one gray level with a rectangle of another.
    fn rectangle(ground: u8, ink: u8, [left, top, right, bottom]: [usize; 4]) -> GrayImage {
        let inside = |i: usize| (left..right).contains(&(i % 60)) && (top..bottom).contains(&(i / 60));
        let pixels = (0..3600).map(|i| if inside(i) { ink } else { ground }).collect();
        GrayImage::new(60, 60, pixels).unwrap()
    }

    #[test]
    fn dense_writing_is_darker_than_the_gaps_in_it() {
        // Strokes a quarter of the area, the gaps between them narrower than digits.
        let drawn =
            |x: usize, y: usize| (10..90).contains(&x) && (10..90).contains(&y) && x % 6 < 2 && y % 9 < 7;
        let pixels = (0..10_000).map(|i| if drawn(i % 100, i / 100) { 60 } else { 220 }).collect();
        let page = GrayImage::new(100, 100, pixels).unwrap();
        assert_eq!(polarity(&page), Polarity::DarkOnLight);
        assert_eq!(polarity(&page.inverted()), Polarity::LightOnDark);
    }

    #[test]
    fn polarity_is_read_from_the_ground_or_from_what_is_thin() {
        let shadow = |x: usize, y: usize| {
            let paper = if x + y < 60 { 220 } else { 90 };
            if (20..24).contains(&x) && (10..50).contains(&y) { paper / 3 } else { paper }
        };
        let shadow = GrayImage::new(60, 60, (0..3600).map(|i| shadow(i % 60, i / 60)).collect()).unwrap();
        let mut framed = rectangle(10, 240, [4, 4, 56, 56]).pixels().to_vec();
        (20..40).for_each(|y| framed[y * 60 + 28..y * 60 + 32].fill(20));
        let framed = GrayImage::new(60, 60, framed).unwrap();
        let cases = [
            ("pen", rectangle(230, 30, [20, 10, 30, 50]), Polarity::DarkOnLight),
            ("chalk", rectangle(20, 240, [20, 10, 30, 50]), Polarity::LightOnDark),
            ("pen across the border", rectangle(230, 30, [0, 25, 60, 30]), Polarity::DarkOnLight),
            ("half the picture inked", rectangle(230, 30, [8, 8, 52, 45]), Polarity::DarkOnLight),
            ("a stroke on a page in a dark frame", framed, Polarity::DarkOnLight),
            ("half in the shadow", shadow.clone(), Polarity::DarkOnLight),
            ("half in the shadow, inverted", shadow.inverted(), Polarity::LightOnDark),
            ("nothing", rectangle(90, 90, [0, 0, 1, 1]), Polarity::DarkOnLight),
        ];
        for (name, picture, expected) in cases {
            assert_eq!(polarity(&picture), expected, "{name}");
        }
    }
}
