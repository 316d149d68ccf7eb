//! Operations number by number: activations, and arithmetic with constants.

use super::draft::Place;
use super::value::{Dim, Flow, Known, Value};
use super::{Call, Importer};
use crate::error::Problem;
use inkdigit_nn::op::Op;
use inkdigit_nn::ops::{Affine, Dropout, Each, LeakyRelu, Scale};
use inkdigit_nn::shape::Shape;

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
        _ => activation(importer, call, x, Op::Clip(inkdigit_nn::ops::Clip { low, high })),
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

/// `Add`, `Sub`, `Mul`, `Div`: with a constant on either side, or the sum of two values.
pub(super) fn arithmetic(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    call.attributes.ignore(&["consumed_inputs"]);
    if call.opset < 7 {
        call.attributes.ignore(&["broadcast", "axis"]);
    }
    match (call.value(0, "A")?, call.value(1, "B")?, call.op) {
        (Value::Flow(_), Value::Flow(_), "Add") => {
            let (a, b) = (call.real_flow(0, "A")?, call.real_flow(1, "B")?);
            sum(importer, call, &[a.clone(), b.clone()])
        }
        (Value::Flow(_), Value::Flow(_), "Mul") => product(importer, call),
        (Value::Flow(_), Value::Known(known), op) => {
            let x = call.real_flow(0, "A")?;
            let numbers = known.to_reals()?;
            match op {
                "Add" => add(importer, call, x, known, numbers),
                "Sub" => add(importer, call, x, known, numbers.iter().map(|number| -number).collect()),
                "Mul" => multiply(importer, call, x, known, numbers),
                _ => multiply(importer, call, x, known, numbers.iter().map(|number| 1.0 / number).collect()),
            }
        }
        (Value::Known(known), Value::Flow(_), op) => {
            let x = call.real_flow(1, "B")?;
            let numbers = known.to_reals()?;
            match op {
                "Add" => add(importer, call, x, known, numbers),
                "Mul" => multiply(importer, call, x, known, numbers),
                "Sub" => {
                    let minus_one = Known::reals(Vec::new(), vec![-1.0]);
                    let negative = multiply(importer, call, x, &minus_one, vec![-1.0])?;
                    add(importer, call, &negative, known, numbers)
                }
                _ => Err(unsupported("dividing by what depends on the image")),
            }
        }
        _ => Err(unsupported("computing with two values that depend on the image")),
    }
}

fn unsupported(what: &str) -> Problem {
    Problem::Unsupported { what: what.into(), remedy: "" }
}

/// The sum of several values of one view.
pub(super) fn sum(importer: &mut Importer, call: &Call, parts: &[Flow]) -> Result<Flow, Problem> {
    let (first, rest) = parts.split_first().ok_or(Problem::MissingInput { index: 0, name: "data_0" })?;
    let mut total = first.clone();
    for (i, part) in rest.iter().enumerate() {
        if part.dims != total.dims || part.order != total.order {
            return Err(call.kind(i + 1, "B", &format!("a value like the first, {total}")));
        }
        let mut place = part.place;
        if importer.draft.shape(place) != importer.draft.shape(total.place) {
            // One of them is a map that ONNX took for a vector already.
            let mut vector = |place: Place| match importer.draft.shape(place) {
                Shape::Map { .. } => importer.draft.push("flatten", Op::Flatten, &[place], Vec::new()),
                Shape::Features(_) => Ok(place),
            };
            total.place = vector(total.place)?;
            place = vector(place)?;
        }
        let place = importer.draft.push(&call.name, Op::Add, &[total.place, place], Vec::new())?;
        total = total.at(place);
    }
    Ok(total)
}

/// The constant spread over a value: one number for all, for each channel, or for each element.
enum Spread {
    One(f32),
    Channels(Vec<f32>),
    /// In the engine's memory's order, `[H, W, C]`.
    Elements(Vec<f32>),
}

pub(super) fn add(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    known: &Known,
    numbers: Vec<f32>,
) -> Result<Flow, Problem> {
    let (x, spread) = spread(importer, call, x, known, numbers)?;
    let channels = importer.draft.shape(x.place).channels();
    let joins = importer.joins;
    match spread {
        Spread::One(term) if importer.draft.rescale(x.place, 1.0, term) => {}
        Spread::One(term) if joins && importer.draft.add_to_channels(x.place, &vec![term; channels]) => {}
        Spread::One(term) => return scale(importer, call, &x, 1.0, term),
        Spread::Channels(terms) => {
            if !(joins || importer.draft.is_affine(x.place))
                || !importer.draft.add_to_channels(x.place, &terms)
            {
                let ones = vec![1.0; channels];
                return affine(importer, call, &x, Each::Channel, ones, terms);
            }
        }
        Spread::Elements(terms) => {
            if !importer.draft.affine_elements(x.place, None, Some(&terms)) {
                return affine(importer, call, &x, Each::Element, vec![1.0; terms.len()], terms);
            }
        }
    }
    importer.joined(call, x.place, "added to its bias");
    Ok(x)
}

