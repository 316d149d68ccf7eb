//! Rectified linear unit.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// `max(x, 0)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relu;

impl Operation for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Relu"])
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

impl Run for Relu {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::relu(Isa::best(), y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
        activation::relu_backward(Isa::best(), y, dy);
    }
}
