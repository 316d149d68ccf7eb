//! Bounds on networks that come from files: a number too many in one must not ask for all memory, nor
//! overflow the arithmetic of shapes.

use inkdigit_nn::ops::{Extent, Padding};
use inkdigit_nn::{Graph, Node, Op};

use crate::error::{Error, Result};

/// The largest size of a kernel, a stride, a margin, and the most channels or features.
const LARGEST_CONSTANT: usize = 1 << 16;

/// The most numbers that one layer gives for one image.
const MOST_VALUES: u128 = 1 << 24;

/// The most parameters of one layer: 256 MB.
const MOST_PARAMETERS: u128 = 1 << 26;

/// Refuses an operation whose constants are beyond all reason.
pub fn check_constants(layer: &str, op: &Op) -> Result<()> {
    let extent = |extent: Extent| extent.height.max(extent.width);
    let padding = |padding: Padding| match padding {
        Padding::Same => 0,
        Padding::Each { top, left, bottom, right } => top.max(left).max(bottom).max(right),
    };
    let largest = match op {
        Op::Conv2d(conv) => {
            conv.channels.max(extent(conv.kernel)).max(extent(conv.stride)).max(padding(conv.padding))
        }
        Op::MaxPool2d(pool) => {
            extent(pool.kernel).max(pool.stride.map_or(0, extent)).max(padding(pool.padding))
        }
        Op::AvgPool2d(pool) => {
            extent(pool.kernel).max(pool.stride.map_or(0, extent)).max(padding(pool.padding))
        }
        Op::Pad(pad) => padding(pad.padding),
        Op::Linear(linear) => linear.features,
        _ => 0,
    };
    let limit = LARGEST_CONSTANT as u128;
    refuse(layer, "a constant of", largest as u128, limit)
}

/// Refuses the last layer of a graph if it gives or holds too much.
pub fn check_last(graph: &Graph) -> Result<()> {
    graph.nodes().last().map_or(Ok(()), check_node)
}

/// Refuses a graph, say from a model file, with a layer that is too large.
pub fn check_size(graph: &Graph) -> Result<()> {
    graph.nodes().iter().try_for_each(|node| {
        check_constants(&node.name, &node.op)?;
        check_node(node)
    })
}

fn check_node(node: &Node) -> Result<()> {
    let product = |dims: &[usize]| dims.iter().fold(1u128, |all, &dim| all.saturating_mul(dim as u128));
    refuse(&node.name, "values for each image:", product(&node.output_shape.dims()), MOST_VALUES)?;
    let parameters = node.param_specs().iter().map(|spec| product(&spec.shape)).fold(0, u128::saturating_add);
    refuse(&node.name, "parameters:", parameters, MOST_PARAMETERS)
}

fn refuse(layer: &str, what: &'static str, found: u128, limit: u128) -> Result<()> {
    if found > limit {
        return Err(Error::NetworkTooLarge { layer: layer.into(), what, found, limit });
    }
    Ok(())
}