fn multiply(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    known: &Known,
    numbers: Vec<f32>,
) -> Result<Flow, Problem> {
    let (x, spread) = spread(importer, call, x, known, numbers)?;
    let channels = importer.draft.shape(x.place).channels();
    let joins = importer.joins;
    match spread {
        Spread::One(factor) if joins && importer.draft.rescale(x.place, factor, 0.0) => {}
        Spread::One(factor) if joins && importer.draft.scale_channels(x.place, &vec![factor; channels]) => {}
        Spread::One(factor) => return scale(importer, call, &x, factor, 0.0),
        Spread::Channels(factors) => {
            if !joins || !importer.draft.scale_channels(x.place, &factors) {
                let zeros = vec![0.0; channels];
                return affine(importer, call, &x, Each::Channel, factors, zeros);
            }
        }
        Spread::Elements(factors) => {
            if !joins || !importer.draft.affine_elements(x.place, Some(&factors), None) {
                let zeros = vec![0.0; factors.len()];
                return affine(importer, call, &x, Each::Element, factors, zeros);
            }
        }
    }
    importer.joined(call, x.place, "multiplied into its weights");
    Ok(x)
}

/// The product of two values of one view: gates.
fn product(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let (a, b) = (call.real_flow(0, "A")?, call.real_flow(1, "B")?);
    if a.dims != b.dims
        || a.order != b.order
        || importer.draft.shape(a.place) != importer.draft.shape(b.place)
    {
        return Err(call.kind(1, "B", &format!("a value like the first, {a}")));
    }
    let place = importer.draft.push(&call.name, Op::Mul, &[a.place, b.place], Vec::new())?;
    Ok(a.at(place))
}

/// `Neg`.
pub(super) fn negate(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let minus_one = Known::reals(Vec::new(), vec![-1.0]);
    multiply(importer, call, call.real_flow(0, "X")?, &minus_one, vec![-1.0])
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
    let clipped =
        activation(importer, call, &line, Op::Clip(inkdigit_nn::ops::Clip { low: 0.0, high: 1.0 }))?;
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

/// A layer `x * factor + term`.
pub(super) fn scale(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    factor: f32,
    term: f32,
) -> Result<Flow, Problem> {
    activation(importer, call, x, Op::Scale(Scale { scale: factor, shift: term }))
}

fn affine(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    each: Each,
    scale: Vec<f32>,
    shift: Vec<f32>,
) -> Result<Flow, Problem> {
    let op = Op::Affine(Affine { each });
    let place = importer.draft.push(&call.name, op, &[x.place], vec![scale, shift])?;
    Ok(x.at(place))
}

/// Where each of the constant's numbers belongs, and the value with as many dimensions as both have.
fn spread(
    importer: &Importer,
    call: &Call,
    x: &Flow,
    known: &Known,
    numbers: Vec<f32>,
) -> Result<(Flow, Spread), Problem> {
    if let [number] = numbers[..]
        && known.dims.len() <= x.dims.len()
        && (known.dims.is_empty() || importer.joins)
    {
        return Ok((x.clone(), Spread::One(number)));
    }
    let refused = || call.kind(1, "B", &format!("a constant that fits {x} and adds no dimension"));
    let dims = aligned(call, x, known).ok_or_else(refused)?;
    let mut x = x.clone();
    if dims.len() > x.dims.len() {
        let missing = dims.len() - x.dims.len();
        x = x.with_dims([vec![Dim::Size(1); missing], x.dims.clone()].concat());
    }
    // Along each axis of one image: how many numbers, and how far apart the constant's are.
    let strides = super::views::strides(&dims);
    let mut axes = Vec::new();
    for (i, &dim) in x.dims.iter().enumerate() {
        match (dim, dims[i]) {
            (Dim::Batch, 1) => {}
            (Dim::Size(size), 1) => axes.push((size, 0)),
            (Dim::Size(size), other) if size == other => axes.push((size, strides[i])),
            _ => return Err(refused()),
        }
    }
    let places = super::views::places(&axes);
    let shape = importer.draft.shape(x.place);
    let channels = shape.channels();
    let pixels = shape.len() / channels.max(1);
    // From the constant's own order to `[H, W, C]`.
    let mut elements = vec![0.0; places.len()];
    for (canonical, place) in x.canonical().into_iter().zip(places) {
        let (channel, pixel) = (canonical as usize / pixels, canonical as usize % pixels);
        elements[pixel * channels + channel] = numbers[place];
    }
    let uniform = elements.chunks_exact(channels.max(1)).all(|pixel| *pixel == elements[..channels]);
    Ok(match uniform {
        true => (x, Spread::Channels(elements[..channels].to_vec())),
        false => (x, Spread::Elements(elements)),
    })
}

/// The constant's dimensions beside those of `x`, ones put in: from the right by numpy's rule, before opset 7
/// from an axis that the node names.
fn aligned(call: &Call, x: &Flow, known: &Known) -> Option<Vec<usize>> {
    let rank = x.dims.len();
    if call.opset >= 7 || call.domain != "ai.onnx" {
        let missing = rank.saturating_sub(known.dims.len());
        return Some([vec![1; missing], known.dims.clone()].concat());
    }
    let broadcast = call.attributes.flag("broadcast", false).ok()?;
    let first = call.attributes.int("axis").ok()?;
    let free = rank.checked_sub(known.dims.len())?;
    let first = match first {
        _ if !broadcast => 0,
        None => free,
        Some(axis) if axis < 0 => (rank as i64).checked_add(axis)? as usize,
        Some(axis) => usize::try_from(axis).ok()?,
    };
    let after = free.checked_sub(first)?;
    Some([vec![1; first], known.dims.clone(), vec![1; after]].concat())
}
