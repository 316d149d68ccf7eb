//! Exponential linear unit (Clevert et al., arXiv 1511.07289).

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};
use serde::{Deserialize, Serialize};

/// `x` from zero on, `alpha (exp(x) - 1)` below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Elu {
    /// How far below zero it goes; not negative.
    pub alpha: f32,
}

impl Default for Elu {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Operation for Elu {
    fn name(&self) -> &'static str {
        "elu"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Elu"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        // A negative alpha would give both signs the same outputs, from which no gradient can be told.
        if self.alpha >= 0.0 && self.alpha.is_finite() {
            Ok(input)
        } else {
            Err(Misfit::Constant { found: format!("alpha is {}", self.alpha), expected: "0 or more" })
        }
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

impl Elu {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        vec![Self { alpha: 0.7 }, Self { alpha: 1.5 }]
    }
}

impl Run for Elu {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::elu(Isa::best(), self.alpha, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
        activation::elu_backward(Isa::best(), self.alpha, y, dy);
    }
}
