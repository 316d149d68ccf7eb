//! A graph's messages as they come: nodes, constants and the shapes of values, each under a name of its own.

use super::super::array::Array;
use super::super::element::ElementType;
use super::super::proto::{
    AttributeProto, DimensionProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, attribute_type,
};
use inkdigit_nn::shape::Shape;
use std::collections::HashSet;

/// The name of the first dimension, which a file leaves open.
const BATCH: &str = "batch";

/// What a value holds for each sample of the batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueType {
    pub(super) element: ElementType,
    pub(super) shape: Shape,
}

impl ValueType {
    /// Numbers as the engine computes with them.
    pub(super) fn reals(shape: Shape) -> Self {
        Self { element: ElementType::Float, shape }
    }
}

/// A graph being written. Values and nodes have names apart from each other, as ONNX has it.
#[derive(Debug)]
pub(super) struct Writer {
    opset: i64,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// What each node gives, in the order of the nodes.
    values: Vec<ValueInfoProto>,
    node_names: HashSet<String>,
    value_names: HashSet<String>,
}

impl Writer {
    /// An empty graph. Layers keep their names whatever the nodes between them are called, and `interface` names
    /// the graph's inputs and outputs.
    pub(super) fn new<'a>(opset: i64, layers: impl Iterator<Item = &'a str>, interface: &[&str]) -> Self {
        Self {
            opset,
            nodes: Vec::new(),
            constants: Vec::new(),
            values: Vec::new(),
            node_names: layers.map(str::to_string).collect(),
            value_names: interface.iter().map(|&name| name.into()).collect(),
        }
    }

    /// The version of the operators it is written in.
    pub(super) fn opset(&self) -> i64 {
        self.opset
    }

    /// A name for a node that has no layer's name: `wanted`, or the next one with a number.
    pub(super) fn node_name(&mut self, wanted: &str) -> String {
        claim(&mut self.node_names, wanted)
    }

    /// Adds a node with one output of this type, and names that output after it.
    pub(super) fn node(
        &mut self,
        name: String,
        op: &str,
        inputs: Vec<String>,
        attributes: Vec<AttributeProto>,
        output_type: ValueType,
    ) -> String {
        let output = claim(&mut self.value_names, &name);
        self.values.push(value_info(&output, output_type));
        self.nodes.push(NodeProto {
            input: inputs,
            output: vec![output.clone()],
            name: Some(name),
            op_type: Some(op.into()),
            attribute: attributes,
            ..NodeProto::default()
        });
        output
    }

    /// Adds a constant, and gives the name by which nodes read it.
    pub(super) fn constant(&mut self, wanted: &str, array: &Array) -> String {
        let name = claim(&mut self.value_names, wanted);
        self.constants.push(array.to_message(&name));
        name
    }

    /// Makes what the last node gives an output of the graph under `name`.
    ///
    /// # Panics
    /// If there is no node yet.
    pub(super) fn name_last_value(&mut self, name: &str) -> ValueInfoProto {
        let node = self.nodes.last_mut().expect("a node that gives the output");
        node.output = vec![name.into()];
        let value = self.values.pop().expect("a value for each node that is no output");
        ValueInfoProto { name: Some(name.into()), ..value }
    }

    /// The constants as inputs with defaults, the only form they had at first.
    pub(super) fn constants_as_inputs(&self) -> impl Iterator<Item = ValueInfoProto> {
        self.constants.iter().map(|constant| {
            let dims = constant.dims.iter().map(|&dim| size(dim)).collect();
            info(constant.name.clone(), constant.data_type, dims)
        })
    }

    /// Nodes, constants, and the values between nodes.
    pub(super) fn into_parts(self) -> (Vec<NodeProto>, Vec<TensorProto>, Vec<ValueInfoProto>) {
        (self.nodes, self.constants, self.values)
    }
}

/// Takes `wanted`, or the first of `wanted_2`, `wanted_3`, ... that is free.
fn claim(taken: &mut HashSet<String>, wanted: &str) -> String {
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    let name = std::iter::once(wanted.to_string()).chain(numbered).find(|name| !taken.contains(name));
    let name = name.expect("numbers don't end");
    taken.insert(name.clone());
    name
}

/// A value's name with its type: `[batch, C, H, W]` or `[batch, features]`.
pub(super) fn value_info(name: &str, ValueType { element, shape }: ValueType) -> ValueInfoProto {
    let batch = DimensionProto { dim_value: None, dim_param: Some(BATCH.into()) };
    let dims = shape.dims().into_iter().map(|dim| size(dim as i64));
    info(Some(name.into()), Some(element.number()), std::iter::once(batch).chain(dims).collect())
}

fn info(name: Option<String>, elem_type: Option<i32>, dim: Vec<DimensionProto>) -> ValueInfoProto {
    let tensor_type = Some(TensorTypeProto { elem_type, shape: Some(TensorShapeProto { dim }) });
    ValueInfoProto { name, r#type: Some(TypeProto { tensor_type }), doc_string: None }
}

fn size(dim: i64) -> DimensionProto {
    DimensionProto { dim_value: Some(dim), dim_param: None }
}

/// An attribute that is an integer.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, attribute_type::INT) }
}

/// An attribute that is a list of integers.
pub(super) fn ints(name: &str, values: impl IntoIterator<Item = usize>) -> AttributeProto {
    let ints = values.into_iter().map(|value| value as i64).collect();
    AttributeProto { ints, ..attribute(name, attribute_type::INTS) }
}

/// An attribute that is a real number.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, attribute_type::FLOAT) }
}

/// An attribute that is a list of real numbers.
pub(super) fn floats(name: &str, values: impl Into<Vec<f32>>) -> AttributeProto {
    AttributeProto { floats: values.into(), ..attribute(name, attribute_type::FLOATS) }
}

/// An attribute that is a text.
pub(super) fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: Some(value.into()), ..attribute(name, attribute_type::STRING) }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: Some(name.into()), r#type: Some(kind), ..AttributeProto::default() }
}
