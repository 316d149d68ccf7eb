//! Maps to one vector in the field's order (channel, row, column), from the engine's channels-last order.

use crate::op::Layer;
use crate::parallel::Threads;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, layout};

/// Flattening of maps; vectors stay as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flatten;

impl Layer for Flatten {
    const NAME: &'static str = "flatten";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        Ok(Shape::Features(input.len()))
    }
}

impl Flatten {
    /// Channels-last maps to channels-first vectors.
    pub(crate) fn forward(self, threads: Threads, input: Shape, x: &[f32], y: &mut [f32]) {
        reorder(threads, input.len(), input.channels(), x, y);
    }

    /// The way back.
    pub(crate) fn backward(self, threads: Threads, input: Shape, dy: &[f32], dx: &mut [f32]) {
        let pixels = input.len() / input.channels().max(1);
        reorder(threads, input.len(), pixels, dy, dx);
    }
}

/// Transposes each sample as a matrix of `columns`.
fn reorder(threads: Threads, len: usize, columns: usize, x: &[f32], y: &mut [f32]) {
    if columns == len || columns == 1 {
        return y.copy_from_slice(x);
    }
    let images = threads.rows_per_task(x.len() / len, 8 * len);
    threads.for_chunks(y, images * len, x, images * len, |y, x| {
        for (y, x) in y.chunks_mut(len).zip(x.chunks(len)) {
            layout::transpose(Isa::best(), x, columns, 0, y);
        }
    });
}
