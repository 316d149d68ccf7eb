//! Rounding to integers, kept as float32: what ONNX's QuantizeLinear gives, less its zero point. Sums of
//! products of such integers are exact, so an 8-bit network answers as it does in integers.

use crate::op::Layer;
use crate::shape::Shape;
use inkdigit_kernels::Isa;
use inkdigit_kernels::quantize::{self, Grid};
use serde::{Deserialize, Serialize};

/// `clamp(round(x / scale), low, high)`, halves to the even neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantize {
    /// The distance between two representable numbers.
    pub scale: f32,
    /// The smallest integer; a whole number.
    pub low: f32,
    /// The largest integer; a whole number.
    pub high: f32,
}

impl Layer for Quantize {
    const NAME: &'static str = "quantize";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        let Self { scale, low, high } = *self;
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(format!("scale is {scale}, expected a number above 0"));
        }
        if !(low <= high && low.fract() == 0.0 && high.fract() == 0.0) {
            return Err(format!(
                "low is {low} and high {high}, expected two whole numbers, low at most high"
            ));
        }
        Ok(input)
    }
}

impl Quantize {
    /// Turns inputs into outputs, in place.
    pub(crate) fn forward(self, y: &mut [f32]) {
        quantize::quantize(Isa::best(), self.grid(), y);
    }

    /// Turns `dy` into `dx`, in place, as if nothing had been rounded.
    pub(crate) fn backward(self, x: &[f32], dy: &mut [f32]) {
        quantize::quantize_backward(Isa::best(), self.grid(), x, dy);
    }

    fn grid(self) -> Grid {
        Grid { scale: self.scale, low: self.low, high: self.high }
    }
}
