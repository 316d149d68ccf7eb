//! Two-dimensional convolution, alone or with the max pooling that follows it.
//!
//! A convolution whose output goes through max pooling alone never writes that output to memory: each
//! block of images is pooled while it is in cache, in both directions.

use super::extent::{Extent, Padding, map_of, windows};
use super::linear::{weight_and_bias, yes};
use crate::op::Layer;
use crate::parallel::{Threads, cut, cut_mut, parts};
use crate::params::ParamSpec;
use crate::shape::Shape;
use inkdigit_kernels::conv::{self, ConvShape};
use inkdigit_kernels::conv_joined::JoinedColumns;
use inkdigit_kernels::conv_sparse::Winners;
use inkdigit_kernels::layout::{self, Framed};
use inkdigit_kernels::pool::{self, Window};
use inkdigit_kernels::{Isa, reduce, update};
use serde::{Deserialize, Serialize};

/// A two-dimensional convolution (cross-correlation, as everywhere in the field).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Output channels.
    pub channels: usize,
    /// Kernel size.
    pub kernel: Extent,
    /// Step between two outputs.
    #[serde(default = "one")]
    pub stride: Extent,
    /// Zeros around the input.
    #[serde(default)]
    pub padding: Padding,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
}

pub(super) fn one() -> Extent {
    Extent::square(1)
}

impl Layer for Conv2d {
    const NAME: &'static str = "conv2d";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        let (channels, height, width) = map_of(input)?;
        if self.channels == 0 {
            return Err("channels must be at least 1".into());
        }
        let margins = self.padding.margins(height, width, self.kernel, self.stride);
        let (out_height, out_width) = windows(height, width, margins, self.kernel, self.stride)?;
        let (height, width) = margins.around(height, width);
        // The kernel addresses a block of images by 32-bit offsets.
        let fits = |channels: usize, height: usize, width: usize| {
            let block = channels.checked_mul(conv::Conv2d::BLOCK)?.checked_mul(height)?.checked_mul(width)?;
            u32::try_from(block).ok()
        };
        if fits(channels, height, width).is_none() || fits(self.channels, out_height, out_width).is_none() {
            return Err(
                "its padded input or its output is too large; take less padding or fewer channels".into()
            );
        }
        Ok(Shape::map(self.channels, out_height, out_width))
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        weight_and_bias(self.kernel.height * self.kernel.width * input.channels(), self.channels, self.bias)
    }
}

/// What a convolution keeps between calls.
#[derive(Debug)]
pub(crate) struct ConvState {
    kernel: conv::Conv2d,
    joined: Option<Box<Joined>>,
    frame: Framed,
    transposed: Vec<f32>,
    scratch: Vec<Scratch>,
}

/// The form of the forward pass that fills vectors where there are few output channels.
#[derive(Debug)]
struct Joined {
    columns: JoinedColumns,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// One task's buffers.
#[derive(Debug, Default)]
struct Scratch {
    /// Padded input images of one block.
    padded: Vec<f32>,
    /// Output of one block before pooling.
    full: Vec<f32>,
    /// Gradient of the padded input of one block.
    dpadded: Vec<f32>,
    /// This part's sum of the weights' gradient, `[K, C_out]`, under pooling `[C_out, K]`.
    dweight: Vec<f32>,
    /// The output gradient of one block under pooling.
    winners: Winners,
    /// This part's sum of the bias's gradient.
    dbias: Vec<f64>,
}

/// The max pooling a convolution runs into.
#[derive(Clone, Copy)]
pub(crate) struct Pooled<'a> {
    pub(crate) window: &'a Window,
}

