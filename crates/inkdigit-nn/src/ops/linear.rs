//! Dense layer: `y = x W + b`.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::param_spec::{Init, ParamSpec};
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

impl Operation for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    /// Without a bias the second: `Gemm` asks for one until opset 11.
    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Gemm", "MatMul"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        match input {
            Shape::Map { .. } => Err(Misfit::NeedsVector),
            Shape::Features(0) => Err(Misfit::Empty),
            Shape::Features(_) if self.features == 0 => {
                Err(Misfit::Constant { found: "features is 0".into(), expected: "at least 1" })
            }
            Shape::Features(_) => Ok(Shape::Features(self.features)),
        }
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        weight_and_bias(input.len(), self.features, self.bias)
    }

    fn multiply_adds(&self, input: Shape, _output: Shape) -> u64 {
        input.len() as u64 * self.features as u64
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Dense::new(self, input.len()))
    }
}

impl Linear {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        [(6, true), (18, false), (130, true)].map(|(features, bias)| Self { features, bias }).into()
    }
}

/// A dense layer at work.
#[derive(Debug)]
struct Dense {
    inputs: usize,
    features: usize,
    /// Offsets of rows for the indirect products.
    input_rows: Vec<u32>,
    output_rows: Vec<u32>,
    weight_rows: Vec<u32>,
    /// 0, 1, 2, ... for the depth of these products.
    depth: Vec<u32>,
    dy_transposed: Vec<f32>,
    dx_transposed: Vec<f32>,
    bias_sums: Vec<f64>,
}

/// Row offsets are kept for at most this many rows; larger batches are worked off in parts.
const ROWS: usize = 4096;

impl Dense {
    fn new(layer: &Linear, inputs: usize) -> Self {
        let features = layer.features;
        let rows = ROWS.min(u32::MAX as usize / inputs.max(features)).max(1);
        let offsets = |rows: usize, stride: usize| (0..rows).map(|r| (r * stride) as u32).collect();
        Self {
            inputs,
            features,
            input_rows: offsets(rows, inputs),
            output_rows: offsets(rows, features),
            weight_rows: offsets(inputs, features),
            depth: (0..inputs.max(features) as u32).collect(),
            dy_transposed: Vec::new(),
            dx_transposed: Vec::new(),
            bias_sums: Vec::new(),
        }
    }

    fn weight_len(&self) -> usize {
        self.inputs * self.features
    }

    /// Column sums of `dy`.
    fn add_bias_gradient(&mut self, dy: &[f32], dbias: &mut [f32]) {
        self.bias_sums.clear();
        self.bias_sums.resize(dbias.len(), 0.0);
        reduce::add_column_sums(Isa::best(), dy, &mut self.bias_sums);
        dbias.iter_mut().zip(&self.bias_sums).for_each(|(d, &sum)| *d += sum as f32);
    }

    /// `dW += x^T dy`. A task takes rows of dW, that is some of the inputs, over all images: no partial sums to
    /// add up.
    fn add_weight_gradient(&self, pass: &Pass<'_>, dy: &[f32], dweight: &mut [f32]) {
        let (inputs, out) = (self.inputs, self.features);
        let block = self.input_rows.len();
        let rows = pass.threads.rows_per_task(inputs, pass.images * out);
        pass.threads.for_chunks_indexed(dweight, rows * out, |task, dweight| {
            let first = task * rows;
            let rows = dweight.len() / out;
            for (number, dy) in dy.chunks(block * out).enumerate() {
                let images = dy.len() / out;
                let x = &pass.x[number * block * inputs + first..];
                indirect_matmul(
                    Isa::best(),
                    Indirect { data: x, rows: &self.depth[..rows], depth: &self.input_rows[..images] },
                    Columns { data: dy, stride: out, columns: out },
                    Start::Output,
                    Output { data: dweight, rows: &self.weight_rows[..rows] },
                );
            }
        });
    }

    /// `dx = dy W^T`, as `dx^T = W dy^T`: the weights are read as they lie, only the smaller dy and dx are
    /// transposed.
    fn input_gradient(&mut self, pass: &Pass<'_>, dy: &[f32], dx: &mut [f32]) {
        let (isa, threads, images) = (Isa::best(), pass.threads, pass.images);
        let (inputs, out) = (self.inputs, self.features);
        let weight = &pass.params[..self.weight_len()];
        self.dy_transposed.resize(dy.len(), 0.0);
        self.dx_transposed.resize(dx.len(), 0.0);
        let columns = threads.rows_per_task(out, 8 * images);
        threads.for_chunks_indexed(&mut self.dy_transposed, columns * images, |task, part| {
            layout::transpose(isa, dy, out, task * columns, part);
        });
        let dy_transposed = &self.dy_transposed[..];
        let rows = threads.rows_per_task(inputs, images * out);
        let image_rows: Vec<u32> = (0..rows).map(|r| (r * images) as u32).collect();
        threads.for_chunks(&mut self.dx_transposed, rows * images, weight, rows * out, |dx, weight| {
            let rows = dx.len() / images;
            indirect_matmul(
                isa,
                Indirect { data: weight, rows: &self.weight_rows[..rows], depth: &self.depth[..out] },
                Columns { data: dy_transposed, stride: images, columns: images },
                Start::Zero,
                Output { data: dx, rows: &image_rows[..rows] },
            );
        });
        let dx_transposed = &self.dx_transposed[..];
        let rows = threads.rows_per_task(images, 8 * inputs);
        threads.for_chunks_indexed(dx, rows * inputs, |task, part| {
            layout::transpose(isa, dx_transposed, images, task * rows, part);
        });
    }
}

impl Run for Dense {
    /// # Shapes
    /// `x: [N, in]`, `params: [in, out]` and `[out]`, `y: [N, out]`.
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let (inputs, out) = (self.inputs, self.features);
        let (weight, bias) = pass.params.split_at(self.weight_len());
        let start = if bias.is_empty() { Start::Zero } else { Start::Bias(bias) };
        let rows = pass.threads.rows_per_task(pass.images, inputs * out).min(self.input_rows.len());
        pass.threads.for_chunks(y, rows * out, pass.x, rows * inputs, |y, x| {
            let rows = y.len() / out;
            indirect_matmul(
                Isa::best(),
                Indirect { data: x, rows: &self.input_rows[..rows], depth: &self.depth[..inputs] },
                Columns { data: weight, stride: out, columns: out },
                start,
                Output { data: y, rows: &self.output_rows[..rows] },
            );
        });
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, dparams, .. }: Gradients<'_>) {
        let (dweight, dbias) = dparams.split_at_mut(self.weight_len());
        if !dbias.is_empty() {
            self.add_bias_gradient(dy, dbias);
        }
        self.add_weight_gradient(pass, dy, dweight);
        if let Some(dx) = dx {
            self.input_gradient(pass, dy, dx);
        }
    }
}
