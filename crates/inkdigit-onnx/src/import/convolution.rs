//! Convolutions, and the border of constants that may stand before one.

use super::attributes::{MOST_PIXELS, wrong};
use super::call::Call;
use super::importer::Importer;
use super::maps::{layer_output, maps};
use super::value::{Flow, Known};
use super::views::axis;
use super::window::{Window, extent};
use crate::error::Problem;
use inkdigit_nn::ops::{Conv2d, Linear, Pad, Padding};
use inkdigit_nn::{Op, Shape};

pub(super) fn conv(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let weights = call.known(1, "W")?;
    let bias = if call.has(2) { Some(call.known(2, "B")?.to_reals()?) } else { None };
    convolve(importer, call, x, weights, bias)
}

/// Filters that are put in the engine's order together: as many numbers as a line of the cache holds, so that
/// each line is written once.
const FILTERS: usize = 16;

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
    let numbers = weights.reals_of()?;

    // Groups and dilations are written out with zeros: the engine's kernels are dense.
    let len = reach[0]
        .checked_mul(reach[1])
        .and_then(|len| len.checked_mul(c))
        .and_then(|len| len.checked_mul(out));
    let len = len.ok_or(Problem::Unsupported { what: "a kernel of that size".into(), remedy: "" })?;
    importer.budget.take(len)?;
    let mut dense = vec![0.0; len];
    let taps = kernel[0] * kernel[1];
    // Where each number of a filter belongs: ONNX has channels first, the engine last.
    let places: Vec<usize> = (0..per_group * taps)
        .map(|number| {
            let (channel, tap) = (number / taps, number % taps);
            let row = tap / kernel[1] * window.dilation[0];
            let column = tap % kernel[1] * window.dilation[1];
            ((row * reach[1] + column) * c + channel) * out
        })
        .collect();
    for (g, filters) in numbers.chunks_exact(out / group * places.len()).enumerate() {
        let first = g * (per_group * out + out / group);
        for (f, filters) in filters.chunks(FILTERS * places.len()).enumerate() {
            for (number, &place) in places.iter().enumerate() {
                let filters = filters.iter().skip(number).step_by(places.len());
                let row = &mut dense[place + first + f * FILTERS..];
                row.iter_mut().zip(filters).for_each(|(dense, &number)| *dense = number);
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

/// A border of constants around maps.
pub(super) fn pad(importer: &mut Importer, call: &Call) -> Result<Flow, Problem> {
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
        around[axis("axes", a, rank)?] = (pads[i], pads[i + axes.len()]);
    }
    if around.iter().all(|&pads| pads == (0, 0)) {
        return Ok(x.clone());
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
    Ok(layer_output(importer, x, place))
}
