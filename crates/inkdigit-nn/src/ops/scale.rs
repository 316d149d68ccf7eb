//! `x * scale + shift` with constants: the input's normalisation, exported with the network so that
//! training and serving can't drift apart.

use crate::op::Layer;
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

impl Layer for Scale {
    const NAME: &'static str = "scale";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        if self.scale.is_finite() && self.shift.is_finite() {
            Ok(input)
        } else {
            Err("scale and shift must be finite numbers".into())
        }
    }
}

impl Scale {
    pub(crate) fn forward(self, y: &mut [f32]) {
        update::scale(Isa::best(), self.scale, self.shift, y);
    }

    pub(crate) fn backward(self, dy: &mut [f32]) {
        update::scale(Isa::best(), self.scale, 0.0, dy);
    }
}
