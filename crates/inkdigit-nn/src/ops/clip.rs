//! Numbers held between two bounds: ReLU6 and the like.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run, Storage};
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

impl Operation for Clip {
    fn name(&self) -> &'static str {
        "clip"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Clip"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let Self { low, high } = *self;
        if low <= high && low < f32::INFINITY && high > f32::NEG_INFINITY {
            return Ok(input);
        }
        let found = format!("low is {low} and high {high}");
        Err(Misfit::Constant { found, expected: "two numbers, low at most high" })
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

impl Clip {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        let bounds = [(-0.5, 0.75), (0.1, f32::INFINITY), (f32::NEG_INFINITY, 0.3)];
        let nothing = (f32::NEG_INFINITY, f32::INFINITY);
        bounds.into_iter().chain([nothing]).map(|(low, high)| Self { low, high }).collect()
    }
}

impl Run for Clip {
    fn forward(&mut self, _: &Pass<'_>, y: &mut [f32]) {
        activation::clip(Isa::best(), self.low, self.high, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, _: &Pass<'_>, Gradients { y, dy, .. }: Gradients<'_>) {
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
