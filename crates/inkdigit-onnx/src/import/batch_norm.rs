//! `BatchNormalization`, with the statistics that the file holds.

use super::call::Call;
use super::importer::Importer;
use super::maps::vector;
use super::value::{Dim, Flow};
use crate::error::Problem;
use inkdigit_nn::Op;
use inkdigit_nn::ops::BatchNorm;

pub(super) fn batch_norm(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let mut x = call.real_flow(0, "X")?.clone();
    if matches!(x.dims[..], [_, Dim::Size(features)] if features == x.len()) && x.order.is_none() {
        // Maps that were flattened: each of their numbers is a channel now.
        let place = vector(importer, &x)?;
        x = Flow { flattened_by: None, ..x.at(place) };
    }
    let channels = importer.draft.shape(x.place).channels();
    let of_channels = matches!(x.dims[..], [_, Dim::Size(c), ..] if c == channels) && x.order.is_none();
    if !of_channels || !call.attributes.flag("spatial", true)? {
        return Err(call.kind(0, "X", "[N, C, H, W] or [N, C], normalised for each channel"));
    }
    if call.attributes.flag("training_mode", false)? {
        let what = "training_mode (normalising by the batch itself)".into();
        return Err(Problem::Unsupported { what, remedy: "export the network in evaluation mode" });
    }
    call.attributes.ignore(&["is_test", "consumed_inputs"]);
    let mut params = Vec::new();
    for (index, name) in [(1, "scale"), (2, "B"), (3, "mean"), (4, "var")] {
        let numbers = call.known(index, name)?;
        if numbers.len() != channels {
            return Err(call.kind(index, name, &format!("{channels} numbers")));
        }
        params.push(numbers.to_reals()?);
    }
    let op = Op::BatchNorm(BatchNorm {
        epsilon: call.attributes.float("epsilon")?.unwrap_or(1e-5),
        // The share of the old averages there, of the new batch here.
        momentum: 1.0 - call.attributes.float("momentum")?.unwrap_or(0.9),
    });
    let place = importer.draft.push(&call.name, op, &[x.place], params)?;
    Ok(x.at(place))
}
