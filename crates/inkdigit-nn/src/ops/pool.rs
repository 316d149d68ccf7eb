//! What the poolings share: windows that move over maps, and what is made of the numbers under each.

use super::extent::{CHECKED, Extent, Padding, map_of, windows};
use crate::error::Misfit;
use crate::operation::{Gradients, Pass, Run};
use crate::shape::Shape;
use inkdigit_kernels::Isa;
use inkdigit_kernels::pool::{self, Window};

/// The window of a pooling layer, as it is described.
#[derive(Clone, Copy)]
pub(super) struct Described {
    pub(super) kernel: Extent,
    /// The kernel's size where none is given.
    pub(super) stride: Option<Extent>,
    pub(super) padding: Padding,
}

impl Described {
    /// The shape that pooling gives.
    pub(super) fn output(self, input: Shape) -> Result<Shape, Misfit> {
        let [channels, height, width] = map_of(input)?;
        let Self { kernel, stride, padding } = self;
        let stride = stride.unwrap_or(kernel);
        let margins = padding.margins(height, width, kernel, stride);
        let most = [margins.top.max(margins.bottom), margins.left.max(margins.right)];
        if most[0] >= kernel.height.max(1) || most[1] >= kernel.width.max(1) {
            return Err(Misfit::Padding { padding: most, kernel: kernel.array() });
        }
        let (height, width) = windows(height, width, margins, kernel, stride)?;
        Ok(Shape::map(channels, height, width))
    }

    /// The window on maps of one size.
    pub(super) fn window(self, input: Shape, output: Shape) -> Window {
        let [channels, height, width] = map_of(input).expect(CHECKED);
        let [_, out_height, out_width] = map_of(output).expect(CHECKED);
        let stride = self.stride.unwrap_or(self.kernel);
        let margins = self.padding.margins(height, width, self.kernel, stride);
        Window {
            height,
            width,
            channels,
            kernel: self.kernel.array(),
            stride: stride.array(),
            top_left: [margins.top, margins.left],
            output: [out_height, out_width],
        }
    }

    /// Forms worth a test: plain, uneven, overlapping with padding, and `same`.
    pub(super) fn examples() -> [Self; 4] {
        let extent = |height, width| Extent { height, width };
        let uneven = Padding::Each { top: 0, left: 2, bottom: 1, right: 1 };
        [
            (extent(2, 2), None, Padding::default()),
            (extent(2, 3), Some(extent(1, 2)), uneven),
            (extent(3, 3), Some(extent(2, 2)), Padding::all(1)),
            (extent(3, 2), Some(extent(2, 2)), Padding::Same),
        ]
        .map(|(kernel, stride, padding)| Self { kernel, stride, padding })
    }
}

/// The one window over a whole map.
pub(super) fn whole(input: Shape) -> Window {
    let [channels, height, width] = map_of(input).expect(CHECKED);
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

/// What pooling over whole maps gives.
pub(super) fn global(input: Shape) -> Result<Shape, Misfit> {
    map_of(input).map(|[channels, ..]| Shape::Features(channels))
}

/// The numbers of one image before and after.
fn lens(window: &Window) -> (usize, usize) {
    let pixels = |[height, width]: [usize; 2]| height * width * window.channels;
    (pixels([window.height, window.width]), pixels(window.output))
}

/// Max pooling at work.
#[derive(Debug)]
pub(super) struct Largest {
    window: Window,
    /// The pixel that each output of the last training pass came from.
    winners: Vec<u32>,
}

impl Largest {
    pub(super) fn of(window: Window) -> Self {
        Self { window, winners: Vec::new() }
    }
}

impl Run for Largest {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let Self { window, winners } = self;
        let (in_len, out_len) = lens(window);
        let images = pass.threads.rows_per_task(pass.images, 4 * in_len);
        if pass.noise.is_none() {
            winners.clear();
            return pass.threads.for_chunks(y, images * out_len, pass.x, images * in_len, |y, x| {
                pool::max_pool(Isa::best(), window, x, y, &mut []);
            });
        }
        winners.resize(y.len(), 0);
        let outputs = y.chunks_mut(images * out_len).zip(winners.chunks_mut(images * out_len));
        let tasks = pass.x.chunks(images * in_len).zip(outputs).collect();
        pass.threads.for_each(tasks, |(x, (y, winners))| pool::max_pool(Isa::best(), window, x, y, winners));
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, .. }: Gradients<'_>) {
        let Self { window, winners } = self;
        let Some(dx) = dx else { return };
        let (in_len, out_len) = lens(window);
        let images = pass.threads.rows_per_task(pass.images, 4 * in_len);
        let inputs = dy.chunks(images * out_len).zip(winners.chunks(images * out_len));
        let tasks = dx.chunks_mut(images * in_len).zip(inputs).collect();
        pass.threads.for_each(tasks, |(dx, (dy, winners)): (&mut [f32], (&[f32], &[u32]))| {
            pool::max_pool_backward(Isa::best(), window, dy, winners, dx);
        });
    }
}

/// Average pooling at work.
#[derive(Debug)]
pub(super) struct Mean {
    window: Window,
}

impl Mean {
    pub(super) fn of(window: Window) -> Self {
        Self { window }
    }
}

impl Run for Mean {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let (in_len, out_len) = lens(&self.window);
        let images = pass.threads.rows_per_task(pass.images, 4 * in_len);
        pass.threads.for_chunks(y, images * out_len, pass.x, images * in_len, |y, x| {
            pool::average_pool(Isa::best(), &self.window, x, y);
        });
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, .. }: Gradients<'_>) {
        let Some(dx) = dx else { return };
        let (in_len, out_len) = lens(&self.window);
        let images = pass.threads.rows_per_task(pass.images, 4 * in_len);
        pass.threads.for_chunks(dx, images * in_len, dy, images * out_len, |dx, dy| {
            pool::average_pool_backward(Isa::best(), &self.window, dy, dx);
        });
    }
}
