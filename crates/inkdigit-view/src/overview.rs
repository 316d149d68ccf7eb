//! The way of one image through a network, on one picture or one page.

use inkdigit::Bounds;
use inkdigit::activations::Filters;
use inkdigit::{DigitImage, IMAGE_SIDE, Prediction};
use inkdigit_nn::{Graph, Node, Shape, Tensor};

use crate::canvas::{Canvas, Rgb};
use crate::colormap::ColorMap;
use crate::layers::{INK, PAPER, SOFT};
use crate::text::{self, Weight};
use crate::tiles::{self, Range, Style};
use crate::{layers, words};

#[cfg(feature = "plots")]
mod page;

#[cfg(feature = "plots")]
pub use page::html;

/// What an overview is made of.
#[derive(Clone, Copy, Debug)]
pub struct Walkthrough<'a> {
    /// What the image is called.
    pub image_name: &'a str,
    /// What the model is called.
    pub model_name: &'a str,
    /// The image.
    pub digit: &'a DigitImage,
    /// The network.
    pub graph: &'a Graph,
    /// What each of its nodes gave.
    pub values: &'a [Tensor],
    /// The filters it begins with.
    pub filters: Option<&'a Filters>,
    /// What came out.
    pub prediction: &'a Prediction,
    /// The colours of its numbers.
    pub colors: ColorMap,
}

impl Walkthrough<'_> {
    fn layers(&self) -> impl Iterator<Item = (&Node, &[f32])> {
        self.graph.nodes().iter().zip(self.values.iter().map(Tensor::data))
    }

    /// What the network takes the image for, in words.
    fn answer(&self) -> String {
        let Prediction { digit, probability, rejected, .. } = self.prediction;
        match rejected {
            false => format!("read as {digit}, with a probability of {probability:.3}"),
            true => format!("no digit: the likeliest is {digit}, with a probability of {probability:.3}"),
        }
    }
}

const MARGIN: usize = 20;
/// The width of the words beside a layer.
const WORDS: usize = 320;
/// The width of its tiles.
const TILES: usize = 700;
/// About the side of one tile.
const TILE: usize = 50;
/// The most rows of tiles of one layer: what doesn't fit is counted.
const ROWS: usize = 3;
/// Between layers.
const BETWEEN: usize = 18;

/// All layers below each other, the first maps of each in rows, and the probabilities at the end.
pub fn png(way: &Walkthrough<'_>) -> Vec<u8> {
    canvas(way).to_png()
}

fn canvas(way: &Walkthrough<'_>) -> Canvas {
    let input = way.digit.to_floats();
    let (shape, style) = (Shape::map(1, IMAGE_SIDE, IMAGE_SIDE), layers::input_style(way.colors));
    let told = text_of("input", "pixels from 0 to 255", shape, style.range);
    let mut rows = vec![row(&told, &strip(&input, shape, &style))];
    for (node, values) in way.layers() {
        let style = layers::style(values, way.colors);
        let told = text_of(&node.name, &words::kind(&node.op), node.output_shape, Range::of(values));
        rows.push(row(&told, &strip(values, node.output_shape, &style)));
    }
    rows.push(probabilities(way.prediction));
    let heading = MARGIN + 2 * text::LINE + BETWEEN;
    let height = rows.iter().map(|row| row.height() + BETWEEN).sum::<usize>() + heading;
    let mut canvas = Canvas::filled(2 * MARGIN + WORDS + TILES, height, PAPER);
    let width = WORDS + TILES;
    let title = text::fitted(&format!("{} through {}", way.image_name, way.model_name), width);
    text::write(&mut canvas, &title, MARGIN, MARGIN, INK, Weight::Bold);
    text::write(&mut canvas, &way.answer(), MARGIN, MARGIN + text::LINE, SOFT, Weight::Regular);
    let mut top = heading;
    for row in rows {
        canvas.place(&row, MARGIN, top);
        top += row.height() + BETWEEN;
    }
    canvas
}

