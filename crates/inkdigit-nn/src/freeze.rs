//! Rewriting a trained graph for gradients of its answers: a training pass of the result computes what an
//! inference pass of the original does.

use crate::graph::{Graph, Value};
use crate::ops::{Affine, Each, Op, Scale};
use crate::params::Params;

/// A graph and parameters whose training pass, and so its gradients, is the inference pass of `graph`: dropout
/// is left out, and each BatchNorm is the affine that its running statistics make of it. All other layers keep
/// their names and numbers.
///
/// ```
/// use inkdigit_nn::{Graph, Op, Params, Shape, freeze, ops::{Dropout, Linear}};
///
/// let mut graph = Graph::new(Shape::Features(4));
/// graph.then("drop", Op::Dropout(Dropout { rate: 0.5 }))?;
/// graph.then("fc", Op::Linear(Linear { features: 3, bias: true }))?;
/// let (frozen, _) = freeze::frozen(&graph, &Params::init(&graph, 0));
/// assert_eq!(frozen.nodes().len(), 1);
/// # Ok::<(), inkdigit_nn::Error>(())
/// ```
pub fn frozen(graph: &Graph, params: &Params) -> (Graph, Params) {
    let mut frozen = Graph::new(graph.input_shape());
    // For each value of the graph the one that stands for it.
    let mut values = vec![Value::INPUT];
    let mut numbers = Vec::with_capacity(params.data().len());
    for (node, range) in graph.nodes().iter().zip(graph.param_ranges()) {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        if matches!(node.op, Op::Dropout(_)) {
            values.push(inputs[0]);
            continue;
        }
        let own = &params.data()[range];
        let op = if let Op::BatchNorm(layer) = &node.op {
            let (scale, shift) = layer.affine(own);
            numbers.extend(scale.into_iter().chain(shift));
            Op::Affine(Affine { each: Each::Channel })
        } else {
            numbers.extend_from_slice(own);
            node.op.clone()
        };
        values.push(push(&mut frozen, &node.name, op, &inputs));
    }
    let output = values[graph.output().index()];
    if output != frozen.output() {
        // The graph ends in dropout over a value that isn't its last, but its output has to be.
        push(&mut frozen, "", Op::Scale(Scale { scale: 1.0, shift: 0.0 }), &[output]);
    }
    let params = Params::from_data(&frozen, numbers).expect("every parameter has its numbers");
    (frozen, params)
}

fn push(graph: &mut Graph, name: &str, op: Op, inputs: &[Value]) -> Value {
    graph.push(name, op, inputs).expect("shapes and names are those of a graph")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::{Executor, Noise};
    use crate::ops::{BatchNorm, Conv2d, Dropout, Extent, Linear, Padding};
    use crate::rng::Rng;
    use crate::shape::Shape;

    fn network() -> Graph {
        let conv = |channels| {
            let (kernel, stride) = (Extent::square(3), Extent::square(1));
            Op::Conv2d(Conv2d { channels, kernel, stride, padding: Padding::Same, bias: true })
        };
        let mut graph = Graph::new(Shape::map(1, 6, 6));
        graph.then("conv1", conv(3)).unwrap();
        let relu = graph.then("relu1", Op::Relu).unwrap();
        // Nothing to fold it into: its input is no product.
        graph.then("bn1", Op::BatchNorm(BatchNorm::default())).unwrap();
        let dropped = graph.then("drop1", Op::Dropout(Dropout { rate: 0.5 })).unwrap();
        graph.push("add1", Op::Add, &[relu, dropped]).unwrap();
        graph.then("flatten1", Op::Flatten).unwrap();
        graph.then("fc1", Op::Linear(Linear { features: 4, bias: true })).unwrap();
        graph.then("drop2", Op::Dropout(Dropout { rate: 0.5 })).unwrap();
        graph
    }

    #[test]
    fn training_passes_answer_as_inference_does() {
        let graph = network();
        let mut params = Params::init(&graph, 3);
        let mut rng = Rng::stream(1, &[]);
        // Running statistics and factors that do something.
        params.data_mut().iter_mut().for_each(|number| *number += rng.uniform(0.05, 0.5));
        let (frozen, numbers) = frozen(&graph, &params);
        let names: Vec<_> = frozen.nodes().iter().map(|node| (node.op.name(), node.name.as_str())).collect();
        assert!(names.contains(&("affine", "bn1")) && names.len() == 6, "{names:?}");
        let input: Vec<f32> = (0..2 * 36).map(|_| rng.uniform(-1.0, 1.0)).collect();
        let mut executor = Executor::new(&graph);
        executor.input(2).copy_from_slice(&input);
        let expected = executor.infer(&params).to_vec();
        let mut executor = Executor::tracing(&frozen);
        executor.input(2).copy_from_slice(&input);
        let found = executor.train(&numbers, Noise { seed: 0, step: 0 });
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn an_output_that_was_dropouts_stays_the_output() {
        let mut graph = Graph::new(Shape::Features(3));
        let relu = graph.then("relu1", Op::Relu).unwrap();
        graph.then("tanh1", Op::Tanh).unwrap();
        graph.push("drop1", Op::Dropout(Dropout { rate: 0.5 }), &[relu]).unwrap();
        let (frozen, params) = frozen(&graph, &Params::init(&graph, 0));
        let mut executor = Executor::new(&frozen);
        executor.input(1).copy_from_slice(&[-2.0, 0.0, 3.0]);
        assert_eq!(executor.infer(&params), [0.0, 0.0, 3.0]);
    }
}
