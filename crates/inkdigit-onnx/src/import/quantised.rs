//! Networks of 8-bit integers. The engine computes with the integers less their zero points, kept as floats:
//! sums of products of such numbers are exact up to 2^24, so the answers are those of integer arithmetic.

use super::activation::activation;
use super::arithmetic;
use super::attributes::wrong;
use super::call::Call;
use super::convolution::convolve;
use super::dense::{self, Matrix, weight_matrix};
use super::importer::Importer;
use super::value::{Data, Flow, Int, Known, Value};
use crate::element::ElementType;
use crate::error::Problem;
use inkdigit_nn::Op;
use inkdigit_nn::ops::{Affine, Each, Quantize};

/// How reals became integers: `real = (integer - zero_point) * scale`, one pair for all or one for each
/// entry of an axis.
struct Scheme {
    scales: Vec<f32>,
    zero_points: Vec<f32>,
    element: ElementType,
}

impl Scheme {
    /// The scheme in two inputs of a node. A missing zero point is an unsigned zero.
    fn read(call: &Call, scale: usize, zero_point: usize) -> Result<Self, Problem> {
        let scales = call.known(scale, "scale")?.to_reals()?;
        if scales.is_empty() || scales.iter().any(|&scale| !(scale > 0.0 && scale.is_finite())) {
            return Err(call.kind(scale, "scale", "numbers above 0"));
        }
        let (zero_points, element) = match call.has(zero_point) {
            false => (vec![0.0], ElementType::Uint8),
            true => {
                let known = call.known(zero_point, "zero_point")?;
                (known.to_reals()?, known.element)
            }
        };
        if zero_points.len() != 1 && zero_points.len() != scales.len() {
            return Err(call.kind(zero_point, "zero_point", &format!("{} numbers", scales.len())));
        }
        Ok(Self { scales, zero_points, element })
    }

    /// The one pair for a whole value.
    fn single(&self, call: &Call, index: usize) -> Result<(f32, f32), Problem> {
        match (&self.scales[..], &self.zero_points[..]) {
            (&[scale], &[zero_point]) => Ok((scale, zero_point)),
            _ => Err(call.kind(index, "scale", "one number for the whole value")),
        }
    }

    fn zero_point(&self, i: usize) -> f32 {
        self.zero_points[i.min(self.zero_points.len() - 1)]
    }

    /// The least and greatest integer, less the zero point.
    fn range(&self, call: &Call, index: usize) -> Result<(f32, f32), Problem> {
        let (low, high) =
            self.element.byte_range().ok_or_else(|| call.kind(index, "zero_point", "uint8 or int8"))?;
        Ok((low as f32 - self.zero_points[0], high as f32 - self.zero_points[0]))
    }
}

fn no_blocks(call: &Call) -> Result<(), Problem> {
    call.attributes.ignore(&["saturate", "precision"]);
    match call.attributes.int("block_size")? {
        None | Some(0) => Ok(()),
        Some(other) => Err(wrong("block_size", other, "0")),
    }
}

/// For each number of an array of `dims` its index along the axis that the scheme's pairs belong to.
fn along_axis(call: &Call, dims: &[usize], pairs: usize) -> Result<Vec<usize>, Problem> {
    let len = dims.iter().product();
    if pairs == 1 {
        call.attributes.ignore(&["axis"]);
        return Ok(vec![0; len]);
    }
    let axis = super::views::axis("axis", call.attributes.int("axis")?.unwrap_or(1), dims.len())?;
    if dims[axis] != pairs {
        return Err(call.kind(1, "scale", &format!("{} numbers", dims[axis])));
    }
    let inner: usize = dims[axis + 1..].iter().product();
    Ok((0..len).map(|i| i / inner % pairs).collect())
}

pub(super) fn dequantise_constant(call: &Call) -> Result<Known, Problem> {
    no_blocks(call)?;
    call.attributes.ignore(&["output_dtype"]);
    let x = call.known(0, "x")?;
    let scheme = Scheme::read(call, 1, 2)?;
    let ints = x.as_ints().ok_or_else(|| call.kind(0, "x", "integers"))?;
    let which = along_axis(call, &x.dims, scheme.scales.len())?;
    let real =
        |(int, i): (&Int, usize)| Ok((int.known()? - scheme.zero_point(i) as i64) as f32 * scheme.scales[i]);
    let reals = ints.iter().zip(which).map(real).collect::<Result<_, Problem>>()?;
    Ok(Known::reals(x.dims.clone(), reals))
}

pub(super) fn quantise_constant(call: &Call) -> Result<Known, Problem> {
    no_blocks(call)?;
    call.attributes.ignore(&["output_dtype"]);
    let x = call.known(0, "x")?;
    let scheme = Scheme::read(call, 1, 2)?;
    let (low, high) =
        scheme.element.byte_range().ok_or_else(|| call.kind(2, "y_zero_point", "uint8 or int8"))?;
    let which = along_axis(call, &x.dims, scheme.scales.len())?;
    let integer = |(real, i): (f32, usize)| {
        let rounded = (real / scheme.scales[i]).round_ties_even() + scheme.zero_point(i);
        Int::Known((rounded as i64).clamp(low, high))
    };
    let ints = x.to_reals()?.into_iter().zip(which).map(integer).collect();
    Ok(Known { element: scheme.element, dims: x.dims.clone(), data: Data::Ints(ints) })
}

