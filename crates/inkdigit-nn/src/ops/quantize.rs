//! Rounding to integers, kept as float32: what ONNX's QuantizeLinear gives, less its zero point. Sums of
//! products of such integers are exact, so an 8-bit network answers as it does in integers.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
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

impl Operation for Quantize {
    fn name(&self) -> &'static str {
        "quantize"
    }

    /// To bytes, and back to the numbers that they stand for.
    fn onnx(&self) -> OnnxForm {
        OnnxForm { operators: &["QuantizeLinear", "DequantizeLinear"], since: 10 }
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let Self { scale, low, high } = *self;
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(Misfit::Constant {
                found: format!("scale is {scale}"),
                expected: "a number above 0",
            });
        }
        if !(low <= high && low.fract() == 0.0 && high.fract() == 0.0) {
            let found = format!("low is {low} and high {high}");
            return Err(Misfit::Constant { found, expected: "two whole numbers, low at most high" });
        }
        Ok(input)
    }

    fn storage(&self) -> Storage {
        Storage::OnCopy
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Quantize {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        [(0.0, 255.0), (-100.0, 155.0), (-128.0, 127.0)]
            .map(|(low, high)| Self { scale: 0.0123, low, high })
            .into()
    }
}

impl Run for Quantize {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        quantize::quantize(Isa::best(), self.grid(), y);
    }

    #[cfg(feature = "training")]
    /// As if nothing had been rounded.
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, .. }: Gradients<'_>) {
        quantize::quantize_backward(Isa::best(), self.grid(), pass.x, dy);
    }
}

impl Quantize {
    fn grid(self) -> Grid {
        Grid { scale: self.scale, low: self.low, high: self.high }
    }
}
