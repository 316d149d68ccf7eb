//! Pooling: the largest value or the mean of windows, or of whole maps.

use super::extent::{Extent, Padding, map_of, windows};
use crate::op::Layer;
use crate::parallel::Threads;
use crate::shape::Shape;
use inkdigit_kernels::Isa;
use inkdigit_kernels::pool::{self, Window};
use serde::{Deserialize, Serialize};

/// The largest value of each window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool2d {
    /// Window size.
    pub kernel: Extent,
    /// Step between two windows; the window's size where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Extent>,
    /// Space around the map, never the maximum.
    #[serde(default)]
    pub padding: Padding,
}

/// The mean of each window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool2d {
    /// Window size.
    pub kernel: Extent,
    /// Step between two windows; the window's size where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Extent>,
    /// Space around the map, not counted in the mean.
    #[serde(default)]
    pub padding: Padding,
}

/// The mean of each map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalAvgPool;

/// The largest value of each map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalMaxPool;

fn pooled(input: Shape, kernel: Extent, stride: Option<Extent>, padding: Padding) -> Result<Shape, String> {
    let (channels, height, width) = map_of(input)?;
    let stride = stride.unwrap_or(kernel);
    let margins = padding.margins(height, width, kernel, stride);
    if margins.top.max(margins.bottom) >= kernel.height.max(1)
        || margins.left.max(margins.right) >= kernel.width.max(1)
    {
        return Err("its padding must be smaller than its window; some windows would hold nothing".into());
    }
    let (height, width) = windows(height, width, margins, kernel, stride)?;
    Ok(Shape::map(channels, height, width))
}

fn global(input: Shape) -> Result<Shape, String> {
    map_of(input).map(|(channels, ..)| Shape::Features(channels))
}

impl Layer for MaxPool2d {
    const NAME: &'static str = "max_pool2d";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        pooled(input, self.kernel, self.stride, self.padding)
    }
}

impl Layer for AvgPool2d {
    const NAME: &'static str = "avg_pool2d";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        pooled(input, self.kernel, self.stride, self.padding)
    }
}

impl Layer for GlobalAvgPool {
    const NAME: &'static str = "global_avg_pool";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        global(input)
    }
}

impl Layer for GlobalMaxPool {
    const NAME: &'static str = "global_max_pool";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        global(input)
    }
}

/// Which of a window's values counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Max,
    Average,
}

/// What a pooling layer keeps between calls.
#[derive(Debug)]
pub(crate) struct PoolState {
    kind: Kind,
    pub(crate) window: Window,
}

impl PoolState {
    pub(crate) fn max(layer: &MaxPool2d, input: Shape, output: Shape) -> Self {
        Self { kind: Kind::Max, window: window(layer.kernel, layer.stride, layer.padding, input, output) }
    }

    pub(crate) fn average(layer: &AvgPool2d, input: Shape, output: Shape) -> Self {
        Self { kind: Kind::Average, window: window(layer.kernel, layer.stride, layer.padding, input, output) }
    }

    pub(crate) fn global_max(input: Shape) -> Self {
        Self { kind: Kind::Max, window: whole(input) }
    }

    pub(crate) fn global_average(input: Shape) -> Self {
        Self { kind: Kind::Average, window: whole(input) }
    }

    /// Whether the backward pass needs to know which pixel won.
    pub(crate) fn has_winners(&self) -> bool {
        self.kind == Kind::Max
    }

    fn lens(&self) -> (usize, usize) {
        let w = &self.window;
        (w.height * w.width * w.channels, w.output[0] * w.output[1] * w.channels)
    }

    /// # Shapes
    /// `x: [N, H, W, C]`, `y: [N, H', W', C]`, `winners` like `y` for the maximum,
    /// or empty where no backward pass follows.
    pub(crate) fn forward(&self, threads: Threads, x: &[f32], y: &mut [f32], winners: &mut [u32]) {
        let (in_len, out_len) = self.lens();
        let images = threads.rows_per_task(x.len() / in_len, 4 * in_len);
        let window = &self.window;
        match self.kind {
            Kind::Max if winners.is_empty() => {
                threads.for_chunks(y, images * out_len, x, images * in_len, |y, x| {
                    pool::max_pool(Isa::best(), window, x, y, &mut []);
                });
            }
            Kind::Max => {
                let outputs = y.chunks_mut(images * out_len).zip(winners.chunks_mut(images * out_len));
                let tasks = x.chunks(images * in_len).zip(outputs).collect();
                threads
                    .for_each(tasks, |(x, (y, winners))| pool::max_pool(Isa::best(), window, x, y, winners));
            }
            Kind::Average => threads.for_chunks(y, images * out_len, x, images * in_len, |y, x| {
                pool::average_pool(Isa::best(), window, x, y);
            }),
        }
    }

    /// Writes `dx`.
    pub(crate) fn backward(&self, threads: Threads, winners: &[u32], dy: &[f32], dx: &mut [f32]) {
        let (in_len, out_len) = self.lens();
        let images = threads.rows_per_task(dx.len() / in_len, 4 * in_len);
        let window = &self.window;
        match self.kind {
            Kind::Max => {
                let inputs = dy.chunks(images * out_len).zip(winners.chunks(images * out_len));
                let tasks = dx.chunks_mut(images * in_len).zip(inputs).collect();
                threads.for_each(tasks, |(dx, (dy, winners)): (&mut [f32], (&[f32], &[u32]))| {
                    pool::max_pool_backward(Isa::best(), window, dy, winners, dx);
                });
            }
            Kind::Average => threads.for_chunks(dx, images * in_len, dy, images * out_len, |dx, dy| {
                pool::average_pool_backward(Isa::best(), window, dy, dx);
            }),
        }
    }
}

fn window(kernel: Extent, stride: Option<Extent>, padding: Padding, input: Shape, output: Shape) -> Window {
    let (Shape::Map { channels, height, width }, Shape::Map { height: out_height, width: out_width, .. }) =
        (input, output)
    else {
        unreachable!("the graph checked that pooling gets a map")
    };
    let stride = stride.unwrap_or(kernel);
    let margins = padding.margins(height, width, kernel, stride);
    Window {
        height,
        width,
        channels,
        kernel: kernel.array(),
        stride: stride.array(),
        top_left: [margins.top, margins.left],
        output: [out_height, out_width],
    }
}

fn whole(input: Shape) -> Window {
    let Shape::Map { channels, height, width } = input else {
        unreachable!("the graph checked that pooling gets a map")
    };
    Window {
        height,
        width,
        channels,
        kernel: [height, width],
        stride: [height, width],
        top_left: [0, 0],
        output: [1, 1],
    }
}
