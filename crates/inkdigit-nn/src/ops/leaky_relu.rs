//! Leaky rectified linear unit (Maas et al., ICML 2013).

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};
use serde::{Deserialize, Serialize};

/// `x` from zero on, `slope x` below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeakyRelu {
    /// What numbers below zero are multiplied by; not negative.
    pub slope: f32,
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self { slope: 0.01 }
    }
}

impl Operation for LeakyRelu {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["LeakyRelu"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        // A negative slope would give both signs the same outputs, from which no gradient can be told.
        if self.slope >= 0.0 && self.slope.is_finite() {
            Ok(input)
        } else {
            Err(Misfit::Constant { found: format!("slope is {}", self.slope), expected: "0 or more" })
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

impl LeakyRelu {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        vec![Self { slope: 0.2 }]
    }
}

impl Run for LeakyRelu {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::leaky_relu(Isa::best(), self.slope, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
        activation::leaky_relu_backward(Isa::best(), self.slope, y, dy);
    }
}
