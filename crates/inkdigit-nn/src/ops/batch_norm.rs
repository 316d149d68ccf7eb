//! Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167), for maps and for vectors.
//!
//! Training: `y = weight (x - mean) / sqrt(variance + epsilon) + bias` with the batch's own statistics.
//! Inference: with running averages of them.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::parallel::{cut, parts};
use crate::param_spec::{Init, ParamSpec};
use crate::shape::Shape;
use inkdigit_kernels::{Isa, batch_norm, reduce};
use serde::{Deserialize, Serialize};

/// Batch normalisation for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// Share of the new batch in the running averages (PyTorch's convention).
    pub momentum: f32,
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self { epsilon: 1e-5, momentum: 0.1 }
    }
}

impl Operation for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["BatchNormalization"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let Self { epsilon, momentum } = *self;
        if !(epsilon > 0.0 && epsilon.is_finite() && (0.0..=1.0).contains(&momentum)) {
            let found = format!("epsilon is {epsilon} and momentum {momentum}");
            return Err(Misfit::Constant { found, expected: "epsilon above 0 and momentum from 0 to 1" });
        }
        if input.is_empty() { Err(Misfit::Empty) } else { Ok(input) }
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        let spec = |name, init, trainable| ParamSpec { name, shape: vec![input.channels()], init, trainable };
        vec![
            spec("weight", Init::Ones, true),
            spec("bias", Init::Zeros, true),
            spec("running_mean", Init::Zeros, false),
            spec("running_var", Init::Ones, false),
        ]
    }

    fn start(&self, _input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Normalising { layer: *self, batch: Statistics::default() })
    }
}

impl BatchNorm {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        vec![Self::default(), Self { epsilon: 1e-3, momentum: 0.25 }]
    }

    /// What inference comes down to: a factor and a shift for each channel.
    pub(crate) fn affine(&self, params: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let c = params.len() / 4;
        let factor: Vec<f32> =
            (0..c).map(|i| params[i] / (params[3 * c + i] + self.epsilon).sqrt()).collect();
        let shift = (0..c).map(|i| params[c + i] - factor[i] * params[2 * c + i]).collect();
        (factor, shift)
    }
}

/// Batch normalisation at work.
#[derive(Debug)]
struct Normalising {
    layer: BatchNorm,
    /// Those of the last training pass.
    batch: Statistics,
}

/// Mean and variance of a batch for each channel.
#[derive(Debug, Default)]
struct Statistics {
    mean: Vec<f32>,
    variance: Vec<f32>,
    /// The rows that they are taken from.
    count: usize,
}

impl Statistics {
    /// Those of the first [`Pass::counted`] images, of `c` channels.
    fn of(pass: &Pass<'_>, c: usize) -> Self {
        let isa = Isa::best();
        let counted = &pass.x[..pass.counted * (pass.x.len() / pass.images)];
        let count = counted.len() / c;
        let scale = 1.0 / count as f64;
        let sums = sum_parts(pass, c, counted, |x, sums| reduce::add_column_sums(isa, x, sums));
        let mean: Vec<f32> = sums.iter().map(|&sum| (sum * scale) as f32).collect();
        let squares =
            sum_parts(pass, c, counted, |x, sums| batch_norm::add_squared_deviations(isa, x, &mean, sums));
        let variance = squares.iter().map(|&sum| (sum * scale) as f32).collect();
        Self { mean, variance, count }
    }
}

impl Run for Normalising {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let (factor, shift) = match pass.noise {
            None => self.layer.affine(pass.params),
            Some(_) => {
                let c = pass.params.len() / 4;
                let (weight, bias) = (&pass.params[..c], &pass.params[c..2 * c]);
                self.batch = Statistics::of(pass, c);
                let Statistics { mean, variance, .. } = &self.batch;
                let factor: Vec<f32> =
                    variance.iter().zip(weight).map(|(v, w)| w / (v + self.layer.epsilon).sqrt()).collect();
                let shift = factor.iter().zip(mean).zip(bias).map(|((f, m), b)| b - f * m).collect();
                (factor, shift)
            }
        };
        scale_shift(pass, pass.x, &factor, &shift, y);
    }

    #[cfg(feature = "training")]
    /// From the form with the batch's own statistics.
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, dparams, .. }: Gradients<'_>) {
        let c = pass.params.len() / 4;
        let weight = &pass.params[..c];
        let (sum_dy, sum_dy_x) = gradient_sums(pass, &self.batch.mean, dy);
        let mut slopes = Slopes { dy: vec![0.0; c], x: vec![0.0; c], constant: vec![0.0; c] };
        let count = self.batch.count as f64;
        for i in 0..c {
            let inverse = 1.0 / (self.batch.variance[i] as f64 + self.layer.epsilon as f64).sqrt();
            dparams[i] += (sum_dy_x[i] * inverse) as f32;
            dparams[c + i] += sum_dy[i] as f32;
            // dx = w inv (dy - mean(dy) - xhat mean(dy xhat)) with xhat = (x - mean) inv
            let factor = weight[i] as f64 * inverse;
            slopes.dy[i] = factor as f32;
            slopes.x[i] = (-factor * inverse * inverse * sum_dy_x[i] / count) as f32;
            slopes.constant[i] = (-factor * sum_dy[i] / count) as f32;
        }
        if let Some(dx) = dx {
            slopes.combine(pass, &self.batch.mean, dy, dx);
        }
    }

    #[cfg(feature = "training")]
    /// The variance as an unbiased estimate.
    fn update_running_statistics(&self, params: &mut [f32]) {
        let Statistics { mean: batch_mean, variance: batch_variance, count } = &self.batch;
        let c = params.len() / 4;
        let unbiased = *count as f32 / (*count as f32 - 1.0).max(1.0);
        for i in 0..c {
            let mean = &mut params[2 * c + i];
            *mean += self.layer.momentum * (batch_mean[i] - *mean);
            let variance = &mut params[3 * c + i];
            *variance += self.layer.momentum * (batch_variance[i] * unbiased - *variance);
        }
    }
}

