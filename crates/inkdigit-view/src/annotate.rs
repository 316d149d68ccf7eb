//! What was read on a page, drawn on the page.

use inkdigit::Bounds;
use inkdigit::{GrayImage, Page, PageDigit};

use crate::canvas::{Canvas, Rgb, grown};
use crate::glyphs;

/// A line is this part of a digit's height. More would hide what stands beside it.
const LINE_OF_DIGIT: usize = 24;

/// Nor is a line wider than this part of the picture's longer side, as one sees the whole of it.
const LINE_OF_PICTURE: usize = 250;

/// A value is this part of a digit's height high: so much is free between most people's lines.
const VALUE_OF_DIGIT: f32 = 0.3;

/// Nor is a value higher than this part of the picture's longer side.
const VALUE_OF_PICTURE: usize = 25;

/// The length of a dash, and of the gap after it, in widths of the line.
const DASH: usize = 4;

/// What is said of a digit, by colour and line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    Unlabelled,
    Rejected,
}

impl Verdict {
    /// `label` is `None` where there are no labels at all, and `Some(None)` where this digit has none.
    fn of(digit: &PageDigit, label: Option<Option<u8>>) -> Self {
        match label {
            _ if digit.prediction.rejected => Self::Rejected,
            None => Self::Unlabelled,
            Some(label) if label == Some(digit.prediction.digit) => Self::Right,
            Some(_) => Self::Wrong,
        }
    }

    /// Shades that people with any kind of colour blindness can tell apart (Okabe and Ito, "Color Universal
    /// Design", 2008), each light enough to stand out from its dark outline.
    fn colour(self) -> Rgb {
        match self {
            Self::Right => [0, 158, 115],
            Self::Wrong => [213, 94, 0],
            Self::Unlabelled => [86, 180, 233],
            Self::Rejected => [200, 200, 200],
        }
    }

    /// A box of dashes tells a mistake also where colours don't.
    fn dashed(self) -> bool {
        self == Self::Wrong
    }
}

/// Draws a box around each digit of a page, with its value above (or below, where only there is room), and
/// returns the picture as a PNG file in colour, as large as the page.
///
/// Without `truth` the boxes are blue. With it they are green where it agrees, and red and dashed where it
/// differs or names no digit. What was rejected is gray, with a question mark.
///
/// # Shapes
/// - `picture`: the picture that `page` was read from; what lies outside it isn't drawn
/// - `truth`: what each of [`Page::digits`] should be, in that order; what is missing at its end is taken for
///   none
pub fn annotate(picture: &GrayImage, page: &Page, truth: Option<&[Option<u8>]>) -> Vec<u8> {
    let inside: Vec<_> = page
        .digits()
        .enumerate()
        .map(|(place, digit)| {
            let label = truth.map(|truth| truth.get(place).copied().flatten());
            (digit, clipped(&digit.bounds, picture), Verdict::of(digit, label))
        })
        .filter_map(|(digit, bounds, verdict)| Some((digit, bounds?, verdict)))
        .collect();
    let pen = Pen::new(picture, inside.iter().map(|(_, bounds, _)| bounds.height()).collect());
    let mut canvas = Canvas::new(picture);
    for (_, bounds, verdict) in &inside {
        canvas.paint(&pen.frame(bounds, verdict.dashed()), verdict.colour(), pen.outline);
    }
    let mut taken: Vec<_> = inside.iter().map(|(_, bounds, _)| *bounds).collect();
    // After all boxes: between narrow lines a value may stand on the box above it, and must be legible there.
    for (digit, bounds, verdict) in &inside {
        let glyph = match verdict {
            Verdict::Rejected => &glyphs::UNKNOWN,
            _ => glyphs::of(digit.prediction.digit),
        };
        let place = pen.place(bounds, &taken);
        canvas.paint(&pen.value(&place, glyph), verdict.colour(), pen.outline);
        taken.push(place);
    }
    canvas.to_png()
}

/// The part of a box that is on the picture, if any is.
fn clipped(bounds: &Bounds, picture: &GrayImage) -> Option<Bounds> {
    let (right, bottom) = (bounds.right.min(picture.width()), bounds.bottom.min(picture.height()));
    (bounds.left < right && bounds.top < bottom).then_some(Bounds { right, bottom, ..*bounds })
}

fn overlap(a: &Bounds, b: &Bounds) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/// Sizes in pixels that suit a picture and its digits.
struct Pen {
    width: usize,
    height: usize,
    /// How wide lines are.
    line: usize,
    /// How wide the dark outline of lines and glyphs is.
    outline: usize,
    /// How large a pixel of a glyph is.
    scale: usize,
}

