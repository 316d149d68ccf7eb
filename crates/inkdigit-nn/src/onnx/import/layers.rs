//! Layers with weights or windows: convolution, dense, pooling, BatchNorm.

use super::attributes::{MOST_PIXELS, wrong};
use super::draft::Place;
use super::value::{Dim, Flow, Known, Value};
use super::{Call, Importer};
use crate::onnx::error::Problem;
use crate::op::Op;
use crate::ops::{AvgPool2d, BatchNorm, Conv2d, Extent, Linear, MaxPool2d, Pad, Padding};
use crate::shape::Shape;

/// A window that moves over maps, as ONNX's attributes describe it.
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Top, left, bottom, right.
    pads: [usize; 4],
    /// What `ceil_mode` adds below and on the right.
    surplus: [usize; 2],
}

impl Window {
    /// `ceil` lets a last window begin inside the map and end outside.
    fn read(call: &Call, kernel: [usize; 2], size: [usize; 2], ceil: bool) -> Result<Self, Problem> {
        let stride = call.attributes.extent("strides")?.unwrap_or([1, 1]);
        let dilation = call.attributes.extent("dilations")?.unwrap_or([1, 1]);
        let reach = [0, 1].map(|axis| (kernel[axis] - 1).saturating_mul(dilation[axis]).saturating_add(1));
        let auto_pad = call.attributes.string("auto_pad")?.unwrap_or("NOTSET");
        let given = call.attributes.ints("pads")?;
        let same = |lower: bool| {
            let both = [0, 1].map(|axis| {
                let outputs = size[axis].div_ceil(stride[axis]).max(1);
                let total = ((outputs - 1).saturating_mul(stride[axis]))
                    .saturating_add(reach[axis])
                    .saturating_sub(size[axis]);
                let less = total / 2;
                if lower { (total - less, less) } else { (less, total - less) }
            });
            [both[0].0, both[1].0, both[0].1, both[1].1]
        };
        let pads = match auto_pad {
            "SAME_UPPER" => same(false),
            "SAME_LOWER" => same(true),
            "VALID" => [0; 4],
            "NOTSET" | "" => match given {
                None => [0; 4],
                Some(&[top, left, bottom, right])
                    if [top, left, bottom, right].iter().all(|pad| (0..=MOST_PIXELS).contains(pad)) =>
                {
                    [top, left, bottom, right].map(|pad| pad as usize)
                }
                Some(other) => {
                    let expected = format!("four numbers from 0 to {MOST_PIXELS}: top, left, bottom, right");
                    return Err(wrong("pads", format_args!("{other:?}"), &expected));
                }
            },
            other => {
                let expected = "NOTSET, SAME_UPPER, SAME_LOWER or VALID";
                return Err(wrong("auto_pad", other, expected));
            }
        };
        let mut surplus = [0, 0];
        if ceil {
            for axis in [0, 1] {
                let (before, after) = (pads[axis], pads[axis + 2]);
                let padded = size[axis].saturating_add(before).saturating_add(after);
                let steps = padded.saturating_sub(reach[axis]).div_ceil(stride[axis]);
                // A window that would begin in the padding after the map isn't there.
                let steps =
                    if steps * stride[axis] >= size[axis] + before { steps.saturating_sub(1) } else { steps };
                surplus[axis] = (steps * stride[axis] + reach[axis]).saturating_sub(padded);
            }
        }
        Ok(Self { kernel, stride, dilation, pads, surplus })
    }

    fn padding(&self) -> Padding {
        let [top, left, bottom, right] = self.pads;
        Padding::Each { top, left, bottom: bottom + self.surplus[0], right: right + self.surplus[1] }
    }

    fn no_dilation(&self, what: &str) -> Result<(), Problem> {
        if self.dilation == [1, 1] {
            return Ok(());
        }
        Err(Problem::Unsupported { what: format!("{what} with dilations {:?}", self.dilation), remedy: "" })
    }
}

fn extent([height, width]: [usize; 2]) -> Extent {
    Extent { height, width }
}

