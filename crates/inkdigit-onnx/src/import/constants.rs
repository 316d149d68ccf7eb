//! Working out what depends on constants alone: weights that are reshaped, and the arithmetic of shapes that
//! exporters leave in front of `Reshape`.

mod numeric;

use super::budget::Budget;
use super::call::Call;
use super::value::{Data, Dim, Int, Known, Value};
use super::views::{self, axis};
use crate::array::{Array, Numbers};
use crate::element::ElementType;
use crate::error::Problem;
use numeric::{arithmetic, broadcast, choose, compare, reduce, repeated, unary};

/// What a node gives for these constants; none for operators that aren't worked out ahead.
pub(super) fn evaluate(call: &Call, budget: &mut Budget) -> Option<Result<Known, Problem>> {
    Some(match call.op {
        "Identity" => call.known(0, "input").cloned(),
        "Dropout" => {
            call.attributes.ignore(&["ratio", "seed", "is_test", "consumed_inputs"]);
            call.known(0, "data").cloned()
        }
        "Cast" | "CastLike" => cast(call),
        "Reshape" => reshape(call),
        "Flatten" => flatten(call),
        "Transpose" => transpose(call, budget),
        "Squeeze" => squeeze(call),
        "Unsqueeze" => unsqueeze(call),
        "Shape" => shape(call),
        "Size" => call.known(0, "data").map(|x| Known::ints(Vec::new(), vec![Int::Known(x.len() as i64)])),
        "Gather" => gather(call, budget),
        "Slice" => slice(call, budget),
        "Concat" => concat(call, budget),
        "Expand" => expand(call, budget),
        "ConstantOfShape" => constant_of_shape(call, budget),
        "Range" => range(call, budget),
        "Where" => choose(call, budget),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" | "Mod" => arithmetic(call, budget),
        "Equal" | "Less" | "Greater" | "LessOrEqual" | "GreaterOrEqual" | "And" | "Or" => {
            compare(call, budget)
        }
        "Not" => call.known(0, "X").and_then(|x| {
            let ints = x.as_ints().ok_or_else(|| call.kind(0, "X", "truth values"))?;
            let truths = ints.iter().map(|int| Ok(int.known()? == 0)).collect::<Result<_, Problem>>()?;
            Ok(Known::truths(x.dims.clone(), truths))
        }),
        "Neg" | "Abs" | "Sqrt" | "Exp" | "Log" | "Reciprocal" | "Floor" | "Ceil" | "Round" => unary(call),
        "ReduceProd" | "ReduceSum" | "ReduceMax" | "ReduceMin" => reduce(call),
        "DequantizeLinear" => super::quantised::dequantise_constant(call),
        "QuantizeLinear" => super::quantised::quantise_constant(call),
        _ => return None,
    })
}

/// What a node gives that is known although an input depends on the image: a shape, and a constant's cast to the
/// image's type.
pub(super) fn known_of_flow(call: &Call<'_>, nominal_batch: Option<usize>) -> Option<Result<Known, Problem>> {
    match (call.op, call.inputs.first()) {
        ("Shape", Some(Some(Value::Flow(x)))) => {
            let dims = x.dims.iter().map(|&dim| match dim {
                Dim::Batch => nominal_batch.map_or(Int::Batch, |batch| Int::Known(batch as i64)),
                Dim::Size(size) => Int::Known(size as i64),
            });
            Some(call.part_of_shape(dims.collect()))
        }
        ("CastLike", Some(Some(Value::Known(_)))) => Some(cast(call)),
        _ => None,
    }
}

fn cast(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "input")?;
    let to = call.cast_target()?;
    let data = match (&x.data, to.is_real()) {
        (Data::Reals(_), true) => x.data.clone(),
        (Data::Ints(_), true) => Data::Reals(x.to_reals()?),
        (Data::Ints(ints), false) if to == ElementType::Bool => {
            let truth = |int: &Int| Ok(Int::Known((int.known()? != 0).into()));
            Data::Ints(ints.iter().map(truth).collect::<Result<_, Problem>>()?)
        }
        (Data::Ints(ints), false) => Data::Ints(ints.clone()),
        (Data::Reals(reals), false) => Data::Ints(reals.iter().map(|&x| Int::Known(x as i64)).collect()),
    };
    Ok(Known { element: to, dims: x.dims.clone(), data })
}

fn reshape(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let (target, zero_copies) = call.reshape_target()?;
    let target = target.iter().map(|int| int.known()).collect::<Result<Vec<_>, _>>()?;
    let refused = || call.kind(1, "shape", &format!("a shape of {} numbers, not {target:?}", x.len()));
    let mut dims = Vec::new();
    for (i, &size) in target.iter().enumerate() {
        dims.push(match size {
            0 if zero_copies => Some(*x.dims.get(i).ok_or_else(refused)?),
            -1 => None,
            size => Some(usize::try_from(size).map_err(|_| refused())?),
        });
    }
    let known = dims.iter().flatten().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    let known = known.ok_or_else(refused)?;
    let rest = match dims.iter().filter(|dim| dim.is_none()).count() {
        0 => 1,
        1 if known > 0 && x.len().is_multiple_of(known) => x.len() / known,
        _ => return Err(refused()),
    };
    if known.checked_mul(rest) != Some(x.len()) {
        return Err(refused());
    }
    Ok(Known { dims: dims.into_iter().map(|dim| dim.unwrap_or(rest)).collect(), ..x.clone() })
}

