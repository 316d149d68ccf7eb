//! Dense layer: `y = x W + b`.

use crate::op::Layer;
use crate::parallel::Threads;
use crate::params::{Init, ParamSpec};
use crate::shape::Shape;
use inkdigit_kernels::matmul::{Columns, Indirect, Output, Start, indirect_matmul};
use inkdigit_kernels::{Isa, layout, reduce};
use serde::{Deserialize, Serialize};

/// A dense layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Output features.
    pub features: usize,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
}

pub(super) fn yes() -> bool {
    true
}

/// Weight and bias as PyTorch starts them: uniform in `+-1 / sqrt(fan_in)`.
pub(super) fn weight_and_bias(fan_in: usize, fan_out: usize, bias: bool) -> Vec<ParamSpec> {
    let init = Init::Uniform { bound: 1.0 / (fan_in as f32).sqrt() };
    let spec = |name, shape| ParamSpec { name, shape, init, trainable: true };
    let mut specs = vec![spec("weight", vec![fan_in, fan_out])];
    specs.extend(bias.then(|| spec("bias", vec![fan_out])));
    specs
}

impl Layer for Linear {
    const NAME: &'static str = "linear";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        match input {
            Shape::Map { .. } => Err("it needs a vector; put flatten or a global pool before it".into()),
            Shape::Features(0) => Err("it needs at least one input".into()),
            Shape::Features(_) if self.features == 0 => Err("features must be at least 1".into()),
            Shape::Features(_) => Ok(Shape::Features(self.features)),
        }
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        weight_and_bias(input.len(), self.features, self.bias)
    }
}

/// What a dense layer keeps between calls: offsets and transposed gradients.
#[derive(Debug, Default)]
pub(crate) struct LinearState {
    input_rows: Vec<u32>,
    output_rows: Vec<u32>,
    weight_rows: Vec<u32>,
    features: Vec<u32>,
    dy_transposed: Vec<f32>,
    dx_transposed: Vec<f32>,
    bias_sums: Vec<f64>,
}

/// Row offsets are kept for at most this many rows; larger batches are worked off in parts.
const ROWS: usize = 4096;

impl Linear {
    pub(crate) fn state(&self, input: Shape) -> LinearState {
        let rows = ROWS.min(u32::MAX as usize / input.len().max(self.features)).max(1);
        let offsets = |rows: usize, stride: usize| (0..rows).map(|r| (r * stride) as u32).collect();
        LinearState {
            input_rows: offsets(rows, input.len()),
            output_rows: offsets(rows, self.features),
            weight_rows: offsets(input.len(), self.features),
            features: (0..input.len().max(self.features) as u32).collect(),
            dy_transposed: Vec::new(),
            dx_transposed: Vec::new(),
            bias_sums: Vec::new(),
        }
    }

    /// # Shapes
    /// `x: [N, in]`, `params: [in, out]` and `[out]`, `y: [N, out]`.
    pub(crate) fn forward(
        &self,
        threads: Threads,
        state: &LinearState,
        params: &[f32],
        x: &[f32],
        y: &mut [f32],
    ) {
        let (weight, bias) = self.split(params);
        let inputs = weight.len() / self.features;
        let start = if self.bias { Start::Bias(bias) } else { Start::Zero };
        let rows = threads
            .rows_per_task(y.len() / self.features, inputs * self.features)
            .min(state.input_rows.len());
        threads.for_chunks(y, rows * self.features, x, rows * inputs, |y, x| {
            let rows = y.len() / self.features;
            indirect_matmul(
                Isa::best(),
                Indirect { data: x, rows: &state.input_rows[..rows], depth: &state.features[..inputs] },
                Columns { data: weight, stride: self.features, columns: self.features },
                start,
                Output { data: y, rows: &state.output_rows[..rows] },
            );
        });
    }

    /// `dW = x^T dy`, `db = column sums of dy`, `dx = dy W^T`.
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn backward(
        &self,
        threads: Threads,
        state: &mut LinearState,
        params: &[f32],
        x: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dparams: &mut [f32],
    ) {
        let isa = Isa::best();
        let (weight, _) = self.split(params);
        let (out, inputs) = (self.features, weight.len() / self.features);
        let images = dy.len() / out;
        let (dweight, dbias) = dparams.split_at_mut(weight.len());

        if self.bias {
            state.bias_sums.clear();
            state.bias_sums.resize(out, 0.0);
            reduce::add_column_sums(isa, dy, &mut state.bias_sums);
            dbias.iter_mut().zip(&state.bias_sums).for_each(|(d, &sum)| *d += sum as f32);
        }
        // A task takes rows of dW, that is some of the inputs, over all images: no partial sums to add up.
        let block = state.input_rows.len();
        let rows = threads.rows_per_task(inputs, images * out);
        threads.for_chunks_indexed(dweight, rows * out, |task, dweight| {
            let first = task * rows;
            let rows = dweight.len() / out;
            for (number, dy) in dy.chunks(block * out).enumerate() {
                let images = dy.len() / out;
                indirect_matmul(
                    isa,
                    Indirect {
                        data: &x[number * block * inputs + first..],
                        rows: &state.features[..rows],
                        depth: &state.input_rows[..images],
                    },
                    Columns { data: dy, stride: out, columns: out },
                    Start::Output,
                    Output { data: dweight, rows: &state.weight_rows[..rows] },
                );
            }
        });
        if let Some(dx) = dx {
            // As dx^T = W dy^T: the weights are read as they lie, only the smaller dy and dx are transposed.
            state.dy_transposed.resize(dy.len(), 0.0);
            state.dx_transposed.resize(dx.len(), 0.0);
            let columns = threads.rows_per_task(out, 8 * images);
            threads.for_chunks_indexed(&mut state.dy_transposed, columns * images, |task, part| {
                layout::transpose(isa, dy, out, task * columns, part);
            });
            let dy_transposed = &state.dy_transposed[..];
            let rows = threads.rows_per_task(inputs, images * out);
            let image_rows: Vec<u32> = (0..rows).map(|r| (r * images) as u32).collect();
            threads.for_chunks(&mut state.dx_transposed, rows * images, weight, rows * out, |dx, weight| {
                let rows = dx.len() / images;
                indirect_matmul(
                    isa,
                    Indirect {
                        data: weight,
                        rows: &state.weight_rows[..rows],
                        depth: &state.features[..out],
                    },
                    Columns { data: dy_transposed, stride: images, columns: images },
                    Start::Zero,
                    Output { data: dx, rows: &image_rows[..rows] },
                );
            });
            let dx_transposed = &state.dx_transposed[..];
            let rows = threads.rows_per_task(images, 8 * inputs);
            threads.for_chunks_indexed(dx, rows * inputs, |task, part| {
                layout::transpose(isa, dx_transposed, images, task * rows, part);
            });
        }
    }

    fn split<'a>(&self, params: &'a [f32]) -> (&'a [f32], &'a [f32]) {
        params.split_at(params.len() - if self.bias { self.features } else { 0 })
    }
}