/// The maps that a flow is, if ONNX sees them as the engine does: `[N, C, H, W]`.
fn maps(importer: &Importer, flow: &Flow, call: &Call) -> Result<[usize; 3], Problem> {
    let refused = |expected: &str| Problem::InputKind {
        index: 0,
        name: "X",
        found: flow.to_string(),
        expected: expected.into(),
    };
    let [Dim::Batch | Dim::Size(1), Dim::Size(c), Dim::Size(h), Dim::Size(w)] = flow.dims[..] else {
        return Err(refused("maps [N, C, H, W]"));
    };
    let what = |what: &str| Problem::Unsupported { what: format!("{} of {what}", call.op), remedy: "" };
    if flow.order.is_some() {
        return Err(what("transposed maps"));
    }
    match importer.draft.shape(flow.place) {
        Shape::Map { channels, height, width } if [channels, height, width] == [c, h, w] => Ok([c, h, w]),
        Shape::Features(_) if (h, w) == (1, 1) => Ok([c, 1, 1]),
        _ => Err(what("maps that were something else before")),
    }
}

/// The value a flow is, as a vector: after a flatten layer, if it is a map.
fn vector(importer: &mut Importer, flow: &Flow) -> Result<Place, Problem> {
    match importer.draft.shape(flow.place) {
        Shape::Features(_) => Ok(flow.place),
        Shape::Map { .. } => {
            let name = flow.flattened_by.as_deref().unwrap_or("flatten");
            importer.draft.push(name, Op::Flatten, &[flow.place], Vec::new())
        }
    }
}

pub(super) fn conv(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let weights = call.known(1, "W")?;
    let bias = if call.has(2) { Some(call.known(2, "B")?.to_reals()?) } else { None };
    convolve(importer, call, x, weights, bias)
}

/// A convolution by attributes and these numbers.
///
/// # Shapes
/// `weights: [O, C / group, KH, KW]`, `bias: [O]`.
pub(super) fn convolve(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    weights: &Known,
    bias: Option<Vec<f32>>,
) -> Result<Flow, Problem> {
    let [c, h, w] = maps(importer, x, call)?;
    let group = match call.attributes.int("group")?.unwrap_or(1) {
        group if group >= 1 => group as usize,
        other => return Err(wrong("group", other, "a number from 1")),
    };
    let fits = |o: usize, i: usize| i.checked_mul(group) == Some(c) && o > 0 && o.is_multiple_of(group);
    let (out, per_group, kernel) = match weights.dims[..] {
        [o, i, kh, kw] if fits(o, i) && kh > 0 && kw > 0 => (o, i, [kh, kw]),
        _ => {
            let expected = format!("[O, {}, KH, KW] for {group} groups of {c} channels", c / group);
            return Err(call.kind(1, "W", &expected));
        }
    };
    if let Some(given) = call.attributes.extent("kernel_shape")?
        && given != kernel
    {
        let expected = format!("{kernel:?} as in the weights");
        return Err(wrong("kernel_shape", format_args!("{given:?}"), &expected));
    }
    if bias.as_ref().is_some_and(|bias| bias.len() != out) {
        return Err(call.kind(2, "B", &format!("{out} numbers")));
    }
    let window = Window::read(call, kernel, [h, w], false)?;
    let reach = [0, 1].map(|axis| (kernel[axis] - 1).saturating_mul(window.dilation[axis]).saturating_add(1));
    let numbers = weights.to_reals()?;

    // Groups and dilations are written out with zeros: the engine's kernels are dense.
    let len = reach[0]
        .checked_mul(reach[1])
        .and_then(|len| len.checked_mul(c))
        .and_then(|len| len.checked_mul(out));
    let len = len.ok_or(Problem::Unsupported { what: "a kernel of that size".into(), remedy: "" })?;
    importer.budget.take(len)?;
    let mut dense = vec![0.0; len];
    let outs_per_group = out / group;
    for (o, filter) in numbers.chunks_exact(per_group * kernel[0] * kernel[1]).enumerate() {
        let first = o / outs_per_group * per_group;
        for (i, taps) in filter.chunks_exact(kernel[0] * kernel[1]).enumerate() {
            for (tap, &number) in taps.iter().enumerate() {
                let row = tap / kernel[1] * window.dilation[0];
                let column = tap % kernel[1] * window.dilation[1];
                dense[((row * reach[1] + column) * c + first + i) * out + o] = number;
            }
        }
    }
    for (written_out, what) in [(group > 1, "groups"), (window.dilation != [1, 1], "dilation")] {
        if written_out {
            importer.note(call, &call.name, &format!("its {what} are written out with zeros"));
        }
    }
    let mut params = vec![dense];
    let has_bias = bias.is_some();
    params.extend(bias);
    if importer.draft.shape(x.place) == Shape::Features(c) {
        // One pixel: a 1x1 kernel is a dense layer.
        if reach != [1, 1] || window.pads != [0; 4] {
            return Err(call.kind(0, "X", "maps larger than one pixel"));
        }
        let op = Op::Linear(Linear { features: out, bias: has_bias });
        let place = importer.draft.push(&call.name, op, &[x.place], params)?;
        return Ok(layer_output(importer, x, place));
    }
    let op = Op::Conv2d(Conv2d {
        channels: out,
        kernel: extent(reach),
        stride: extent(window.stride),
        padding: window.padding(),
        bias: has_bias,
    });
    let place = importer.draft.push(&call.name, op, &[x.place], params)?;
    Ok(layer_output(importer, x, place))
}

