//! Two-dimensional convolution.
//!
//! - `pooled`: with the max pooling that follows it, in both directions.

mod pooled;

use super::extent::{CHECKED, Extent, Padding, map_of, windows};
use super::linear::{weight_and_bias, yes};
use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::parallel::{Threads, cut, cut_mut, parts};
use crate::param_spec::ParamSpec;
use crate::shape::Shape;
use inkdigit_kernels::conv::{self, ConvShape};
use inkdigit_kernels::conv_joined::JoinedColumns;
use inkdigit_kernels::conv_sparse::Winners;
use inkdigit_kernels::layout::{self, Framed};
use inkdigit_kernels::pool::{self, Window};
use inkdigit_kernels::{Isa, reduce, update};
pub(crate) use pooled::PooledConvolution;
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

fn one() -> Extent {
    Extent::square(1)
}

impl Operation for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Conv"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let [channels, height, width] = map_of(input)?;
        if self.channels == 0 {
            return Err(Misfit::Constant { found: "channels is 0".into(), expected: "at least 1" });
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
            return Err(Misfit::TooLarge);
        }
        Ok(Shape::map(self.channels, out_height, out_width))
    }

    fn params(&self, input: Shape) -> Vec<ParamSpec> {
        weight_and_bias(self.kernel.height * self.kernel.width * input.channels(), self.channels, self.bias)
    }

    fn multiply_adds(&self, input: Shape, output: Shape) -> u64 {
        let taps = self.kernel.height * self.kernel.width * input.channels();
        (taps * output.len()) as u64
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Convolution::new(self, input))
    }
}

impl Conv2d {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        let extent = |height, width| Extent { height, width };
        let uneven = Padding::Each { top: 0, left: 2, bottom: 1, right: 1 };
        [
            (5, extent(3, 3), extent(1, 1), Padding::default(), true),
            (5, extent(4, 2), extent(2, 1), uneven, false),
            (17, extent(5, 5), extent(1, 1), Padding::Same, false),
            (4, extent(3, 2), extent(2, 3), Padding::Same, true),
            (33, extent(1, 1), extent(1, 1), Padding::default(), true),
        ]
        .map(|(channels, kernel, stride, padding, bias)| Self { channels, kernel, stride, padding, bias })
        .into()
    }
}

/// A convolution at work.
#[derive(Debug)]
struct Convolution {
    channels: usize,
    kernel: conv::Conv2d,
    joined: Option<Box<Joined>>,
    frame: Framed,
    /// The weights as the input's gradient reads them.
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

/// The max pooling of a forward pass.
struct Pooling<'a> {
    window: &'a Window,
    /// Where each output came from; empty where no backward pass follows.
    winners: &'a mut [u32],
}

impl Convolution {
    fn new(layer: &Conv2d, input: Shape) -> Self {
        let [in_channels, height, width] = map_of(input).expect(CHECKED);
        let margins = layer.padding.margins(height, width, layer.kernel, layer.stride);
        let frame = Framed { height, width, channels: in_channels, margins };
        let (height, width) = margins.around(height, width);
        let shape = ConvShape {
            height,
            width,
            in_channels,
            out_channels: layer.channels,
            kernel: layer.kernel.array(),
            stride: layer.stride.array(),
        };
        let joined = JoinedColumns::new(Isa::best(), shape)
            .map(|columns| Box::new(Joined { columns, weight: Vec::new(), bias: Vec::new() }));
        Self {
            channels: layer.channels,
            kernel: conv::Conv2d::new(shape),
            joined,
            frame,
            transposed: Vec::new(),
            scratch: Vec::new(),
        }
    }

    fn weight_len(&self) -> usize {
        self.kernel.shape().taps() * self.channels
    }

    /// The numbers of one input image without its margins.
    fn input_len(&self) -> usize {
        self.frame.height * self.frame.width * self.frame.channels
    }

