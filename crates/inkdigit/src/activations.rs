//! What a network computes on its way from a digit to an answer, layer by layer, and the filters it begins
//! with.

use inkdigit_nn::{Executor, Node, Op, Tensor, Value};

use crate::model::Model;
use inkdigit_image::{DigitImage, IMAGE_PIXELS, IMAGE_SIDE, to_floats};

/// What each layer of a model gives for a digit, in the order of [`Model::graph`]'s nodes: the network as it was
/// trained, each layer by itself, BatchNorm by its running statistics and without dropout.
///
/// # Shapes
/// Each `[1, C, H, W]` or `[1, features]`.
///
/// ```
/// use inkdigit::{DigitImage, Model, activations};
///
/// let model = Model::default();
/// let layers = activations(&model, &DigitImage::new([0; 784]));
/// assert_eq!(layers.len(), model.graph().nodes().len());
/// assert_eq!(layers.last().unwrap().shape(), [1, 10]);
/// ```
pub fn activations(model: &Model, digit: &DigitImage) -> Vec<Tensor> {
    let graph = model.graph();
    let mut executor = Executor::tracing(graph);
    to_floats(digit.pixels(), executor.input(1));
    executor.infer(model.params());
    (0..graph.nodes().len()).map(|node| executor.value(Value::of_node(node))).collect()
}

/// The weights of a model's first layer, as small pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    /// The layer's name.
    pub layer: String,
    /// How many there are, and the rows and columns of each: `[C, H, W]`.
    pub shape: [usize; 3],
    /// The weights, in that shape.
    pub weights: Vec<f32>,
}

/// The filters that a model lays over a digit first: the kernels of its first convolution, or, where a dense
/// layer comes first, the 28x28 weights of each of its numbers. None if its first layer with weights sees the
/// digit in another form.
///
/// ```
/// use inkdigit::{Model, activations::first_filters};
///
/// let filters = first_filters(&Model::default()).unwrap();
/// assert_eq!(filters.weights.len(), filters.shape.iter().product::<usize>());
/// ```
pub fn first_filters(model: &Model) -> Option<Filters> {
    let has_weights = |node: &&Node| matches!(node.op, Op::Conv2d(_) | Op::Linear(_));
    let node = model.graph().nodes().iter().find(has_weights)?;
    let weight = model.params().get(&format!("{}.weight", node.name))?;
    let (count, [height, width]) = match &node.op {
        // A digit has one channel, and what comes before a first convolution leaves it so.
        Op::Conv2d(conv) if node.input_shape.channels() == 1 => {
            (conv.channels, [conv.kernel.height, conv.kernel.width])
        }
        Op::Linear(linear) if node.input_shape.len() == IMAGE_PIXELS => (linear.features, [IMAGE_SIDE; 2]),
        _ => return None,
    };
    // Weights lie as [fan-in, fan-out].
    let of_filter = |filter: usize| weight.iter().skip(filter).step_by(count).copied();
    Some(Filters {
        layer: node.name.clone(),
        shape: [count, height, width],
        weights: (0..count).flat_map(of_filter).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Metadata;
    use inkdigit_nn::Params;
    use inkdigit_train::networks::{BuiltIn, Network, Scaling, build};
    use inkdigit_train::synth;

    fn model(network: BuiltIn) -> Model {
        let graph = build(&Network::BuiltIn(network), Scaling::Standard).unwrap();
        Model::new(graph.clone(), Params::init(&graph, 5), Metadata::default()).unwrap()
    }

    fn digit() -> DigitImage {
        synth::dataset(10, 1).get(3).unwrap().0
    }

    #[test]
    fn each_layer_is_told_in_its_shape_and_the_last_is_the_answer() {
        for network in BuiltIn::ALL {
            let model = model(network);
            let layers = activations(&model, &digit());
            assert_eq!(layers.len(), model.graph().nodes().len());
            for (layer, node) in layers.iter().zip(model.graph().nodes()) {
                assert_eq!(layer.shape()[1..], node.output_shape.dims(), "{}", node.name);
            }
            let logits = model.logits(digit().pixels());
            for (found, expected) in layers.last().unwrap().data().iter().zip(&logits) {
                assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found} {expected}");
            }
        }
    }

    #[test]
    fn maps_are_channel_by_channel() {
        let model = model(BuiltIn::Lenet);
        let layers = activations(&model, &digit());
        let scale = |pixel: u8| {
            let op = Scaling::Standard.range().op();
            f32::from(pixel) * op.scale + op.shift
        };
        let scaled: Vec<f32> = digit().pixels().iter().map(|&pixel| scale(pixel)).collect();
        assert_eq!(layers[0].data(), scaled);
        // One output of the first convolution by hand: map 7, row 3, column 9.
        let filters = first_filters(&model).unwrap();
        assert_eq!((filters.layer.as_str(), filters.shape), ("conv1", [20, 5, 5]));
        let filter = &filters.weights[7 * 25..][..25];
        let window = (0..25).map(|i| scaled[(3 + i / 5) * IMAGE_SIDE + 9 + i % 5]);
        let bias = model.params().get("conv1.bias").unwrap()[7];
        let expected = bias + window.zip(filter).map(|(x, w)| x * w).sum::<f32>();
        let found = layers[1].data()[(7 * 24 + 3) * 24 + 9];
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn a_dense_layer_over_the_digit_has_filters_as_large_as_it() {
        let model = model(BuiltIn::Mlp);
        let filters = first_filters(&model).unwrap();
        assert_eq!((filters.layer.as_str(), filters.shape), ("fc1", [128, 28, 28]));
        let weight = model.params().get("fc1.weight").unwrap();
        assert_eq!(filters.weights[5 * IMAGE_PIXELS + 30], weight[30 * 128 + 5]);
    }
}
