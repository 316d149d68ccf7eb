//! Operations number by number that are no arithmetic: activations, bounds, dropout.

use super::arithmetic::scale;
use super::call::Call;
use super::importer::Importer;
use super::value::Flow;
use crate::error::Problem;
use inkdigit_nn::Op;
use inkdigit_nn::ops::{Clip, Dropout, Elu, LeakyRelu};

/// A layer that leaves the view as it is.
pub(super) fn activation(importer: &mut Importer, call: &Call, x: &Flow, op: Op) -> Result<Flow, Problem> {
    let place = importer.draft.push(&call.name, op, &[x.place], Vec::new())?;
    Ok(x.at(place))
}

/// The bounds of `Clip`: attributes before opset 11, inputs since.
pub(super) fn clip(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "input")?;
    call.attributes.ignore(&["consumed_inputs"]);
    let bound = |index: usize, name: &'static str| -> Result<Option<f32>, Problem> {
        if call.opset < 11 {
            return call.attributes.float(name);
        }
        if !call.has(index) {
            return Ok(None);
        }
        match call.known(index, name)?.to_reals()?[..] {
            [value] => Ok(Some(value)),
            _ => Err(call.kind(index, name, "one number")),
        }
    };
    let low = bound(1, "min")?.unwrap_or(f32::NEG_INFINITY);
    let high = bound(2, "max")?.unwrap_or(f32::INFINITY);
    // The largest and smallest floats were the defaults once.
    let low = if low == f32::MIN { f32::NEG_INFINITY } else { low };
    let high = if high == f32::MAX { f32::INFINITY } else { high };
    match (low, high) {
        (f32::NEG_INFINITY, f32::INFINITY) => Ok(x.clone()),
        (0.0, f32::INFINITY) => activation(importer, call, x, Op::Relu),
        _ => activation(importer, call, x, Op::Clip(Clip { low, high })),
    }
}

pub(super) fn dropout(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    call.attributes.ignore(&["seed", "is_test", "consumed_inputs"]);
    let mut rate = call.attributes.float("ratio")?.unwrap_or(0.5);
    if call.opset >= 12 && call.has(1) {
        rate = match call.known(1, "ratio")?.to_reals()?[..] {
            [rate] => rate,
            _ => return Err(call.kind(1, "ratio", "one number")),
        };
    }
    if rate == 0.0 || x.is_quantised() {
        return Ok(x.clone());
    }
    activation(importer, call, &x.clone(), Op::Dropout(Dropout { rate }))
}

/// An activation of the node's first input.
pub(super) fn of_x(importer: &mut Importer, call: &Call<'_>, op: Op) -> Result<Flow, Problem> {
    call.attributes.ignore(&["consumed_inputs"]);
    activation(importer, call, call.real_flow(0, "X")?, op)
}

/// The leaky ReLU that the attributes say.
pub(super) fn leaky_relu(call: &Call<'_>) -> Result<Op, Problem> {
    Ok(Op::LeakyRelu(LeakyRelu { slope: call.attributes.float("alpha")?.unwrap_or(0.01) }))
}

pub(super) fn elu(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let alpha = call.attributes.float("alpha")?.unwrap_or(1.0);
    of_x(importer, call, Op::Elu(Elu { alpha }))
}

/// `Swish`, from opset 24 on: `x * sigmoid(alpha x)`.
pub(super) fn swish(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let alpha = call.attributes.float("alpha")?.unwrap_or(1.0);
    if alpha == 1.0 {
        return activation(importer, call, x, Op::Silu);
    }
    let scaled = scale(importer, call, x, alpha, 0.0)?;
    let gate = activation(importer, call, &scaled, Op::Sigmoid)?;
    let place = importer.draft.push(&call.name, Op::Mul, &[x.place, gate.place], Vec::new())?;
    Ok(x.at(place))
}

/// `HardSigmoid`: a line between 0 and 1. With `gate`, `HardSwish`: the value times that.
pub(super) fn hard_sigmoid(importer: &mut Importer, call: &Call, gate: bool) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let (slope, offset) = match gate {
        true => (1.0 / 6.0, 0.5),
        false => {
            let alpha = call.attributes.float("alpha")?.unwrap_or(0.2);
            (alpha, call.attributes.float("beta")?.unwrap_or(0.5))
        }
    };
    let line = scale(importer, call, x, slope, offset)?;
    let clipped = activation(importer, call, &line, Op::Clip(Clip { low: 0.0, high: 1.0 }))?;
    if !gate {
        return Ok(clipped);
    }
    let place = importer.draft.push(&call.name, Op::Mul, &[x.place, clipped.place], Vec::new())?;
    Ok(x.at(place))
}

/// `PRelu` with one slope for all.
pub(super) fn parametric_relu(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let slopes = call.known(1, "slope")?.to_reals()?;
    match slopes.split_first() {
        Some((&slope, rest)) if rest.iter().all(|&other| other == slope) => {
            activation(importer, call, call.real_flow(0, "X")?, Op::LeakyRelu(LeakyRelu { slope }))
        }
        _ => Err(call.kind(1, "slope", "one slope for all channels")),
    }
}
