//! A network as a TensorFlow graph, which TensorBoard draws.

use std::collections::BTreeMap;

use inkdigit_nn::{Graph, Node, Shape, Value};

use super::proto::{Attr, AttrValue, Dim, GraphDef, ListValue, NodeDef, TensorShape, VersionDef};
use crate::words;

/// The name of the network's input; with a number where a layer is called so.
const INPUT: &str = "input";

/// The network: a node for its input and for each layer.
pub(super) fn definition(graph: &Graph) -> GraphDef {
    let names = names(graph);
    let input = NodeDef {
        name: names[0].clone(),
        op: "Placeholder".into(),
        input: Vec::new(),
        attr: BTreeMap::from([
            ("shape".into(), attr(Attr::Shape(shape(graph.input_shape())))),
            output_shapes(graph.input_shape()),
        ]),
    };
    let layers = graph.nodes().iter().zip(&names[1..]).map(|(node, name)| layer(node, name, &names));
    GraphDef {
        node: std::iter::once(input).chain(layers).collect(),
        // What TensorFlow 1.x wrote; TensorBoard wants a version and looks no further.
        versions: Some(VersionDef { producer: 22 }),
    }
}

/// A name for the input and each layer. TensorFlow takes `/` for a scope, which layers of imported files mean too,
/// but nothing that begins with anything else than a letter, a digit or a dot.
fn names(graph: &Graph) -> Vec<String> {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "_./-".contains(c) { c } else { '_' };
    let mut names: Vec<String> = Vec::with_capacity(graph.nodes().len() + 1);
    for name in std::iter::once(INPUT).chain(graph.nodes().iter().map(|node| node.name.as_str())) {
        let mut name: String = name.chars().map(allowed).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.') {
            name.insert(0, '.');
        }
        let mut unique = name.clone();
        let mut number = 1;
        while names.contains(&unique) {
            number += 1;
            unique = format!("{name}_{number}");
        }
        names.push(unique);
    }
    names
}

fn layer(node: &Node, name: &str, names: &[String]) -> NodeDef {
    let source = |value: &Value| names[value.node().map_or(0, |node| node + 1)].clone();
    let parameters: usize = node.param_specs().iter().map(|spec| spec.shape.iter().product::<usize>()).sum();
    let text = |text: String| attr(Attr::String(text.into_bytes()));
    let mut attributes =
        BTreeMap::from([output_shapes(node.output_shape), ("layer".into(), text(words::kind(&node.op)))]);
    if parameters > 0 {
        attributes.insert("parameters".into(), text(words::grouped(parameters)));
    }
    NodeDef {
        name: name.into(),
        op: node.op.name().into(),
        input: node.inputs.iter().map(source).collect(),
        attr: attributes,
    }
}

/// What TensorBoard writes at the edges.
fn output_shapes(output: Shape) -> (String, AttrValue) {
    ("_output_shapes".into(), attr(Attr::List(ListValue { shape: vec![shape(output)] })))
}

/// A batch of such values; how many is open.
fn shape(shape: Shape) -> TensorShape {
    let dims = std::iter::once(-1).chain(shape.dims().into_iter().map(|size| size as i64));
    TensorShape { dim: dims.map(|size| Dim { size }).collect() }
}

fn attr(value: Attr) -> AttrValue {
    AttrValue { value: Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Op;

    #[test]
    fn layers_are_nodes_that_name_what_they_read() {
        let mut graph = Graph::new(Shape::map(1, 28, 28));
        let first = graph.then("input", Op::Relu).unwrap();
        let second = graph.then("/act 1:0", Op::Tanh).unwrap();
        graph.push("sum", Op::Add, &[first, second]).unwrap();
        let found = definition(&graph);
        let names: Vec<_> = found.node.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["input", "input_2", "./act_1_0", "sum"]);
        assert_eq!(found.node[3].input, ["input_2", "./act_1_0"]);
        assert_eq!((found.node[0].op.as_str(), found.node[2].op.as_str()), ("Placeholder", "tanh"));
        let Some(Attr::List(list)) = &found.node[3].attr["_output_shapes"].value else { panic!("a list") };
        let sizes: Vec<_> = list.shape[0].dim.iter().map(|dim| dim.size).collect();
        assert_eq!(sizes, [-1, 1, 28, 28]);
    }
}
