//! Sums and products: of values, and of a value and a constant, which goes into the layer before it where it can.

use super::call::Call;
use super::draft::Place;
use super::importer::Importer;
use super::spread::{Spread, spread};
use super::value::{Flow, Known, Value};
use crate::error::Problem;
use inkdigit_nn::ops::{Affine, Each, Scale};
use inkdigit_nn::{Op, Shape};

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

/// `Sum`: of any number of values.
pub(super) fn sum_of_all(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    call.attributes.ignore(&["consumed_inputs"]);
    let parts = (0..call.inputs.len())
        .map(|i| call.real_flow(i, "data_0").cloned())
        .collect::<Result<Vec<_>, _>>()?;
    sum(importer, call, &parts)
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

/// The product of two values of one view: gates. Of a value and its own sigmoid it is one layer, SiLU.
fn product(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let (a, b) = (call.real_flow(0, "A")?, call.real_flow(1, "B")?);
    if a.dims != b.dims
        || a.order != b.order
        || importer.draft.shape(a.place) != importer.draft.shape(b.place)
    {
        return Err(call.kind(1, "B", &format!("a value like the first, {a}")));
    }
    // In our own file the two were one layer only if the sigmoid is called after it.
    let one = |gate: Place| importer.joins || importer.draft.name(gate) == format!("{}.sigmoid", call.name);
    for (x, gate) in [(a.place, b.place), (b.place, a.place)] {
        if importer.draft.sigmoid_of(gate) == Some(x) && one(gate) {
            let place = importer.draft.push(&call.name, Op::Silu, &[x], Vec::new())?;
            importer.joined(call, place, "a value times its sigmoid is one SiLU");
            return Ok(a.at(place));
        }
    }
    let place = importer.draft.push(&call.name, Op::Mul, &[a.place, b.place], Vec::new())?;
    Ok(a.at(place))
}

/// `Neg`.
pub(super) fn negate(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let minus_one = Known::reals(Vec::new(), vec![-1.0]);
    multiply(importer, call, call.real_flow(0, "X")?, &minus_one, vec![-1.0])
}

/// A layer `x * factor + term`.
pub(super) fn scale(
    importer: &mut Importer,
    call: &Call,
    x: &Flow,
    factor: f32,
    term: f32,
) -> Result<Flow, Problem> {
    let op = Op::Scale(Scale { scale: factor, shift: term });
    let place = importer.draft.push(&call.name, op, &[x.place], Vec::new())?;
    Ok(x.at(place))
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
