//! Dropout (Srivastava et al., JMLR 2014): while training, each number is zeroed with the given rate and
//! the rest scaled up, so that inference needs nothing.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
use crate::rng::Rng;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, update};
use serde::{Deserialize, Serialize};

/// Random zeroing while training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// The probability of zeroing a number, in `[0, 1)`.
    pub rate: f32,
}

impl Operation for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Dropout"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        if (0.0..1.0).contains(&self.rate) {
            return Ok(input);
        }
        Err(Misfit::Constant { found: format!("rate is {}", self.rate), expected: "at least 0 and below 1" })
    }

    fn storage(&self) -> Storage {
        Storage::InPlace
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Masking { rate: self.rate, mask: Vec::new() })
    }
}

impl Dropout {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        vec![Self { rate: 0.3 }]
    }
}

/// Dropout at work.
#[derive(Debug)]
struct Masking {
    rate: f32,
    /// What each number of the last training pass was multiplied by: 0 or `1 / (1 - rate)`.
    mask: Vec<f32>,
}

impl Run for Masking {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        if let Some(noise) = pass.noise {
            self.mask.resize(y.len(), 0.0);
            self.draw(&mut noise.stream(pass.node));
            update::multiply(Isa::best(), y, &self.mask);
        }
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { dy, .. }: Gradients<'_>) {
        update::multiply(Isa::best(), dy, &self.mask);
    }
}

impl Masking {
    fn draw(&mut self, rng: &mut Rng) {
        let keep = 1.0 / (1.0 - self.rate);
        // Four 16-bit draws from each random word; the rate is thereby rounded to 1/65536.
        let threshold = (self.rate * 65_536.0) as u64;
        for four in self.mask.chunks_mut(4) {
            let mut bits = rng.next_u64();
            for m in four {
                *m = if bits & 0xffff < threshold { 0.0 } else { keep };
                bits >>= 16;
            }
        }
    }
}