impl Conv2d {
    pub(crate) fn state(&self, input: Shape) -> ConvState {
        let Shape::Map { channels, height, width } = input else {
            unreachable!("the graph checked that a convolution gets a map")
        };
        let margins = self.padding.margins(height, width, self.kernel, self.stride);
        let frame = Framed { height, width, channels, margins };
        let (height, width) = margins.around(height, width);
        let shape = ConvShape {
            height,
            width,
            in_channels: channels,
            out_channels: self.channels,
            kernel: self.kernel.array(),
            stride: self.stride.array(),
        };
        let joined = JoinedColumns::new(Isa::best(), shape)
            .map(|columns| Box::new(Joined { columns, weight: Vec::new(), bias: Vec::new() }));
        ConvState {
            kernel: conv::Conv2d::new(shape),
            joined,
            frame,
            transposed: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The output, or with `pooled` the pooled output and its winners.
    ///
    /// # Shapes
    /// `x: [N, H, W, C_in]`, `y: [N, H', W', C_out]` (pooled), `winners` like `y`, or empty where no backward pass follows.
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn forward(
        &self,
        threads: Threads,
        state: &mut ConvState,
        pooled: Option<Pooled>,
        params: &[f32],
        x: &[f32],
        y: &mut [f32],
        winners: &mut [u32],
    ) {
        let isa = Isa::best();
        let (weight, bias) = self.split(params);
        let ConvState { kernel, joined, frame, scratch, .. } = state;
        let (kernel, weight, bias) = match joined {
            Some(joined) => {
                joined.columns.expand(weight, bias, &mut joined.weight, &mut joined.bias);
                (joined.columns.conv(), &joined.weight[..], &joined.bias[..])
            }
            None => (&*kernel, weight, bias),
        };
        let bias = self.bias.then_some(bias);
        let frame = *frame;
        let in_len = frame.height * frame.width * frame.channels;
        let images = x.len() / in_len;
        let out_len = y.len() / images.max(1);
        let per_task = threads.rows_per_task(images, kernel.shape().positions() * weight.len());
        let parts: Vec<_> = (0..images).step_by(per_task).map(|i| i..(i + per_task).min(images)).collect();
        scratch.resize_with(scratch.len().max(parts.len()), Scratch::default);

        let winners = if winners.is_empty() { Vec::new() } else { cut_mut(winners, &parts, out_len) };
        let mut winners = winners.into_iter();
        let tasks: Vec<_> = cut(x, &parts, in_len)
            .into_iter()
            .zip(cut_mut(y, &parts, out_len))
            .zip(scratch.iter_mut())
            .map(|((x, y), scratch)| (x, y, winners.next(), scratch))
            .collect();
        threads.for_each(tasks, |(x, y, mut winners, scratch)| {
            let block = block_images(kernel.shape());
            for (b, (x, y)) in x.chunks(block * in_len).zip(y.chunks_mut(block * out_len)).enumerate() {
                let x = padded(frame, x, &mut scratch.padded);
                let Some(pooled) = pooled else {
                    kernel.forward(isa, x, weight, bias, y);
                    continue;
                };
                let full_len = x.len() / kernel.shape().input_len() * kernel.shape().output_len();
                scratch.full.resize(scratch.full.len().max(full_len), 0.0);
                let full = &mut scratch.full[..full_len];
                kernel.forward(isa, x, weight, bias, full);
                let winners = match &mut winners {
                    Some(winners) => &mut winners[b * block * out_len..][..y.len()],
                    None => &mut [],
                };
                pool::max_pool(isa, pooled.window, full, y, winners);
            }
        });
    }

    /// Adds to `dparams`, and writes `dx` where it is wanted.
    ///
    /// # Shapes
    /// As [`Conv2d::forward`].
    #[allow(clippy::too_many_arguments)] // what a pass takes, each of its own kind
    pub(crate) fn backward(
        &self,
        threads: Threads,
        state: &mut ConvState,
        pooled_winners: Option<&[u32]>,
        params: &[f32],
        x: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dparams: &mut [f32],
    ) {
        let isa = Isa::best();
        let (weight, _) = self.split(params);
        let ConvState { kernel, frame, transposed, scratch, .. } = state;
        let (kernel, frame) = (&*kernel, *frame);
        let in_len = frame.height * frame.width * frame.channels;
        let images = x.len() / in_len;
        let out_len = dy.len() / images.max(1);
        if dx.is_some() {
            transposed.resize(weight.len(), 0.0);
            layout::transpose(isa, weight, self.channels, 0, transposed);
        }
        let transposed = &transposed[..];

        let parts = parts(images);
        scratch.resize_with(scratch.len().max(parts.len()), Scratch::default);
        let mut dx = dx.map(|dx| cut_mut(dx, &parts, in_len)).unwrap_or_default().into_iter();
        let mut winners =
            pooled_winners.map(|winners| cut(winners, &parts, out_len)).unwrap_or_default().into_iter();
        let tasks: Vec<_> = cut(x, &parts, in_len)
            .into_iter()
            .zip(cut(dy, &parts, out_len))
            .zip(scratch.iter_mut())
            .map(|((x, dy), scratch)| (x, dy, winners.next(), dx.next(), scratch))
            .collect();
        threads.for_each(tasks, |(x, dy, winners, mut dx, scratch)| {
            scratch.dweight.clear();
            scratch.dweight.resize(weight.len(), 0.0);
            scratch.dbias.clear();
            scratch.dbias.resize(if self.bias { self.channels } else { 0 }, 0.0);
            reduce::add_column_sums(isa, dy, &mut scratch.dbias);
            let block = if winners.is_some() { kernel.sparse_block() } else { block_images(kernel.shape()) };
            for (b, (x, dy)) in x.chunks(block * in_len).zip(dy.chunks(block * out_len)).enumerate() {
                let images = x.len() / in_len;
                let x = padded(frame, x, &mut scratch.padded);
                let add_weight_gradient = |dweight: &mut [f32], list: &mut Winners| match winners {
                    Some(winners) => {
                        let winners = &winners[b * block * out_len..][..dy.len()];
                        kernel.gather_winners(images, dy, winners, list);
                        kernel.add_sparse_weight_gradient(isa, x, list, dweight);
                    }
                    None => kernel.add_weight_gradient(isa, x, dy, dweight),
                };
                add_weight_gradient(&mut scratch.dweight, &mut scratch.winners);
                let add_input_gradient = |list: &Winners, dx: &mut [f32]| match winners {
                    Some(_) => kernel.add_sparse_input_gradient(isa, list, transposed, dx),
                    None => kernel.add_input_gradient(isa, dy, transposed, dx),
                };
                if let Some(dx) = &mut dx {
                    let dx = &mut dx[b * block * in_len..][..images * in_len];
                    if frame.margins.is_zero() {
                        dx.fill(0.0);
                        add_input_gradient(&scratch.winners, dx);
                    } else {
                        scratch.dpadded.clear();
                        scratch.dpadded.resize(x.len(), 0.0);
                        add_input_gradient(&scratch.winners, &mut scratch.dpadded);
                        layout::crop(&scratch.dpadded, frame, dx);
                    }
                }
            }
        });
        let (dweight, dbias) = dparams.split_at_mut(weight.len());
        let (first, rest) = scratch[..parts.len()].split_first_mut().expect("a batch has at least one part");
        for scratch in rest {
            update::add(isa, &mut first.dweight, &scratch.dweight);
        }
        if pooled_winners.is_some() {
            first.full.resize(first.full.len().max(weight.len()), 0.0);
            let back = &mut first.full[..weight.len()];
            layout::transpose(isa, &first.dweight, kernel.shape().taps(), 0, back);
            update::add(isa, dweight, back);
        } else {
            update::add(isa, dweight, &first.dweight);
        }
        for scratch in &scratch[..parts.len()] {
            dbias.iter_mut().zip(&scratch.dbias).for_each(|(d, &sum)| *d += sum as f32);
        }
    }

    fn split<'a>(&self, params: &'a [f32]) -> (&'a [f32], &'a [f32]) {
        params.split_at(params.len() - if self.bias { self.channels } else { 0 })
    }
}

/// Images of one block: what keeps a block's output within some 256 kB, so in the second-level cache.
fn block_images(shape: &ConvShape) -> usize {
    (65_536 / shape.output_len()).clamp(1, conv::Conv2d::BLOCK)
}

/// The block with its margins; the block itself where it has none.
fn padded<'a>(frame: Framed, x: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
    if frame.margins.is_zero() {
        return x;
    }
    let (height, width) = frame.margins.around(frame.height, frame.width);
    let len = x.len() / (frame.height * frame.width) * height * width;
    buffer.resize(buffer.len().max(len), 0.0);
    layout::pad(x, frame, 0.0, &mut buffer[..len]);
    &buffer[..len]
}
