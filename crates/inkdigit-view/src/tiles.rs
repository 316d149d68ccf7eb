//! Maps and vectors as pictures: each number a square, in the colours of a map, maps side by side.

use inkdigit::Bounds;
use inkdigit_nn::Shape;

use crate::canvas::{Canvas, Rgb};
use crate::colormap::{ColorMap, NOT_A_NUMBER};
use crate::text::{self, Weight};
use crate::words;

/// The range of numbers that a colour map is laid over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The number at its beginning.
    pub low: f32,
    /// The number at its end.
    pub high: f32,
}

impl Range {
    /// From the smallest to the largest of the finite numbers; from 0 to 0 where there are none.
    pub fn of(values: &[f32]) -> Self {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let [low, high] = finite
            .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)]);
        if low <= high { Self { low, high } } else { Self { low: 0.0, high: 0.0 } }
    }

    /// As far on both sides of zero as the finite numbers go on either.
    pub fn around_zero(values: &[f32]) -> Self {
        let Self { low, high } = Self::of(values);
        let high = low.abs().max(high.abs());
        Self { low: -high, high }
    }

    /// Where a number lies in the range, 0 to 1; in the middle where the range has no length.
    fn position(self, value: f32) -> f32 {
        // Halves, since the difference of two floats may be larger than any float.
        let length = self.high / 2.0 - self.low / 2.0;
        if length > 0.0 {
            (value / 2.0 - self.low / 2.0) / length
        } else if value.is_nan() {
            value
        } else {
            0.5
        }
    }
}

/// How tiles look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The colours.
    pub colors: ColorMap,
    /// The numbers that the first and the last colour stand for.
    pub range: Range,
    /// The colour between tiles.
    pub ground: Rgb,
}

impl Style {
    /// The colour of each number; the table is made once for many.
    fn painter(&self) -> impl Fn(f32) -> Rgb {
        let (table, range) = (self.colors.table(), self.range);
        move |value| {
            let position = range.position(value);
            // The cast cuts off what lies beyond the range's ends.
            if position.is_nan() { NOT_A_NUMBER } else { table[(position * 255.0).round() as u8 as usize] }
        }
    }
}

/// How many columns `count` tiles of this size are laid out in: about 4:3, with few places left empty.
pub fn columns(count: usize, width: usize, height: usize) -> usize {
    let ideal = ((count * height.max(1)) as f64 * 4.0 / (3 * width.max(1)) as f64).sqrt();
    let ideal = (ideal.round() as usize).clamp(1, count.max(1));
    fullest(count, ideal.saturating_sub(2).max(1)..=(ideal + 2).min(count.max(1)), ideal)
}

/// How many columns a vector is folded into: near a square, with few places left empty.
pub fn folded_columns(features: usize) -> usize {
    let side = (features as f64).sqrt().ceil() as usize;
    let side = side.max(1);
    fullest(features, side..=(side * 5 / 4).max(side), side)
}

/// The number of columns that leaves the fewest places of the last row empty; of equals the nearest to what is
/// wished, and of these the wider.
fn fullest(count: usize, choices: std::ops::RangeInclusive<usize>, wished: usize) -> usize {
    let empty = |columns: usize| count.div_ceil(columns) * columns - count;
    choices.rev().min_by_key(|&columns| (empty(columns), columns.abs_diff(wished))).unwrap_or(wished)
}

