//! Hyperbolic tangent.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// Hyperbolic tangent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tanh;

impl Operation for Tanh {
    fn name(&self) -> &'static str {
        "tanh"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Tanh"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        Ok(input)
    }

    fn storage(&self) -> Storage {
        Storage::InPlace
    }

    fn is_monotone(&self) -> bool {
        true
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Run for Tanh {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::tanh(Isa::best(), y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
        activation::tanh_backward(Isa::best(), y, dy);
    }
}
