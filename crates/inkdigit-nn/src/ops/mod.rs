//! The operations a network is made of: a closed set of plain data.
//!
//! What each is and computes stands in its own file here. This one has the list of them, once; the type, the way to an
//! operation's file and the examples that tests go through all come from it. `extent` (sizes of windows) and `pool`
//! (what the poolings share) are no operations.

#![deny(clippy::wildcard_enum_match_arm)]

mod add;
mod affine;
mod avg_pool2d;
mod batch_norm;
mod clip;
mod conv2d;
mod dropout;
mod elu;
mod extent;
mod flatten;
mod gelu;
mod global_avg_pool;
mod global_max_pool;
mod leaky_relu;
mod linear;
mod max_pool2d;
mod mul;
mod pad;
mod pool;
mod quantize;
mod relu;
mod scale;
mod sigmoid;
mod silu;
mod tanh;
mod upsample2d;

use crate::error::{Error, Misfit, Result};
use crate::operation::{OnnxForm, Operation};
use crate::param_spec::ParamSpec;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

pub(crate) use add::Add;
pub use affine::{Affine, Each};
pub use avg_pool2d::AvgPool2d;
pub use batch_norm::BatchNorm;
pub use clip::Clip;
pub use conv2d::Conv2d;
pub(crate) use conv2d::PooledConvolution;
pub use dropout::Dropout;
pub use elu::Elu;
pub use extent::{Extent, Padding};
pub(crate) use flatten::Flatten;
pub(crate) use gelu::Gelu;
pub(crate) use global_avg_pool::GlobalAvgPool;
pub(crate) use global_max_pool::GlobalMaxPool;
pub use leaky_relu::LeakyRelu;
pub use linear::Linear;
pub use max_pool2d::MaxPool2d;
pub(crate) use mul::Mul;
pub use pad::Pad;
pub use quantize::Quantize;
pub(crate) use relu::Relu;
pub use scale::Scale;
pub(crate) use sigmoid::Sigmoid;
pub(crate) use silu::Silu;
pub(crate) use tanh::Tanh;
pub use upsample2d::Upsample2d;

