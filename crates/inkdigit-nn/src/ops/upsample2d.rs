//! Upsampling of maps to the nearest pixel, by a whole factor.

use super::extent::{CHECKED, map_of};
use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::shape::Shape;
use inkdigit_kernels::Isa;
use inkdigit_kernels::upsample::{Enlarged, upsample, upsample_backward};
use serde::{Deserialize, Serialize};

/// Each pixel becomes a square of `factor x factor` pixels like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsample2d {
    /// How many times as high and as wide the maps become.
    pub factor: usize,
}

impl Operation for Upsample2d {
    fn name(&self) -> &'static str {
        "upsample2d"
    }

    /// `Resize` came with opset 10.
    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Resize", "Upsample"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let [channels, height, width] = map_of(input)?;
        if self.factor == 0 {
            return Err(Misfit::Constant { found: "factor is 0".into(), expected: "at least 1" });
        }
        let size = |size: usize| size.checked_mul(self.factor).ok_or(Misfit::TooLarge);
        Ok(Shape::map(channels, size(height)?, size(width)?))
    }

    fn start(&self, input: Shape, _output: Shape) -> Box<dyn Run> {
        let [channels, height, width] = map_of(input).expect(CHECKED);
        Box::new(Enlarging { maps: Enlarged { height, width, channels, factor: self.factor } })
    }
}

impl Upsample2d {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        [2, 3].map(|factor| Self { factor }).into()
    }
}

/// Upsampling of maps of one size.
#[derive(Debug)]
struct Enlarging {
    maps: Enlarged,
}

impl Enlarging {
    /// The numbers of one image before and after.
    fn lens(&self) -> (usize, usize) {
        let Enlarged { height, width, channels, factor } = self.maps;
        let len = height * width * channels;
        (len, len * factor * factor)
    }
}

impl Run for Enlarging {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let (in_len, out_len) = self.lens();
        let images = pass.threads.rows_per_task(pass.images, out_len);
        pass.threads.for_chunks(y, images * out_len, pass.x, images * in_len, |y, x| {
            upsample(Isa::best(), self.maps, x, y);
        });
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, .. }: Gradients<'_>) {
        let Some(dx) = dx else { return };
        let (in_len, out_len) = self.lens();
        let images = pass.threads.rows_per_task(pass.images, out_len);
        pass.threads.for_chunks(dx, images * in_len, dy, images * out_len, |dx, dy| {
            upsample_backward(Isa::best(), self.maps, dy, dx);
        });
    }
}