fn flatten(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "input")?;
    let at = call.attributes.int("axis")?.unwrap_or(1);
    let at = if at == x.dims.len() as i64 { x.dims.len() } else { axis("axis", at, x.dims.len())? };
    let (before, after) = x.dims.split_at(at);
    Ok(Known { dims: vec![before.iter().product(), after.iter().product()], ..x.clone() })
}

fn transpose(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let axes = views::permutation(call.attributes.ints("perm")?, x.dims.len())?;
    budget.take(x.len())?;
    let places = views::transposed_places(&x.dims, &axes);
    let dims = axes.iter().map(|&axis| x.dims[axis]).collect();
    Ok(Known { element: x.element, dims, data: x.data.gather(places.into_iter()) })
}

fn squeeze(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let dims = match call.axes(1)? {
        None => x.dims.iter().copied().filter(|&dim| dim != 1).collect(),
        Some(axes) => {
            let axes = views::axes(&axes, x.dims.len())?;
            if axes.iter().any(|&axis| x.dims[axis] != 1) {
                return Err(call.kind(0, "data", &format!("size 1 along {axes:?}")));
            }
            let kept = x.dims.iter().enumerate().filter(|(i, _)| !axes.contains(i));
            kept.map(|(_, &dim)| dim).collect()
        }
    };
    Ok(Known { dims, ..x.clone() })
}

fn unsqueeze(call: &Call) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let axes = call.axes(1)?.unwrap_or_default();
    Ok(Known { dims: views::unsqueezed(&x.dims, &axes, 1)?, ..x.clone() })
}

fn shape(call: &Call) -> Result<Known, Problem> {
    let dims = call.known(0, "data")?.dims.iter().map(|&dim| Int::Known(dim as i64)).collect();
    call.part_of_shape(dims)
}