/// What a layer gave for the maps `x`: `[N, C, H, W]`.
fn layer_output(importer: &Importer, x: &Flow, place: Place) -> Flow {
    let [c, h, w] = match importer.draft.shape(place) {
        Shape::Map { channels, height, width } => [channels, height, width],
        Shape::Features(features) => [features, 1, 1],
    };
    let dims = vec![x.dims[0], Dim::Size(c), Dim::Size(h), Dim::Size(w)];
    Flow { place, dims, order: None, flattened_by: None, ..x.clone() }
}

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

pub(super) fn max_pool(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.flow(0, "X")?;
    let [_, h, w] = maps(importer, x, call)?;
    if call.outputs > 1 {
        return Err(Problem::Unsupported { what: "the second output (the winners)".into(), remedy: "" });
    }
    call.attributes.ignore(&["storage_order"]);
    let window = Window::read(call, pool_kernel(call)?, [h, w], call.attributes.flag("ceil_mode", false)?)?;
    window.no_dilation("max pooling")?;
    let op = Op::MaxPool2d(MaxPool2d {
        kernel: extent(window.kernel),
        stride: Some(extent(window.stride)),
        padding: window.padding(),
    });
    let place = importer.draft.push(&call.name, op, &[x.place], Vec::new())?;
    Ok(layer_output(importer, x, place))
}

pub(super) fn average_pool(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    average_pool_of(importer, call, x)
}

pub(super) fn average_pool_of(importer: &mut Importer, call: &Call, x: &Flow) -> Result<Flow, Problem> {
    let [_, h, w] = maps(importer, x, call)?;
    let window = Window::read(call, pool_kernel(call)?, [h, w], call.attributes.flag("ceil_mode", false)?)?;
    window.no_dilation("average pooling")?;
    let mut input = x.place;
    let mut padding = window.padding();
    if call.attributes.flag("count_include_pad", false)? && window.pads != [0; 4] {
        if window.surplus != [0, 0] {
            let what = "ceil_mode together with count_include_pad and windows that end outside".into();
            return Err(Problem::Unsupported { what, remedy: "" });
        }
        // Zeros that count are zeros that are there.
        let pad = Op::Pad(Pad { padding, value: 0.0 });
        input = importer.draft.push(&format!("{}.pad", call.name), pad, &[input], Vec::new())?;
        padding = Padding::default();
    }
    let (kernel, stride) = (extent(window.kernel), Some(extent(window.stride)));
    let op = Op::AvgPool2d(AvgPool2d { kernel, stride, padding });
    let place = importer.draft.push(&call.name, op, &[input], Vec::new())?;
    Ok(layer_output(importer, x, place))
}

