//! A border of constants around a map.

use super::extent::{CHECKED, Extent, Padding, map_of, windows};
use crate::error::Misfit;
use crate::operation::{Gradients, OnnxForm, Operation, Pass, Run};
use crate::shape::Shape;
use inkdigit_kernels::layout::{self, Framed, Margins};
use serde::{Deserialize, Serialize};

/// A border around a map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// Pixels on each side; `same` has no meaning without a window.
    pub padding: Padding,
    /// What the border holds.
    #[serde(default)]
    pub value: f32,
}

impl Operation for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn onnx(&self) -> OnnxForm {
        OnnxForm::of(&["Pad"])
    }

    fn output(&self, input: Shape) -> Result<Shape, Misfit> {
        let [channels, height, width] = map_of(input)?;
        if !self.value.is_finite() {
            return Err(Misfit::Constant {
                found: format!("value is {}", self.value),
                expected: "a finite number",
            });
        }
        let pixel = Extent::square(1);
        let (height, width) = windows(height, width, self.margins()?, pixel, pixel)?;
        Ok(Shape::map(channels, height, width))
    }

    fn start(&self, input: Shape, output: Shape) -> Box<dyn Run> {
        let margins = self.margins().expect(CHECKED);
        let [channels, height, width] = map_of(input).expect(CHECKED);
        let frame = Framed { height, width, channels, margins };
        Box::new(Framing { frame, value: self.value, input: input.len(), output: output.len() })
    }
}

impl Pad {
    /// It in each form that computes something else, for [`Op::examples`](crate::Op::examples).
    pub(crate) fn examples() -> Vec<Self> {
        let uneven = Padding::Each { top: 0, left: 2, bottom: 1, right: 1 };
        vec![Self { padding: uneven, value: -0.25 }, Self { padding: Padding::all(2), value: 0.0 }]
    }

    fn margins(&self) -> Result<Margins, Misfit> {
        match self.padding {
            Padding::Same => Err(Misfit::Constant {
                found: "padding is `same`".into(),
                expected: "the pixels of each side: `same` needs a window",
            }),
            Padding::Each { top, left, bottom, right } => Ok(Margins { top, left, bottom, right }),
        }
    }
}

/// A border around maps of one size.
#[derive(Debug)]
struct Framing {
    frame: Framed,
    value: f32,
    /// The numbers of one image without the border.
    input: usize,
    /// And with it.
    output: usize,
}

impl Run for Framing {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        let images = pass.threads.rows_per_task(pass.images, self.output);
        pass.threads.for_chunks(y, images * self.output, pass.x, images * self.input, |y, x| {
            layout::pad(x, self.frame, self.value, y);
        });
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, Gradients { dy, dx, .. }: Gradients<'_>) {
        if let Some(dx) = dx {
            let images = pass.threads.rows_per_task(pass.images, self.output);
            pass.threads.for_chunks(dx, images * self.input, dy, images * self.output, |dx, dy| {
                layout::crop(dy, self.frame, dx);
            });
        }
    }
}