/// `dx = dy slope + (x - mean) slope + constant`, each for its channel.
struct Slopes {
    dy: Vec<f32>,
    x: Vec<f32>,
    constant: Vec<f32>,
}

impl Slopes {
    fn combine(mut self, pass: &Pass<'_>, mean: &[f32], dy: &[f32], dx: &mut [f32]) {
        let len = pass.x.len() / pass.images;
        let rows = pass.threads.rows_per_task(pass.images, 8 * len);
        let (x, excluded_x) = pass.x.split_at(pass.counted * len);
        let (dy, excluded_dy) = dy.split_at(pass.counted * len);
        let (dx, excluded_dx) = dx.split_at_mut(pass.counted * len);
        let run = |slopes: &Self, x: &[f32], dy: &[f32], dx: &mut [f32]| {
            let Self { dy: from_dy, x: from_x, constant } = slopes;
            batch_norm::combine(Isa::best(), x, dy, mean, from_dy, from_x, constant, dx);
        };
        let tasks = x.chunks(rows * len).zip(dy.chunks(rows * len)).zip(dx.chunks_mut(rows * len)).collect();
        pass.threads.for_each(tasks, |((x, dy), dx): ((&[f32], &[f32]), &mut [f32])| run(&self, x, dy, dx));
        // The statistics don't depend on images that they don't count.
        self.x.fill(0.0);
        self.constant.fill(0.0);
        run(&self, excluded_x, excluded_dy, excluded_dx);
    }
}

/// Sums over all rows of the counted images, each part by one thread, the parts added in order.
fn sum_parts(
    pass: &Pass<'_>,
    c: usize,
    counted: &[f32],
    add: impl Fn(&[f32], &mut [f64]) + Sync,
) -> Vec<f64> {
    let parts = parts(pass.counted);
    let mut partial = vec![0.0; parts.len() * c];
    let len = counted.len() / pass.counted;
    let tasks = cut(counted, &parts, len).into_iter().zip(partial.chunks_mut(c)).collect();
    pass.threads.for_each(tasks, |(x, sums): (&[f32], &mut [f64])| add(x, sums));
    total(&partial, c)
}

/// Adds up rows of `c` sums, in order.
fn total(partial: &[f64], c: usize) -> Vec<f64> {
    let mut total = vec![0.0; c];
    for part in partial.chunks(c) {
        total.iter_mut().zip(part).for_each(|(total, &part)| *total += part);
    }
    total
}

/// The sums of `dy` and of `dy (x - mean)` for each channel, each part by one thread, the parts added in order.
pub(super) fn gradient_sums(pass: &Pass<'_>, mean: &[f32], dy: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let (c, parts, len) = (mean.len(), parts(pass.images), pass.x.len() / pass.images);
    let mut partial = vec![0.0; parts.len() * 2 * c];
    let inputs = cut(pass.x, &parts, len).into_iter().zip(cut(dy, &parts, len));
    let tasks = inputs.zip(partial.chunks_mut(2 * c)).collect();
    pass.threads.for_each(tasks, |((x, dy), sums): ((&[f32], &[f32]), &mut [f64])| {
        let (sum, sum_x) = sums.split_at_mut(c);
        batch_norm::add_gradient_sums(Isa::best(), x, dy, mean, sum, sum_x);
    });
    let mut sums = total(&partial, 2 * c);
    let sums_x = sums.split_off(c);
    (sums, sums_x)
}

/// `y = x factor + shift` for each channel.
pub(super) fn scale_shift(pass: &Pass<'_>, x: &[f32], factor: &[f32], shift: &[f32], y: &mut [f32]) {
    let len = x.len() / pass.images;
    let rows = pass.threads.rows_per_task(pass.images, 4 * len);
    pass.threads.for_chunks(y, rows * len, x, rows * len, |y, x| {
        batch_norm::scale_shift(Isa::best(), x, factor, shift, y);
    });
}
