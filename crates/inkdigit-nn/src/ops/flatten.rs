//! Maps to one vector in the field's order (channel, row, column), from the engine's channels-last order.

use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::parallel::Threads;
use crate::shape::Shape;
use inkdigit_kernels::{Isa, layout};

/// Flattening of maps; vectors stay as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flatten;

impl Operation for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Flatten"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        Ok(Shape::Features(input.len()))
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Reordering { input })
    }
}

/// Flattening of one shape.
#[derive(Debug)]
struct Reordering {
    input: Shape,
}

impl Run for Reordering {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        reorder(pass.threads, self.input.len(), self.input.channels(), pass.x, y);
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, .. }: Gradients<'_>) {
        if let Some(dx) = dx {
            let pixels = self.input.len() / self.input.channels().max(1);
            reorder(pass.threads, self.input.len(), pixels, dy, dx);
        }
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
