//! `x * scale + shift` with constants: the input's normalisation, exported with the network so that
//! training and serving can't drift apart.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, update};
use serde::{Deserialize, Serialize};

/// Multiplies by one constant and adds another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The factor.
    pub scale: f32,
    /// Added after it.
    #[serde(default)]
    pub shift: f32,
}

impl Operation for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Mul", "Add"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        if self.scale.is_finite() && self.shift.is_finite() {
            return Ok(input);
        }
        let found = format!("scale is {} and shift {}", self.scale, self.shift);
        Err(Misfit::Constant { found, expected: "finite numbers" })
    }

    fn storage(&self) -> Storage {
        Storage::InPlace
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Scale {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        [(1.0 / 255.0, 0.0), (-2.5, 0.7), (1.0, -0.4), (1.0, 0.0)]
            .map(|(scale, shift)| Self { scale, shift })
            .into()
    }
}

impl Run for Scale {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        update::scale(Isa::best(), self.scale, self.shift, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { dy, .. }: Gradients<'_>) {
        update::scale(Isa::best(), self.scale, 0.0, dy);
    }
}
