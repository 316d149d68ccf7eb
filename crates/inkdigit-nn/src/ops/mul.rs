//! The product of two values, number by number: gates.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, update};

/// `y = a b`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mul;

impl Operation for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Mul"])
    }

    fn inputs(&self) -> usize {
        2
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        Ok(input)
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Run for Mul {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        multiply(pass.x, pass.second, y);
    }

    #[cfg(feature = "training")]
    /// The gradient of one is `dy` times the other.
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, dsecond, .. }: Gradients<'_>) {
        if let Some(dx) = dx {
            multiply(dy, pass.second, dx);
        }
        if let Some(dsecond) = dsecond {
            multiply(dy, pass.x, dsecond);
        }
    }
}

fn multiply(a: &[f32], b: &[f32], y: &mut [f32]) {
    y.copy_from_slice(a);
    update::multiply(Isa::best(), y, b);
}
