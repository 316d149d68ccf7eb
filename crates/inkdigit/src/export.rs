//! Models as files: for ourselves, whole, and for other programs, in the opset they know. With inputs and
//! expected outputs beside it, a file is a [`Package`].

use std::path::Path;

use inkdigit_onnx as onnx;

use crate::atomic;
use crate::error::{Error, Result};
use crate::model::Model;

mod package;

pub use inkdigit_onnx::OPSETS;
pub use package::{Package, TestCase};

/// How a model is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// The version of ONNX's operators, one of [`OPSETS`].
    pub opset: i64,
    /// Adds an output `probabilities`, with the model's temperature.
    pub probabilities: bool,
    /// Takes bytes as input instead of float32.
    pub uint8_input: bool,
    /// Leaves BatchNorm and dropout in, to train on; else they are folded away.
    pub keep_batch_norm: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { opset: 17, probabilities: false, uint8_input: false, keep_batch_norm: false }
    }
}

impl Model {
    /// The model as an ONNX file for other programs: input `input` `[batch, 1, 28, 28]`, pixels from 0 ground
    /// to 255 ink, output `logits` `[batch, 10]`. Its metadata say what preprocessing, labels and temperature
    /// are, and where it comes from.
    ///
    /// # Errors
    /// [`Error::Export`] for an opset that isn't written or lacks an operator.
    pub fn to_onnx(&self, options: &ExportOptions) -> Result<Vec<u8>> {
        self.written(options, false)
    }

    fn written(&self, options: &ExportOptions, compact: bool) -> Result<Vec<u8>> {
        let (graph, params) =
            if options.keep_batch_norm { (self.graph(), self.params()) } else { self.for_inference() };
        let about = &self.metadata;
        let name = if about.name.is_empty() { "inkdigit" } else { &about.name };
        let options = onnx::ExportOptions {
            opset: options.opset,
            probabilities: options.probabilities.then_some(about.temperature),
            uint8_input: options.uint8_input,
            any_size: false,
            compact,
            name: name.into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc: "reads a handwritten digit".into(),
            metadata: about.to_entries(),
        };
        onnx::export(graph, params, &options).map_err(|cause| Error::Export(Box::new(cause)))
    }

    /// The model as an ONNX file's bytes, with everything that training goes on from: BatchNorm and dropout
    /// stay. The same model gives the same bytes, and these give a model that answers with the same bits. Numbers that
    /// bfloat16 can hold, as those of a training with `significant_bits: 8` are, are stored so.
    ///
    /// # Errors
    /// [`Error::Export`] for a network from elsewhere that can be computed here and not written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.written(&ExportOptions { keep_batch_norm: true, ..ExportOptions::default() }, true)
    }

    /// Saves the model as an ONNX file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::DiskFull`], and those of [`Model::to_bytes`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = self.to_bytes()?;
        atomic::write_file(path, |out| out.write_all(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::with_causes;

    #[test]
    fn opsets_that_are_not_written_are_refused() {
        let options = ExportOptions { opset: 6, ..ExportOptions::default() };
        let error = with_causes(&Model::default().to_onnx(&options).unwrap_err());
        assert!(error.contains("opset 6") && error.contains("7 to 21"), "{error}");
    }
}
