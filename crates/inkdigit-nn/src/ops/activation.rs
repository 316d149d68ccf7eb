//! Activation functions: one number in, one number out.

use crate::op::Layer;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// An activation whose output says enough for its backward pass, and whose larger inputs never give smaller
/// outputs. It runs in place and may trade places with max pooling.
pub(crate) trait Activation {
    /// Turns inputs into outputs, in place.
    fn forward(&self, y: &mut [f32]);

    /// Turns `dy` into `dx`, in place; `y` is the output.
    fn backward(&self, y: &[f32], dy: &mut [f32]);
}

macro_rules! activation_layer {
    ($(#[$doc:meta])* $layer:ident, $name:literal, $forward:ident, $backward:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $layer;

        impl Layer for $layer {
            const NAME: &'static str = $name;

            fn output(&self, input: Shape) -> Result<Shape, String> {
                Ok(input)
            }
        }

        impl Activation for $layer {
            fn forward(&self, y: &mut [f32]) {
                activation::$forward(Isa::best(), y);
            }

            fn backward(&self, y: &[f32], dy: &mut [f32]) {
                activation::$backward(Isa::best(), y, dy);
            }
        }
    };
}

activation_layer!(
    /// `max(x, 0)`.
    Relu, "relu", relu, relu_backward
);
activation_layer!(
    /// Hyperbolic tangent.
    Tanh, "tanh", tanh, tanh_backward
);
activation_layer!(
    /// Logistic function.
    Sigmoid, "sigmoid", sigmoid, sigmoid_backward
);

/// Gaussian error linear unit: no [`Activation`], it falls before it rises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gelu;

impl Layer for Gelu {
    const NAME: &'static str = "gelu";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        Ok(input)
    }
}

impl Gelu {
    /// Turns inputs into outputs, in place.
    pub(crate) fn forward(self, y: &mut [f32]) {
        activation::gelu(Isa::best(), y);
    }

    /// Turns `dy` into `dx`, in place.
    pub(crate) fn backward(self, x: &[f32], dy: &mut [f32]) {
        activation::gelu_backward(Isa::best(), x, dy);
    }
}
