//! The steps of a pass: each node of the graph, or a convolution with the activation and the pooling that it
//! runs into.

use crate::graph::{Graph, Node, Value};
use crate::operation::{Run, Storage};
use crate::ops::{Conv2d, MaxPool2d, Op, PooledConvolution};
use std::ops::Range;

/// Nodes that run together, with all they keep between passes.
#[derive(Debug)]
pub(super) struct Step {
    /// Where it stands in the graph.
    pub(super) place: Place,
    /// The length of one sample's output.
    pub(super) output_len: usize,
    /// Where its output lies.
    pub(super) storage: Storage,
    /// Whether its backward pass reads its output, so that nothing may overwrite that.
    pub(super) reads_output: bool,
    /// The operation itself.
    pub(super) run: Box<dyn Run>,
}

/// The place of a step in its graph.
#[derive(Debug)]
pub(super) struct Place {
    /// Its nodes, which follow one another.
    pub(super) nodes: Range<usize>,
    /// What it reads: one value or two.
    pub(super) inputs: Vec<Value>,
    /// Its part of the parameters.
    pub(super) params: Range<usize>,
}

impl std::ops::Deref for Step {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Place {
    /// The value it gives.
    pub(super) fn output(&self) -> Value {
        Value::of_node(self.nodes.end - 1)
    }
}

/// The steps of a graph, ready to run. With `join` convolutions run together with their pooling.
pub(super) fn start(graph: &Graph, join: bool) -> Vec<Step> {
    let nodes = graph.nodes();
    let params = graph.param_ranges();
    plan(graph, join).into_iter().map(|plan| plan.start(nodes, &params)).collect()
}

/// The nodes that run together, by their indices: a convolution with the activation and the pooling it runs
/// into, every other node alone.
pub fn steps(graph: &Graph) -> Vec<Vec<usize>> {
    plan(graph, true).into_iter().map(|plan| plan.nodes().collect()).collect()
}

/// How often each value is read; the output is, by the caller.
pub(super) fn readers(graph: &Graph) -> Vec<usize> {
    let mut readers = vec![0; graph.nodes().len() + 1];
    graph.nodes().iter().flat_map(|node| &node.inputs).for_each(|value| readers[value.index()] += 1);
    readers[graph.output().index()] += 1;
    readers
}

/// What is to run as one step.
enum Plan<'g> {
    Single(usize),
    Pooled { node: usize, conv: &'g Conv2d, activation: Option<usize>, pool: (usize, &'g MaxPool2d) },
}

impl Plan<'_> {
    fn nodes(&self) -> Range<usize> {
        match self {
            Self::Single(node) => *node..node + 1,
            Self::Pooled { node, pool, .. } => *node..pool.0 + 1,
        }
    }

    /// The step, of nodes whose parameters lie at `params`.
    fn start(self, nodes: &[Node], params: &[Range<usize>]) -> Step {
        let range = self.nodes();
        let (first, last) = (&nodes[range.start], &nodes[range.end - 1]);
        let start = |node: &Node| node.op.operation().start(node.input_shape, node.output_shape);
        let (storage, reads_output, run) = match self {
            Self::Single(_) => {
                let storage = first.op.operation().storage();
                (storage, storage == Storage::InPlace, start(first))
            }
            Self::Pooled { conv, activation, pool: (_, pool), .. } => {
                let shapes = [first.input_shape, first.output_shape, last.output_shape];
                let run = activation.map(|activation| start(&nodes[activation]));
                let reads_output = run.is_some();
                let run: Box<dyn Run> = Box::new(PooledConvolution::new(conv, run, pool, shapes));
                (Storage::Apart, reads_output, run)
            }
        };
        // What may join a convolution has no parameters.
        let params = params[range.start].clone();
        let place = Place { nodes: range, inputs: first.inputs.clone(), params };
        Step { place, output_len: last.output_shape.len(), storage, reads_output, run }
    }
}

/// The nodes in order, with `join` each convolution that may with its pooling.
fn plan(graph: &Graph, join: bool) -> Vec<Plan<'_>> {
    let nodes = graph.nodes();
    let readers = readers(graph);
    // The only reader of a value, which must come right after it.
    let follows = |node: usize| {
        let next = nodes.get(node + 1)?;
        (readers[node + 1] == 1 && next.inputs == [Value::of_node(node)]).then_some(node + 1)
    };
    let pooled = |node: usize| {
        let Op::Conv2d(conv) = &nodes[node].op else { return None };
        let next = follows(node)?;
        let activation = nodes[next].op.operation().is_monotone().then_some(next);
        let last = if activation.is_some() { follows(next)? } else { next };
        let Op::MaxPool2d(pool) = &nodes[last].op else { return None };
        Some(Plan::Pooled { node, conv, activation, pool: (last, pool) })
    };
    let mut plans = Vec::new();
    let mut node = 0;
    while node < nodes.len() {
        let plan = join.then(|| pooled(node)).flatten().unwrap_or(Plan::Single(node));
        node = plan.nodes().end;
        plans.push(plan);
    }
    plans
}