/// Maps side by side, `columns` in a row, each number a square of `scale` pixels, two pixels between maps.
///
/// # Shapes
/// - `values`: `[C, H, W]`
/// - result: as wide as its columns and as high as their rows; one pixel where there is nothing at all
///
/// # Panics
/// If there aren't as many values as the shape says.
pub fn maps(
    values: &[f32],
    [count, height, width]: [usize; 3],
    columns: usize,
    scale: usize,
    style: &Style,
) -> Canvas {
    assert_eq!(values.len(), count * height * width, "as many values as the shape says");
    let (columns, scale) = (columns.clamp(1, count.max(1)), scale.max(1));
    let extent = |size: usize, tiles: usize| (tiles * (size * scale + GAP)).saturating_sub(GAP).max(1);
    let rows = count.div_ceil(columns);
    let mut canvas = Canvas::filled(extent(width, columns), extent(height, rows), style.ground);
    let color = style.painter();
    if height * width == 0 {
        return canvas;
    }
    for (tile, map) in values.chunks_exact(height * width).enumerate() {
        let left = tile % columns * (width * scale + GAP);
        let top = tile / columns * (height * scale + GAP);
        for (pixel, &value) in map.iter().enumerate() {
            let (left, top) = (left + pixel % width * scale, top + pixel / width * scale);
            canvas.fill(&Bounds { left, top, right: left + scale, bottom: top + scale }, color(value));
        }
    }
    canvas
}

/// A vector folded into rows of `columns`, each number a square of `scale` pixels. Squares that are large enough
/// have their number written in.
///
/// # Shapes
/// - `values`: `[features]`
pub fn vector(values: &[f32], columns: usize, scale: usize, style: &Style) -> Canvas {
    let (columns, scale) = (columns.clamp(1, values.len().max(1)), scale.max(1));
    let rows = values.len().div_ceil(columns).max(1);
    let mut canvas = Canvas::filled(columns * scale, rows * scale, style.ground);
    let color = style.painter();
    for (place, &value) in values.iter().enumerate() {
        let (left, top) = (place % columns * scale, place / columns * scale);
        let color = color(value);
        canvas.fill(&Bounds { left, top, right: left + scale, bottom: top + scale }, color);
        if scale >= WRITTEN {
            let number = words::short(value);
            let indent = scale.saturating_sub(text::width(&number)) / 2;
            let ink = text::legible_on(color);
            text::write(
                &mut canvas,
                &number,
                left + indent,
                top + (scale - text::HEIGHT) / 2,
                ink,
                Weight::Regular,
            );
        }
    }
    canvas
}

/// Pixels between maps.
pub(crate) const GAP: usize = 2;

/// Squares of a vector that are at least as large have room for a number.
const WRITTEN: usize = 9 * text::ADVANCE;

/// What a layer gives, in at most about `most` pixels a side where it isn't larger by itself: maps in tiles, a
/// vector folded into a near-square.
///
/// # Shapes
/// - `values`: `[C, H, W]` or `[features]`, as `shape` says
///
/// # Panics
/// If there aren't as many values as the shape says.
pub fn of_shape(values: &[f32], shape: Shape, most: usize, style: &Style) -> Canvas {
    match shape {
        Shape::Map { channels, height, width } => {
            let columns = columns(channels, width, height);
            let rows = channels.div_ceil(columns.max(1));
            let scale = (most / (columns * width).max(rows * height).max(1)).clamp(1, MAP_SCALE);
            maps(values, [channels, height, width], columns, scale, style)
        }
        Shape::Features(features) => {
            assert_eq!(values.len(), features, "as many values as the shape says");
            let columns = folded_columns(features);
            let largest = if features <= WRITTEN_FEATURES { WRITTEN } else { VECTOR_SCALE };
            vector(values, columns, (most / columns).clamp(1, largest), style)
        }
    }
}

/// Pixels for each number of a map, at most.
const MAP_SCALE: usize = 16;
/// Pixels for each number of a vector, at most.
const VECTOR_SCALE: usize = 24;
/// A vector as short has its numbers written in.
const WRITTEN_FEATURES: usize = 64;