    /// Writes the output, or with `pooling` the pooled output and its winners.
    ///
    /// # Shapes
    /// `x: [N, H, W, C_in]`, `y: [N, H', W', C_out]` (pooled), `winners` like `y`.
    fn convolve(&mut self, pass: &Pass<'_>, y: &mut [f32], pooling: Option<Pooling<'_>>) {
        let in_len = self.input_len();
        let (weight, bias) = pass.params.split_at(self.weight_len());
        let has_bias = !bias.is_empty();
        let Self { kernel, joined, frame, scratch, .. } = self;
        let (kernel, weight, bias) = match joined {
            Some(joined) => {
                joined.columns.expand(weight, bias, &mut joined.weight, &mut joined.bias);
                (joined.columns.conv(), &joined.weight[..], &joined.bias[..])
            }
            None => (&*kernel, weight, bias),
        };
        let (window, winners) = match pooling {
            None => (None, Default::default()),
            Some(Pooling { window, winners }) => (Some(window), winners),
        };
        let block = ForwardBlock { kernel, weight, bias: has_bias.then_some(bias), frame: *frame, window };

        if pass.images == 1 && block.window.is_none() && pass.threads.several() {
            scratch.resize_with(scratch.len().max(1), Scratch::default);
            return block.run_rows(pass.threads, pass.x, y, &mut scratch[0]);
        }
        let (images, out_len) = (pass.images, y.len() / pass.images.max(1));
        let per_task = pass.threads.rows_per_task(images, kernel.shape().positions() * weight.len());
        let parts: Vec<_> = (0..images).step_by(per_task).map(|i| i..(i + per_task).min(images)).collect();
        scratch.resize_with(scratch.len().max(parts.len()), Scratch::default);
        let winners = if winners.is_empty() { Vec::new() } else { cut_mut(winners, &parts, out_len) };
        let mut winners = winners.into_iter();
        let tasks: Vec<_> = cut(pass.x, &parts, in_len)
            .into_iter()
            .zip(cut_mut(y, &parts, out_len))
            .zip(scratch.iter_mut())
            .map(|((x, y), scratch)| (x, y, winners.next().unwrap_or_default(), scratch))
            .collect();
        pass.threads.for_each(tasks, |(x, y, winners, scratch)| {
            let images = block_images(kernel.shape());
            for (b, (x, y)) in x.chunks(images * in_len).zip(y.chunks_mut(images * out_len)).enumerate() {
                let none = winners.is_empty();
                let range = if none { 0..0 } else { b * images * out_len..b * images * out_len + y.len() };
                block.run(x, y, &mut winners[range], scratch);
            }
        });
    }

    /// Adds to `dparams`, and writes `dx` where it is required. `winners` are those of the pooling that `dy`
    /// comes through, none without.
    ///
    /// # Shapes
    /// As [`Convolution::convolve`].
    fn differentiate(&mut self, pass: &Pass<'_>, gradients: Gradients<'_>, winners: Option<&[u32]>) {
        let isa = Isa::best();
        let Gradients { dy, dx, dparams, .. } = gradients;
        let in_len = self.input_len();
        let weight = &pass.params[..self.weight_len()];
        let has_bias = pass.params.len() > weight.len();
        let out_len = dy.len() / pass.images.max(1);
        let Self { channels, kernel, frame, transposed, scratch, .. } = self;
        if dx.is_some() {
            transposed.resize(weight.len(), 0.0);
            layout::transpose(isa, weight, *channels, 0, transposed);
        }
        let block = BackwardBlock { kernel, transposed, frame: *frame };

        let parts = parts(pass.images);
        scratch.resize_with(scratch.len().max(parts.len()), Scratch::default);
        let mut dx = dx.map(|dx| cut_mut(dx, &parts, in_len)).unwrap_or_default().into_iter();
        let mut cut_winners =
            winners.map(|winners| cut(winners, &parts, out_len)).unwrap_or_default().into_iter();
        let tasks: Vec<_> = cut(pass.x, &parts, in_len)
            .into_iter()
            .zip(cut(dy, &parts, out_len))
            .zip(scratch.iter_mut())
            .map(|((x, dy), scratch)| (x, dy, cut_winners.next(), dx.next(), scratch))
            .collect();
        pass.threads.for_each(tasks, |(x, dy, winners, mut dx, scratch)| {
            scratch.dweight.clear();
            scratch.dweight.resize(weight.len(), 0.0);
            scratch.dbias.clear();
            scratch.dbias.resize(if has_bias { block.kernel.shape().out_channels } else { 0 }, 0.0);
            reduce::add_column_sums(isa, dy, &mut scratch.dbias);
            let sparse = winners.is_some();
            let images = if sparse { kernel.sparse_block() } else { block_images(kernel.shape()) };
            for (b, (x, dy)) in x.chunks(images * in_len).zip(dy.chunks(images * out_len)).enumerate() {
                let winners = winners.map(|winners| &winners[b * images * out_len..][..dy.len()]);
                let dx = dx.as_deref_mut().map(|dx| &mut dx[b * images * in_len..][..x.len()]);
                block.run(x, dy, winners, dx, scratch);
            }
        });
        add_up(&mut scratch[..parts.len()], kernel.shape(), winners.is_some(), dparams);
    }
}

