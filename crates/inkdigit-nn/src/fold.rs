//! Rewriting a trained graph for inference: what only scales and shifts channels goes into the layer before it.

use crate::graph::{Graph, Node, Value};
use crate::op::Op;
use crate::ops::{Affine, Each};
use crate::params::Params;
use crate::shape::Shape;
use std::collections::HashMap;

/// A graph and parameters that answer as `graph` does at inference (to rounding), without dropout, and with
/// each BatchNorm, affine and scale that follows a convolution or a dense layer folded into its weights and
/// bias.
///
/// A convolution `x * w + b` followed by `f y + s` for each channel is the convolution
/// `x * (f w) + (f b + s)`.
pub fn for_inference(graph: &Graph, params: &Params) -> (Graph, Params) {
    let nodes = graph.nodes();
    let mut readers = vec![0usize; nodes.len() + 1];
    nodes.iter().flat_map(|node| &node.inputs).for_each(|value| readers[value.index()] += 1);
    readers[graph.output().index()] += 1;

    let mut folded = Graph::new(graph.input_shape());
    let mut values: HashMap<usize, Value> = HashMap::from([(0, Value::INPUT)]);
    let mut numbers: HashMap<String, (Vec<usize>, Vec<f32>)> = HashMap::new();
    let mut index = 0;
    while index < nodes.len() {
        let node = &nodes[index];
        let mut op = node.op.clone();
        let mut own = own_numbers(node, params);
        if matches!(op, Op::Conv2d(_) | Op::Linear(_)) {
            while let Some((factor, shift)) = nodes
                .get(index + 1)
                .filter(|next| readers[index + 1] == 1 && next.inputs == [Value::of_node(index)])
                .and_then(|next| factor_and_shift(next, params))
            {
                fold_in(&mut op, &mut own, &factor, &shift);
                index += 1;
            }
        }
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[&value.index()]).collect();
        let value = if matches!(op, Op::Dropout(_)) && nodes.len() > 1 {
            inputs[0]
        } else {
            let pushed = folded.push(&node.name, op, &inputs);
            for spec in folded.nodes().last().map(Node::param_specs).unwrap_or_default() {
                let values = own.remove(spec.name).expect("a bias was added where there was none");
                numbers.insert(format!("{}.{}", node.name, spec.name), (spec.shape, values));
            }
            pushed.expect("folding changes no shapes and no names")
        };
        values.insert(index + 1, value);
        index += 1;
    }
    if values[&graph.output().index()] != folded.output() {
        // Only a graph that ends in dropout over an earlier value gets here; it is not worth a rewrite.
        return (graph.clone(), params.clone());
    }
    let find = |name: &str| numbers.get(name).map(|(shape, values)| (shape.clone(), &values[..]));
    let restored = Params::restore(&folded, find).expect("every parameter has its numbers");
    (folded, restored)
}

/// A factor and a shift for each channel, if that is what the node comes down to at inference.
fn factor_and_shift(node: &Node, params: &Params) -> Option<(Vec<f32>, Vec<f32>)> {
    let own = || node.param_specs().into_iter().flat_map(|spec| number(params, node, spec.name)).collect();
    let channels = node.output_shape.channels();
    match (&node.op, node.output_shape) {
        (Op::BatchNorm(layer), _) => {
            let statistics: Vec<f32> = own();
            Some(layer.affine(&statistics))
        }
        (Op::Affine(Affine { each: Each::Channel }), _) | (Op::Affine(_), Shape::Features(_)) => {
            let mut factor: Vec<f32> = own();
            let shift = factor.split_off(channels);
            Some((factor, shift))
        }
        (Op::Scale(layer), _) => Some((vec![layer.scale; channels], vec![layer.shift; channels])),
        _ => None,
    }
}

/// Scales and shifts the output of a convolution or a dense layer by changing its parameters; a missing bias
/// counts as zeros.
fn fold_in(op: &mut Op, own: &mut HashMap<&'static str, Vec<f32>>, factor: &[f32], shift: &[f32]) {
    if let Some(weight) = own.get_mut("weight") {
        for row in weight.chunks_mut(factor.len()) {
            row.iter_mut().zip(factor).for_each(|(w, f)| *w *= f);
        }
    }
    let bias = own.entry("bias").or_insert_with(|| vec![0.0; factor.len()]);
    bias.iter_mut().zip(factor).zip(shift).for_each(|((b, f), s)| *b = *b * f + s);
    match op {
        Op::Conv2d(conv) => conv.bias = true,
        Op::Linear(linear) => linear.bias = true,
        _ => {}
    }
}

/// The node's parameters by their names within it.
fn own_numbers(node: &Node, params: &Params) -> HashMap<&'static str, Vec<f32>> {
    node.param_specs().iter().map(|spec| (spec.name, number(params, node, spec.name))).collect()
}

fn number(params: &Params, node: &Node, name: &str) -> Vec<f32> {
    params.get(&format!("{}.{name}", node.name)).expect("parameters of this graph").to_vec()
}
