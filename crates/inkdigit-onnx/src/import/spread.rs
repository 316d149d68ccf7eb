//! A constant beside a value that depends on the image: which of its numbers meets which of the value's.

use super::call::Call;
use super::importer::Importer;
use super::value::{Dim, Flow, Known};
use super::views::{places, strides};
use crate::error::Problem;

/// The constant spread over a value: one number for all, for each channel, or for each element.
pub(super) enum Spread {
    One(f32),
    Channels(Vec<f32>),
    /// In the engine's memory's order, `[H, W, C]`.
    Elements(Vec<f32>),
}

/// Where each of the constant's numbers belongs, and the value with as many dimensions as both have.
pub(super) fn spread(
    importer: &Importer,
    call: &Call,
    x: &Flow,
    known: &Known,
    numbers: Vec<f32>,
) -> Result<(Flow, Spread), Problem> {
    if let [number] = numbers[..]
        && known.dims.len() <= x.dims.len()
        && (known.dims.is_empty() || importer.joins)
    {
        return Ok((x.clone(), Spread::One(number)));
    }
    let refused = || call.kind(1, "B", &format!("a constant that fits {x} and adds no dimension"));
    let dims = aligned(call, x, known).ok_or_else(refused)?;
    let mut x = x.clone();
    if dims.len() > x.dims.len() {
        let missing = dims.len() - x.dims.len();
        x = x.with_dims([vec![Dim::Size(1); missing], x.dims.clone()].concat());
    }
    // Along each axis of one image: how many numbers, and how far apart the constant's are.
    let strides = strides(&dims);
    let mut axes = Vec::new();
    for (i, &dim) in x.dims.iter().enumerate() {
        match (dim, dims[i]) {
            (Dim::Batch, 1) => {}
            (Dim::Size(size), 1) => axes.push((size, 0)),
            (Dim::Size(size), other) if size == other => axes.push((size, strides[i])),
            _ => return Err(refused()),
        }
    }
    let places = places(&axes);
    let shape = importer.draft.shape(x.place);
    let channels = shape.channels();
    let pixels = shape.len() / channels.max(1);
    // From the constant's own order to `[H, W, C]`.
    let mut elements = vec![0.0; places.len()];
    for (canonical, place) in x.canonical().into_iter().zip(places) {
        let (channel, pixel) = (canonical as usize / pixels, canonical as usize % pixels);
        elements[pixel * channels + channel] = numbers[place];
    }
    let uniform = elements.chunks_exact(channels.max(1)).all(|pixel| *pixel == elements[..channels]);
    Ok(match uniform {
        true => (x, Spread::Channels(elements[..channels].to_vec())),
        false => (x, Spread::Elements(elements)),
    })
}

/// The constant's dimensions beside those of `x`, ones put in: from the right by numpy's rule, before opset 7
/// from an axis that the node names.
fn aligned(call: &Call, x: &Flow, known: &Known) -> Option<Vec<usize>> {
    let rank = x.dims.len();
    if call.opset >= 7 || call.domain != "ai.onnx" {
        let missing = rank.saturating_sub(known.dims.len());
        return Some([vec![1; missing], known.dims.clone()].concat());
    }
    let broadcast = call.attributes.flag("broadcast", false).ok()?;
    let first = call.attributes.int("axis").ok()?;
    let free = rank.checked_sub(known.dims.len())?;
    let first = match first {
        _ if !broadcast => 0,
        None => free,
        Some(axis) if axis < 0 => (rank as i64).checked_add(axis)? as usize,
        Some(axis) => usize::try_from(axis).ok()?,
    };
    let after = free.checked_sub(first)?;
    Some([vec![1; first], known.dims.clone(), vec![1; after]].concat())
}
