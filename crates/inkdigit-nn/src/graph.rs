//! A network as data: operations in the order they run, shapes checked when it is built.

use crate::error::{Error, Result};
use crate::ops::Op;
use crate::param_spec::ParamSpec;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A value in a graph: its input, or what one of its nodes gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value(usize);

impl Value {
    /// The graph's input.
    pub const INPUT: Self = Self(0);

    /// The output of node `index`.
    pub const fn of_node(index: usize) -> Self {
        Self(index + 1)
    }

    /// The node that gives it; none for the graph's input.
    pub const fn node(self) -> Option<usize> {
        self.0.checked_sub(1)
    }

    /// Its place among the graph's values: 0 for the input, then one for each node.
    pub const fn index(self) -> usize {
        self.0
    }
}

/// One operation in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The layer's name; its parameters are called `name.parameter`.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// Where its inputs come from: two for an addition, else one.
    pub inputs: Vec<Value>,
    /// The shape of its (first) input.
    pub input_shape: Shape,
    /// The shape of its output.
    pub output_shape: Shape,
}

impl Node {
    /// Its parameters, in the order they lie in the arena.
    pub fn param_specs(&self) -> Vec<ParamSpec> {
        self.op.param_specs(self.input_shape)
    }
}

/// A network: a directed graph without cycles, its nodes in the order they run. Its output is the last
/// node's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Description", into = "Description")]
pub struct Graph {
    input: Shape,
    nodes: Vec<Node>,
}

impl Graph {
    /// A graph without nodes yet.
    pub fn new(input: Shape) -> Self {
        Self { input, nodes: Vec::new() }
    }

    /// Adds an operation after those that are there; an empty name takes the operation's name and a number.
    ///
    /// # Errors
    /// If its inputs aren't known yet, don't fit it, or its name is taken.
    pub fn push(&mut self, name: &str, op: Op, inputs: &[Value]) -> Result<Value> {
        let name = match name {
            "" => {
                let number = self.nodes.iter().filter(|node| node.op.name() == op.name()).count() + 1;
                format!("{}_{number}", op.name())
            }
            name => name.to_string(),
        };
        if self.nodes.iter().any(|node| node.name == name) {
            return Err(Error::DuplicateLayer { layer: name });
        }
        let known = self.nodes.len() + 1;
        if let Some(value) = inputs.iter().find(|value| value.0 >= known) {
            return Err(Error::UnknownValue { layer: name, value: value.0, known });
        }
        let shapes: Vec<Shape> = inputs.iter().map(|&value| self.shape(value)).collect();
        if shapes.is_empty() {
            return Err(Error::UnknownValue { layer: name, value: known, known });
        }
        let output_shape = op.output_shape(&name, &shapes)?;
        let too_large = |found: String| Error::TooLarge { layer: format!("layer {name}"), found };
        output_shape.checked_len().ok_or_else(|| too_large(output_shape.to_string()))?;
        for spec in op.param_specs(shapes[0]) {
            let len = spec.shape.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
            let fits = len.is_some_and(|len| u32::try_from(len).is_ok());
            fits.then_some(()).ok_or_else(|| too_large(format!("{} of {:?}", spec.name, spec.shape)))?;
        }
        self.nodes.push(Node { name, op, inputs: inputs.to_vec(), input_shape: shapes[0], output_shape });
        Ok(self.output())
    }

    /// Adds an operation after the last one.
    ///
    /// # Errors
    /// As [`Graph::push`].
    pub fn then(&mut self, name: &str, op: Op) -> Result<Value> {
        let last = self.output();
        self.push(name, op, &[last])
    }

    /// The graph with one more operation between its input and everything that reads it.
    ///
    /// # Errors
    /// As [`Graph::push`]: if the operation doesn't give the input's shape, or the name is taken.
    pub fn with_input_op(&self, name: &str, op: Op) -> Result<Self> {
        let mut graph = Self::new(self.input);
        let first = graph.then(name, op)?;
        for node in &self.nodes {
            let moved = |value: &Value| if value.node().is_none() { first } else { Value(value.0 + 1) };
            let inputs: Vec<Value> = node.inputs.iter().map(moved).collect();
            graph.push(&node.name, node.op.clone(), &inputs)?;
        }
        Ok(graph)
    }

    /// The shape of one input sample.
    pub fn input_shape(&self) -> Shape {
        self.input
    }

    /// The shape of one output sample.
    pub fn output_shape(&self) -> Shape {
        self.shape(self.output())
    }

    /// The last node's value, or the input where there are no nodes.
    pub fn output(&self) -> Value {
        Value(self.nodes.len())
    }

    /// All nodes in the order they run.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The shape of a value.
    ///
    /// # Panics
    /// If the value belongs to another graph.
    pub fn shape(&self, value: Value) -> Shape {
        value.node().map_or(self.input, |node| self.nodes[node].output_shape)
    }

    /// Where each node's parameters lie in the arena.
    pub(crate) fn param_ranges(&self) -> Vec<Range<usize>> {
        let mut begin = 0;
        let range = |node: &Node| {
            let end = begin + node.param_specs().iter().map(ParamSpec::numbers).sum::<usize>();
            std::mem::replace(&mut begin, end)..end
        };
        self.nodes.iter().map(range).collect()
    }

    /// Multiply-adds of one sample's forward pass.
    pub fn multiply_adds(&self) -> u64 {
        self.nodes.iter().map(|node| node.op.multiply_adds(node.input_shape, node.output_shape)).sum()
    }
}

/// The form a graph is stored in: without what can be worked out again.
#[derive(Clone, Serialize, Deserialize)]
struct Description {
    input: Shape,
    nodes: Vec<NodeDescription>,
}

#[derive(Clone, Serialize, Deserialize)]
struct NodeDescription {
    name: String,
    op: Op,
    inputs: Vec<Value>,
}

impl From<Graph> for Description {
    fn from(graph: Graph) -> Self {
        let node = |node: Node| NodeDescription { name: node.name, op: node.op, inputs: node.inputs };
        Self { input: graph.input, nodes: graph.nodes.into_iter().map(node).collect() }
    }
}

impl TryFrom<Description> for Graph {
    type Error = Error;

    fn try_from(description: Description) -> Result<Self> {
        let input = description.input;
        let too_large = || Error::TooLarge { layer: "the input".into(), found: input.to_string() };
        input.checked_len().ok_or_else(too_large)?;
        let mut graph = Self::new(description.input);
        for node in description.nodes {
            graph.push(&node.name, node.op, &node.inputs)?;
        }
        if graph.nodes.is_empty() {
            return Err(Error::EmptyGraph);
        }
        Ok(graph)
    }
}
