//! Many small pictures as one, in gray: TensorBoard shows few pictures for each name, and one at a time.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use inkdigit_nn::{Graph, Op, Params};

use super::Picture;

/// Between digits, whose own ground is black.
pub const GRAY: u8 = 128;
/// Between filters, where gray is zero.
const BLACK: u8 = 0;
/// Pixels between pictures.
const GAP: usize = 4;
/// A sheet is about as wide: TensorBoard's own width of a card.
const WIDTH: usize = 480;

/// Pictures of one size, each `height` by `width`, side by side and enlarged, with this gray between them.
pub fn sheet(height: usize, width: usize, ground: u8, pictures: &[Vec<u8>]) -> Picture {
    let columns = (1..=pictures.len().max(1)).find(|n| n * n >= pictures.len()).unwrap_or(1);
    let rows = pictures.len().div_ceil(columns);
    let scale = (WIDTH / (columns * (width + GAP))).max(1);
    let (cell_width, cell_height) = (width * scale + GAP, height * scale + GAP);
    let (all_width, all_height) = (columns * cell_width + GAP, rows * cell_height + GAP);
    let mut pixels = vec![ground; all_width * all_height];
    for (number, picture) in pictures.iter().enumerate() {
        let (left, top) = (GAP + number % columns * cell_width, GAP + number / columns * cell_height);
        for (y, row) in picture.chunks_exact(width).enumerate() {
            for (x, &level) in row.iter().enumerate() {
                for line in 0..scale {
                    let start = (top + y * scale + line) * all_width + left + x * scale;
                    pixels[start..start + scale].fill(level);
                }
            }
        }
    }
    gray(all_width, all_height, &pixels)
}

fn gray(width: usize, height: usize, pixels: &[u8]) -> Picture {
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(pixels, width as u32, height as u32, ExtendedColorType::L8)
        .expect("pixels that fit their size are encoded into memory");
    Picture { width, height, channels: 1, png }
}

/// So many filters are shown at most.
const MOST_FILTERS: usize = 100;

/// What the first layer with weights looks for on the picture: the filters of a convolution, or all the weights
/// of each number that a dense layer gives. Gray is zero; lighter weights are positive. None
/// for a network whose first such layer doesn't read the picture's one channel.
pub fn filters(graph: &Graph, params: &Params) -> Option<Picture> {
    let layer = graph.nodes().iter().find(|node| matches!(node.op, Op::Conv2d(_) | Op::Linear(_)))?;
    let (height, width) = match &layer.op {
        Op::Conv2d(conv) if layer.input_shape.channels() == 1 => (conv.kernel.height, conv.kernel.width),
        Op::Linear(_) if layer.input_shape.len() == graph.input_shape().len() => {
            let dims = graph.input_shape().dims();
            (dims[dims.len() - 2], dims[dims.len() - 1])
        }
        _ => return None,
    };
    // [height * width, filters]
    let weights = params.get(&format!("{}.weight", layer.name))?;
    let count = weights.len() / (height * width);
    let largest = weights.iter().fold(0.0, |most: f32, weight| most.max(weight.abs()));
    let level = |weight: f32| {
        let share = if largest > 0.0 { weight / largest } else { 0.0 };
        (127.5 + 127.5 * share).round().clamp(0.0, 255.0) as u8
    };
    let filter = |filter: usize| weights.iter().skip(filter).step_by(count).copied().map(level).collect();
    Some(sheet(height, width, BLACK, &(0..count.min(MOST_FILTERS)).map(filter).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Shape;
    use inkdigit_nn::ops::Linear;

    fn decoded(picture: &Picture) -> image::GrayImage {
        let found = image::load_from_memory(&picture.png).unwrap().to_luma8();
        assert_eq!(found.dimensions(), (picture.width as u32, picture.height as u32));
        found
    }

    #[test]
    fn pictures_stand_in_a_square_enlarged() {
        let found = sheet(1, 2, GRAY, &[vec![0, 255], vec![10, 20], vec![30, 40]]);
        let pixels = decoded(&found);
        // Two columns of 2 pixels, 40 times as large: 480 / (2 (2 + 4)).
        assert_eq!((found.width, found.height), (2 * (2 * 40 + GAP) + GAP, 2 * (40 + GAP) + GAP));
        let at = |x: usize, y: usize| pixels.get_pixel(x as u32, y as u32).0[0];
        assert_eq!((at(0, 0), at(GAP, GAP), at(GAP + 79, GAP + 39)), (GRAY, 0, 255));
        assert_eq!((at(GAP + 80 + GAP, GAP), at(GAP, GAP + 40 + GAP)), (10, 30));
        assert_eq!(at(found.width - GAP - 1, found.height - GAP - 1), GRAY, "the fourth is free");
        assert!(decoded(&sheet(3, 3, GRAY, &[])).width() > 0);
    }

    #[test]
    fn filters_are_columns_of_the_weights() {
        let mut graph = Graph::new(Shape::map(1, 2, 2));
        graph.then("flat", Op::Flatten).unwrap();
        graph.then("fc", Op::Linear(Linear { features: 2, bias: false })).unwrap();
        let params = Params::init(&graph, 1).with_data(vec![1.0, 0.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let found = filters(&graph, &params).unwrap();
        let pixels = decoded(&found);
        let side = 2 * (found.width - 3 * GAP) / 8;
        let at = |filter: usize, x: usize, y: usize| {
            let left = GAP + filter * (2 * side + GAP);
            pixels.get_pixel((left + x * side) as u32, (GAP + y * side) as u32).0[0]
        };
        assert_eq!((at(0, 0, 0), at(0, 1, 0), at(0, 0, 1), at(1, 1, 0)), (255, 0, 128, 191));
    }
}