/// The words beside a layer: its name, then the rest.
fn text_of(name: &str, kind: &str, shape: Shape, range: Range) -> [String; 4] {
    let range = format!("{} to {}", words::short(range.low), words::short(range.high));
    [name.into(), kind.into(), words::shape(shape), range]
}

fn row(words: &[String; 4], tiles: &Canvas) -> Canvas {
    let height = tiles.height().max(words.len() * text::LINE);
    let mut canvas = Canvas::filled(WORDS + TILES, height, PAPER);
    for (line, words) in words.iter().enumerate() {
        let (colour, weight) = if line == 0 { (INK, Weight::Bold) } else { (SOFT, Weight::Regular) };
        let words = text::fitted(words, WORDS - text::ADVANCE);
        text::write(&mut canvas, &words, 0, line * text::LINE, colour, weight);
    }
    canvas.place(tiles, WORDS, 0);
    canvas
}

/// A layer's output in a strip as wide as there is room: as many of its maps as fit, its vector in a few rows.
fn strip(values: &[f32], shape: Shape, style: &Style) -> Canvas {
    match shape {
        Shape::Map { channels, height, width } if height * width > 0 => {
            let side = height.max(width);
            // A lone map may be larger.
            let scale = (if channels == 1 { 2 * TILE } else { TILE } / side).max(1);
            let columns = (TILES / (width * scale + tiles::GAP)).clamp(1, channels.max(1));
            let shown = channels.min(ROWS * columns);
            let values = &values[..shown * height * width];
            let drawn = tiles::maps(values, [shown, height, width], columns, scale, style);
            if shown < channels { with_rest(&drawn, channels - shown) } else { drawn }
        }
        _ => {
            let columns = match values.len() {
                few @ 0..=64 => few,
                many => many.div_ceil((many as f64 / 4.0).sqrt().round() as usize),
            };
            let largest = if columns * WRITTEN_SCALE <= TILES { WRITTEN_SCALE } else { VECTOR_SCALE };
            let scale = (TILES / columns.max(1)).clamp(1, largest);
            tiles::vector(values, columns.min(TILES / scale), scale, style)
        }
    }
}

/// Pixels for each number of a vector, at most.
const VECTOR_SCALE: usize = 24;
/// The same where there are few, as the ten at the end: room for the numbers themselves.
const WRITTEN_SCALE: usize = 63;

/// Tiles with a word on how many more there are.
fn with_rest(tiles: &Canvas, rest: usize) -> Canvas {
    let mut canvas = Canvas::filled(tiles.width(), tiles.height() + text::LINE, PAPER);
    canvas.place(tiles, 0, 0);
    let words = format!("and {} more", words::counted(rest, "map"));
    text::write(&mut canvas, &words, 0, tiles.height() + 2, SOFT, Weight::Regular);
    canvas
}

/// The bar of the digit that was read; the others' are gray.
const BAR: Rgb = [38, 112, 142];

/// The probability of each digit as a bar.
fn probabilities(prediction: &Prediction) -> Canvas {
    const STEP: usize = 60;
    const HIGHEST: usize = 80;
    let mut canvas = Canvas::filled(WORDS + TILES, HIGHEST + 2 * text::LINE + 8, PAPER);
    text::write(&mut canvas, "probabilities", 0, 0, INK, Weight::Bold);
    text::write(&mut canvas, "of the ten digits", 0, text::LINE, SOFT, Weight::Regular);
    let base = text::LINE + HIGHEST;
    for (digit, &probability) in prediction.probabilities.iter().enumerate() {
        let left = WORDS + digit * STEP;
        let height = (probability.clamp(0.0, 1.0) * HIGHEST as f32).round() as usize;
        let bar = Bounds { left, top: base - height.max(1), right: left + 36, bottom: base };
        canvas.fill(&bar, if digit == usize::from(prediction.digit) { BAR } else { [150; 3] });
        let told = format!("{probability:.2}");
        text::write(&mut canvas, &told, left + 4, bar.top - text::LINE, SOFT, Weight::Regular);
        text::write(&mut canvas, &digit.to_string(), left + 14, base + 4, INK, Weight::Bold);
    }
    canvas
}

#[cfg(test)]
mod tests;
