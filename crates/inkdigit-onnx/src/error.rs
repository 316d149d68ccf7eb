//! What can be wrong with an ONNX file, or keep a network from becoming one.
//!
//! A message is a whole sentence by itself: where in the file, what was found, what was expected. [`Error::kind`] is
//! for callers that answer differently to different causes; [`source`](std::error::Error::source) gives the cause as
//! a value, which the message has said already.

use super::element::ElementType;
use inkdigit_nn::Shape;

/// Errors of reading and writing ONNX.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that don't decode as the protobuf message they should be.
    #[error("not {expected}: {reason}; the file is damaged or of another format")]
    NotOnnx {
        /// The message that was expected.
        expected: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// A model without its graph.
    #[error("the model has no graph, expected one with at least one node")]
    NoGraph,
    /// A set of operators newer than what is known here.
    #[error(
        "the model is of opset {found} of domain `{domain}`, expected {expected}; export it for opset 17, say"
    )]
    Opset {
        /// The domain, `ai.onnx` for ONNX's own.
        domain: String,
        /// The version in the file.
        found: i64,
        /// The versions that are known.
        expected: &'static str,
    },
    /// A constant that can't be read.
    #[error("initializer {name}: {source}")]
    Initializer {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: TensorError,
    },
    /// Constants stored without their zeros.
    #[error("initializer {name} is sparse, which isn't supported; store it dense")]
    Sparse {
        /// Its name.
        name: String,
    },
    /// Two definitions of one value.
    #[error("value {value} is defined twice, the second time by {by}; each needs its own name")]
    DefinedTwice {
        /// The value's name.
        value: String,
        /// What defines it again.
        by: String,
    },
    /// A node that reads what nothing before it gives.
    #[error("{node} reads {value}, which no node before it gives: it is missing or the graph has a cycle")]
    UndefinedValue {
        /// The node, or "the graph's output".
        node: String,
        /// The value's name.
        value: String,
    },
    /// A graph with none or several inputs.
    #[error("the graph has {found} inputs that no initializer fills ({names}), expected one: the image")]
    Inputs {
        /// How many there are.
        found: usize,
        /// Their names.
        names: String,
    },
    /// An input of another size or type.
    #[error("input {name} is {found}, expected a tensor of {} numbers for each image, as in [N, {}]", .expected.len(), dims(.expected))]
    Input {
        /// Its name.
        name: String,
        /// Its type and shape as the file says.
        found: String,
        /// What it should be.
        expected: Shape,
    },
    /// No output has the classes' shape.
    #[error("no output gives {expected} numbers for each image; the outputs are {found}")]
    Output {
        /// How many numbers were expected.
        expected: usize,
        /// The outputs with their shapes.
        found: String,
    },
    /// A graph beyond all reason.
    #[error("the graph has {what} {found}, expected at most {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A node that can't be brought into the engine.
    #[error("node {node} ({op}, opset {opset}): {source}")]
    Node {
        /// The node's name, or that of its output.
        node: String,
        /// Its operator, with its domain unless that is ONNX's own.
        op: String,
        /// The version of the operators' set.
        opset: i64,
        /// What is wrong.
        source: Box<Problem>,
    },
    /// A network that a set of operators has no words for.
    #[error("layer {layer} ({op}) can't be written in opset {opset}: {source}")]
    Export {
        /// The layer's name.
        layer: String,
        /// Its kind.
        op: &'static str,
        /// The version asked for.
        opset: i64,
        /// What is missing.
        source: Unwritable,
    },
    /// Metadata with two values under one key, which ONNX doesn't allow.
    #[error("metadata has the key `{key}` twice, expected each key once; leave one of them out")]
    DuplicateMetadata {
        /// The key.
        key: String,
    },
    /// An opset that isn't written.
    #[error("opset {found} isn't written, expected {} to {}", .expected.start(), .expected.end())]
    ExportOpset {
        /// The version asked for.
        found: i64,
        /// The versions that are.
        expected: std::ops::RangeInclusive<i64>,
    },
}

/// What an [`Error`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are damaged or of another format.
    NotOnnx,
    /// The graph contradicts itself.
    Unsound,
    /// It takes or gives something else than was asked for.
    Interface,
    /// It is sound, as far as one can see, and more than is supported here.
    Unsupported,
    /// A network can't be written.
    Export,
}

