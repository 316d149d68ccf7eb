//! The network of a finder.
//!
//! What a digit is shows at an eighth of the resolution, where most of the work is done; a quarter is what the
//! places of the maps need to tell touching digits apart, a sixteenth what tells paper's edges and parts of larger
//! digits from digits. On the way back sums join the three. Of a picture of 256x256 pixels:
//!
//! | part | maps | multiply-adds |
//! |---|---|---|
//! | stem: 5x5 and 3x3, each to half | 64x64 | 25 million |
//! | a residual block | 64x64 | 75 |
//! | to half, two residual blocks | 32x32 | 99 |
//! | to half, a residual block | 16x16 | 26 |
//! | back to an eighth, a convolution | 32x32 | 22 |
//! | back to a quarter, a convolution | 64x64 | 39 |
//! | head | 64x64 | 61 |
//!
//! Channels are multiples of 16, so that vectors are full; ReLU, whose passes cost a memory access where SiLU's cost
//! an exponential for each number.

use inkdigit::finder::{CHANNELS, Class, SIDE_UNIT};
use inkdigit::model::limits;
use inkdigit_nn::ops::{BatchNorm, Conv2d, Extent, Padding, Scale, Upsample2d};
use inkdigit_nn::{Graph, Op, Params, Shape, Value};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// How many channels there are at each part of the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinderWidths {
    /// At half of it.
    pub half: usize,
    /// At a quarter.
    pub quarter: usize,
    /// At an eighth.
    pub eighth: usize,
    /// At a sixteenth.
    pub sixteenth: usize,
    /// At a quarter again, before the maps.
    pub head: usize,
}

impl Default for FinderWidths {
    /// 273 thousand parameters.
    fn default() -> Self {
        Self { half: 16, quarter: 32, eighth: 48, sixteenth: 64, head: 48 }
    }
}

/// The probability that an untrained network sees any class at a place. With 1/2, the loss of all the places where
/// nothing is would drown the others' at first (Lin et al., "Focal loss for dense object detection", arXiv
/// 1708.02002).
const FIRST_PROBABILITY: f32 = 0.01;

/// The graph of a finder with these widths, for the smallest picture; it runs on larger ones by
/// [`Graph::resized`].
///
/// # Errors
/// If a width is 0 or beyond reason.
pub fn finder(widths: &FinderWidths) -> Result<Graph> {
    let FinderWidths { half, quarter, eighth, sixteenth, head } = *widths;
    let mut layers = Layers { graph: Graph::new(Shape::map(1, SIDE_UNIT, SIDE_UNIT)) };
    // To -2 to 2.
    layers.then("scale", Op::Scale(Scale { scale: 1.0 / 63.75, shift: -2.0 }))?;
    layers.conv("stem1", half, 5, 2)?;
    layers.conv("stem2", quarter, 3, 2)?;
    let at_quarter = layers.residual("quarter", quarter)?;
    layers.conv("down8", eighth, 3, 2)?;
    layers.residual("eighth1", eighth)?;
    let at_eighth = layers.residual("eighth2", eighth)?;
    layers.conv("down16", sixteenth, 3, 2)?;
    layers.residual("sixteenth", sixteenth)?;
    layers.joined("up8", eighth, at_eighth)?;
    layers.joined("up4", quarter, at_quarter)?;
    layers.conv("head", head, 3, 1)?;
    layers.then("maps", conv2d(CHANNELS, 1, 1, true))?;
    Ok(layers.graph)
}

/// The parameters of a finder as its training begins.
pub(crate) fn initial_params(graph: &Graph, seed: u64) -> Params {
    let mut params = Params::init(graph, seed);
    let bias = params.table().iter().find(|info| info.name == "maps.bias").map(|info| info.range.clone());
    let bias = &mut params.data_mut()[bias.expect("a finder's last layer has a bias")];
    bias[..Class::COUNT].fill(-((1.0 - FIRST_PROBABILITY) / FIRST_PROBABILITY).ln());
    params
}

fn conv2d(channels: usize, kernel: usize, stride: usize, bias: bool) -> Op {
    let (kernel_extent, stride) = (Extent::square(kernel), Extent::square(stride));
    Op::Conv2d(Conv2d { channels, kernel: kernel_extent, stride, padding: Padding::all(kernel / 2), bias })
}

/// A graph that grows.
struct Layers {
    graph: Graph,
}

impl Layers {
    fn then(&mut self, name: &str, op: Op) -> Result<Value> {
        limits::check_constants(name, &op)?;
        Ok(self.graph.then(name, op)?)
    }

    /// A convolution with BatchNorm, which takes any bias away.
    fn normalised(&mut self, name: &str, channels: usize, kernel: usize, stride: usize) -> Result<Value> {
        self.then(name, conv2d(channels, kernel, stride, false))?;
        self.then(&format!("{name}_bn"), Op::BatchNorm(BatchNorm::default()))
    }

    fn conv(&mut self, name: &str, channels: usize, kernel: usize, stride: usize) -> Result<Value> {
        self.normalised(name, channels, kernel, stride)?;
        self.then(&format!("{name}_relu"), Op::Relu)
    }

    /// The last value and another one, added.
    fn add(&mut self, name: &str, other: Value) -> Result<Value> {
        let inputs = [self.graph.output(), other];
        self.graph.push(&format!("{name}_add"), Op::Add, &inputs)?;
        self.then(&format!("{name}_relu"), Op::Relu)
    }

    /// The value plus what two convolutions make of it (He et al., arXiv 1512.03385).
    fn residual(&mut self, name: &str, channels: usize) -> Result<Value> {
        let before = self.graph.output();
        self.conv(&format!("{name}_a"), channels, 3, 1)?;
        self.normalised(&format!("{name}_b"), channels, 3, 1)?;
        self.add(name, before)
    }

    /// The last value twice as large, with as many channels as `other`, which is added, and a convolution of the
    /// sum. Channels are changed before it becomes larger: afterwards that would be four times the work.
    fn joined(&mut self, name: &str, channels: usize, other: Value) -> Result<Value> {
        self.normalised(&format!("{name}_to"), channels, 1, 1)?;
        self.then(&format!("{name}_larger"), Op::Upsample2d(Upsample2d { factor: 2 }))?;
        self.add(name, other)?;
        self.conv(&format!("{name}_mix"), channels, 3, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_is_as_large_as_is_told() {
        let graph = finder(&FinderWidths::default()).unwrap();
        let parameters = Params::init(&graph, 0).trainable_len();
        assert_eq!(parameters, 272_599);
        let graph = graph.resized(Shape::map(1, 256, 256)).unwrap();
        assert_eq!(graph.output_shape(), Shape::map(CHANNELS, 64, 64));
        assert_eq!(graph.multiply_adds() / 1_000_000, 348);
    }

    #[test]
    fn an_untrained_finder_sees_nothing_much() {
        let graph = finder(&FinderWidths::default()).unwrap();
        let params = initial_params(&graph, 3);
        let bias = params.get("maps.bias").unwrap();
        assert!((bias[0] + 4.595).abs() < 1e-3 && bias[Class::COUNT].abs() < 1.0, "{bias:?}");
    }

    #[test]
    fn widths_beyond_reason_are_refused() {
        for half in [0, 1 << 20] {
            assert!(finder(&FinderWidths { half, ..FinderWidths::default() }).is_err(), "{half}");
        }
    }
}
