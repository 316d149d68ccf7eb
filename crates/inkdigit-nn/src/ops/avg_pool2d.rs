//! Average pooling: the mean of each window.

use super::extent::{Extent, Padding};
use super::pool::{Described, Mean};
use crate::error::Misfit;
use crate::operation::{OnnxForm, Operation, Run};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

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

impl Operation for AvgPool2d {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["AveragePool"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        self.described().output(input)
    }

    fn start(&self, input: Shape, output: Shape) -> Box<dyn Run> {
        Box::new(Mean::of(self.described().window(input, output)))
    }
}

impl AvgPool2d {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        Described::examples()
            .map(|Described { kernel, stride, padding }| Self { kernel, stride, padding })
            .into()
    }

    fn described(&self) -> Described {
        Described { kernel: self.kernel, stride: self.stride, padding: self.padding }
    }
}
