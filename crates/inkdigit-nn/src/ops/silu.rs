//! Sigmoid linear unit, or swish (Elfwing et al., arXiv 1702.03118).

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// `x / (1 + exp(-x))`. Not monotone: it falls before it rises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silu;

impl Operation for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    /// Its own operator, `Swish`, came with opset 24, which isn't written yet.
    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Mul", "Sigmoid"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        Ok(input)
    }

    fn storage(&self) -> Storage {
        Storage::OnCopy
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Run for Silu {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::silu(Isa::best(), y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, .. }: Gradients<'_>) {
        activation::silu_backward(Isa::best(), pass.x, dy);
    }
}
