//! What can go wrong while a network is described, restored or run.
//!
//! A message is a whole sentence by itself: what was found, what was expected. [`Error::kind`] is for callers
//! that answer differently to different causes; [`source`](std::error::Error::source) gives the cause of a
//! layer's error as a value, which the message has said already.

use crate::shape::Shape;

/// The engine's errors. Shapes are checked once, when a graph is built.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A layer can't take what the layer before it gives, or can't be at all.
    #[error("layer {layer} ({op}) can't take {found}: {source}")]
    Layer {
        /// The layer's name.
        layer: String,
        /// Its kind.
        op: &'static str,
        /// The shape it was given.
        found: Shape,
        /// What doesn't fit.
        source: Misfit,
    },
    /// A sum or product of two values of different shapes.
    #[error(
        "layer {layer} ({op}) can't take {left} and {right}: both must have one shape; change the channels, strides or padding on one of the two ways"
    )]
    TwoShapes {
        /// The layer's name.
        layer: String,
        /// Its kind.
        op: &'static str,
        /// The shape on one side.
        left: Shape,
        /// The shape on the other.
        right: Shape,
    },
    /// Two layers of one name.
    #[error("two layers are called {layer}: give each its own name")]
    DuplicateLayer {
        /// The name.
        layer: String,
    },
    /// A layer refers to a value that isn't there (yet).
    #[error(
        "layer {layer} takes value {value}, but only {known} are known: list layers in the order they run"
    )]
    UnknownValue {
        /// The layer's name.
        layer: String,
        /// The value it asks for.
        value: usize,
        /// How many there are.
        known: usize,
    },
    /// A layer, or the input, of an impossible size.
    #[error("{layer} is too large: {found}; expected at most 2^28 numbers a value and 2^32 a parameter")]
    TooLarge {
        /// The layer's name, or "the input".
        layer: String,
        /// Its dimensions.
        found: String,
    },
    /// A graph without layers.
    #[error("a network needs at least one layer")]
    EmptyGraph,
    /// A tensor whose values don't fill its shape.
    #[error("a tensor of shape {shape:?} can't hold {found} values")]
    TensorLength {
        /// The shape asked for.
        shape: Vec<usize>,
        /// The number of values given.
        found: usize,
    },
    /// An input tensor that doesn't fit the graph.
    #[error("the network takes [N, {}] and was given {found:?}", dims(.expected))]
    Input {
        /// One sample as the graph takes it.
        expected: Shape,
        /// The tensor's shape.
        found: Vec<usize>,
    },
    /// More or fewer numbers than the graph has parameters for.
    #[error("the network has {expected} numbers in all its parameters and was given {found}")]
    ParameterCount {
        /// How many it has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A parameter that is missing among those to be restored.
    #[error("parameter {name} is missing: the file belongs to another network")]
    MissingParameter {
        /// The parameter's name.
        name: String,
    },
    /// A parameter of the wrong shape among those to be restored.
    #[error(
        "parameter {name} has shape {found:?}, expected {expected:?}: the file belongs to another network"
    )]
    ParameterShape {
        /// The parameter's name.
        name: String,
        /// The shape the graph needs.
        expected: Vec<usize>,
        /// The shape that was found.
        found: Vec<usize>,
    },
}

/// What an [`Error`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The description of a network.
    Network,
    /// Numbers that were handed in.
    Input,
    /// Parameters to be restored.
    Parameters,
}

impl Error {
    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Layer { .. }
            | Self::TwoShapes { .. }
            | Self::DuplicateLayer { .. }
            | Self::UnknownValue { .. }
            | Self::TooLarge { .. }
            | Self::EmptyGraph => ErrorKind::Network,
            Self::TensorLength { .. } | Self::Input { .. } => ErrorKind::Input,
            Self::ParameterCount { .. } | Self::MissingParameter { .. } | Self::ParameterShape { .. } => {
                ErrorKind::Parameters
            }
        }
    }
}

/// Why an operation can't take an input of some shape, or can't be at all.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// A vector where only maps will do.
    #[error("it works on maps; put it before flatten")]
    NeedsMap,
    /// Maps where only a vector will do.
    #[error("it needs a vector; put flatten or a global pool before it")]
    NeedsVector,
    /// A value without numbers.
    #[error("there are no numbers in it")]
    Empty,
    /// More or fewer values than the operation takes.
    #[error("it takes {expected} {} and was given {found}", if *.expected == 1 { "value" } else { "values" })]
    Inputs {
        /// How many it was given.
        found: usize,
        /// How many it takes.
        expected: usize,
    },
    /// A constant of the operation that makes no sense.
    #[error("{found}, expected {expected}")]
    Constant {
        /// What it is, as in `rate is 1.5`.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A window larger than what it moves over.
    #[error(
        "its {}x{} window doesn't fit into {}x{} (padding included); take a smaller kernel, add padding or pool less before it",
        .kernel[0], .kernel[1], .map[0], .map[1]
    )]
    Window {
        /// The window's height and width.
        kernel: [usize; 2],
        /// The map's height and width, with padding.
        map: [usize; 2],
    },
    /// Padding after which some windows would hold nothing of the map.
    #[error(
        "its padding is up to {} rows and {} columns, expected less than its {}x{} window, or some windows would hold nothing",
        .padding[0], .padding[1], .kernel[0], .kernel[1]
    )]
    Padding {
        /// The most rows and columns on one side.
        padding: [usize; 2],
        /// The window's height and width.
        kernel: [usize; 2],
    },
    /// More numbers than can be addressed.
    #[error("its padded input or its output is too large; take less padding or fewer channels")]
    TooLarge,
}

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

fn dims(shape: &Shape) -> String {
    shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
