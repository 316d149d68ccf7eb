//! ONNX in and out: networks as other programs write and read them.
//!
//! [`import`] turns a file's bytes into a [`Graph`](inkdigit_nn::Graph) and its
//! [`Params`](inkdigit_nn::Params), the same that training uses; [`export`] writes them. Files of opset 1 to 28
//! are read, 7 to 21 written. The format is
//! [described by its authors](https://onnx.ai/onnx/repo-docs/IR.html).
//!
//! - `proto`: the protobuf messages.
//! - `array`: tensors as they are stored.
//! - `import`: from nodes to layers; what depends on constants alone is worked out on the way.
//! - `export`: from layers to nodes.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

mod array;
mod element;
mod error;
mod export;
mod import;
mod imported;
mod proto;

pub use array::{Array, ExternalData, Files, Numbers};
pub use element::ElementType;
pub use error::{Error, ErrorKind, Problem, TensorError, Unwritable};
pub use export::{ExportOptions, OPSETS, export};
pub use import::import;
pub use imported::{About, Fusion, Head, Imported, InputInfo, Interface, OutputInfo};

/// The newest opset that is read.
pub const NEWEST_OPSET: i64 = 28;

/// What our files say they were written by.
const PRODUCER: &str = "inkdigit";

/// ONNX's result.
pub type Result<T> = std::result::Result<T, Error>;
