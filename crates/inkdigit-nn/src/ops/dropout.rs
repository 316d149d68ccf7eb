//! Dropout (Srivastava et al., JMLR 2014): while training, each number is zeroed with the given rate and
//! the rest scaled up, so that inference needs nothing.

use crate::op::Layer;
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

impl Layer for Dropout {
    const NAME: &'static str = "dropout";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        if (0.0..1.0).contains(&self.rate) {
            Ok(input)
        } else {
            Err("rate must be at least 0 and below 1".into())
        }
    }
}

impl Dropout {
    /// Draws the mask (0 or `1 / (1 - rate)`) and applies it.
    pub(crate) fn forward(self, rng: &mut Rng, mask: &mut [f32], y: &mut [f32]) {
        let keep = 1.0 / (1.0 - self.rate);
        // Four 16-bit draws from each random word; the rate is thereby rounded to 1/65536.
        let threshold = (self.rate * 65_536.0) as u64;
        for four in mask.chunks_mut(4) {
            let mut bits = rng.next_u64();
            for m in four {
                *m = if bits & 0xffff < threshold { 0.0 } else { keep };
                bits >>= 16;
            }
        }
        update::multiply(Isa::best(), y, mask);
    }

    pub(crate) fn backward(self, mask: &[f32], dy: &mut [f32]) {
        update::multiply(Isa::best(), dy, mask);
    }
}
