//! Windows that move over maps: kernel, stride and padding from ONNX's attributes.

use super::attributes::{MOST_PIXELS, wrong};
use super::call::Call;
use crate::error::Problem;
use inkdigit_nn::ops::{Extent, Padding};

/// A window that moves over maps, as ONNX's attributes describe it.
pub(super) struct Window {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub(super) pads: [usize; 4],
    /// What `ceil_mode` adds below and on the right.
    pub(super) surplus: [usize; 2],
}

impl Window {
    /// `ceil` lets a last window begin inside the map and end outside.
    pub(super) fn read(
        call: &Call,
        kernel: [usize; 2],
        size: [usize; 2],
        ceil: bool,
    ) -> Result<Self, Problem> {
        let stride = call.attributes.extent("strides")?.unwrap_or([1, 1]);
        let dilation = call.attributes.extent("dilations")?.unwrap_or([1, 1]);
        let reach = [0, 1].map(|axis| (kernel[axis] - 1).saturating_mul(dilation[axis]).saturating_add(1));
        let auto_pad = call.attributes.string("auto_pad")?.unwrap_or("NOTSET");
        let given = call.attributes.ints("pads")?;
        let same = |lower: bool| {
            let both = [0, 1].map(|axis| {
                let outputs = size[axis].div_ceil(stride[axis]).max(1);
                let total = ((outputs - 1).saturating_mul(stride[axis]))
                    .saturating_add(reach[axis])
                    .saturating_sub(size[axis]);
                let less = total / 2;
                if lower { (total - less, less) } else { (less, total - less) }
            });
            [both[0].0, both[1].0, both[0].1, both[1].1]
        };
        let pads = match auto_pad {
            "SAME_UPPER" => same(false),
            "SAME_LOWER" => same(true),
            "VALID" => [0; 4],
            "NOTSET" | "" => match given {
                None => [0; 4],
                Some(&[top, left, bottom, right])
                    if [top, left, bottom, right].iter().all(|pad| (0..=MOST_PIXELS).contains(pad)) =>
                {
                    [top, left, bottom, right].map(|pad| pad as usize)
                }
                Some(other) => {
                    let expected = format!("four numbers from 0 to {MOST_PIXELS}: top, left, bottom, right");
                    return Err(wrong("pads", format_args!("{other:?}"), &expected));
                }
            },
            other => {
                let expected = "NOTSET, SAME_UPPER, SAME_LOWER or VALID";
                return Err(wrong("auto_pad", other, expected));
            }
        };
        let mut surplus = [0, 0];
        if ceil {
            for axis in [0, 1] {
                let (before, after) = (pads[axis], pads[axis + 2]);
                let padded = size[axis].saturating_add(before).saturating_add(after);
                let steps = padded.saturating_sub(reach[axis]).div_ceil(stride[axis]);
                // A window that would begin in the padding after the map isn't there.
                let steps =
                    if steps * stride[axis] >= size[axis] + before { steps.saturating_sub(1) } else { steps };
                surplus[axis] = (steps * stride[axis] + reach[axis]).saturating_sub(padded);
            }
        }
        Ok(Self { kernel, stride, dilation, pads, surplus })
    }

    pub(super) fn padding(&self) -> Padding {
        let [top, left, bottom, right] = self.pads;
        Padding::Each { top, left, bottom: bottom + self.surplus[0], right: right + self.surplus[1] }
    }

    pub(super) fn no_dilation(&self, what: &str) -> Result<(), Problem> {
        if self.dilation == [1, 1] {
            return Ok(());
        }
        Err(Problem::Unsupported { what: format!("{what} with dilations {:?}", self.dilation), remedy: "" })
    }
}

pub(super) fn extent([height, width]: [usize; 2]) -> Extent {
    Extent { height, width }
}
