//! What each layer makes of a digit, as pictures for a canvas.

use inkdigit::activations::activations;
use inkdigit::{DigitImage, Model};
use inkdigit_nn::{Node, Op};
use inkdigit_view::canvas::Rgb;
use inkdigit_view::{ColorMap, layers, tiles, words};
use serde::Serialize;

/// About the longer side of a layer's picture, in pixels.
const MOST: usize = 480;

/// A layer's output, its maps in tiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerPicture {
    /// The layer's name.
    pub name: String,
    /// What it is: `5×5 convolution`.
    pub kind: String,
    /// What it gives: `20 maps of 24×24`.
    pub shape: String,
    /// What it does, in a sentence.
    pub sentence: String,
    /// Columns of the picture.
    pub width: usize,
    /// Its rows.
    pub height: usize,
    /// Red, green, blue and opacity of each of its pixels.
    #[serde(skip)]
    pub pixels: Vec<u8>,
}

/// The layers that change what there is to see, in their order: without those that only arrange numbers anew or
/// scale them as a whole. Between tiles lies `ground`.
pub fn pictures(model: &Model, digit: &DigitImage, ground: Rgb) -> Vec<LayerPicture> {
    let values = activations(model, digit);
    let layers = model.graph().nodes().iter().zip(&values);
    layers
        .filter(|(node, _)| !matches!(node.op, Op::Scale(_) | Op::Flatten | Op::Dropout(_)))
        .map(|(node, value)| picture(node, value.data(), ground))
        .collect()
}

fn picture(node: &Node, values: &[f32], ground: Rgb) -> LayerPicture {
    let style = tiles::Style { ground, ..layers::style(values, ColorMap::Viridis) };
    let canvas = tiles::of_shape(values, node.output_shape, MOST, &style);
    LayerPicture {
        name: node.name.clone(),
        kind: words::kind(&node.op),
        shape: words::shape(node.output_shape),
        sentence: words::sentence(node),
        width: canvas.width(),
        height: canvas.height(),
        pixels: canvas.pixels().iter().flat_map(|&[red, green, blue]| [red, green, blue, 255]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::IMAGE_PIXELS;

    #[test]
    fn every_picture_is_whole_and_says_what_it_is() {
        let mut pixels = [0; IMAGE_PIXELS];
        (4..24).for_each(|row| pixels[row * 28 + 13..][..3].fill(255));
        let pictures = pictures(&Model::default(), &DigitImage::new(pixels), [9, 8, 7]);
        for picture in &pictures {
            assert_eq!(picture.pixels.len(), 4 * picture.width * picture.height, "{}", picture.name);
            assert!(picture.pixels.chunks(4).any(|pixel| pixel[..3] != [9, 8, 7]), "{}", picture.name);
            assert!(!picture.kind.is_empty() && !picture.sentence.is_empty());
        }
        assert!(pictures.iter().any(|picture| picture.kind.contains("convolution")));
        assert_eq!(pictures.last().expect("layers").shape, "10 numbers");
    }
}
