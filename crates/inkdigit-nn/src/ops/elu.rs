//! Exponential linear unit (Clevert et al., arXiv 1511.07289).

use super::activation::Activation;
use crate::op::Layer;
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

impl Layer for Elu {
    const NAME: &'static str = "elu";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        // A negative alpha would give both signs the same outputs, from which no gradient can be told.
        if self.alpha >= 0.0 && self.alpha.is_finite() {
            Ok(input)
        } else {
            Err(format!("alpha is {}, expected 0 or more", self.alpha))
        }
    }
}

impl Activation for Elu {
    fn forward(&self, y: &mut [f32]) {
        activation::elu(Isa::best(), self.alpha, y);
    }

    fn backward(&self, y: &[f32], dy: &mut [f32]) {
        activation::elu_backward(Isa::best(), self.alpha, y, dy);
    }
}
