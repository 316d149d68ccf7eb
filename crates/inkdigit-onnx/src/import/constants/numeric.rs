//! Arithmetic, comparisons and reductions of constants, number by number.

use super::super::budget::Budget;
use super::super::call::Call;
use super::super::value::{Data, Int, Known};
use super::super::views;
use crate::error::Problem;

/// The dimensions that two arrays have together, by numpy's rule.
pub(super) fn broadcast(call: &Call, a: &[usize], b: &[usize]) -> Result<Vec<usize>, Problem> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], i: usize| (i + dims.len()).checked_sub(rank).map_or(1, |i| dims[i]);
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (a, b) if a == b => Ok(a),
            (1, b) => Ok(b),
            (a, 1) => Ok(a),
            _ => Err(call.kind(1, "B", &format!("a shape that fits {a:?}"))),
        })
        .collect()
}

/// For each number of an array of `to`, its place in one of `from`, repeated where that is 1.
pub(super) fn repeated(from: &[usize], to: &[usize]) -> Vec<usize> {
    let strides = views::strides(from);
    let axes: Vec<(usize, usize)> = to
        .iter()
        .enumerate()
        .map(|(i, &size)| match (i + from.len()).checked_sub(to.len()) {
            Some(own) if from[own] != 1 => (size, strides[own]),
            _ => (size, 0),
        })
        .collect();
    views::places(&axes)
}

pub(super) fn choose(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let (condition, a, b) = (call.known(0, "condition")?, call.known(1, "X")?, call.known(2, "Y")?);
    let dims = broadcast(call, &broadcast(call, &condition.dims, &a.dims)?, &b.dims)?;
    budget.take_all(&dims)?;
    let truths = condition.as_ints().ok_or_else(|| call.kind(0, "condition", "truth values"))?;
    let truths = truths.iter().map(|int| Ok(int.known()? != 0)).collect::<Result<Vec<bool>, Problem>>()?;
    let chosen = repeated(&condition.dims, &dims).into_iter().map(|i| truths[i]);
    let pairs = repeated(&a.dims, &dims).into_iter().zip(repeated(&b.dims, &dims));
    let data = match (&a.data, &b.data) {
        (Data::Reals(a), Data::Reals(b)) => {
            Data::Reals(chosen.zip(pairs).map(|(first, (i, j))| if first { a[i] } else { b[j] }).collect())
        }
        (Data::Ints(a), Data::Ints(b)) => {
            Data::Ints(chosen.zip(pairs).map(|(first, (i, j))| if first { a[i] } else { b[j] }).collect())
        }
        _ => return Err(call.kind(2, "Y", "the type of X")),
    };
    Ok(Known { element: a.element, dims, data })
}

pub(super) fn arithmetic(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let (a, b) = (call.known(0, "A")?, call.known(1, "B")?);
    call.attributes.ignore(&["broadcast", "axis", "consumed_inputs", "fmod"]);
    let dims = broadcast(call, &a.dims, &b.dims)?;
    budget.take_all(&dims)?;
    let pairs = repeated(&a.dims, &dims).into_iter().zip(repeated(&b.dims, &dims));
    if let (Some(a_ints), Some(b_ints)) = (a.as_ints(), b.as_ints()) {
        let ints = pairs.map(|(i, j)| integer(call, a_ints[i], b_ints[j])).collect::<Result<_, _>>()?;
        return Ok(Known { element: a.element, dims, data: Data::Ints(ints) });
    }
    let (a, b) = (a.to_reals()?, b.to_reals()?);
    let of = |a: f32, b: f32| match call.op {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Pow" => a.powf(b),
        "Min" => a.min(b),
        "Max" => a.max(b),
        _ => a % b,
    };
    Ok(Known::reals(dims, pairs.map(|(i, j)| of(a[i], b[j])).collect()))
}

fn integer(call: &Call, a: Int, b: Int) -> Result<Int, Problem> {
    let (a, b) = match (call.op, a, b) {
        // The batch times one is the batch still.
        ("Mul" | "Div", Int::Batch, Int::Known(1)) | ("Add" | "Sub", Int::Batch, Int::Known(0)) => {
            return Ok(Int::Batch);
        }
        ("Mul", Int::Known(1), Int::Batch) | ("Add", Int::Known(0), Int::Batch) => return Ok(Int::Batch),
        (_, a, b) => (a.known()?, b.known()?),
    };
    let divisor = |b: i64| if b == 0 { Err(call.kind(1, "B", "a divisor other than 0")) } else { Ok(b) };
    Ok(Int::Known(match call.op {
        "Add" => a.wrapping_add(b),
        "Sub" => a.wrapping_sub(b),
        "Mul" => a.wrapping_mul(b),
        "Div" => a.wrapping_div(divisor(b)?),
        "Min" => a.min(b),
        "Max" => a.max(b),
        "Pow" => u32::try_from(b).map_or(0, |b| a.wrapping_pow(b)),
        _ => a.wrapping_rem_euclid(divisor(b)?),
    }))
}

