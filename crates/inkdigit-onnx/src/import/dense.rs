//! Dense layers: `Gemm` with its flags, `MatMul`.

use super::call::Call;
use super::importer::Importer;
use super::maps::vector;
use super::value::{Dim, Flow, Known};
use crate::error::Problem;
use inkdigit_nn::Op;
use inkdigit_nn::ops::Linear;

pub(super) fn gemm(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "A")?;
    let weights = call.known(1, "B")?;
    if call.attributes.flag("transA", false)? && x.dims.len() == 2 {
        return Err(Problem::Unsupported { what: "transA on what depends on the image".into(), remedy: "" });
    }
    call.attributes.ignore(&["broadcast"]);
    let alpha = call.attributes.float("alpha")?.unwrap_or(1.0);
    let beta = call.attributes.float("beta")?.unwrap_or(1.0);
    let mut weights = weight_matrix(call, weights, call.attributes.flag("transB", false)?)?;
    weights.numbers.iter_mut().for_each(|number| *number *= alpha);
    let mut bias = None;
    if call.has(2) {
        let terms = call.known(2, "C")?;
        let repeats = match terms.dims[..] {
            [] | [1] | [1, 1] => weights.columns,
            [n] | [1, n] if n == weights.columns => 1,
            _ => return Err(call.kind(2, "C", &format!("[{}]", weights.columns))),
        };
        bias = Some(terms.to_reals()?.repeat(repeats).into_iter().map(|term| term * beta).collect());
    }
    dense(importer, call, x, weights, bias)
}

pub(super) fn matmul(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "A")?;
    let weights = weight_matrix(call, call.known(1, "B")?, false)?;
    dense(importer, call, x, weights, None)
}

/// A matrix `[rows, columns]`, row-major.
pub(super) struct Matrix {
    pub(super) numbers: Vec<f32>,
    pub(super) columns: usize,
}

/// The right-hand matrix of a product. Leading dimensions of 1 don't matter.
pub(super) fn weight_matrix(call: &Call, known: &Known, transposed: bool) -> Result<Matrix, Problem> {
    let refused = || call.kind(1, "B", "a matrix");
    let split = known.dims.len().checked_sub(2).ok_or_else(refused)?;
    let (ones, dims) = known.dims.split_at(split);
    if ones.iter().any(|&dim| dim != 1) {
        return Err(refused());
    }
    let (rows, columns) = (dims[0], dims[1]);
    let numbers = known.to_reals()?;
    if !transposed {
        return Ok(Matrix { numbers, columns });
    }
    let swapped = (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c));
    Ok(Matrix { numbers: swapped.map(|i| numbers[i]).collect(), columns: rows })
}

/// A dense layer over the last dimension of `x`. However the vector came to lie in another order than the
/// engine's: the weights' rows are put in that order instead.
pub(super) fn dense(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    weights: Matrix,
    bias: Option<Vec<f32>>,
) -> Result<Flow, Problem> {
    let Matrix { numbers, columns } = weights;
    let rows = numbers.len().checked_div(columns).unwrap_or(0);
    let (last, others) = x.dims.split_last().ok_or_else(|| call.kind(0, "A", "vectors"))?;
    if *last != Dim::Size(rows) || x.len() != rows || columns == 0 {
        return Err(call.kind(0, "A", &format!("[N, {rows}], as its matrix has {rows} rows")));
    }
    let mut dims = others.to_vec();
    dims.push(Dim::Size(columns));
    let numbers = match &x.order {
        None => numbers,
        Some(order) => {
            let mut reordered = vec![0.0; numbers.len()];
            for (row, &place) in numbers.chunks_exact(columns).zip(order.iter()) {
                reordered[place as usize * columns..][..columns].copy_from_slice(row);
            }
            importer.note(call, &call.name, "the rows of its matrix are in the engine's order");
            reordered
        }
    };
    let input = vector(importer, x)?;
    let op = Op::Linear(Linear { features: columns, bias: bias.is_some() });
    let params = std::iter::once(numbers).chain(bias).collect();
    let place = importer.draft.push(&call.name, op, &[input], params)?;
    Ok(Flow { place, dims, order: None, flattened_by: None, ..x.clone() })
}