impl Error {
    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotOnnx { .. } => ErrorKind::NotOnnx,
            Self::NoGraph
            | Self::Initializer { .. }
            | Self::DefinedTwice { .. }
            | Self::UndefinedValue { .. } => ErrorKind::Unsound,
            Self::Inputs { .. } | Self::Input { .. } | Self::Output { .. } => ErrorKind::Interface,
            Self::Opset { .. } | Self::Sparse { .. } | Self::TooLarge { .. } | Self::Node { .. } => {
                ErrorKind::Unsupported
            }
            Self::Export { .. } | Self::DuplicateMetadata { .. } | Self::ExportOpset { .. } => {
                ErrorKind::Export
            }
        }
    }
}

/// Why a layer can't be written.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Unwritable {
    /// Its operator came later.
    #[error("expected opset {since} or newer, which has its operator")]
    Opset {
        /// The first opset that has it.
        since: i64,
    },
    /// Probabilities of what isn't a vector.
    #[error("the network ends in {found}, expected a vector of logits")]
    Logits {
        /// What it ends in.
        found: Shape,
    },
    /// A temperature to divide logits by that makes no sense.
    #[error("the temperature is {found}, expected a number above 0")]
    Temperature {
        /// What it is.
        found: f32,
    },
    /// Integers that aren't those of a byte.
    #[error("its integers go from {low} to {high}, expected the 256 values of a byte around 0")]
    Integers {
        /// The least.
        low: f32,
        /// The greatest.
        high: f32,
    },
}

/// What is wrong with a node.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// An operator that isn't known here.
    #[error("the operator isn't supported")]
    UnknownOperator,
    /// An operator of another domain.
    #[error("operators of domain `{domain}` aren't supported, and the file doesn't define it as a function")]
    UnknownDomain {
        /// The domain.
        domain: String,
    },
    /// An attribute that the operator hasn't got.
    #[error("unknown attribute `{name}`")]
    UnknownAttribute {
        /// Its name.
        name: String,
    },
    /// An attribute of another kind, or with a value that can't be.
    #[error("attribute `{name}` is {found}, expected {expected}")]
    Attribute {
        /// Its name.
        name: String,
        /// What it is.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// An input that is absent.
    #[error("input {index} ({name}) is missing")]
    MissingInput {
        /// Its place among the inputs, from 0.
        index: usize,
        /// What the operator calls it.
        name: &'static str,
    },
    /// An input that must be known before the network runs.
    #[error("input {index} ({name}) depends on the image, expected a constant")]
    NotConstant {
        /// Its place among the inputs, from 0.
        index: usize,
        /// What the operator calls it.
        name: &'static str,
    },
    /// An input of the wrong shape or type.
    #[error("input {index} ({name}) is {found}, expected {expected}")]
    InputKind {
        /// Its place among the inputs, from 0.
        index: usize,
        /// What the operator calls it.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// A computation with the batch's size that is more than carrying it along.
    #[error("it computes with the batch's size, which isn't known before the network runs")]
    BatchArithmetic,
    /// A constant that can't be read.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// The engine can't build such a layer.
    #[error(transparent)]
    Layer(#[from] inkdigit_nn::Error),
    /// Something the operator can do that isn't supported here.
    #[error("{what} isn't supported{}{remedy}", if .remedy.is_empty() { "" } else { "; " })]
    Unsupported {
        /// What it would have to do.
        what: String,
        /// What to do about it, where something helps.
        remedy: &'static str,
    },
}

/// What is wrong with a stored tensor.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TensorError {
    /// A shape with negative dimensions or beyond all reason.
    #[error("its shape is {found:?}, expected dimensions from 0 and at most 2^28 numbers")]
    Shape {
        /// The dimensions.
        found: Vec<i64>,
    },
    /// As many numbers as its shape doesn't say.
    #[error("it holds {found} numbers, expected {expected} for its shape {shape:?}")]
    Length {
        /// The numbers that are there.
        found: usize,
        /// The numbers its shape asks for.
        expected: usize,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Raw bytes that aren't whole numbers of its type.
    #[error("it holds {found} bytes, expected {expected} for its shape {shape:?} of {element}")]
    Bytes {
        /// The bytes that are there.
        found: usize,
        /// The bytes its shape and type ask for.
        expected: usize,
        /// Its shape.
        shape: Vec<usize>,
        /// Its type.
        element: ElementType,
    },
    /// A type of numbers that isn't read.
    #[error("its elements are of ONNX's type {found}, expected a real, integer or truth value")]
    Element {
        /// The number that ONNX gives the type.
        found: i32,
    },
    /// Numbers in a file of their own that can't be had.
    #[error("its numbers lie in the file {location}: {reason}")]
    External {
        /// The file as the model names it.
        location: String,
        /// Why they can't be had.
        reason: String,
    },
}

fn dims(shape: &Shape) -> String {
    shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
