//! What stands at a classifier's end: softmax, its logarithm, the index of the largest. The engine leaves it to
//! the loss and to whoever reads the answer.

use super::call::Call;
use super::importer::Importer;
use super::value::{Dim, Flow};
use crate::element::ElementType;
use crate::error::Problem;
use crate::imported::Head;

/// Whether an operator may follow a head: it changes the view, or is a head itself.
pub(super) fn may_follow(op: &str) -> bool {
    matches!(
        op,
        "Identity"
            | "Cast"
            | "Reshape"
            | "Flatten"
            | "Squeeze"
            | "Unsqueeze"
            | "ArgMax"
            | "Log"
            | "Dropout"
            | "Shape"
    )
}

/// Whether all of a value's numbers lie along one axis, or from it on.
fn is_class_axis(x: &Flow, axis: usize, to_end: bool) -> bool {
    let last = if to_end { x.dims.len() } else { axis + 1 };
    super::value::sizes(&x.dims[axis..last]).iter().product::<usize>() == x.len()
        && !x.dims[axis..last].contains(&Dim::Batch)
}

pub(super) fn softmax(importer: &mut Importer, call: &Call, head: Head) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "input")?;
    // Before opset 13 everything from the axis on was one row.
    let default = if call.opset < 13 { 1 } else { -1 };
    let axis = call.attributes.int("axis")?.unwrap_or(default);
    let axis = super::views::axis("axis", axis, x.dims.len())?;
    if !is_class_axis(x, axis, call.opset < 13) {
        return Err(Problem::Unsupported { what: format!("softmax of parts of {x}"), remedy: "" });
    }
    importer.note(
        call,
        importer.draft.name(x.place).to_string().as_str(),
        "left to whoever reads the logits",
    );
    Ok(Flow { head, ..x.clone() })
}

pub(super) fn log(call: &Call) -> Result<Flow, Problem> {
    let x = call.flow(0, "input")?;
    match x.head {
        Head::Softmax => Ok(Flow { head: Head::LogSoftmax, ..x.clone() }),
        _ => Err(Problem::Unsupported { what: "the logarithm of anything but a softmax".into(), remedy: "" }),
    }
}

pub(super) fn arg_max(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.flow(0, "data")?;
    let axis = super::views::axis("axis", call.attributes.int("axis")?.unwrap_or(0), x.dims.len())?;
    let keep = call.attributes.flag("keepdims", true)?;
    if call.attributes.flag("select_last_index", false)? {
        return Err(super::attributes::wrong("select_last_index", 1, "0"));
    }
    if !is_class_axis(x, axis, false) || x.order.is_some() || x.head == Head::ArgMax {
        return Err(Problem::Unsupported { what: format!("the largest of parts of {x}"), remedy: "" });
    }
    let mut dims = x.dims.clone();
    if keep {
        dims[axis] = Dim::Size(1);
    } else {
        dims.remove(axis);
    }
    importer.note(
        call,
        importer.draft.name(x.place).to_string().as_str(),
        "left to whoever reads the logits",
    );
    Ok(Flow { head: Head::ArgMax, dims, element: ElementType::Int64, ..x.clone() })
}
