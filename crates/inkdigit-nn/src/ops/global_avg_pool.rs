//! Pooling over whole maps: the mean of each map.

use super::pool::{Mean, global, whole};
use crate::error::Misfit;
use crate::operation::{OnnxForm, Operation, Run};
use crate::shape::Shape;

/// The mean of each map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalAvgPool;

impl Operation for GlobalAvgPool {
    fn name(&self) -> &'static str {
        "global_avg_pool"
    }

    /// ONNX leaves maps of one pixel, which are flattened.
    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["GlobalAveragePool", "Flatten"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        global(input)
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        Box::new(Mean::of(whole(input)))
    }
}