/// The colours of a style from left to right, with the numbers they stand for below.
pub fn legend(width: usize, style: &Style, ink: Rgb) -> Canvas {
    const BAR: usize = 12;
    let mut canvas = Canvas::filled(width, BAR + 4 + text::HEIGHT, style.ground);
    for left in 0..width {
        let color = style.colors.color(left as f32 / width.saturating_sub(1).max(1) as f32);
        canvas.fill(&Bounds { left, top: 0, right: left + 1, bottom: BAR }, color);
    }
    let (low, high) = (words::short(style.range.low), words::short(style.range.high));
    let right = width.saturating_sub(text::width(&high));
    text::write(&mut canvas, &low, 0, BAR + 4, ink, Weight::Regular);
    text::write(&mut canvas, &high, right, BAR + 4, ink, Weight::Regular);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(range: Range) -> Style {
        Style { colors: ColorMap::Gray, range, ground: [1, 2, 3] }
    }

    #[test]
    fn ranges_leave_out_what_is_no_number() {
        let of = |values: &[f32]| (Range::of(values).low, Range::of(values).high);
        assert_eq!(of(&[2.0, f32::NAN, -1.0, f32::INFINITY]), (-1.0, 2.0));
        assert_eq!((of(&[]), of(&[f32::NAN])), ((0.0, 0.0), (0.0, 0.0)));
        assert_eq!(Range::around_zero(&[2.0, -3.0]), Range { low: -3.0, high: 3.0 });
        let widest = Range { low: f32::MIN, high: f32::MAX };
        assert_eq!([f32::MIN, 0.0, f32::MAX].map(|value| widest.position(value)), [0.0, 0.5, 1.0]);
        assert_eq!(Range { low: 3.0, high: 3.0 }.position(3.0), 0.5);
    }

    #[test]
    fn maps_stand_side_by_side_enlarged() {
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 255.0, f32::NAN, 300.0];
        let tiles = maps(&values, [2, 2, 2], 2, 3, &style(Range { low: 0.0, high: 255.0 }));
        assert_eq!((tiles.width(), tiles.height()), (2 * 6 + GAP, 6));
        let at = |x: usize, y: usize| tiles.pixels()[y * tiles.width() + x];
        assert_eq!(
            [at(0, 0), at(2, 2), at(3, 2), at(0, 3), at(5, 5)],
            [[0; 3], [0; 3], [1; 3], [2; 3], [3; 3]]
        );
        assert_eq!([at(6, 0), at(8, 0), at(11, 0)], [[1, 2, 3], [4; 3], [255; 3]]);
        assert_eq!([at(8, 3), at(11, 3)], [NOT_A_NUMBER, [255; 3]]);
    }

    #[test]
    fn layouts_leave_few_places_empty() {
        for (count, expected) in [(1, 1), (8, 4), (16, 4), (20, 5), (50, 10), (64, 8)] {
            assert_eq!(columns(count, 8, 8), expected, "{count} maps");
        }
        for (features, expected) in [(1, 1), (10, 5), (84, 12), (100, 10), (500, 25), (784, 28)] {
            assert_eq!(folded_columns(features), expected, "{features} features");
        }
        assert_eq!((columns(0, 0, 0), folded_columns(0)), (1, 1));
    }

    #[test]
    fn every_shape_is_drawn() {
        for shape in [
            Shape::map(20, 24, 24),
            Shape::map(1, 1, 1),
            Shape::map(3000, 2, 2),
            Shape::map(2, 0, 5),
            Shape::Features(10),
            Shape::Features(0),
            Shape::Features(500),
        ] {
            let values = vec![1.0; shape.len()];
            let drawn = of_shape(&values, shape, 600, &style(Range { low: 0.0, high: 1.0 }));
            assert!(
                drawn.width() <= 800 && drawn.height() <= 800,
                "{shape}: {}x{}",
                drawn.width(),
                drawn.height()
            );
        }
        let written = of_shape(&[0.5; 10], Shape::Features(10), 600, &style(Range { low: 0.0, high: 1.0 }));
        assert!(
            written.pixels().contains(&[0; 3]) || written.pixels().contains(&[255; 3]),
            "numbers in squares"
        );
    }

    #[test]
    fn a_legend_goes_from_end_to_end() {
        let legend = legend(100, &style(Range { low: -1.5, high: 20.0 }), [9; 3]);
        assert_eq!((legend.pixels()[0], legend.pixels()[99]), ([0; 3], [255; 3]));
    }
}
