//! Pooling over whole maps: the largest value of each map.

use super::pool::{Largest, global, whole};
use crate::error::Misfit;
use crate::operation::{OnnxForm, Operation, Run};
use crate::shape::Shape;

/// The largest value of each map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalMaxPool;

impl Operation for GlobalMaxPool {
    fn name(&self) -> &'static str {
        "global_max_pool"
    }

    /// ONNX leaves maps of one pixel, which are flattened.
    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["GlobalMaxPool", "Flatten"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        global(input)
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Largest::of(whole(input)))
    }
}