pub(super) fn compare(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let (a, b) = (call.known(0, "A")?, call.known(1, "B")?);
    call.attributes.ignore(&["broadcast", "axis"]);
    let dims = broadcast(call, &a.dims, &b.dims)?;
    budget.take_all(&dims)?;
    let pairs = repeated(&a.dims, &dims).into_iter().zip(repeated(&b.dims, &dims));
    let truths = match (a.as_ints(), b.as_ints()) {
        (Some(a), Some(b)) => pairs
            .map(|(i, j)| match (call.op, a[i], b[j]) {
                // Exporters ask whether a size is -1 before they use it; the batch's never is.
                ("Equal", Int::Batch, Int::Known(other)) | ("Equal", Int::Known(other), Int::Batch)
                    if other < 0 =>
                {
                    Ok(false)
                }
                ("Equal", Int::Batch, Int::Batch) => Ok(true),
                (_, a, b) => Ok(holds(call.op, a.known()?, b.known()?, |v| v != 0)),
            })
            .collect::<Result<_, Problem>>()?,
        _ => {
            let (a, b) = (a.to_reals()?, b.to_reals()?);
            pairs.map(|(i, j)| holds(call.op, a[i], b[j], |v| v != 0.0)).collect()
        }
    };
    Ok(Known::truths(dims, truths))
}

fn holds<T: PartialOrd + Copy>(op: &str, a: T, b: T, truth: impl Fn(T) -> bool) -> bool {
    match op {
        "Equal" => a == b,
        "Less" => a < b,
        "Greater" => a > b,
        "LessOrEqual" => a <= b,
        "GreaterOrEqual" => a >= b,
        "And" => truth(a) && truth(b),
        _ => truth(a) || truth(b),
    }
}

pub(super) fn unary(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "X")?;
    call.attributes.ignore(&["consumed_inputs"]);
    if let (Some(ints), "Neg" | "Abs") = (x.as_ints(), call.op) {
        let of = |value: i64| if call.op == "Neg" { value.wrapping_neg() } else { value.wrapping_abs() };
        let ints = ints.iter().map(|int| Ok(Int::Known(of(int.known()?)))).collect::<Result<_, Problem>>()?;
        return Ok(Known { data: Data::Ints(ints), ..x.clone() });
    }
    let of = |x: f32| match call.op {
        "Neg" => -x,
        "Abs" => x.abs(),
        "Sqrt" => x.sqrt(),
        "Exp" => x.exp(),
        "Log" => x.ln(),
        "Reciprocal" => 1.0 / x,
        "Floor" => x.floor(),
        "Ceil" => x.ceil(),
        _ => x.round_ties_even(),
    };
    Ok(Known::reals(x.dims.clone(), x.to_reals()?.into_iter().map(of).collect()))
}

/// Over all axes: what shape arithmetic needs.
pub(super) fn reduce(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let keep = call.attributes.flag("keepdims", true)?;
    let rank = x.dims.len();
    let axes = call.axes(1)?.unwrap_or_default();
    call.attributes.ignore(&["noop_with_empty_axes"]);
    let axes = views::axes(&axes, rank)?;
    if !axes.is_empty() && (0..rank).any(|axis| !axes.contains(&axis)) {
        return Err(Problem::Unsupported { what: "reducing some axes of a constant".into(), remedy: "" });
    }
    let dims = if keep { vec![1; rank] } else { Vec::new() };
    if let Some(ints) = x.as_ints() {
        let ints = ints.iter().map(|int| int.known()).collect::<Result<Vec<_>, _>>()?;
        let value = match call.op {
            "ReduceProd" => ints.iter().fold(1i64, |a, &b| a.wrapping_mul(b)),
            "ReduceSum" => ints.iter().fold(0i64, |a, &b| a.wrapping_add(b)),
            "ReduceMax" => ints.iter().copied().max().unwrap_or(i64::MIN),
            _ => ints.iter().copied().min().unwrap_or(i64::MAX),
        };
        return Ok(Known { element: x.element, dims, data: Data::Ints(vec![Int::Known(value)]) });
    }
    let reals = x.to_reals()?;
    let value = match call.op {
        "ReduceProd" => reals.iter().product(),
        "ReduceSum" => reals.iter().sum(),
        "ReduceMax" => reals.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        _ => reals.iter().copied().fold(f32::INFINITY, f32::min),
    };
    Ok(Known::reals(dims, vec![value]))
}
