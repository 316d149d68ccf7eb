//! Pooling: over windows, over whole maps, and as a reduction of dimensions.

use super::attributes::wrong;
use super::call::Call;
use super::importer::Importer;
use super::maps::{layer_output, maps};
use super::value::{Dim, Flow};
use super::views;
use super::window::{Window, extent};
use crate::error::Problem;
use inkdigit_nn::ops::{AvgPool2d, MaxPool2d, Pad, Padding};
use inkdigit_nn::{Op, Shape};

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
    let axes = views::axes(&axes, rank)?;
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
