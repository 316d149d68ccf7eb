//! `Resize` and, before it, `Upsample`: of maps, to the nearest pixel, by one whole factor.

use super::attributes::wrong;
use super::call::Call;
use super::importer::Importer;
use super::maps::{layer_output, maps};
use super::value::{Dim, Flow, Int};
use super::views;
use crate::error::Problem;
use inkdigit_nn::Op;
use inkdigit_nn::ops::Upsample2d;

pub(super) fn resize(importer: &mut Importer, call: &Call<'_>) -> Result<Flow, Problem> {
    let x = call.real_flow(0, "X")?;
    let [_, height, width] = maps(importer, x, call)?;
    let mode = call.attributes.string("mode")?.unwrap_or("nearest");
    if mode != "nearest" {
        return Err(wrong("mode", mode, "nearest"));
    }
    let sampling = Sampling::read(call)?;
    let scales = scales(importer, call, x)?;
    let expected = "1 for images and channels, and one whole number from 1 for height and width";
    let refused = || call.kind(scales.input, scales.name, expected);
    let factor = match scales.of_axes[..] {
        [1.0, 1.0, down, across] if down == across && down >= 1.0 && down.fract() == 0.0 => down as usize,
        _ => return Err(refused()),
    };
    let repeats = |size: usize| -> Result<bool, Problem> {
        let len = size.checked_mul(factor).filter(|&len| len <= MOST_PIXELS).ok_or_else(refused)?;
        Ok((0..len).all(|out| sampling.source(out, len, size, factor) == out / factor))
    };
    if !(repeats(height)? && repeats(width)?) {
        let what = format!("choosing the nearest pixel by {} and {}", sampling.coordinates, sampling.nearest);
        return Err(Problem::Unsupported { what, remedy: "" });
    }
    if factor == 1 {
        return Ok(x.clone());
    }
    let op = Op::Upsample2d(Upsample2d { factor });
    let place = importer.draft.push(&call.name, op, &[x.place], Vec::new())?;
    Ok(layer_output(importer, x, place))
}

/// The most rows or columns of a result.
const MOST_PIXELS: usize = 1 << 16;

/// How much larger each axis becomes, and which input says so.
struct Scales {
    of_axes: Vec<f32>,
    input: usize,
    name: &'static str,
}

/// Attributes at first, then an input, since opset 11 one of two; since 18 maybe of some axes alone.
fn scales(importer: &Importer, call: &Call<'_>, x: &Flow) -> Result<Scales, Problem> {
    let whole = |of_axes, input, name| Ok(Scales { of_axes, input, name });
    match (call.op, call.opset) {
        ("Upsample", 1..7) => {
            let scale =
                |name: &str| call.attributes.float(name)?.ok_or_else(|| wrong(name, "missing", "a number"));
            whole(vec![1.0, 1.0, scale("height_scale")?, scale("width_scale")?], 0, "X")
        }
        ("Upsample", 7..9) => {
            let scales = call.attributes.floats("scales")?;
            whole(scales.ok_or_else(|| wrong("scales", "missing", "four numbers"))?.to_vec(), 0, "X")
        }
        (_, ..11) => whole(call.known(1, "scales")?.to_reals()?, 1, "scales"),
        (_, _) => {
            let policy = call.attributes.string("keep_aspect_ratio_policy")?.unwrap_or("stretch");
            if policy != "stretch" {
                return Err(wrong("keep_aspect_ratio_policy", policy, "stretch"));
            }
            let rank = x.dims.len();
            let axes = match call.attributes.ints("axes")? {
                Some(axes) => views::axes(axes, rank)?,
                None => (0..rank).collect(),
            };
            // A file may leave the other of the two out, or give it without numbers.
            let empty = |index| matches!(call.known(index, "scales"), Ok(known) if known.len() == 0);
            let (input, name) = if call.has(2) && !empty(2) { (2, "scales") } else { (3, "sizes") };
            let given =
                if input == 2 { call.known(2, name)?.to_reals()? } else { ratios(importer, call, x, &axes)? };
            if given.len() != axes.len() {
                return Err(call.kind(input, name, &format!("{} numbers", axes.len())));
            }
            let mut of_axes = vec![1.0; rank];
            axes.iter().zip(given).for_each(|(&axis, scale)| of_axes[axis] = scale);
            Ok(Scales { of_axes, input, name })
        }
    }
}

/// The sizes that a node asks for along `axes`, over those that are there.
fn ratios(importer: &Importer, call: &Call<'_>, x: &Flow, axes: &[usize]) -> Result<Vec<f32>, Problem> {
    let sizes = call.known(3, "sizes")?.as_ints().ok_or_else(|| call.kind(3, "sizes", "integers"))?;
    let ratio = |(&size, &axis): (&Int, &usize)| {
        let (there, asked) = match (x.dims[axis], size) {
            (Dim::Batch, Int::Batch) => (1, 1),
            (Dim::Batch, Int::Known(size)) => (importer.nominal_batch.unwrap_or(1) as i64, size),
            (Dim::Size(there), size) => (there as i64, size.known()?),
        };
        Ok(asked as f32 / there as f32)
    };
    if sizes.len() != axes.len() {
        return Err(call.kind(3, "sizes", &format!("{} numbers", axes.len())));
    }
    sizes.iter().zip(axes).map(ratio).collect()
}

/// Where a pixel of the result comes from: a coordinate, and the pixel next to it.
struct Sampling<'c> {
    coordinates: &'c str,
    nearest: &'c str,
}

impl<'c> Sampling<'c> {
    /// Before opset 11 there was one way.
    fn read(call: &Call<'c>) -> Result<Self, Problem> {
        if call.opset < 11 {
            return Ok(Self { coordinates: "asymmetric", nearest: "floor" });
        }
        // What other modes than nearest need.
        let others = ["cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias"];
        call.attributes.ignore(&others);
        let coordinates = call.attributes.string("coordinate_transformation_mode")?.unwrap_or("half_pixel");
        let nearest = call.attributes.string("nearest_mode")?.unwrap_or("round_prefer_floor");
        let known =
            ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"];
        if !known.contains(&coordinates) {
            return Err(wrong("coordinate_transformation_mode", coordinates, &known.join(", ")));
        }
        let modes = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
        if !modes.contains(&nearest) {
            return Err(wrong("nearest_mode", nearest, &modes.join(", ")));
        }
        Ok(Self { coordinates, nearest })
    }

    /// The pixel of `size` that is taken for the pixel `out` of `len`, by ONNX's formulas.
    fn source(&self, out: usize, len: usize, size: usize, factor: usize) -> usize {
        let (at, factor) = (out as f64, factor as f64);
        let coordinate = match self.coordinates {
            "asymmetric" => at / factor,
            "align_corners" if len > 1 => at * (size - 1) as f64 / (len - 1) as f64,
            "align_corners" => 0.0,
            "pytorch_half_pixel" if len == 1 => 0.0,
            // With a whole factor the symmetric form is the same.
            _ => (at + 0.5) / factor - 0.5,
        };
        let nearest = match self.nearest {
            "floor" => coordinate.floor(),
            "ceil" => coordinate.ceil(),
            "round_prefer_ceil" => (coordinate + 0.5).floor(),
            _ => (coordinate - 0.5).ceil(),
        };
        nearest.clamp(0.0, (size - 1) as f64) as usize
    }
}
