//! Leaky rectified linear unit (Maas et al., ICML 2013).

use super::activation::Activation;
use crate::op::Layer;
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

impl Layer for LeakyRelu {
    const NAME: &'static str = "leaky_relu";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        // A negative slope would give both signs the same outputs, from which no gradient can be told.
        if self.slope >= 0.0 && self.slope.is_finite() {
            Ok(input)
        } else {
            Err(format!("slope is {}, expected 0 or more", self.slope))
        }
    }
}

impl Activation for LeakyRelu {
    fn forward(&self, y: &mut [f32]) {
        activation::leaky_relu(Isa::best(), self.slope, y);
    }

    fn backward(&self, y: &[f32], dy: &mut [f32]) {
        activation::leaky_relu_backward(Isa::best(), self.slope, y, dy);
    }
}
