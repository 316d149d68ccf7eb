//! Operators that change no number: they give the same value through other dimensions, or of another type.

use super::arithmetic::scale;
use super::call::Call;
use super::importer::Importer;
use super::maps::vector;
use super::value::{Dim, Flow};
use super::views;
use crate::error::Problem;
use crate::imported::Head;

pub(super) fn identity(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    seen(importer, call, call.flow(0, "data")?.clone())
}

pub(super) fn reshape(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let (target, zero_copies) = call.reshape_target()?;
    let reshaped = views::reshape(x, &target, zero_copies, importer.nominal_batch)?;
    seen(importer, call, Flow { flattened_by: Some(call.name.clone()), ..reshaped })
}

pub(super) fn flatten(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let flat = views::flatten(x, call.attributes.int("axis")?.unwrap_or(1), &call.name)?;
    if importer.joins {
        return seen(importer, call, flat);
    }
    // In our own file a layer stood here, maybe before a dropout.
    let place = vector(importer, &flat)?;
    Ok(Flow { flattened_by: None, ..flat.at(place) })
}

pub(super) fn transpose(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let axes = views::permutation(call.attributes.ints("perm")?, x.dims.len())?;
    importer.budget.take(x.len())?;
    seen(importer, call, views::transpose(x, &axes))
}

pub(super) fn squeeze(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let axes = call.axes(1)?.map(|axes| views::axes(&axes, x.dims.len())).transpose()?;
    seen(importer, call, views::squeeze(x, axes.as_deref())?)
}

pub(super) fn unsqueeze(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let axes = call.axes(1)?.unwrap_or_default();
    seen(importer, call, x.with_dims(views::unsqueezed(&x.dims, &axes, Dim::Size(1))?))
}

/// Real numbers of any width are computed with as float32; bytes become the reals they are.
pub(super) fn cast(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let to = call.cast_target()?;
    let y = match (x.element, to) {
        (from, to) if from.is_real() && to.is_real() => Ok(Flow { element: to, ..x.clone() }),
        (from, to) if from == to => Ok(x.clone()),
        (_, to) if x.head == Head::ArgMax => Ok(Flow { element: to, ..x.clone() }),
        (_, to) if to.is_real() => {
            let y = match x.zero_point {
                0.0 => x.clone(),
                zero_point => scale(importer, call, x, 1.0, zero_point)?,
            };
            Ok(Flow { element: to, zero_point: 0.0, ..y })
        }
        _ => Err(Problem::Unsupported { what: format!("turning {} into {to}", x.element), remedy: "" }),
    };
    seen(importer, call, y?)
}

/// The value, with a note that nothing happened to its numbers.
fn seen(importer: &mut Importer, call: &Call<'_>, y: Flow) -> Result<Flow, Problem> {
    importer.note(call, "", "changes the view alone");
    Ok(y)
}