/// `QuantizeLinear` of a value that depends on the image.
pub(super) fn quantise(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    no_blocks(call)?;
    call.attributes.ignore(&["axis"]);
    let x = call.real_flow(0, "x")?;
    let mut scheme = Scheme::read(call, 1, 2)?;
    if let (Some(number), false) = (call.attributes.int("output_dtype")?.filter(|&n| n != 0), call.has(2)) {
        let element = i32::try_from(number).ok().and_then(ElementType::from_number);
        scheme.element = element.ok_or_else(|| wrong("output_dtype", number, "uint8 or int8"))?;
    }
    rounded(importer, call, x, &scheme, 1)
}

/// A real value rounded to the integers of a scheme whose scale is the node's input `index`.
fn rounded(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    scheme: &Scheme,
    index: usize,
) -> Result<Flow, Problem> {
    let (scale, zero_point) = scheme.single(call, index)?;
    let (low, high) = scheme.range(call, index + 1)?;
    let y = activation(importer, call, x, Op::Quantize(Quantize { scale, low, high }))?;
    Ok(Flow { element: scheme.element, zero_point, ..y })
}

/// `DequantizeLinear` of a value that depends on the image.
pub(super) fn dequantise(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    no_blocks(call)?;
    call.attributes.ignore(&["axis", "output_dtype"]);
    real(importer, call, 0, 1, 2)
}

/// The flow at input `x` as reals, by the scheme at two other inputs.
fn real(
    importer: &mut Importer,
    call: &Call,
    x: usize,
    scale: usize,
    zero_point: usize,
) -> Result<Flow, Problem> {
    let flow = byte_flow(call, x)?;
    let (scale, zero) = Scheme::read(call, scale, zero_point)?.single(call, scale)?;
    let term = (flow.zero_point - zero) * scale;
    let y = match (scale, term) {
        (1.0, 0.0) => flow.clone(),
        _ => arithmetic::scale(importer, call, flow, scale, term)?,
    };
    Ok(Flow { element: ElementType::Float, zero_point: 0.0, ..y })
}

fn byte_flow<'c>(call: &'c Call, index: usize) -> Result<&'c Flow, Problem> {
    let flow = call.flow(index, "x")?;
    if flow.is_quantised() { Ok(flow) } else { Err(call.kind(index, "x", "uint8 or int8")) }
}

/// The flow at an input as integers less `zero_point`, for the engine to compute with.
fn centred(importer: &mut Importer, call: &Call, index: usize, zero_point: f32) -> Result<Flow, Problem> {
    let flow = byte_flow(call, index)?;
    let moved = if flow.zero_point == zero_point {
        flow.clone()
    } else {
        arithmetic::scale(importer, call, flow, 1.0, flow.zero_point - zero_point)?
    };
    Ok(Flow { element: ElementType::Float, zero_point: 0.0, ..moved })
}

/// A node's inputs from the first factor to the result's scheme.
struct Product {
    x: Scheme,
    w: Scheme,
    y: Option<Scheme>,
}

/// Integer sums of products times `factors`, rounded to the result's integers; reals if it has no scheme.
fn requantised(
    importer: &mut Importer,
    call: &Call,
    sums: &Flow,
    product: &Product,
    alpha: f32,
    y_index: usize,
) -> Result<Flow, Problem> {
    let (x_scale, _) = product.x.single(call, 1)?;
    let y_scale = match &product.y {
        Some(y) => y.single(call, y_index)?.0,
        None => 1.0,
    };
    // In this order of operations, as ONNX Runtime has it: the rounding that follows makes it show.
    let factors: Vec<f32> = product.w.scales.iter().map(|w| alpha * (x_scale * w) / y_scale).collect();
    let scaled = match factors[..] {
        [factor] => arithmetic::scale(importer, call, sums, factor, 0.0)?,
        _ => {
            let zeros = vec![0.0; factors.len()];
            let op = Op::Affine(Affine { each: Each::Channel });
            let place = importer.draft.push(&call.name, op, &[sums.place], vec![factors, zeros])?;
            sums.at(place)
        }
    };
    match &product.y {
        None => Ok(scaled),
        Some(y) => {
            let unit = Scheme { scales: vec![1.0], zero_points: y.zero_points.clone(), element: y.element };
            rounded(importer, call, &scaled, &unit, y_index)
        }
    }
}

