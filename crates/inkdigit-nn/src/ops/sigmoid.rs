//! Logistic function.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// `1 / (1 + exp(-x))`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sigmoid;

impl Operation for Sigmoid {
    fn name(&self) -> &'static str {
        "sigmoid"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Sigmoid"])
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

impl Run for Sigmoid {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::sigmoid(Isa::best(), y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
        activation::sigmoid_backward(Isa::best(), y, dy);
    }
}
