//! Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167), for maps and for vectors.
//!
//! Training: `y = weight (x - mean) / sqrt(variance + epsilon) + bias` with the batch's own statistics.
//! Inference: with running averages of them.

use crate::op::Layer;
use crate::parallel::{Threads, cut, parts};
use crate::params::{Init, ParamSpec};
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

impl Layer for BatchNorm {
    const NAME: &'static str = "batch_norm";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        if !(self.epsilon > 0.0 && self.epsilon.is_finite() && (0.0..=1.0).contains(&self.momentum)) {
            return Err("epsilon must be above 0 and momentum between 0 and 1".into());
        }
        if input.is_empty() { Err("there is nothing to normalise".into()) } else { Ok(input) }
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
}

/// The batch's statistics, from the forward to the backward pass.
#[derive(Debug, Default)]
pub(crate) struct RunningStatistics {
    mean: Vec<f32>,
    variance: Vec<f32>,
    /// The images that they are taken from: the first so many of the batch.
    hosts: usize,
    /// The rows of these.
    count: usize,
}

impl BatchNorm {
    /// With the statistics of the first `hosts` images of the batch, which are kept in `batch`.
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn forward_training(
        &self,
        threads: Threads,
        batch: &mut RunningStatistics,
        images: usize,
        hosts: usize,
        params: &[f32],
        x: &[f32],
        y: &mut [f32],
    ) {
        let isa = Isa::best();
        let c = params.len() / 4;
        let (weight, bias) = (&params[..c], &params[c..2 * c]);
        let counted = &x[..hosts * (x.len() / images)];
        (batch.hosts, batch.count) = (hosts, counted.len() / c);
        let scale = 1.0 / batch.count as f64;
        let sums = sum_parts(threads, hosts, c, counted, |x, sums| reduce::add_column_sums(isa, x, sums));
        batch.mean = sums.iter().map(|&sum| (sum * scale) as f32).collect();
        let mean = &batch.mean;
        let squares = sum_parts(threads, hosts, c, counted, |x, sums| {
            batch_norm::add_squared_deviations(isa, x, mean, sums)
        });
        batch.variance = squares.iter().map(|&sum| (sum * scale) as f32).collect();

        let factor: Vec<f32> =
            batch.variance.iter().zip(weight).map(|(v, w)| w / (v + self.epsilon).sqrt()).collect();
        let shift: Vec<f32> = factor.iter().zip(mean).zip(bias).map(|((f, m), b)| b - f * m).collect();
        scale_shift(threads, images, x, &factor, &shift, y);
    }

    /// With the running statistics.
    pub(crate) fn forward_inference(
        &self,
        threads: Threads,
        images: usize,
        params: &[f32],
        x: &[f32],
        y: &mut [f32],
    ) {
        let (factor, shift) = self.affine(params);
        scale_shift(threads, images, x, &factor, &shift, y);
    }

    /// What inference comes down to: a factor and a shift for each channel.
    pub(crate) fn affine(&self, params: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let c = params.len() / 4;
        let factor: Vec<f32> =
            (0..c).map(|i| params[i] / (params[3 * c + i] + self.epsilon).sqrt()).collect();
        let shift = (0..c).map(|i| params[c + i] - factor[i] * params[2 * c + i]).collect();
        (factor, shift)
    }