impl Run for Convolution {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        self.convolve(pass, y, None);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, gradients: Gradients<'_>) {
        self.differentiate(pass, gradients, None);
    }
}

/// What one block of images needs in the forward pass.
struct ForwardBlock<'a> {
    kernel: &'a conv::Conv2d,
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    frame: Framed,
    window: Option<&'a Window>,
}

impl ForwardBlock<'_> {
    fn run(&self, x: &[f32], y: &mut [f32], winners: &mut [u32], scratch: &mut Scratch) {
        let isa = Isa::best();
        let x = padded(self.frame, x, &mut scratch.padded);
        let Some(window) = self.window else {
            return self.kernel.forward(isa, x, self.weight, self.bias, y);
        };
        let shape = self.kernel.shape();
        let full_len = x.len() / shape.input_len() * shape.output_len();
        scratch.full.resize(scratch.full.len().max(full_len), 0.0);
        let full = &mut scratch.full[..full_len];
        self.kernel.forward(isa, x, self.weight, self.bias, full);
        pool::max_pool(isa, window, full, y, winners);
    }
}

impl ForwardBlock<'_> {
    /// One image, its rows split among threads.
    fn run_rows(&self, threads: Threads, x: &[f32], y: &mut [f32], scratch: &mut Scratch) {
        let (isa, shape) = (Isa::best(), self.kernel.shape());
        let x = padded(self.frame, x, &mut scratch.padded);
        let [height, _] = shape.output();
        let row = shape.output_len() / height;
        let rows = threads.rows_per_task(height, row * shape.taps());
        threads.for_chunks_indexed(y, rows * row, |task, y| {
            let first = task * rows;
            self.kernel.forward_rows(isa, x, self.weight, self.bias, first..first + y.len() / row, y);
        });
    }
}

/// What one block of images needs in the backward pass.
struct BackwardBlock<'a> {
    kernel: &'a conv::Conv2d,
    transposed: &'a [f32],
    frame: Framed,
}

impl BackwardBlock<'_> {
    fn run(
        &self,
        x: &[f32],
        dy: &[f32],
        winners: Option<&[u32]>,
        dx: Option<&mut [f32]>,
        scratch: &mut Scratch,
    ) {
        let (isa, kernel, frame) = (Isa::best(), self.kernel, self.frame);
        let images = x.len() / (frame.height * frame.width * frame.channels);
        let x = padded(frame, x, &mut scratch.padded);
        match winners {
            Some(winners) => {
                kernel.gather_winners(images, dy, winners, &mut scratch.winners);
                kernel.add_sparse_weight_gradient(isa, x, &scratch.winners, &mut scratch.dweight);
            }
            None => kernel.add_weight_gradient(isa, x, dy, &mut scratch.dweight),
        }
        let Some(dx) = dx else { return };
        let list = &scratch.winners;
        let add_input_gradient = |dx: &mut [f32]| match winners {
            Some(_) => kernel.add_sparse_input_gradient(isa, list, self.transposed, dx),
            None => kernel.add_input_gradient(isa, dy, self.transposed, dx),
        };
        if frame.margins.is_zero() {
            dx.fill(0.0);
            add_input_gradient(dx);
        } else {
            scratch.dpadded.clear();
            scratch.dpadded.resize(x.len(), 0.0);
            add_input_gradient(&mut scratch.dpadded);
            layout::crop(&scratch.dpadded, frame, dx);
        }
    }
}

/// Adds the parts' sums to the parameters' gradient, in order. Under pooling they lie transposed.
fn add_up(parts: &mut [Scratch], shape: &ConvShape, transposed: bool, dparams: &mut [f32]) {
    let isa = Isa::best();
    let (first, rest) = parts.split_first_mut().expect("a batch has at least one part");
    let (dweight, dbias) = dparams.split_at_mut(first.dweight.len());
    for scratch in rest {
        update::add(isa, &mut first.dweight, &scratch.dweight);
    }
    if transposed {
        first.full.resize(first.full.len().max(dweight.len()), 0.0);
        let back = &mut first.full[..dweight.len()];
        layout::transpose(isa, &first.dweight, shape.taps(), 0, back);
        update::add(isa, dweight, back);
    } else {
        update::add(isa, dweight, &first.dweight);
    }
    for scratch in parts {
        dbias.iter_mut().zip(&scratch.dbias).for_each(|(d, &sum)| *d += sum as f32);
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
