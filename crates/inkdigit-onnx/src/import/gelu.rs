//! GELU as exporters write it before opset 20: `x * 0.5 * (1 + erf(x / sqrt 2))`, in whichever order the
//! factors come.

use super::activation;
use super::attributes::wrong;
use super::call::Call;
use super::draft::Place;
use super::importer::Importer;
use super::value::{Flow, Known, Part, Value};
use crate::error::Problem;
use inkdigit_nn::Op;
use std::f32::consts::FRAC_1_SQRT_2;

/// The operator itself, from opset 20 on.
pub(super) fn gelu(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    match call.attributes.string("approximate")?.unwrap_or("none") {
        "none" => activation::of_x(importer, call, Op::Gelu),
        other => Err(wrong("approximate", other, "none")),
    }
}

/// `Erf`, of what is a value over the root of two.
pub(super) fn erf(importer: &Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "input")?;
    match importer.draft.scaled_from(x.place) {
        Some((from, factor)) if close(factor, FRAC_1_SQRT_2) => {
            Ok(Flow { part: Some(Part::Erf), ..x.at(from) })
        }
        _ => Err(unsupported()),
    }
}

/// What `Add` and `Mul` make of parts.
pub(super) fn follow(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let (a, b) = (call.value(0, "A")?, call.value(1, "B")?);
    let (part, flow, other) = match (a, b) {
        (Value::Flow(Flow { part: Some(part), .. }), other) => (*part, call.flow(0, "A")?, other),
        (other, Value::Flow(Flow { part: Some(part), .. })) => (*part, call.flow(1, "B")?, other),
        _ => return Err(unsupported()),
    };
    let constant =
        |known: &Known, value: f32| known.to_reals().is_ok_and(|all| all.len() == 1 && close(all[0], value));
    let next = |part: Option<Part>| Ok(Flow { part, ..flow.clone() });
    match (call.op, part, other) {
        ("Add", Part::Erf, Value::Known(one)) if constant(one, 1.0) => next(Some(Part::OnePlusErf)),
        ("Mul", Part::OnePlusErf, Value::Known(half)) if constant(half, 0.5) => next(Some(Part::Cdf)),
        ("Mul", Part::Twice, Value::Known(half)) if constant(half, 0.5) => next(None),
        ("Mul", Part::OnePlusErf | Part::Cdf, Value::Flow(x)) if x.part.is_none() && x.dims == flow.dims => {
            let half_of_x = importer.draft.scaled_from(x.place).filter(|&(_, factor)| close(factor, 0.5));
            let result = match (part, half_of_x) {
                (Part::OnePlusErf, Some((from, _))) if from == flow.place => None,
                (Part::OnePlusErf, _) if x.place == flow.place => Some(Part::Twice),
                (Part::Cdf, _) if x.place == flow.place => None,
                _ => return Err(unsupported()),
            };
            let place: Place = importer.draft.push(&call.name, Op::Gelu, &[flow.place], Vec::new())?;
            importer.joined(call, place, "erf, sum and products are one GELU");
            Ok(Flow { part: result, ..flow.at(place) })
        }
        _ => Err(unsupported()),
    }
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-5
}

fn unsupported() -> Problem {
    Problem::Unsupported { what: "erf outside x * 0.5 * (1 + erf(x / sqrt 2))".into(), remedy: "" }
}