    /// Adds to `dparams` and writes `dx`, from the gradient of the batch-statistics form.
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn backward(
        &self,
        threads: Threads,
        batch: &RunningStatistics,
        images: usize,
        params: &[f32],
        x: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dparams: &mut [f32],
    ) {
        let c = params.len() / 4;
        let weight = &params[..c];
        let (sum_dy, sum_dy_x) = gradient_sums(threads, images, &batch.mean, x, dy);

        let mut from_dy = vec![0.0; c];
        let mut from_x = vec![0.0; c];
        let mut constant = vec![0.0; c];
        let count = batch.count as f64;
        for i in 0..c {
            let inverse = 1.0 / (batch.variance[i] as f64 + self.epsilon as f64).sqrt();
            dparams[i] += (sum_dy_x[i] * inverse) as f32;
            dparams[c + i] += sum_dy[i] as f32;
            // dx = w inv (dy - mean(dy) - xhat mean(dy xhat)) with xhat = (x - mean) inv
            let factor = weight[i] as f64 * inverse;
            let slope = -factor * inverse * inverse * sum_dy_x[i] / count;
            from_dy[i] = factor as f32;
            from_x[i] = slope as f32;
            constant[i] = (-factor * sum_dy[i] / count) as f32;
        }
        if let Some(dx) = dx {
            let len = x.len() / images;
            let rows = threads.rows_per_task(images, 8 * len);
            let (x, guest_x) = x.split_at(batch.hosts * len);
            let (dy, guest_dy) = dy.split_at(batch.hosts * len);
            let (dx, guest_dx) = dx.split_at_mut(batch.hosts * len);
            let tasks =
                x.chunks(rows * len).zip(dy.chunks(rows * len)).zip(dx.chunks_mut(rows * len)).collect();
            threads.for_each(tasks, |((x, dy), dx): ((&[f32], &[f32]), &mut [f32])| {
                batch_norm::combine(Isa::best(), x, dy, &batch.mean, &from_dy, &from_x, &constant, dx);
            });
            // The statistics don't depend on guests.
            from_x.fill(0.0);
            constant.fill(0.0);
            batch_norm::combine(
                Isa::best(),
                guest_x,
                guest_dy,
                &batch.mean,
                &from_dy,
                &from_x,
                &constant,
                guest_dx,
            );
        }
    }

    /// Moves the running statistics toward the batch's; the variance as an unbiased estimate.
    pub(crate) fn update_running(&self, batch: &RunningStatistics, params: &mut [f32]) {
        let c = params.len() / 4;
        let unbiased = batch.count as f32 / (batch.count as f32 - 1.0).max(1.0);
        for i in 0..c {
            let mean = &mut params[2 * c + i];
            *mean += self.momentum * (batch.mean[i] - *mean);
            let variance = &mut params[3 * c + i];
            *variance += self.momentum * (batch.variance[i] * unbiased - *variance);
        }
    }
}

/// Sums over all rows, each part by one thread, the parts added in order.
fn sum_parts(
    threads: Threads,
    images: usize,
    c: usize,
    x: &[f32],
    add: impl Fn(&[f32], &mut [f64]) + Sync,
) -> Vec<f64> {
    let parts = parts(images);
    let mut partial = vec![0.0; parts.len() * c];
    let tasks = cut(x, &parts, x.len() / images).into_iter().zip(partial.chunks_mut(c)).collect();
    threads.for_each(tasks, |(x, sums): (&[f32], &mut [f64])| add(x, sums));
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
pub(super) fn gradient_sums(
    threads: Threads,
    images: usize,
    mean: &[f32],
    x: &[f32],
    dy: &[f32],
) -> (Vec<f64>, Vec<f64>) {
    let (c, parts, len) = (mean.len(), parts(images), x.len() / images);
    let mut partial = vec![0.0; parts.len() * 2 * c];
    let inputs = cut(x, &parts, len).into_iter().zip(cut(dy, &parts, len));
    let tasks = inputs.zip(partial.chunks_mut(2 * c)).collect();
    threads.for_each(tasks, |((x, dy), sums): ((&[f32], &[f32]), &mut [f64])| {
        let (sum, sum_x) = sums.split_at_mut(c);
        batch_norm::add_gradient_sums(Isa::best(), x, dy, mean, sum, sum_x);
    });
    let mut sums = total(&partial, 2 * c);
    let sums_x = sums.split_off(c);
    (sums, sums_x)
}

/// `y = x factor + shift` for each channel.
pub(super) fn scale_shift(
    threads: Threads,
    images: usize,
    x: &[f32],
    factor: &[f32],
    shift: &[f32],
    y: &mut [f32],
) {
    let len = x.len() / images;
    let rows = threads.rows_per_task(images, 4 * len);
    threads.for_chunks(y, rows * len, x, rows * len, |y, x| {
        batch_norm::scale_shift(Isa::best(), x, factor, shift, y);
    });
}
