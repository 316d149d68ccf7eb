//! What importing one file gathers, for the operators' own files to add to.

use super::budget::Budget;
use super::call::Call;
use super::draft::{Draft, Place};
use crate::imported::Fusion;

/// The network while it is read.
pub(super) struct Importer {
    pub(super) draft: Draft,
    pub(super) budget: Budget,
    /// The batch's size in the file, where it is fixed.
    pub(super) nominal_batch: Option<usize>,
    /// What became of nodes that are no layer of their own.
    pub(super) fused: Vec<Fusion>,
    /// Whether layers may become part of others.
    pub(super) joins: bool,
}

impl Importer {
    /// Writes down what became of a node that is no layer of its own.
    pub(super) fn note(&mut self, call: &Call<'_>, into: &str, how: &str) {
        let (node, op) = (call.name.clone(), call.op.to_string());
        self.fused.push(Fusion { node, op, into: into.into(), how: how.into() });
    }

    /// Writes down that a node became part of the layer that gives `place`.
    pub(super) fn joined(&mut self, call: &Call<'_>, place: Place, how: &str) {
        let into = self.draft.name(place).to_string();
        self.note(call, &into, how);
    }
}
