//! What changes the view of a value and none of its numbers: reshaping, transposing, squeezing.

use super::value::{Dim, Flow, Int, shown, sizes};
use crate::error::Problem;
use std::rc::Rc;

/// An axis as ONNX counts it, from the end where it is negative.
pub(super) fn axis(name: &str, axis: i64, rank: usize) -> Result<usize, Problem> {
    let rank = rank as i64;
    let found = if axis < 0 { axis + rank } else { axis };
    if (0..rank).contains(&found) {
        return Ok(found as usize);
    }
    let expected = format!("an axis of {rank} dimensions");
    Err(Problem::Attribute { name: name.into(), found: axis.to_string(), expected })
}

/// Several axes of that kind.
pub(super) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Problem> {
    axes.iter().map(|&a| axis("axes", a, rank)).collect()
}

/// The axes in the order `perm`; all of them backwards if there is none.
pub(super) fn permutation(perm: Option<&[i64]>, rank: usize) -> Result<Vec<usize>, Problem> {
    let Some(perm) = perm else { return Ok((0..rank).rev().collect()) };
    let axes = perm.iter().map(|&p| axis("perm", p, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    if sorted.into_iter().eq(0..rank) {
        return Ok(axes);
    }
    let expected = format!("each of {rank} axes once");
    Err(Problem::Attribute { name: "perm".into(), found: format!("{perm:?}"), expected })
}

/// For each number of a transposed row-major array, its place in the original.
///
/// # Shapes
/// `dims` are the original's, `axes[i]` is the original axis that becomes axis `i`.
pub(super) fn transposed_places(dims: &[usize], axes: &[usize]) -> Vec<usize> {
    let strides = strides(dims);
    let out: Vec<(usize, usize)> = axes.iter().map(|&axis| (dims[axis], strides[axis])).collect();
    places(&out)
}

/// The distance between neighbours along each axis of a row-major array.
pub(super) fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

/// The place of each number of an array whose axes have these sizes and distances.
pub(super) fn places(axes: &[(usize, usize)]) -> Vec<usize> {
    let mut places = vec![0];
    for &(size, stride) in axes {
        places = places.iter().flat_map(|&place| (0..size).map(move |i| place + i * stride)).collect();
    }
    places
}

/// A flow with its axes in another order.
pub(super) fn transpose(flow: &Flow, axes: &[usize]) -> Flow {
    let dims: Vec<Dim> = axes.iter().map(|&axis| flow.dims[axis]).collect();
    // The batch isn't among the sizes: what comes after it moves up.
    let batch = flow.dims.iter().position(|&dim| dim == Dim::Batch);
    let within: Vec<usize> = axes
        .iter()
        .filter(|&&axis| Some(axis) != batch)
        .map(|&axis| axis - usize::from(batch.is_some_and(|batch| batch < axis)))
        .collect();
    let canonical = flow.canonical();
    let order: Vec<u32> =
        transposed_places(&flow.sizes(), &within).into_iter().map(|place| canonical[place]).collect();
    let agrees = order.iter().enumerate().all(|(i, &place)| i as u32 == place);
    Flow { dims, order: (!agrees).then(|| Rc::from(order)), ..flow.clone() }
}

/// A flow with the dimensions that `Reshape` asks for.
///
/// Files made for one image, or for a batch of a fixed size, name that size (`[1, 256]`); here it stands for
/// any batch. `nominal` is the batch's size in the file's input, where it is fixed.
pub(super) fn reshape(
    flow: &Flow,
    target: &[Int],
    zero_copies: bool,
    nominal: Option<usize>,
) -> Result<Flow, Problem> {
    let refused = || Problem::InputKind {
        index: 1,
        name: "shape",
        found: format!("{} for {flow}", shown_target(target)),
        expected: "a shape of the same numbers that keeps images apart".into(),
    };
    /// A dimension asked for, or the one that is to be worked out.
    #[derive(Clone, Copy, PartialEq)]
    enum Asked {
        Dim(Dim),
        Rest,
    }
    let mut asked = Vec::with_capacity(target.len());
    for (i, &int) in target.iter().enumerate() {
        asked.push(match int {
            Int::Batch => Asked::Dim(Dim::Batch),
            Int::Known(-1) => Asked::Rest,
            Int::Known(0) if zero_copies => Asked::Dim(*flow.dims.get(i).ok_or_else(refused)?),
            Int::Known(size) => Asked::Dim(Dim::Size(usize::try_from(size).map_err(|_| refused())?)),
        });
    }
    if asked.iter().filter(|&&dim| dim == Asked::Rest).count() > 1 {
        return Err(refused());
    }
    let len = flow.len();
    // With what comes before `keep` left as it is, does the rest make up one image's numbers?
    let fill = |asked: &[Asked]| -> Option<Vec<Dim>> {
        let known = asked.iter().try_fold(1usize, |product, dim| match dim {
            Asked::Dim(Dim::Size(size)) => product.checked_mul(*size),
            _ => Some(product),
        })?;
        let has_rest = asked.contains(&Asked::Rest);
        let rest = if has_rest { (known > 0 && len.is_multiple_of(known)).then(|| len / known)? } else { 1 };
        (known.checked_mul(rest)? == len).then(|| {
            let size = |dim: &Asked| match dim {
                Asked::Dim(dim) => *dim,
                Asked::Rest => Dim::Size(rest),
            };
            asked.iter().map(size).collect()
        })
    };
    let batched = flow.dims.contains(&Dim::Batch);
    let named = asked.iter().position(|&dim| dim == Asked::Dim(Dim::Batch));
    let dims = match (batched, named) {
        (false, _) => fill(&asked),
        (true, Some(_)) => fill(&asked),
        (true, None) => {
            let is_batch = |dim: &Asked| match dim {
                Asked::Rest => true,
                Asked::Dim(Dim::Size(size)) => *size == 1 || Some(*size) == nominal,
                Asked::Dim(Dim::Batch) => false,
            };
            let with_batch = |at: usize| {
                let mut asked = asked.clone();
                asked[at] = Asked::Dim(Dim::Batch);
                fill(&asked)
            };
            // `[-1, 256]`, `[1, 256]`, `[1, -1]`; else `[1, -1, 256]`; else a single image as a vector.
            let outermost = asked.first().filter(|dim| is_batch(dim)).and_then(|_| with_batch(0));
            let rest = asked.iter().position(|&dim| dim == Asked::Rest);
            outermost.or_else(|| rest.and_then(with_batch)).or_else(|| fill(&asked))
        }
    };
    let dims = dims.ok_or_else(refused)?;
    // Row-major order runs over the batch first only while nothing but ones stand before it.
    let outermost = |dims: &[Dim]| {
        dims.iter().take_while(|&&dim| dim != Dim::Batch).all(|&dim| dim == Dim::Size(1))
            || !dims.contains(&Dim::Batch)
    };
    if !outermost(&dims) || !outermost(&flow.dims) {
        return Err(refused());
    }
    Ok(flow.with_dims(dims))
}

fn shown_target(target: &[Int]) -> String {
    let text = |int: &Int| match int {
        Int::Known(value) => value.to_string(),
        Int::Batch => "N".into(),
    };
    format!("[{}]", target.iter().map(text).collect::<Vec<_>>().join(", "))
}

/// A flow without the dimensions of size 1 at `axes`, or without all of them.
pub(super) fn squeeze(flow: &Flow, axes: Option<&[usize]>) -> Result<Flow, Problem> {
    let mut dims = Vec::new();
    for (i, &dim) in flow.dims.iter().enumerate() {
        match axes {
            Some(axes) if !axes.contains(&i) => dims.push(dim),
            None if dim != Dim::Size(1) => dims.push(dim),
            _ if dim == Dim::Size(1) => {}
            _ => {
                return Err(Problem::InputKind {
                    index: 0,
                    name: "data",
                    found: flow.to_string(),
                    expected: format!("size 1 at axis {i}"),
                });
            }
        }
    }
    Ok(flow.with_dims(dims))
}

/// Dimensions with ones put in so that they stand at `axes` of the result.
pub(super) fn unsqueezed<T: Copy>(dims: &[T], axes: &[i64], one: T) -> Result<Vec<T>, Problem> {
    let rank = dims.len() + axes.len();
    let mut axes = self::axes(axes, rank)?;
    axes.sort_unstable();
    if axes.windows(2).any(|pair| pair[0] == pair[1]) {
        let expected = "each axis once".into();
        return Err(Problem::Attribute { name: "axes".into(), found: format!("{axes:?}"), expected });
    }
    let mut dims = dims.iter();
    let result: Vec<T> =
        (0..rank).filter_map(|i| if axes.contains(&i) { Some(one) } else { dims.next().copied() }).collect();
    Ok(result)
}

/// A flow as a matrix: what stands before `axis` along one dimension, what follows along the other.
pub(super) fn flatten(flow: &Flow, axis: i64, name: &str) -> Result<Flow, Problem> {
    let rank = flow.dims.len();
    let at = if axis == rank as i64 { rank } else { self::axis("axis", axis, rank)? };
    let (before, after) = flow.dims.split_at(at);
    let product = |dims: &[Dim]| sizes(dims).iter().product::<usize>();
    let dims = match (before.contains(&Dim::Batch), after.contains(&Dim::Batch)) {
        (true, false) if product(before) == 1 => vec![Dim::Batch, Dim::Size(product(after))],
        (false, true) if product(before) == 1 && product(after) == flow.len() => {
            // `axis = 0`: one row for the whole batch, which is one image in files that do so.
            vec![Dim::Size(1), Dim::Size(product(after))]
        }
        (false, false) => vec![Dim::Size(product(before)), Dim::Size(product(after))],
        _ => {
            return Err(Problem::Unsupported {
                what: format!("flattening {} at axis {axis}, across images,", shown(&flow.dims)),
                remedy: "",
            });
        }
    };
    Ok(Flow { flattened_by: Some(name.into()), ..flow.with_dims(dims) })
}
