//! A trained factor and shift: what is left of a normalisation whose statistics are constants, or a bias that
//! stands by itself.

use super::batch_norm::{gradient_sums, scale_shift};
use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::param_spec::{Init, ParamSpec};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// What has a factor and a shift of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// Each channel of a map, each feature of a vector: parameters of shape `[C]`.
    #[default]
    Channel,
    /// Each number of a sample: parameters of shape `[H, W, C]`, the order of maps in memory, or `[features]`.
    Element,
}

/// `y = x * scale + shift` with trained parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Affine {
    /// What has a factor and a shift of its own.
    pub each: Each,
}

impl Operation for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Mul", "Add"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        if input.is_empty() { Err(Misfit::Empty) } else { Ok(input) }
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        let shape = match (self.each, input) {
            (Each::Element, Shape::Map { channels, height, width }) => vec![height, width, channels],
            (Each::Element | Each::Channel, _) => vec![input.channels()],
        };
        let spec = |name, init| ParamSpec { name, shape: shape.clone(), init, trainable: true };
        vec![spec("scale", Init::Ones), spec("shift", Init::Zeros)]
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(*self)
    }
}

impl Affine {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        [Each::Channel, Each::Element].map(|each| Self { each }).into()
    }
}

impl Run for Affine {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let (scale, shift) = pass.params.split_at(pass.params.len() / 2);
        scale_shift(pass, pass.x, scale, shift, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, dparams, .. }: Gradients<'_>) {
        let scale = &pass.params[..pass.params.len() / 2];
        let zeros = vec![0.0; scale.len()];
        let (shift_sums, scale_sums) = gradient_sums(pass, &zeros, dy);
        let sums = scale_sums.iter().chain(&shift_sums);
        dparams.iter_mut().zip(sums).for_each(|(d, &sum)| *d += sum as f32);
        if let Some(dx) = dx {
            scale_shift(pass, dy, scale, &zeros, dx);
        }
    }
}
