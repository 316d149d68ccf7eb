//! Gaussian error linear unit (Hendrycks and Gimpel, arXiv 1606.08415).

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};

/// `x Phi(x)` with the normal distribution function Phi. Not monotone: it falls before it rises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gelu;

impl Operation for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    /// An operator of its own came with opset 20; before, its formula is written out.
    fn onnx(&self) -> OnnxForm {
        OnnxForm { operators: &["Gelu", "Div", "Erf", "Add", "Mul"], since: 9 }
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

impl Run for Gelu {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::gelu(Isa::best(), y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, .. }: Gradients<'_>) {
        activation::gelu_backward(Isa::best(), pass.x, dy);
    }
}
