//! Sizes and paddings of windows, as people write them.

use crate::error::Misfit;
use crate::shape::Shape;
use inkdigit_kernels::layout::Margins;
use serde::{Deserialize, Serialize};

/// Height and width of a window or of its step; written as one number where they are equal, else `[h, w]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ExtentForm", into = "ExtentForm")]
pub struct Extent {
    /// Down.
    pub height: usize,
    /// Across.
    pub width: usize,
}

impl Extent {
    /// The same in both directions.
    pub const fn square(size: usize) -> Self {
        Self { height: size, width: size }
    }

    /// `[height, width]`.
    pub const fn array(self) -> [usize; 2] {
        [self.height, self.width]
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected one number or [height, width]")]
enum ExtentForm {
    Square(usize),
    Each([usize; 2]),
}

impl From<ExtentForm> for Extent {
    fn from(form: ExtentForm) -> Self {
        match form {
            ExtentForm::Square(size) => Self::square(size),
            ExtentForm::Each([height, width]) => Self { height, width },
        }
    }
}

impl From<Extent> for ExtentForm {
    fn from(extent: Extent) -> Self {
        if extent.height == extent.width {
            Self::Square(extent.height)
        } else {
            Self::Each([extent.height, extent.width])
        }
    }
}

/// Zeros around a map: `same`, one number for all sides, or `[top, left, bottom, right]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PaddingForm", into = "PaddingForm")]
pub enum Padding {
    /// As much as gives `ceil(input / stride)` outputs, the odd one below and on the right (ONNX's
    /// `SAME_UPPER`).
    Same,
    /// Pixels on each side.
    Each {
        /// Rows above.
        top: usize,
        /// Columns before.
        left: usize,
        /// Rows below.
        bottom: usize,
        /// Columns after.
        right: usize,
    },
}

impl Default for Padding {
    fn default() -> Self {
        Self::all(0)
    }
}

impl Padding {
    /// The same on all four sides.
    pub const fn all(size: usize) -> Self {
        Self::Each { top: size, left: size, bottom: size, right: size }
    }

    /// Pixels above, to the left, below and to the right of an input of `[height, width]`.
    pub fn sides(self, [height, width]: [usize; 2], kernel: Extent, stride: Extent) -> [usize; 4] {
        let margins = self.margins(height, width, kernel, stride);
        [margins.top, margins.left, margins.bottom, margins.right]
    }

    pub(super) fn margins(self, height: usize, width: usize, kernel: Extent, stride: Extent) -> Margins {
        match self {
            Self::Each { top, left, bottom, right } => Margins { top, left, bottom, right },
            Self::Same => {
                let both = |size: usize, kernel: usize, stride: usize| {
                    let stride = stride.max(1);
                    let total = (size.div_ceil(stride).max(1) - 1) * stride;
                    let total = total.saturating_add(kernel);
                    let space = total.saturating_sub(size);
                    (space / 2, space - space / 2)
                };
                let (top, bottom) = both(height, kernel.height, stride.height);
                let (left, right) = both(width, kernel.width, stride.width);
                Margins { top, left, bottom, right }
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected one number, [top, left, bottom, right] or `same`")]
enum PaddingForm {
    All(usize),
    Each([usize; 4]),
    Same(SameWord),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SameWord {
    Same,
}

impl From<PaddingForm> for Padding {
    fn from(form: PaddingForm) -> Self {
        match form {
            PaddingForm::Same(_) => Self::Same,
            PaddingForm::All(size) => Self::all(size),
            PaddingForm::Each([top, left, bottom, right]) => Self::Each { top, left, bottom, right },
        }
    }
}

impl From<Padding> for PaddingForm {
    fn from(padding: Padding) -> Self {
        match padding {
            Padding::Same => Self::Same(SameWord::Same),
            Padding::Each { top, left, bottom, right } if [left, bottom, right] == [top; 3] => Self::All(top),
            Padding::Each { top, left, bottom, right } => Self::Each([top, left, bottom, right]),
        }
    }
}

/// The largest kernel, stride or padding: far beyond any use, and small enough that sums can't overflow.
const MOST: usize = 4096;

/// How many windows fit along each axis, or why none does.
pub(super) fn windows(
    height: usize,
    width: usize,
    margins: Margins,
    kernel: Extent,
    stride: Extent,
) -> Result<(usize, usize), Misfit> {
    if kernel.array().contains(&0) || stride.array().contains(&0) {
        let [kernel, stride] = [kernel, stride].map(|size| format!("{}x{}", size.height, size.width));
        let found = format!("kernel is {kernel} and stride {stride}");
        return Err(Misfit::Constant { found, expected: "at least 1 along each axis" });
    }
    let sides = [margins.top, margins.left, margins.bottom, margins.right];
    let sizes = sides.into_iter().chain(kernel.array()).chain(stride.array());
    if let Some(largest) = sizes.max().filter(|&largest| largest > MOST) {
        let found = format!("kernel, stride or padding is {largest}");
        return Err(Misfit::Constant { found, expected: "at most 4096" });
    }
    let (height, width) = margins.around(height, width);
    if kernel.height > height || kernel.width > width {
        return Err(Misfit::Window { kernel: kernel.array(), map: [height, width] });
    }
    Ok(((height - kernel.height) / stride.height + 1, (width - kernel.width) / stride.width + 1))
}

/// Channels, height and width of the map an operation works on, or why there is none.
pub(super) fn map_of(input: Shape) -> Result<[usize; 3], Misfit> {
    match input {
        Shape::Map { .. } if input.is_empty() => Err(Misfit::Empty),
        Shape::Map { channels, height, width } => Ok([channels, height, width]),
        Shape::Features(_) => Err(Misfit::NeedsMap),
    }
}

/// Why an operation that starts may take its shapes for granted.
pub(super) const CHECKED: &str = "shapes are checked when a graph is built";
