//! What a training began with that goes on from a model.

use inkdigit_nn::{Graph, Op, Params};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::networks::Start;

/// The network of the model that a training goes on from. A checkpoint keeps it: the model's file may be gone by
/// the time the training is continued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Started {
    pub(super) graph: Graph,
    /// See [`Metadata::origin`](inkdigit::model::Metadata::origin).
    pub(super) origin: String,
}

impl Started {
    /// The network to go on from, and its numbers.
    ///
    /// # Errors
    /// Those of [`Start::open`]; [`Error::NotTrainable`].
    pub(super) fn open(start: &Start) -> Result<(Self, Params)> {
        let model = start.open()?;
        let rounds = |op: &Op| matches!(op, Op::Quantize(_));
        if let Some(node) = model.graph().nodes().iter().find(|node| rounds(&node.op)) {
            let (model, layer, op) = (start.from.clone(), node.name.clone(), node.op.name());
            return Err(Error::NotTrainable { model, layer, op });
        }
        let origin = model.metadata.origin.clone().unwrap_or_else(|| start.from.clone());
        Ok((Self { graph: model.graph().clone(), origin }, model.params().clone()))
    }
}
