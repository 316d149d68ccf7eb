//! Rewriting a trained graph for inference: what only scales and shifts channels goes into the layer before it.

use crate::graph::{Graph, Node, Value};
use crate::ops::{Affine, Conv2d, Each, Linear, Op};
use crate::params::Params;
use crate::shape::Shape;

/// A graph and parameters that answer as `graph` does at inference (to rounding), without dropout, and with
/// each BatchNorm, affine and scale that follows a convolution or a dense layer folded into its weights and
/// bias.
///
/// A convolution `x * w + b` followed by `f y + s` for each channel is the convolution
/// `x * (f w) + (f b + s)`.
///
/// ```
/// use inkdigit_nn::{Graph, Op, Params, Shape, fold, ops::{BatchNorm, Linear}};
///
/// let mut graph = Graph::new(Shape::Features(4));
/// graph.then("fc", Op::Linear(Linear { features: 3, bias: false }))?;
/// graph.then("bn", Op::BatchNorm(BatchNorm::default()))?;
/// let params = Params::init(&graph, 0);
/// let (folded, numbers) = fold::for_inference(&graph, &params);
/// assert_eq!(folded.nodes().len(), 1);
/// assert_eq!(numbers.table().len(), 2, "a weight, and a bias where there was none");
/// # Ok::<(), inkdigit_nn::Error>(())
/// ```
pub fn for_inference(graph: &Graph, params: &Params) -> (Graph, Params) {
    let nodes = graph.nodes();
    let mut readers = vec![0usize; nodes.len() + 1];
    nodes.iter().flat_map(|node| &node.inputs).for_each(|value| readers[value.index()] += 1);
    readers[graph.output().index()] += 1;

    let ranges = graph.param_ranges();
    let own = |node: usize| &params.data()[ranges[node].clone()];
    let mut folded = Graph::new(graph.input_shape());
    let mut numbers = Vec::with_capacity(params.data().len());
    // For each value of the graph the one that stands for it.
    let mut values = vec![Value::INPUT];
    while values.len() <= nodes.len() {
        let first = values.len() - 1;
        let node = &nodes[first];
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        if matches!(node.op, Op::Dropout(_)) && nodes.len() > 1 {
            values.push(inputs[0]);
            continue;
        }
        let begin = numbers.len();
        numbers.extend_from_slice(own(first));
        let mut op = node.op.clone();
        let mut last = first;
        if let Op::Conv2d(Conv2d { bias, .. }) | Op::Linear(Linear { bias, .. }) = &mut op {
            while let Some((factor, shift)) = nodes
                .get(last + 1)
                .filter(|next| readers[last + 1] == 1 && next.inputs == [Value::of_node(last)])
                .and_then(|next| factor_and_shift(next, own(last + 1)))
            {
                fold_in(bias, &mut numbers, begin, &factor, &shift);
                last += 1;
            }
        }
        let value = folded.push(&node.name, op, &inputs).expect("folding changes no shapes and no names");
        values.resize(last + 2, value);
    }
    if values[graph.output().index()] != folded.output() {
        // Only a graph that ends in dropout over an earlier value gets here; it is not worth a rewrite.
        return (graph.clone(), params.clone());
    }
    let params = Params::from_data(&folded, numbers).expect("every parameter has its numbers");
    (folded, params)
}

/// A factor and a shift for each channel, if that is what the node comes down to at inference.
fn factor_and_shift(node: &Node, own: &[f32]) -> Option<(Vec<f32>, Vec<f32>)> {
    let channels = node.output_shape.channels();
    if let Op::BatchNorm(layer) = &node.op {
        return Some(layer.affine(own));
    }
    if let Op::Scale(layer) = &node.op {
        return Some((vec![layer.scale; channels], vec![layer.shift; channels]));
    }
    let Op::Affine(Affine { each }) = &node.op else { return None };
    (*each == Each::Channel || matches!(node.output_shape, Shape::Features(_)))
        .then(|| (own[..channels].to_vec(), own[channels..].to_vec()))
}

/// Scales and shifts the output of a convolution or a dense layer by changing its parameters, which begin at
/// `begin`: the weights, then the bias. A missing bias counts as zeros.
fn fold_in(has_bias: &mut bool, numbers: &mut Vec<f32>, begin: usize, factor: &[f32], shift: &[f32]) {
    if !std::mem::replace(has_bias, true) {
        numbers.resize(numbers.len() + factor.len(), 0.0);
    }
    let bias = numbers.len() - factor.len();
    let (weight, bias) = numbers[begin..].split_at_mut(bias - begin);
    for row in weight.chunks_mut(factor.len()) {
        row.iter_mut().zip(factor).for_each(|(w, f)| *w *= f);
    }
    bias.iter_mut().zip(factor).zip(shift).for_each(|((b, f), s)| *b = *b * f + s);
}