pub(super) fn conv(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let product = Product {
        x: Scheme::read(call, 1, 2)?,
        w: Scheme::read(call, 4, 5)?,
        y: Some(Scheme::read(call, 6, 7)?),
    };
    let x = centred(importer, call, 0, product.x.single(call, 1)?.1)?;
    let w = call.known(3, "w")?;
    let out = w.dims.first().copied().unwrap_or(0);
    if product.w.scales.len() != 1 && product.w.scales.len() != out {
        return Err(call.kind(4, "w_scale", &format!("1 or {out} numbers")));
    }
    let per_out = w.len().checked_div(out).unwrap_or(0).max(1);
    let numbers = w.to_reals()?;
    let centred = numbers.iter().enumerate().map(|(i, number)| number - product.w.zero_point(i / per_out));
    let weights = Known::reals(w.dims.clone(), centred.collect());
    let bias = if call.has(8) { Some(call.known(8, "B")?.to_reals()?) } else { None };
    let sums = convolve(importer, call, &x, &weights, bias)?;
    requantised(importer, call, &sums, &product, 1.0, 6)
}

pub(super) fn matmul(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let product = Product {
        x: Scheme::read(call, 1, 2)?,
        w: Scheme::read(call, 4, 5)?,
        y: Some(Scheme::read(call, 6, 7)?),
    };
    let weights = weight_matrix(call, call.known(3, "b")?, false)?;
    dense(importer, call, product, weights, None, 1.0, 6)
}

/// `QGemm` of ONNX Runtime's own domain.
pub(super) fn gemm(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let y = if call.has(7) { Some(Scheme::read(call, 7, 8)?) } else { None };
    let product = Product { x: Scheme::read(call, 1, 2)?, w: Scheme::read(call, 4, 5)?, y };
    if call.attributes.flag("transA", false)? {
        return Err(Problem::Unsupported { what: "transA".into(), remedy: "" });
    }
    let weights = weight_matrix(call, call.known(3, "B")?, call.attributes.flag("transB", false)?)?;
    let bias = if call.has(6) { Some(call.known(6, "C")?.to_reals()?) } else { None };
    if bias.as_ref().is_some_and(|bias| bias.len() != weights.columns) {
        return Err(call.kind(6, "C", &format!("{} numbers", weights.columns)));
    }
    let alpha = call.attributes.float("alpha")?.unwrap_or(1.0);
    dense(importer, call, product, weights, bias, alpha, 7)
}

fn dense(
    importer: &mut Importer,
    call: &Call,
    product: Product,
    mut weights: Matrix,
    bias: Option<Vec<f32>>,
    alpha: f32,
    y_index: usize,
) -> Result<Flow, Problem> {
    let columns = weights.columns;
    if product.w.scales.len() != 1 && product.w.scales.len() != columns {
        return Err(call.kind(4, "b_scale", &format!("1 or {columns} numbers")));
    }
    let zero_point = |column: usize| product.w.zero_point(column);
    for row in weights.numbers.chunks_mut(columns.max(1)) {
        row.iter_mut().enumerate().for_each(|(column, number)| *number -= zero_point(column));
    }
    let x = centred(importer, call, 0, product.x.single(call, 1)?.1)?;
    let sums = dense::dense(importer, call, &x, weights, bias)?;
    requantised(importer, call, &sums, &product, alpha, y_index)
}

/// `QLinearAdd` of ONNX Runtime's own domain: of two values, or of a value and a constant.
pub(super) fn add(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let y = Scheme::read(call, 6, 7)?;
    let total = match (call.value(0, "A")?, call.value(3, "B")?) {
        (Value::Flow(_), Value::Flow(_)) => {
            let a = real(importer, call, 0, 1, 2)?;
            let b = real(importer, call, 3, 4, 5)?;
            arithmetic::sum(importer, call, &[a, b])?
        }
        (Value::Flow(_), Value::Known(known)) => {
            let a = real(importer, call, 0, 1, 2)?;
            let (scale, zero_point) = Scheme::read(call, 4, 5)?.single(call, 4)?;
            let numbers = known.to_reals()?.iter().map(|number| (number - zero_point) * scale).collect();
            arithmetic::add(importer, call, &a, known, numbers)?
        }
        _ => return Err(call.kind(0, "A", "a value that depends on the image")),
    };
    rounded(importer, call, &total, &y, 6)
}

/// An error where ONNX Runtime's operators read maps in the other order.
pub(super) fn channels_first(call: &Call<'_>) -> Result<(), Problem> {
    match call.attributes.flag("channels_last", false)? {
        true => Err(wrong("channels_last", 1, "0")),
        false => Ok(()),
    }
}

/// The operators of ONNX Runtime's own domain that are another one between reals: `x, scale, zero point`, then
/// the result's scale and zero point.
pub(super) fn through_reals(
    importer: &mut Importer,
    call: &Call,
    layer: impl Fn(&mut Importer, &Call, &Flow) -> Result<Flow, Problem>,
) -> Result<Flow, Problem> {
    let y = Scheme::read(call, 3, 4)?;
    let x = real(importer, call, 0, 1, 2)?;
    let result = layer(importer, call, &x)?;
    rounded(importer, call, &result, &y, 3)
}
