//! Maps `[N, C, H, W]` between ONNX's dimensions and the engine's shapes.

use super::call::Call;
use super::draft::Place;
use super::importer::Importer;
use super::value::{Dim, Flow};
use crate::error::Problem;
use inkdigit_nn::{Op, Shape};

/// The maps that a flow is, if ONNX sees them as the engine does: `[N, C, H, W]`.
pub(super) fn maps(importer: &Importer, flow: &Flow, call: &Call) -> Result<[usize; 3], Problem> {
    let refused = |expected: &str| Problem::InputKind {
        index: 0,
        name: "X",
        found: flow.to_string(),
        expected: expected.into(),
    };
    let [Dim::Batch | Dim::Size(1), Dim::Size(c), Dim::Size(h), Dim::Size(w)] = flow.dims[..] else {
        return Err(refused("maps [N, C, H, W]"));
    };
    let what = |what: &str| Problem::Unsupported { what: format!("{} of {what}", call.op), remedy: "" };
    if flow.order.is_some() {
        return Err(what("transposed maps"));
    }
    match importer.draft.shape(flow.place) {
        Shape::Map { channels, height, width } if [channels, height, width] == [c, h, w] => Ok([c, h, w]),
        Shape::Features(_) if (h, w) == (1, 1) => Ok([c, 1, 1]),
        _ => Err(what("maps that were something else before")),
    }
}

/// What a layer gave for the maps `x`: `[N, C, H, W]`.
pub(super) fn layer_output(importer: &Importer, x: &Flow, place: Place) -> Flow {
    let [c, h, w] = match importer.draft.shape(place) {
        Shape::Map { channels, height, width } => [channels, height, width],
        Shape::Features(features) => [features, 1, 1],
    };
    let dims = vec![x.dims[0], Dim::Size(c), Dim::Size(h), Dim::Size(w)];
    Flow { place, dims, order: None, flattened_by: None, ..x.clone() }
}

/// The value a flow is, as a vector: after a flatten layer, if it is a map.
pub(super) fn vector(importer: &mut Importer, flow: &Flow) -> Result<Place, Problem> {
    match importer.draft.shape(flow.place) {
        Shape::Features(_) => Ok(flow.place),
        Shape::Map { .. } => {
            let name = flow.flattened_by.as_deref().unwrap_or("flatten");
            importer.draft.push(name, Op::Flatten, &[flow.place], Vec::new())
        }
    }
}
