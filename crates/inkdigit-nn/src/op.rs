//! The operations a network is made of: a closed set of plain data.
//!
//! `match` is exhaustive, so a new operation can't forget its shape, its backward pass or its parameters.
//! What each computes lives in its own file under `ops/`.

use crate::error::{Error, Result};
use crate::ops::{
    Activation, Affine, AvgPool2d, BatchNorm, Clip, Conv2d, Dropout, Elu, Flatten, Gelu, GlobalAvgPool,
    GlobalMaxPool, LeakyRelu, Linear, MaxPool2d, Pad, Quantize, Relu, Scale, Sigmoid, Tanh,
};
use crate::params::ParamSpec;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// One operation and its constants. In configuration files an operation without constants is its name
/// (`relu`), any other a name with its constants (`conv2d: {channels: 20, kernel: 5}`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Dense layer.
    Linear(Linear),
    /// Two-dimensional convolution.
    #[serde(rename = "conv2d")]
    Conv2d(Conv2d),
    /// Largest value of each window.
    #[serde(rename = "max_pool2d")]
    MaxPool2d(MaxPool2d),
    /// Mean of each window.
    #[serde(rename = "avg_pool2d")]
    AvgPool2d(AvgPool2d),
    /// Mean of each map.
    GlobalAvgPool,
    /// Largest value of each map.
    GlobalMaxPool,
    /// Batch normalisation for each channel.
    BatchNorm(BatchNorm),
    /// `max(x, 0)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
    /// Gaussian error linear unit.
    Gelu,
    /// `min(max(x, low), high)`.
    Clip(Clip),
    /// `max(x, 0) + slope min(x, 0)`.
    LeakyRelu(LeakyRelu),
    /// Exponential linear unit.
    Elu(Elu),
    /// Random zeroing while training.
    Dropout(Dropout),
    /// Maps to one vector, in the order (channel, row, column).
    Flatten,
    /// Sum of two values of one shape: a residual connection.
    Add,
    /// Product of two values of one shape, number by number: `x * sigmoid(x)` is SiLU.
    Mul,
    /// `x * scale + shift` with constants: the input's normalisation.
    Scale(Scale),
    /// `x * scale + shift` with trained parameters for each channel or each number.
    Affine(Affine),
    /// A border of constants around maps.
    Pad(Pad),
    /// `clamp(round(x / scale), low, high)`.
    Quantize(Quantize),
}

/// What an operation without a second input has in common.
pub(crate) trait Layer {
    /// Its name in configuration files and error messages.
    const NAME: &'static str;

    /// The shape it turns `input` into, or why it can't take it.
    fn output(&self, input: Shape) -> std::result::Result<Shape, String>;

    /// Its parameters for such an input, in the order they lie in the arena.
    fn params(&self, _input: Shape) -> Vec<ParamSpec> {
        Vec::new()
    }
}

/// Runs `$body` with `$layer` bound to the operation's data, for all operations of one input.
macro_rules! for_layer {
    ($op:expr, $layer:ident => $body:expr, add => $add:expr) => {
        match $op {
            Op::Linear($layer) => $body,
            Op::Conv2d($layer) => $body,
            Op::MaxPool2d($layer) => $body,
            Op::AvgPool2d($layer) => $body,
            Op::GlobalAvgPool => {
                let $layer = &GlobalAvgPool;
                $body
            }
            Op::GlobalMaxPool => {
                let $layer = &GlobalMaxPool;
                $body
            }
            Op::BatchNorm($layer) => $body,
            Op::Relu => {
                let $layer = &Relu;
                $body
            }
            Op::Tanh => {
                let $layer = &Tanh;
                $body
            }
            Op::Sigmoid => {
                let $layer = &Sigmoid;
                $body
            }
            Op::Gelu => {
                let $layer = &Gelu;
                $body
            }
            Op::Clip($layer) => $body,
            Op::LeakyRelu($layer) => $body,
            Op::Elu($layer) => $body,
            Op::Dropout($layer) => $body,
            Op::Flatten => {
                let $layer = &Flatten;
                $body
            }
            Op::Scale($layer) => $body,
            Op::Affine($layer) => $body,
            Op::Pad($layer) => $body,
            Op::Quantize($layer) => $body,
            Op::Add | Op::Mul => $add,
        }
    };
}

impl Op {
    /// Its name in configuration files: `conv2d`, `relu`, ...
    pub fn name(&self) -> &'static str {
        fn name<L: Layer>(_: &L) -> &'static str {
            L::NAME
        }
        for_layer!(self, layer => name(layer), add => if matches!(self, Self::Mul) { "mul" } else { "add" })
    }

    /// The shape of its output for these inputs.
    ///
    /// # Errors
    /// If it can't take them; the error names the layer, the shapes and the remedy.
    pub fn output_shape(&self, layer_name: &str, inputs: &[Shape]) -> Result<Shape> {
        let first = inputs[0];
        let refused =
            |reason: String| Error::Layer { layer: layer_name.into(), op: self.name(), found: first, reason };
        for_layer!(self, layer => layer.output(first).map_err(refused), add => {
            match inputs {
                [left, right] if left == right => Ok(*left),
                [left, right] => Err(Error::TwoShapes {
                    layer: layer_name.into(),
                    op: self.name(),
                    left: *left,
                    right: *right,
                }),
                _ => Err(refused(format!("it takes two values and was given {}", inputs.len()))),
            }
        })
    }

    /// Its parameters for an input of this shape.
    pub fn param_specs(&self, input: Shape) -> Vec<ParamSpec> {
        for_layer!(self, layer => layer.params(input), add => Vec::new())
    }

    /// Whether it changes nothing but the values, number by number, and its backward pass needs its output
    /// alone: it then runs in place.
    pub(crate) fn in_place(&self) -> bool {
        self.activation().is_some() || matches!(self, Self::Scale(_) | Self::Dropout(_))
    }

    /// Whether it works in place on a copy of its input, which its backward pass needs.
    pub(crate) fn on_copy(&self) -> bool {
        matches!(self, Self::Gelu | Self::Quantize(_))
    }

    /// The activation it is, where it runs in place and may trade places with max pooling.
    pub(crate) fn activation(&self) -> Option<&dyn Activation> {
        match self {
            Self::Relu => Some(&Relu),
            Self::Tanh => Some(&Tanh),
            Self::Sigmoid => Some(&Sigmoid),
            Self::Clip(clip) => Some(clip),
            Self::LeakyRelu(leaky_relu) => Some(leaky_relu),
            Self::Elu(elu) => Some(elu),
            _ => None,
        }
    }
}

impl Op {
    /// Multiply-adds of one sample's forward pass; 0 for what isn't a matrix product.
    pub fn multiply_adds(&self, input: Shape, output: Shape) -> u64 {
        let weights = |specs: Vec<ParamSpec>| {
            specs
                .iter()
                .find(|spec| spec.name == "weight")
                .map_or(0, |spec| spec.shape.iter().product::<usize>() as u64)
        };
        match self {
            Self::Linear(_) => weights(self.param_specs(input)),
            Self::Conv2d(_) => {
                weights(self.param_specs(input)) * (output.len() / output.channels().max(1)) as u64
            }
            _ => 0,
        }
    }
}
