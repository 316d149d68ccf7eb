//! The output of one layer as a picture: its maps in tiles or its vector folded, in the colours of a map, with
//! what it is and the range of its numbers.

use inkdigit::activations::Filters;
use inkdigit::{DigitImage, IMAGE_SIDE};
use inkdigit_nn::{Node, Shape};

use crate::canvas::{Canvas, Rgb};
use crate::colormap::ColorMap;
use crate::text::{self, Weight};
use crate::tiles::{self, Range, Style};
use crate::words;

/// Paper under pictures with text.
pub(crate) const PAPER: Rgb = [255; 3];
/// Text on it.
pub(crate) const INK: Rgb = [28; 3];
/// Text that is less important; its contrast to paper is still 7:1.
pub(crate) const SOFT: Rgb = [89; 3];

/// Around a picture.
const MARGIN: usize = 16;
/// Pixels that a layer's tiles take at most where they aren't larger by themselves.
const MOST: usize = 720;
/// The longest text above the tiles.
const TEXT: usize = 560;
/// The width of the legend.
const LEGEND: usize = 240;

/// The colours and range of a layer's numbers: one range for all of its maps, so that they can be compared. The
/// diverging map has zero in its middle.
pub fn style(values: &[f32], colors: ColorMap) -> Style {
    let range = match colors {
        ColorMap::Diverging => Range::around_zero(values),
        _ => Range::of(values),
    };
    Style { colors, range, ground: PAPER }
}

/// The tiles of a layer's output alone, in about `most` pixels a side.
///
/// # Shapes
/// - `values`: `[C, H, W]` or `[features]`, as the node gives it
///
/// # Panics
/// If there aren't as many values as the node gives.
pub fn tiles(node: &Node, values: &[f32], colors: ColorMap, most: usize) -> Canvas {
    tiles::of_shape(values, node.output_shape, most, &style(values, colors))
}

/// A layer's output with its name, what it is, its shape and the range of its numbers.
///
/// # Shapes
/// - `values`: `[C, H, W]` or `[features]`, as the node gives it
///
/// # Panics
/// If there aren't as many values as the node gives.
pub fn layer(node: &Node, values: &[f32], colors: ColorMap) -> Canvas {
    let what = format!("{}, {}", words::kind(&node.op), words::shape(node.output_shape));
    captioned(&node.name, &what, &tiles(node, values, colors, MOST), &style(values, colors))
}

/// The image as a network is given it, pixels from 0 to 255.
pub fn input(digit: &DigitImage, colors: ColorMap) -> Canvas {
    let what = "the digit as the network is given it";
    captioned("input", what, &input_tiles(digit, colors, MOST), &input_style(colors))
}

/// The image alone, in about `most` pixels a side.
pub fn input_tiles(digit: &DigitImage, colors: ColorMap, most: usize) -> Canvas {
    tiles::of_shape(&digit.to_floats(), Shape::map(1, IMAGE_SIDE, IMAGE_SIDE), most, &input_style(colors))
}

/// Pixels have the whole of their range, however dark the image is.
pub(crate) fn input_style(colors: ColorMap) -> Style {
    Style { colors, range: Range { low: 0.0, high: 255.0 }, ground: PAPER }
}

/// The filters of a first layer with their name and the range of their weights.
pub fn filters(filters: &Filters, colors: ColorMap) -> Canvas {
    let [count, height, width] = filters.shape;
    let what = format!("weights, {} of {height}×{width}", words::counted(count, "filter"));
    captioned(&filters.layer, &what, &filter_tiles(filters, colors, MOST), &style(&filters.weights, colors))
}

/// The tiles of filters alone, in about `most` pixels a side.
pub fn filter_tiles(filters: &Filters, colors: ColorMap, most: usize) -> Canvas {
    let [count, height, width] = filters.shape;
    tiles::of_shape(
        &filters.weights,
        Shape::map(count, height, width),
        most,
        &style(&filters.weights, colors),
    )
}

/// Tiles below a heading and above the legend of their colours.
fn captioned(name: &str, what: &str, tiles: &Canvas, style: &Style) -> Canvas {
    let (name, what) = (text::fitted(name, TEXT), text::fitted(what, TEXT));
    let legend = tiles::legend(LEGEND, style, INK);
    let content = [tiles.width(), text::width(&name), text::width(&what), LEGEND];
    let width = content.into_iter().max().unwrap_or_default() + 2 * MARGIN;
    let top = MARGIN + 2 * text::LINE + 8;
    let height = top + tiles.height() + 12 + legend.height() + MARGIN;
    let mut canvas = Canvas::filled(width, height, PAPER);
    text::write(&mut canvas, &name, MARGIN, MARGIN, INK, Weight::Bold);
    text::write(&mut canvas, &what, MARGIN, MARGIN + text::LINE, SOFT, Weight::Regular);
    canvas.place(tiles, MARGIN, top);
    canvas.place(&legend, MARGIN, top + tiles.height() + 12);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::Model;

    #[test]
    fn every_layer_of_the_default_model_is_drawn() {
        let (model, digit) = (Model::default(), inkdigit_train::synth::dataset(10, 1).get(3).unwrap().0);
        let values = inkdigit::activations(&model, &digit);
        for (node, values) in model.graph().nodes().iter().zip(&values) {
            let alone = tiles(node, values.data(), ColorMap::Viridis, 300);
            let drawn = layer(node, values.data(), ColorMap::Viridis);
            assert!(alone.width() <= drawn.width() && drawn.width() <= 1000, "{}", node.name);
        }
        let first = inkdigit::activations::first_filters(&model).unwrap();
        assert!(filters(&first, ColorMap::Diverging).height() > 100);
        let values = [-1.0, 3.0];
        assert_eq!(style(&values, ColorMap::Diverging).range, Range { low: -3.0, high: 3.0 });
        assert_eq!(style(&values, ColorMap::Magma).range, Range { low: -1.0, high: 3.0 });
    }
}
