//! A network that isn't made new: that of a model, with its numbers to begin from.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use inkdigit::model::{InputScale, Model, ScaleRule};

/// The model that a training goes on from, as configurations write it: `{from: mnist-8.onnx}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What [`Model::open`] takes.
    pub from: String,
    /// The range that its network takes pixels in, where its file doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_scale: Option<InputScale>,
}

impl Start {
    /// Loads the model.
    ///
    /// # Errors
    /// Those of [`Model::open`].
    pub fn open(&self) -> Result<Model> {
        Ok(Model::open_with(&self.from, self.input_scale.map_or(ScaleRule::File, ScaleRule::FileOr))?)
    }
}

impl fmt::Display for Start {
    /// The name of the file or folder, without its place and ending.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Path::new(&self.from);
        // A folder's name may have dots of its own.
        let name = if path.extension().is_some_and(|end| end == "onnx") {
            path.file_stem()
        } else {
            path.file_name()
        };
        f.write_str(&name.unwrap_or(path.as_os_str()).to_string_lossy())
    }
}