/// Makes [`Op`] of the list of operations: those that have constants, and those that don't.
macro_rules! operations {
    (
        constants { $($(#[$doc:meta])* $with:ident,)* }
        none { $($(#[$bare_doc:meta])* $bare:ident,)* }
    ) => {
        /// One operation and its constants. In configuration files an operation without constants is its name
        /// (`relu`), any other a name with its constants (`conv2d: {channels: 20, kernel: 5}`).
        ///
        /// ```
        /// use inkdigit_nn::{Op, Shape, ops::{Conv2d, Extent, Padding}};
        ///
        /// let conv = Op::Conv2d(Conv2d {
        ///     channels: 20,
        ///     kernel: Extent::square(5),
        ///     stride: Extent::square(1),
        ///     padding: Padding::default(),
        ///     bias: true,
        /// });
        /// assert_eq!(conv.name(), "conv2d");
        /// assert_eq!(conv.output_shape("conv1", &[Shape::map(1, 28, 28)])?, Shape::map(20, 24, 24));
        /// # Ok::<(), inkdigit_nn::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Op {
            $($(#[$doc])* $with($with),)*
            $($(#[$bare_doc])* $bare,)*
        }

        impl Op {
            /// What the operation's own file says of it.
            pub(crate) fn operation(&self) -> &dyn Operation {
                match self {
                    $(Self::$with(operation) => operation,)*
                    $(Self::$bare => &$bare,)*
                }
            }

            /// Every operation in each form that computes something else, for tests that must leave none out.
            /// Each takes a map of 3x9x7, a vector of 11 features or both.
            pub fn examples() -> Vec<Self> {
                let mut examples = Vec::new();
                $(examples.extend($with::examples().into_iter().map(Self::$with));)*
                $(examples.push(Self::$bare);)*
                examples
            }
        }
    };
}

operations! {
    constants {
        /// Dense layer.
        Linear,
        /// Two-dimensional convolution.
        Conv2d,
        /// Largest value of each window.
        MaxPool2d,
        /// Mean of each window.
        AvgPool2d,
        /// Batch normalisation for each channel.
        BatchNorm,
        /// `min(max(x, low), high)`.
        Clip,
        /// `max(x, 0) + slope min(x, 0)`.
        LeakyRelu,
        /// Exponential linear unit.
        Elu,
        /// Random zeroing while training.
        Dropout,
        /// `x * scale + shift` with constants: the input's normalisation.
        Scale,
        /// `x * scale + shift` with trained parameters for each channel or each number.
        Affine,
        /// A border of constants around maps.
        Pad,
        /// `clamp(round(x / scale), low, high)`.
        Quantize,
        /// Maps made larger by a whole factor, each pixel a square of its like.
        Upsample2d,
    }
    none {
        /// Mean of each map.
        GlobalAvgPool,
        /// Largest value of each map.
        GlobalMaxPool,
        /// `max(x, 0)`.
        Relu,
        /// Hyperbolic tangent.
        Tanh,
        /// Logistic function.
        Sigmoid,
        /// Gaussian error linear unit.
        Gelu,
        /// `x * sigmoid(x)`.
        Silu,
        /// Maps to one vector, in the order (channel, row, column).
        Flatten,
        /// Sum of two values of one shape: a residual connection.
        Add,
        /// Product of two values of one shape, number by number: a gate.
        Mul,
    }
}

impl Op {
    /// Its name in configuration files: `conv2d`, `relu`, ...
    pub fn name(&self) -> &'static str {
        self.operation().name()
    }

    /// How many values it takes: one or two.
    pub fn inputs(&self) -> usize {
        self.operation().inputs()
    }

    /// How ONNX says it.
    pub fn onnx(&self) -> OnnxForm {
        self.operation().onnx()
    }

    /// The shape of its output for these inputs.
    ///
    /// # Errors
    /// [`Error::Layer`] or [`Error::TwoShapes`] if it can't take them; they name the layer and the shapes.
    pub fn output_shape(&self, layer_name: &str, inputs: &[Shape]) -> Result<Shape> {
        let operation = self.operation();
        let (layer, op) = (layer_name.to_string(), operation.name());
        let first = inputs.first().copied().unwrap_or(Shape::Features(0));
        if inputs.len() != operation.inputs() {
            let source = Misfit::Inputs { found: inputs.len(), expected: operation.inputs() };
            return Err(Error::Layer { layer, op, found: first, source });
        }
        if let Some(&other) = inputs.iter().find(|&&other| other != first) {
            return Err(Error::TwoShapes { layer, op, left: first, right: other });
        }
        operation.output(first).map_err(|source| Error::Layer { layer, op, found: first, source })
    }

    /// Its parameters for an input of this shape.
    pub fn param_specs(&self, input: Shape) -> Vec<ParamSpec> {
        self.operation().params(input)
    }

    /// Multiply-adds of one sample's forward pass; 0 for what isn't a matrix product.
    pub fn multiply_adds(&self, input: Shape, output: Shape) -> u64 {
        self.operation().multiply_adds(input, output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Storage;
    use std::collections::HashSet;

    const INPUTS: [Shape; 2] = [Shape::map(3, 9, 7), Shape::Features(11)];

    #[test]
    fn every_operation_has_one_name_in_files_and_messages() {
        let mut names = HashSet::new();
        for op in Op::examples() {
            let json = serde_json::to_value(&op).expect("plain data");
            let written = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str));
            assert_eq!(written, Some(op.name()), "{op:?}");
            assert_eq!(serde_json::from_value::<Op>(json).expect("its own form"), op);
            names.insert(op.name());
        }
        assert_eq!(names.len(), 24, "{names:?}");
    }

    #[test]
    fn every_example_takes_an_input_and_says_what_is_consistent() {
        for op in Op::examples() {
            let operation = op.operation();
            let taken: Vec<Shape> = INPUTS.into_iter().filter(|&i| operation.output(i).is_ok()).collect();
            assert!(!taken.is_empty(), "{op:?} takes neither of {INPUTS:?}");
            for input in taken {
                let output = operation.output(input).expect("taken");
                if operation.storage() != Storage::Apart {
                    assert_eq!(output, input, "{op:?} works in place");
                }
            }
            assert!(!operation.is_monotone() || operation.storage() == Storage::InPlace, "{op:?}");
            assert!((1..=2).contains(&operation.inputs()), "{op:?}");
            let OnnxForm { operators, since } = operation.onnx();
            assert!(!operators.is_empty() && since >= 7, "{op:?}");
        }
    }

    #[test]
    fn values_are_counted() {
        let map = Shape::map(2, 3, 3);
        let message = |op: Op, inputs: &[Shape]| op.output_shape("it", inputs).unwrap_err().to_string();
        assert!(message(Op::Relu, &[map, map]).contains("it takes 1 value and was given 2"));
        assert!(message(Op::Add, &[map]).contains("it takes 2 values and was given 1"));
        assert!(message(Op::Mul, &[map, Shape::Features(18)]).contains("both must have one shape"));
    }
}