fn pool_kernel(call: &Call) -> Result<[usize; 2], Problem> {
    let missing = || wrong("kernel_shape", "missing", "two numbers from 1: height and width");
    call.attributes.extent("kernel_shape")?.ok_or_else(missing)
}

/// `GlobalMaxPool`, `GlobalAveragePool`: `[N, C, 1, 1]`.
pub(super) fn global_pool(importer: &mut Importer, call: &Call, x: &Flow, op: Op) -> Result<Flow, Problem> {
    maps(importer, x, call)?;
    if matches!(importer.draft.shape(x.place), Shape::Features(_)) {
        return Ok(x.clone());
    }
    let place = importer.draft.push(&call.name, op, &[x.place], Vec::new())?;
    Ok(layer_output(importer, x, place))
}

/// What is made of the numbers that fall together.
#[derive(Clone, Copy)]
pub(super) enum Reduction {
    Mean,
    Max,
}

impl Reduction {
    /// The pooling over whole maps, or over a window of this size.
    fn pooling(self, window: Option<[usize; 2]>) -> Op {
        match (self, window.map(extent)) {
            (Self::Mean, None) => Op::GlobalAvgPool,
            (Self::Max, None) => Op::GlobalMaxPool,
            (Self::Mean, Some(kernel)) => {
                Op::AvgPool2d(AvgPool2d { kernel, stride: None, padding: Padding::default() })
            }
            (Self::Max, Some(kernel)) => {
                Op::MaxPool2d(MaxPool2d { kernel, stride: None, padding: Padding::default() })
            }
        }
    }
}

/// `ReduceMean` and `ReduceMax` over height, width or both, in whichever order the dimensions are.
pub(super) fn reduce(importer: &mut Importer, call: &Call, reduction: Reduction) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "data")?;
    let rank = x.dims.len();
    let keep = call.attributes.flag("keepdims", true)?;
    call.attributes.ignore(&["noop_with_empty_axes"]);
    let axes = call.axes(1)?.unwrap_or_default();
    let axes = axes.iter().map(|&a| super::views::axis("axes", a, rank)).collect::<Result<Vec<_>, _>>()?;
    let refused = || Problem::Unsupported {
        what: format!("reducing axes {axes:?} of {x}, other than height and width,"),
        remedy: "",
    };
    let Shape::Map { height, width, .. } = importer.draft.shape(x.place) else { return Err(refused()) };
    if axes.iter().any(|&axis| x.dims[axis] == Dim::Batch) {
        return Err(refused());
    }
    // For each number in ONNX's order: which of the results it goes into.
    let mut result = vec![0usize];
    for (axis, &dim) in x.dims.iter().enumerate() {
        let Dim::Size(size) = dim else { continue };
        let reduced = axes.contains(&axis);
        let next = |r: usize, i: usize| if reduced { r } else { r * size + i };
        result = result.iter().flat_map(|&r| (0..size).map(move |i| next(r, i))).collect();
    }
    // The engine can let whole maps, columns or rows fall together.
    type Into = fn(channel: usize, row: usize, column: usize, height: usize, width: usize) -> usize;
    let ways: [(Option<[usize; 2]>, Into); 3] = [
        (None, |c, _, _, _, _| c),
        (Some([height, 1]), |c, _, column, _, width| c * width + column),
        (Some([1, width]), |c, row, _, height, _| c * height + row),
    ];
    let canonical = x.canonical();
    let fits = |into: Into| {
        canonical.iter().zip(&result).all(|(&place, &result)| {
            let (pixel, channel) = (place as usize % (height * width), place as usize / (height * width));
            into(channel, pixel / width, pixel % width, height, width) == result
        })
    };
    let (window, _) = ways.into_iter().find(|&(_, into)| fits(into)).ok_or_else(refused)?;
    let place = importer.draft.push(&call.name, reduction.pooling(window), &[x.place], Vec::new())?;
    let dims = x.dims.iter().enumerate().filter_map(|(axis, &dim)| match (axes.contains(&axis), keep) {
        (true, true) => Some(Dim::Size(1)),
        (true, false) => None,
        (false, _) => Some(dim),
    });
    Ok(Flow { place, dims: dims.collect(), order: None, flattened_by: None, ..x.clone() })
}

