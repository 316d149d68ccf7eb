//! A border of constants around a map.

use super::extent::{Extent, Padding, map_of, windows};
use crate::op::Layer;
use crate::parallel::Threads;
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

impl Layer for Pad {
    const NAME: &'static str = "pad";

    fn output(&self, input: Shape) -> Result<Shape, String> {
        let (channels, height, width) = map_of(input)?;
        let Some(margins) = self.margins() else {
            return Err("`same` needs a window; give the pixels of each side".into());
        };
        if !self.value.is_finite() {
            return Err(format!("value is {}, expected a finite number", self.value));
        }
        let pixel = Extent::square(1);
        let (height, width) = windows(height, width, margins, pixel, pixel)?;
        Ok(Shape::map(channels, height, width))
    }
}

impl Pad {
    /// Writes `y`.
    ///
    /// # Shapes
    /// `x: [N, H, W, C]`, `y: [N, top + H + bottom, left + W + right, C]`.
    pub(crate) fn forward(&self, threads: Threads, input: Shape, x: &[f32], y: &mut [f32]) {
        let (framed, [inner, outer]) = self.framed(input);
        let images = threads.rows_per_task(x.len() / inner, outer);
        threads.for_chunks(y, images * outer, x, images * inner, |y, x| {
            layout::pad(x, framed, self.value, y);
        });
    }

    /// Writes `dx`.
    pub(crate) fn backward(&self, threads: Threads, input: Shape, dy: &[f32], dx: &mut [f32]) {
        let (framed, [inner, outer]) = self.framed(input);
        let images = threads.rows_per_task(dx.len() / inner, outer);
        threads.for_chunks(dx, images * inner, dy, images * outer, |dx, dy| layout::crop(dy, framed, dx));
    }

    fn margins(&self) -> Option<Margins> {
        match self.padding {
            Padding::Same => None,
            Padding::Each { top, left, bottom, right } => Some(Margins { top, left, bottom, right }),
        }
    }

    /// The map in its border, and the numbers of one image without and with it.
    fn framed(&self, input: Shape) -> (Framed, [usize; 2]) {
        let (Shape::Map { channels, height, width }, Some(margins)) = (input, self.margins()) else {
            unreachable!("the graph checked that there is a map and a border")
        };
        let (outer_height, outer_width) = margins.around(height, width);
        (Framed { height, width, channels, margins }, [input.len(), outer_height * outer_width * channels])
    }
}
