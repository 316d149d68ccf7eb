//! A trained factor and shift: what is left of a normalisation whose statistics are constants, or a bias that
//! stands by itself.

use super::batch_norm::{gradient_sums, scale_shift};
use crate::op::Layer;
use crate::parallel::Threads;
use crate::params::{Init, ParamSpec};
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

impl Layer for Affine {
    const NAME: &'static str = "affine";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        if input.is_empty() { Err("there is nothing to scale".into()) } else { Ok(input) }
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        let shape = match (self.each, input) {
            (Each::Element, Shape::Map { channels, height, width }) => vec![height, width, channels],
            _ => vec![input.channels()],
        };
        let spec = |name, init| ParamSpec { name, shape: shape.clone(), init, trainable: true };
        vec![spec("scale", Init::Ones), spec("shift", Init::Zeros)]
    }
}

impl Affine {
    /// # Shapes
    /// `x` and `y: [N, H, W, C]` or `[N, features]`, `params`: the scale, then the shift.
    pub(crate) fn forward(self, threads: Threads, images: usize, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (scale, shift) = params.split_at(params.len() / 2);
        scale_shift(threads, images, x, scale, shift, y);
    }

    /// Adds to `dparams`, and writes `dx` where it is wanted.
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn backward(
        self,
        threads: Threads,
        images: usize,
        params: &[f32],
        x: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dparams: &mut [f32],
    ) {
        let scale = &params[..params.len() / 2];
        let zeros = vec![0.0; scale.len()];
        let (shift_sums, scale_sums) = gradient_sums(threads, images, &zeros, x, dy);
        let sums = scale_sums.iter().chain(&shift_sums);
        dparams.iter_mut().zip(sums).for_each(|(d, &sum)| *d += sum as f32);
        if let Some(dx) = dx {
            scale_shift(threads, images, dy, scale, &zeros, dx);
        }
    }
}