pub(super) fn batch_norm(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let channels = importer.draft.shape(x.place).channels();
    let of_channels = matches!(x.dims[..], [_, Dim::Size(c), ..] if c == channels) && x.order.is_none();
    if !of_channels || !call.attributes.flag("spatial", true)? {
        return Err(call.kind(0, "X", "[N, C, H, W] or [N, C], normalised for each channel"));
    }
    if call.attributes.flag("training_mode", false)? {
        let what = "training_mode (normalising by the batch itself)".into();
        return Err(Problem::Unsupported { what, remedy: "export the network in evaluation mode" });
    }
    call.attributes.ignore(&["is_test", "consumed_inputs"]);
    let mut params = Vec::new();
    for (index, name) in [(1, "scale"), (2, "B"), (3, "mean"), (4, "var")] {
        let numbers = call.known(index, name)?;
        if numbers.len() != channels {
            return Err(call.kind(index, name, &format!("{channels} numbers")));
        }
        params.push(numbers.to_reals()?);
    }
    let op = Op::BatchNorm(BatchNorm {
        epsilon: call.attributes.float("epsilon")?.unwrap_or(1e-5),
        // The share of the old averages there, of the new batch here.
        momentum: 1.0 - call.attributes.float("momentum")?.unwrap_or(0.9),
    });
    let place = importer.draft.push(&call.name, op, &[x.place], params)?;
    Ok(x.at(place))
}

/// A border of constants around maps.
pub(super) fn pad(importer: &mut Importer, call: &Call) -> Result<Value, Problem> {
    let x = call.flow(0, "data")?;
    let mode = call.attributes.string("mode")?.unwrap_or("constant");
    if mode != "constant" {
        return Err(wrong("mode", mode, "constant"));
    }
    let pads = match call.opset {
        1 => call.attributes.ints("paddings")?.map(<[i64]>::to_vec),
        ..11 => call.attributes.ints("pads")?.map(<[i64]>::to_vec),
        _ => Some(call.ints(1, "pads")?),
    };
    let pads = pads.ok_or(Problem::MissingInput { index: 1, name: "pads" })?;
    let value = match call.opset {
        ..11 => call.attributes.float("value")?.unwrap_or(0.0),
        _ if call.has(2) => match call.known(2, "constant_value")?.to_reals()?[..] {
            [value] => value,
            _ => return Err(call.kind(2, "constant_value", "one number")),
        },
        _ => 0.0,
    };
    let rank = x.dims.len();
    let axes = if call.has(3) { call.ints(3, "axes")? } else { (0..rank as i64).collect() };
    if pads.len() != 2 * axes.len() {
        return Err(call.kind(1, "pads", &format!("{} numbers", 2 * axes.len())));
    }
    // For each axis how much before and after.
    let mut around = vec![(0i64, 0i64); rank];
    for (i, &a) in axes.iter().enumerate() {
        around[super::views::axis("axes", a, rank)?] = (pads[i], pads[i + axes.len()]);
    }
    if around.iter().all(|&pads| pads == (0, 0)) {
        return Ok(Value::Flow(x.clone()));
    }
    if x.is_quantised() {
        return Err(call.kind(0, "data", "real numbers"));
    }
    maps(importer, x, call)?;
    let side = |pad: i64| match pad {
        0..=MOST_PIXELS => Ok(pad as usize),
        _ => Err(call.kind(1, "pads", &format!("numbers from 0 to {MOST_PIXELS}"))),
    };
    if around[..2].iter().any(|&pads| pads != (0, 0)) {
        let what = "padding of images or channels".into();
        return Err(Problem::Unsupported { what, remedy: "" });
    }
    let padding = Padding::Each {
        top: side(around[2].0)?,
        left: side(around[3].0)?,
        bottom: side(around[2].1)?,
        right: side(around[3].1)?,
    };
    let place = importer.draft.push(&call.name, Op::Pad(Pad { padding, value }), &[x.place], Vec::new())?;
    Ok(Value::Flow(layer_output(importer, x, place)))
}