impl Pen {
    fn new(picture: &GrayImage, mut heights: Vec<usize>) -> Self {
        heights.sort_unstable();
        let digit = heights.get(heights.len() / 2).copied().unwrap_or(0);
        let side = picture.width().max(picture.height());
        let line = (digit / LINE_OF_DIGIT).min(side / LINE_OF_PICTURE).max(1);
        let value = ((digit as f32 * VALUE_OF_DIGIT) as usize).min(side / VALUE_OF_PICTURE);
        Self {
            width: picture.width(),
            height: picture.height(),
            line,
            outline: line.div_ceil(2),
            scale: ((value + glyphs::HEIGHT / 2) / glyphs::HEIGHT).max(1),
        }
    }

    /// The outer edge of a digit's box: around the digit, so that no ink is covered, except at the picture's
    /// edge.
    fn outer(&self, bounds: &Bounds) -> Bounds {
        let outer = grown(bounds, self.outline + self.line);
        Bounds { right: outer.right.min(self.width), bottom: outer.bottom.min(self.height), ..outer }
    }

    /// The box of a digit, in rectangles.
    fn frame(&self, bounds: &Bounds, dashed: bool) -> Vec<Bounds> {
        let outer = self.outer(bounds);
        let line = self.line.min(outer.width()).min(outer.height());
        let sides = [
            Bounds { bottom: outer.top + line, ..outer },
            Bounds { top: outer.bottom - line, ..outer },
            Bounds { right: outer.left + line, ..outer },
            Bounds { left: outer.right - line, ..outer },
        ];
        if !dashed {
            return sides.to_vec();
        }
        sides.iter().flat_map(|side| dashes(side, DASH * self.line)).collect()
    }

    /// Where a digit's value goes: above its box if it covers nothing there, else below, and where both are
    /// taken, above; where the picture ends, as near as it can.
    fn place(&self, bounds: &Bounds, taken: &[Bounds]) -> Bounds {
        let outer = self.outer(bounds);
        let (width, height) = (glyphs::WIDTH * self.scale, glyphs::HEIGHT * self.scale);
        // Two outlines side by side.
        let gap = 2 * self.outline;
        let middle = (outer.left + outer.right) / 2;
        let left = middle.saturating_sub(width / 2).min(self.width.saturating_sub(width + self.outline));
        let at = |top| Bounds { left, top, right: left + width, bottom: top + height };
        let above = outer.top.checked_sub(gap + height).map(at);
        let below = at((outer.bottom + gap).min(self.height.saturating_sub(height + self.outline)));
        // Closer to the next line it would be taken for a value there.
        let clearance = Bounds {
            left: below.left.saturating_sub(width),
            right: below.right + width,
            bottom: below.bottom + height,
            ..below
        };
        let free = |place: &Bounds| !taken.iter().any(|other| overlap(place, other));
        match above {
            Some(above) if free(&above) || !free(&clearance) => above,
            _ => below,
        }
    }

    /// A glyph, in rectangles.
    fn value(&self, place: &Bounds, glyph: &glyphs::Glyph) -> Vec<Bounds> {
        let pixel = |(x, y)| {
            let (left, top) = (place.left + x * self.scale, place.top + y * self.scale);
            let pixel = Bounds { left, top, right: left + self.scale, bottom: top + self.scale };
            // Large pixels that touch at their corners alone would look like broken strokes.
            grown(&pixel, (self.scale + 1) / 4)
        };
        glyphs::pixels(glyph).map(pixel).collect()
    }
}

/// Parts a line into dashes with gaps as long between them. There is a dash at both ends, which makes the
/// corners of a box solid, and at least one gap where the line is long enough for three pixels.
fn dashes(side: &Bounds, length: usize) -> Vec<Bounds> {
    let long = side.width().max(side.height());
    // An odd number of parts, so that the last is a dash as the first.
    let parts = ((long / length) | 1).max(3).min(long);
    let ends = |part: usize| (part * long / parts, (part + 1) * long / parts);
    let dash = |part| {
        let (start, end) = ends(part);
        if side.width() >= side.height() {
            Bounds { left: side.left + start, right: side.left + end, ..*side }
        } else {
            Bounds { top: side.top + start, bottom: side.top + end, ..*side }
        }
    };
    (0..parts).step_by(2).map(dash).collect()
}

#[cfg(test)]
mod tests;