fn gather(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let (x, indices) = (call.known(0, "data")?, call.known(1, "indices")?);
    let along = axis("axis", call.attributes.int("axis")?.unwrap_or(0), x.dims.len())?;
    let size = x.dims[along];
    let picked = indices.as_ints().ok_or_else(|| call.kind(1, "indices", "integers"))?;
    let picked = picked
        .iter()
        .map(|int| {
            let index = int.known()?;
            let index = if index < 0 { index + size as i64 } else { index };
            usize::try_from(index)
                .ok()
                .filter(|&index| index < size)
                .ok_or_else(|| call.kind(1, "indices", &format!("indices below {size}")))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let (outer, inner): (usize, usize) =
        (x.dims[..along].iter().product(), x.dims[along + 1..].iter().product());
    budget.take(outer.saturating_mul(picked.len()).saturating_mul(inner))?;
    let places = (0..outer).flat_map(|o| {
        picked.iter().flat_map(move |&index| (0..inner).map(move |i| (o * size + index) * inner + i))
    });
    let dims = [&x.dims[..along], &indices.dims, &x.dims[along + 1..]].concat();
    Ok(Known { element: x.element, dims, data: x.data.gather(places) })
}

fn slice(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let x = call.known(0, "data")?;
    let list = |index: usize, name: &'static str| -> Result<Option<Vec<i64>>, Problem> {
        if call.opset < 10 {
            return Ok(call.attributes.ints(name)?.map(<[i64]>::to_vec));
        }
        if !call.has(index) {
            return Ok(None);
        }
        call.ints(index, name).map(Some)
    };
    let starts = list(1, "starts")?.ok_or(Problem::MissingInput { index: 1, name: "starts" })?;
    let ends = list(2, "ends")?.ok_or(Problem::MissingInput { index: 2, name: "ends" })?;
    let axes = list(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = if call.opset < 10 { None } else { list(4, "steps")? };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if starts.len() != ends.len() || starts.len() != axes.len() || starts.len() != steps.len() {
        return Err(call.kind(1, "starts", "as many starts as ends, axes and steps"));
    }
    let mut taken: Vec<Vec<usize>> = x.dims.iter().map(|&dim| (0..dim).collect()).collect();
    for (((start, end), along), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
        let along = axis("axes", along, x.dims.len())?;
        let size = x.dims[along] as i64;
        let from_end = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
        let range: Vec<usize> = match step {
            1.. => (from_end(start).clamp(0, size)..from_end(end).clamp(0, size))
                .step_by(step.unsigned_abs() as usize)
                .map(|i| i as usize)
                .collect(),
            0 => return Err(call.kind(4, "steps", "steps other than 0")),
            _ => {
                let (first, last) = (from_end(start).clamp(-1, size - 1), from_end(end).clamp(-1, size - 1));
                (last + 1..=first).rev().step_by(step.unsigned_abs() as usize).map(|i| i as usize).collect()
            }
        };
        taken[along] = range;
    }
    let strides = views::strides(&x.dims);
    budget.take(taken.iter().map(Vec::len).product())?;
    let mut places = vec![0];
    for (taken, stride) in taken.iter().zip(strides) {
        places = places.iter().flat_map(|&p: &usize| taken.iter().map(move |&i| p + i * stride)).collect();
    }
    let dims = taken.iter().map(Vec::len).collect();
    Ok(Known { element: x.element, dims, data: x.data.gather(places.into_iter()) })
}

fn concat(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let parts =
        (0..call.inputs.len()).map(|i| call.known(i, "inputs")).collect::<Result<Vec<_>, Problem>>()?;
    let first = parts.first().ok_or(Problem::MissingInput { index: 0, name: "inputs" })?;
    let along = axis("axis", call.attributes.int("axis")?.unwrap_or(1), first.dims.len())?;
    let mut dims = first.dims.clone();
    dims[along] = 0;
    for (i, part) in parts.iter().enumerate() {
        let fits = part.dims.len() == dims.len()
            && (0..dims.len()).all(|axis| axis == along || part.dims[axis] == dims[axis])
            && matches!(part.data, Data::Reals(_)) == matches!(first.data, Data::Reals(_));
        if !fits {
            return Err(call.kind(i, "inputs", &format!("one that fits {:?}", first.dims)));
        }
        dims[along] += part.dims[along];
    }
    budget.take(parts.iter().map(|part| part.len()).sum())?;
    let outer: usize = dims[..along].iter().product();
    let mut reals = Vec::new();
    let mut ints = Vec::new();
    for o in 0..outer {
        for part in &parts {
            let run = part.len() / outer;
            match &part.data {
                Data::Reals(data) => reals.extend_from_slice(&data[o * run..][..run]),
                Data::Ints(data) => ints.extend_from_slice(&data[o * run..][..run]),
            }
        }
    }
    let data = if matches!(first.data, Data::Reals(_)) { Data::Reals(reals) } else { Data::Ints(ints) };
    Ok(Known { element: first.element, dims, data })
}

fn sizes(call: &Call, index: usize, name: &'static str) -> Result<Vec<usize>, Problem> {
    call.ints(index, name)?
        .into_iter()
        .map(|size| usize::try_from(size).map_err(|_| call.kind(index, name, "sizes from 0")))
        .collect()
}

fn expand(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let x = call.known(0, "input")?;
    let target = call.known(1, "shape")?.as_ints().ok_or_else(|| call.kind(1, "shape", "integers"))?;
    let size = |int: &Int| match int {
        // The same for every image: broadcasting will repeat it.
        Int::Batch => Ok(1),
        Int::Known(size) => usize::try_from(*size).map_err(|_| call.kind(1, "shape", "sizes from 0")),
    };
    let target = target.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let dims = broadcast(call, &x.dims, &target)?;
    budget.take_all(&dims)?;
    let data = x.data.gather(repeated(&x.dims, &dims).into_iter());
    Ok(Known { element: x.element, dims, data })
}

fn constant_of_shape(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let dims = sizes(call, 0, "input")?;
    let len = budget.take_all(&dims)?;
    let value = call
        .attributes
        .tensor("value", &mut |data| Err(format!("a constant of a node can't lie in {}", data.location)))?;
    let value = value.unwrap_or_else(|| Array::reals(vec![1], vec![0.0]));
    let data = match value.numbers {
        Numbers::Reals(reals) if reals.len() == 1 => Data::Reals(vec![reals[0]; len]),
        Numbers::Integers(ints) if ints.len() == 1 => Data::Ints(vec![Int::Known(ints[0]); len]),
        _ => {
            let expected = "a tensor of one number".into();
            return Err(Problem::Attribute {
                name: "value".into(),
                found: format!("{:?}", value.dims),
                expected,
            });
        }
    };
    Ok(Known { element: value.element, dims, data })
}

fn range(call: &Call, budget: &mut Budget) -> Result<Known, Problem> {
    let one = |index, name| -> Result<i64, Problem> {
        match call.ints(index, name)?[..] {
            [value] => Ok(value),
            _ => Err(call.kind(index, name, "one integer")),
        }
    };
    let (start, limit, delta) = (one(0, "start")?, one(1, "limit")?, one(2, "delta")?);
    if delta == 0 {
        return Err(call.kind(2, "delta", "a step other than 0"));
    }
    let count = ((i128::from(limit) - i128::from(start)) / i128::from(delta)
        + i128::from((i128::from(limit) - i128::from(start)) % i128::from(delta) != 0))
    .max(0);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    budget.take(count)?;
    let ints = (0..count as i64).map(|i| Int::Known(start.wrapping_add(i.wrapping_mul(delta)))).collect();
    Ok(Known::ints(vec![count], ints))
}
