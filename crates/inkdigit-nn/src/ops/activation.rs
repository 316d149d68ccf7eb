//! Activation functions: one number in, one number out.

use crate::op::Layer;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

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

        impl $layer {
            /// Turns inputs into outputs, in place.
            pub(crate) fn forward(self, y: &mut [f32]) {
                activation::$forward(Isa::best(), y);
            }

            /// Turns `dy` into `dx`, in place; `from` is the output (the input for GELU).
            pub(crate) fn backward(self, from: &[f32], dy: &mut [f32]) {
                activation::$backward(Isa::best(), from, dy);
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
activation_layer!(
    /// Gaussian error linear unit.
    Gelu, "gelu", gelu, gelu_backward
);
