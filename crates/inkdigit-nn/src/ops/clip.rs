//! Numbers held between two bounds: ReLU6 and the like.

use super::activation::Activation;
use crate::op::Layer;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, activation};
use serde::{Deserialize, Serialize};

/// `min(max(x, low), high)`. A bound that a file leaves out doesn't limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "ClipForm", into = "ClipForm")]
pub struct Clip {
    /// The smallest output; minus infinity for no bound.
    pub low: f32,
    /// The largest output; infinity for no bound.
    pub high: f32,
}

/// JSON has no infinities: a missing bound stands for one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClipForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f32>,
}

impl From<ClipForm> for Clip {
    fn from(form: ClipForm) -> Self {
        Self { low: form.low.unwrap_or(f32::NEG_INFINITY), high: form.high.unwrap_or(f32::INFINITY) }
    }
}

impl From<Clip> for ClipForm {
    fn from(clip: Clip) -> Self {
        let bound = |value: f32, none: f32| (value != none).then_some(value);
        Self { low: bound(clip.low, f32::NEG_INFINITY), high: bound(clip.high, f32::INFINITY) }
    }
}

impl Layer for Clip {
    const NAME: &'static str = "clip";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        let Self { low, high } = *self;
        if low <= high && low < f32::INFINITY && high > f32::NEG_INFINITY {
            Ok(input)
        } else {
            Err(format!("low is {low} and high {high}, expected two numbers, low at most high"))
        }
    }
}

impl Activation for Clip {
    fn forward(&self, y: &mut [f32]) {
        activation::clip(Isa::best(), self.low, self.high, y);
    }

    fn backward(&self, y: &[f32], dy: &mut [f32]) {
        activation::clip_backward(Isa::best(), self.low, self.high, y, dy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_may_be_left_out() {
        let cases = [
            ("{}", f32::NEG_INFINITY, f32::INFINITY),
            (r#"{"low":0.0}"#, 0.0, f32::INFINITY),
            (r#"{"high":6.0}"#, f32::NEG_INFINITY, 6.0),
            (r#"{"low":-1.0,"high":6.0}"#, -1.0, 6.0),
        ];
        for (json, low, high) in cases {
            let clip = Clip { low, high };
            assert_eq!(serde_json::from_str::<Clip>(json).expect(json), clip);
            assert_eq!(serde_json::to_string(&clip).expect(json), json);
        }
    }
}
