//! Rewriting a trained graph for inference: BatchNorm goes into the layer before it.

use crate::graph::{Graph, Value};
use crate::op::Op;
use crate::params::{ParamSpec, Params};
use std::collections::HashMap;

/// A graph and parameters that answer as `graph` does at inference (to rounding), with each BatchNorm that
/// follows a convolution or a dense layer folded into its weights and bias, and without dropout.
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
    let mut numbers: HashMap<String, Vec<f32>> = HashMap::new();
    let mut index = 0;
    while index < nodes.len() {
        let node = &nodes[index];
        let mut op = node.op.clone();
        let mut own: HashMap<&'static str, Vec<f32>> =
            node.param_specs().iter().map(|spec| (spec.name, number(params, &node.name, spec))).collect();
        let mut last = index;
        let next = nodes.get(index + 1).filter(|next| {
            readers[index + 1] == 1
                && next.inputs == [Value::of_node(index)]
                && matches!(next.op, Op::BatchNorm(_))
        });
        if let (Some(next), true) = (next, matches!(op, Op::Conv2d(_) | Op::Linear(_))) {
            let Op::BatchNorm(layer) = &next.op else { unreachable!("filtered above") };
            let statistics: Vec<f32> =
                next.param_specs().iter().flat_map(|spec| number(params, &next.name, spec)).collect();
            let (factor, shift) = layer.affine(&statistics);
            if let Some(weight) = own.get_mut("weight") {
                for row in weight.chunks_mut(factor.len()) {
                    row.iter_mut().zip(&factor).for_each(|(w, f)| *w *= f);
                }
            }
            let bias = own.remove("bias").unwrap_or_else(|| vec![0.0; factor.len()]);
            let bias = bias.iter().zip(&factor).zip(&shift).map(|((b, f), s)| b * f + s).collect();
            own.insert("bias", bias);
            match &mut op {
                Op::Conv2d(conv) => conv.bias = true,
                Op::Linear(linear) => linear.bias = true,
                _ => {}
            }
            last = index + 1;
        }
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[&value.index()]).collect();
        let value = if matches!(op, Op::Dropout(_)) && nodes.len() > 1 {
            inputs[0]
        } else {
            let pushed = folded.push(&node.name, op, &inputs);
            pushed.expect("folding changes no shapes and no names")
        };
        numbers.extend(own.into_iter().map(|(name, values)| (format!("{}.{name}", node.name), values)));
        values.insert(last + 1, value);
        index = last + 1;
    }
    if values[&graph.output().index()] != folded.output() {
        // Only a graph that ends in dropout over an earlier value gets here; it is not worth a rewrite.
        return (graph.clone(), params.clone());
    }
    let mut restored = Params::init(&folded, 0);
    let table = restored.table().to_vec();
    for info in table {
        restored.data_mut()[info.range].copy_from_slice(&numbers[&info.name]);
    }
    (folded, restored)
}

fn number(params: &Params, layer: &str, spec: &ParamSpec) -> Vec<f32> {
    params.get(&format!("{layer}.{}", spec.name)).expect("parameters of this graph").to_vec()
}
