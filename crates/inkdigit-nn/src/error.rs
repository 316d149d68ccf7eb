//! What can go wrong while a network is described, restored or trained.

use crate::shape::Shape;

/// The engine's errors. Shapes are checked once, when a graph is built.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A layer can't take what the layer before it gives.
    #[error("layer {layer} ({op}) can't take {found}: {reason}")]
    Layer {
        /// The layer's name.
        layer: String,
        /// Its kind.
        op: &'static str,
        /// The shape it was given.
        found: Shape,
        /// What it needs, and what to change.
        reason: String,
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

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

fn dims(shape: &Shape) -> String {
    shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
