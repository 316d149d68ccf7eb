//! Where a file's network begins and ends: its one input, and its outputs.

use super::draft::{Draft, Place};
use super::value::{Dim, Flow, Value, sizes as sizes_of};
use crate::Result;
use crate::element::ElementType;
use crate::error::Error;
use crate::imported::{Head, InputInfo, Interface, OutputInfo};
use crate::proto::{GraphProto, ValueInfoProto};
use inkdigit_nn::Shape;
use std::collections::{HashMap, HashSet};

/// The file's one input, the batch's size where it is fixed, and the input as a value.
pub(super) fn input(
    graph: &GraphProto,
    initializers: &HashSet<&str>,
    interface: Interface,
) -> Result<(InputInfo, Option<usize>, Flow)> {
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !initializers.contains(input.name())).collect();
    let [input] = inputs[..] else {
        let names: Vec<&str> = inputs.iter().map(|input| input.name()).collect();
        return Err(Error::Inputs { found: inputs.len(), names: names.join(", ") });
    };
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let number = tensor.and_then(|tensor| tensor.elem_type).unwrap_or(1);
    let shape = tensor.and_then(|tensor| tensor.shape.as_ref()).map(|shape| &shape.dim[..]);
    let dims: Vec<String> = shape
        .unwrap_or_default()
        .iter()
        .map(|dim| match (dim.dim_value, &dim.dim_param) {
            (Some(value), _) => value.to_string(),
            (None, Some(name)) if !name.is_empty() => name.clone(),
            _ => "?".into(),
        })
        .collect();
    let refused = || Error::Input {
        name: input.name().into(),
        found: format!(
            "of ONNX's element type {number} and shape {}",
            shape.map_or("unknown".into(), |_| format!("[{}]", dims.join(", ")))
        ),
        expected: interface.input,
    };
    let element = ElementType::from_number(number)
        .filter(|element| element.is_real() || element.byte_range().is_some())
        .ok_or_else(refused)?;
    let sizes: Option<Vec<Option<usize>>> = shape.map(|dims| {
        dims.iter()
            .map(|dim| dim.dim_value.and_then(|value| usize::try_from(value).ok()).filter(|&v| v > 0))
            .collect()
    });
    let (dims_of_flow, nominal) = match sizes {
        // Nothing is said: the form that all have.
        None => {
            ([vec![Dim::Batch], interface.input.dims().into_iter().map(Dim::Size).collect()].concat(), None)
        }
        Some(sizes) => input_dims(&sizes, interface.input).ok_or_else(refused)?,
    };
    let flow = Flow {
        place: Place::INPUT,
        dims: dims_of_flow,
        order: None,
        element,
        zero_point: 0.0,
        head: Head::Logits,
        part: None,
        flattened_by: None,
    };
    Ok((InputInfo { name: input.name().into(), element, dims }, nominal, flow))
}

/// An input's dimensions as the batch and the numbers of one image, whatever their form: `[N, 1, 28, 28]`,
/// `[N, 28, 28, 1]`, `[N, 784]`, `[28, 28]`. Also the batch's size, where it is fixed.
fn input_dims(sizes: &[Option<usize>], image: Shape) -> Option<(Vec<Dim>, Option<usize>)> {
    // Channels-last of several channels would need another order.
    let len = image.len();
    let single = image.channels() == 1;
    let known =
        |sizes: &[Option<usize>]| sizes.iter().flatten().try_fold(1usize, |all, &n| all.checked_mul(n));
    // With at most one size unknown it can be worked out; with two, height and width must be it.
    let complete = |sizes: &[Option<usize>]| -> Option<Vec<Dim>> {
        let product = known(sizes).filter(|&product| product > 0)?;
        let unknown = sizes.iter().filter(|size| size.is_none()).count();
        let fill: Vec<usize> = match (unknown, image) {
            (0, _) if product == len => Vec::new(),
            (1, _) if len.is_multiple_of(product) => vec![len / product],
            (2, Shape::Map { height, width, .. }) if product * height * width == len => vec![height, width],
            (3, Shape::Map { channels, height, width }) if product == 1 => vec![channels, height, width],
            _ => return None,
        };
        let mut fill = fill.into_iter();
        sizes.iter().map(|size| size.or_else(|| fill.next()).map(Dim::Size)).collect()
    };
    let in_order = |dims: &[Dim]| single || sizes_of(dims) == image.dims() || sizes_of(dims) == [len];
    if let Some((&batch, rest)) = sizes.split_first()
        && let Some(rest) = complete(rest).filter(|dims| !rest.is_empty() && in_order(dims))
    {
        return Some(([vec![Dim::Batch], rest].concat(), batch));
    }
    let dims = complete(sizes).filter(|dims| !sizes.contains(&None) && in_order(dims))?;
    Some((dims, Some(1)))
}

/// The logits' place, and how each output comes from them.
pub(super) fn outputs(
    draft: &Draft,
    values: &HashMap<String, Value>,
    outputs: &[ValueInfoProto],
    interface: Interface,
) -> Result<(Place, Vec<OutputInfo>)> {
    let mut flows = Vec::new();
    for output in outputs {
        let value = values.get(output.name()).ok_or_else(|| Error::UndefinedValue {
            node: "the graph's output".into(),
            value: output.name().into(),
        })?;
        flows.push((output.name(), value));
    }
    let classes = |flow: &&Flow| {
        draft.shape(flow.place).len() == interface.outputs
            && flow.part.is_none()
            && flow.order.is_none()
            && flow.place != Place::INPUT
    };
    let candidates: Vec<&Flow> = flows
        .iter()
        .filter_map(|(_, value)| if let Value::Flow(flow) = value { Some(flow) } else { None })
        .filter(classes)
        .collect();
    let logits = candidates.iter().find(|flow| flow.head == Head::Logits).or(candidates.first());
    let Some(logits) = logits else {
        let shown = |(name, value): &(&str, &Value)| format!("{name}: {value}");
        let found = flows.iter().map(shown).collect::<Vec<_>>().join(", ");
        return Err(Error::Output { expected: interface.outputs, found });
    };
    let place = logits.place;
    let infos = flows.iter().map(|(name, value)| match value {
        Value::Known(known) => OutputInfo {
            name: name.to_string(),
            head: None,
            factor: 1.0,
            dims: known.dims.iter().copied().map(Some).collect(),
            element: known.element,
            zero_point: 0.0,
        },
        Value::Flow(flow) => {
            let scaled = draft.scaled_from(flow.place);
            let (head, factor) = match scaled {
                _ if flow.place == place => (Some(flow.head), 1.0),
                Some((from, factor)) if from == place => (Some(flow.head), factor),
                _ => (None, 1.0),
            };
            let size = |dim: &Dim| if let Dim::Size(size) = dim { Some(*size) } else { None };
            OutputInfo {
                name: name.to_string(),
                head,
                factor,
                dims: flow.dims.iter().map(size).collect(),
                element: flow.element,
                zero_point: flow.zero_point,
            }
        }
    });
    Ok((place, infos.collect()))
}
