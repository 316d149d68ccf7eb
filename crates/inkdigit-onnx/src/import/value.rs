//! What an ONNX value is while a file is read: known already, or on its way from the image.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use super::draft::Place;
use crate::array::{Array, Numbers};
use crate::element::ElementType;
use crate::error::Problem;
use crate::imported::Head;

/// A value of the file.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// The same for every image.
    Known(Rc<Known>),
    /// Computed from the image.
    Flow(Flow),
}

impl Value {
    pub(super) fn known(known: Known) -> Self {
        Self::Known(Rc::new(known))
    }
}

/// An integer that is known before the network runs, but for one: how many images there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Int {
    Known(i64),
    /// The batch's size, as `Shape` tells it.
    Batch,
}

impl Int {
    pub(super) fn known(self) -> Result<i64, Problem> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Batch => Err(Problem::BatchArithmetic),
        }
    }
}

/// A constant, or what was worked out from constants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) element: ElementType,
    pub(super) dims: Vec<usize>,
    pub(super) data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Reals(Vec<f32>),
    Ints(Vec<Int>),
}

impl Data {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Reals(reals) => reals.len(),
            Self::Ints(ints) => ints.len(),
        }
    }

    /// The numbers at these places, in their order.
    pub(super) fn gather(&self, places: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::Reals(reals) => Self::Reals(places.map(|i| reals[i]).collect()),
            Self::Ints(ints) => Self::Ints(places.map(|i| ints[i]).collect()),
        }
    }
}

impl From<Array> for Known {
    fn from(array: Array) -> Self {
        let data = match array.numbers {
            Numbers::Reals(reals) => Data::Reals(reals),
            Numbers::Integers(integers) => Data::Ints(integers.into_iter().map(Int::Known).collect()),
        };
        Self { element: array.element, dims: array.dims, data }
    }
}

impl Known {
    pub(super) fn reals(dims: Vec<usize>, reals: Vec<f32>) -> Self {
        Self { element: ElementType::Float, dims, data: Data::Reals(reals) }
    }

    pub(super) fn ints(dims: Vec<usize>, ints: Vec<Int>) -> Self {
        Self { element: ElementType::Int64, dims, data: Data::Ints(ints) }
    }

    pub(super) fn truths(dims: Vec<usize>, truths: Vec<bool>) -> Self {
        let ints = truths.into_iter().map(|truth| Int::Known(truth.into())).collect();
        Self { element: ElementType::Bool, dims, data: Data::Ints(ints) }
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    /// Its numbers as reals.
    pub(super) fn to_reals(&self) -> Result<Vec<f32>, Problem> {
        self.reals_of().map(Cow::into_owned)
    }

    /// Its numbers as reals, where they lie if they are.
    pub(super) fn reals_of(&self) -> Result<Cow<'_, [f32]>, Problem> {
        match &self.data {
            Data::Reals(reals) => Ok(Cow::Borrowed(reals)),
            Data::Ints(ints) => ints.iter().map(|int| Ok(int.known()? as f32)).collect(),
        }
    }

    /// Its numbers as integers; none if they are real.
    pub(super) fn as_ints(&self) -> Option<&[Int]> {
        match &self.data {
            Data::Ints(ints) => Some(ints),
            Data::Reals(_) => None,
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a constant of {} {:?}", self.element, self.dims)
    }
}

/// A dimension of a value that depends on the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dim {
    /// The images.
    Batch,
    /// A dimension within one image's value.
    Size(usize),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch => f.write_str("N"),
            Self::Size(size) => write!(f, "{size}"),
        }
    }
}

/// A part of the formula of GELU that `gelu` reads node by node: a function of the value at [`Flow::place`] that is no layer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `erf(x / sqrt 2)`
    Erf,
    /// `1 + erf(x / sqrt 2)`
    OnePlusErf,
    /// Half of it: the normal distribution function.
    Cdf,
    /// `x (1 + erf(x / sqrt 2))`: here the layer is there, and gives half of it.
    Twice,
}

/// A value that depends on the image: a value of the engine, seen through ONNX's dimensions.
///
/// The engine's values have one canonical order of their numbers, `[C, H, W]`. Reshaping and transposing
/// change nothing but the view; what can't compute with a view says so.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) place: Place,
    /// ONNX's dimensions. Without the batch they multiply out to the numbers of one image's value.
    pub(super) dims: Vec<Dim>,
    /// For each number in the order of `dims` its place in the canonical order; none where they agree.
    pub(super) order: Option<Rc<[u32]>>,
    /// What ONNX takes its elements for.
    pub(super) element: ElementType,
    /// Of values of 8 bits: what was subtracted from ONNX's value to give the engine's.
    pub(super) zero_point: f32,
    /// What ONNX has done to it that the engine doesn't do.
    pub(super) head: Head,
    /// If it is a part of a formula that becomes one layer: which.
    pub(super) part: Option<Part>,
    /// The node that made a vector of it, whose name the layer shall have once there must be one.
    pub(super) flattened_by: Option<String>,
}

impl Flow {
    /// The sizes without the batch, outermost first.
    pub(super) fn sizes(&self) -> Vec<usize> {
        sizes(&self.dims)
    }

    /// The numbers of one image's value.
    pub(super) fn len(&self) -> usize {
        self.sizes().iter().product()
    }

    /// The canonical place of each number.
    pub(super) fn canonical(&self) -> Vec<u32> {
        match &self.order {
            Some(order) => order.to_vec(),
            None => (0..self.len() as u32).collect(),
        }
    }

    /// The same value with other dimensions of the same numbers.
    pub(super) fn with_dims(&self, dims: Vec<Dim>) -> Self {
        debug_assert_eq!(sizes(&dims).iter().product::<usize>(), self.len());
        Self { dims, ..self.clone() }
    }

    /// What a layer made of it: number by number, so that the view stays.
    pub(super) fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    /// Whether its elements are 8-bit integers standing for reals.
    pub(super) fn is_quantised(&self) -> bool {
        self.element.byte_range().is_some()
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.element, shown(&self.dims))
    }
}

/// `[N, 16, 4, 4]`.
pub(super) fn shown(dims: &[Dim]) -> String {
    let dims: Vec<String> = dims.iter().map(ToString::to_string).collect();
    format!("[{}]", dims.join(", "))
}

/// The dimensions without the batch.
pub(super) fn sizes(dims: &[Dim]) -> Vec<usize> {
    dims.iter()
        .filter_map(|dim| match dim {
            Dim::Batch => None,
            Dim::Size(size) => Some(*size),
        })
        .collect()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => write!(f, "{known}"),
            Self::Flow(flow) => write!(f, "{flow}"),
        }
    }
}
