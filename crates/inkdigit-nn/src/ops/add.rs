//! The sum of two values: residual connections.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, update};

/// `y = a + b`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Add;

impl Operation for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Add"])
    }

    fn inputs(&self) -> usize {
        2
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

impl Run for Add {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        update::add(Isa::best(), y, pass.second);
    }

    #[cfg(feature = "training")]
    /// The output's gradient is that of both inputs.
    fn backward(&mut self, _: &Pass<'_>, _: Gradients<'_>) {}
}
