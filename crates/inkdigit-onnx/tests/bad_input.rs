//! Files that are broken, hostile, or beyond what is supported: each is told what is wrong, by node, operator
//! and opset; none makes the reader panic or ask for more memory than the file justifies.

#[allow(dead_code, missing_docs)]
#[path = "../src/proto.rs"]
mod proto;

use inkdigit_nn::Shape;
use inkdigit_onnx::{self as onnx, ExternalData, Interface};
use prost::Message;
use proto::*;
use std::path::Path;

const DIGITS: Interface = Interface { input: Shape::map(1, 28, 28), output: Shape::Features(10) };

fn import(bytes: &[u8]) -> Result<(), String> {
    let mut files = |_: &ExternalData| Err("there is none".to_string());
    onnx::import(bytes, DIGITS, &mut files).map(drop).map_err(|error| error.to_string())
}

fn bytes_of(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name).join("model.onnx");
    std::fs::read(path).unwrap()
}

fn zoo() -> ModelProto {
    ModelProto::decode(&bytes_of("zoo_opset8")[..]).unwrap()
}

/// The zoo's network after a change.
fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = zoo();
    change(&mut model);
    model.encode_to_vec()
}

/// ... after a change of its graph.
fn with_graph(change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    changed(|model| change(model.graph.as_mut().unwrap()))
}

/// ... after a change of the first node of this operator.
fn with_node(op: &str, change: impl FnOnce(&mut NodeProto)) -> Vec<u8> {
    with_graph(|graph| {
        change(graph.node.iter_mut().find(|node| node.op_type() == op).expect("the operator is there"))
    })
}

/// ... after a change of the largest initializer.
fn with_weights(change: impl FnOnce(&mut TensorProto)) -> Vec<u8> {
    with_graph(|graph| {
        let sizes = graph.initializer.iter().map(|tensor| tensor.encoded_len());
        let largest = sizes.enumerate().max_by_key(|&(_, size)| size).unwrap().0;
        change(&mut graph.initializer[largest]);
    })
}

fn attribute(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: Some(name.into()), ints: ints.to_vec(), r#type: Some(7), ..Default::default() }
}

fn set(node: &mut NodeProto, name: &str, ints: &[i64]) {
    node.attribute.retain(|attribute| attribute.name() != name && attribute.name() != "auto_pad");
    node.attribute.push(attribute(name, ints));
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: Some(op.into()),
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

fn ints(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: vec![values.len() as i64],
        data_type: Some(7),
        int64_data: values.to_vec(),
        ..Default::default()
    }
}

#[test]
fn what_is_wrong_is_said() {
    let good = bytes_of("zoo_opset8");
    assert_eq!(import(&good), Ok(()), "the file that is changed below");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", vec![], "not an ONNX model: it has no version and no graph"),
        ("text", b"This is no model, it is a sentence.".to_vec(), "not an ONNX model"),
        ("truncated", good[..good.len() / 2].to_vec(), "not an ONNX model"),
        ("no graph", changed(|model| model.graph = None), "the model has no graph"),
        (
            "a future opset",
            changed(|model| model.opset_import[0].version = Some(99)),
            "opset 99 of domain `ai.onnx`, expected 1 to 28",
        ),
        ("opset 0", changed(|model| model.opset_import[0].version = Some(0)), "opset 0 of domain `ai.onnx`"),
        (
            "a cycle",
            with_graph(|graph| graph.node.reverse()),
            "which no node before it gives: it is missing or the graph has a cycle",
        ),
        (
            "a missing value",
            with_node("Relu", |node| node.input[0] = "nothing".into()),
            "reads nothing, which no node before it gives",
        ),
        (
            "a missing output",
            with_graph(|graph| graph.output[0].name = Some("nothing".into())),
            "the graph's output reads nothing",
        ),
        (
            "a value defined by two nodes",
            with_graph(|graph| {
                let again = graph.node[1].clone();
                graph.node.insert(2, again);
            }),
            "is defined twice, the second time by node",
        ),
        (
            "two initializers of one name",
            with_graph(|graph| graph.initializer.push(graph.initializer[0].clone())),
            "is defined twice, the second time by another initializer",
        ),
        (
            "an initializer that is too short",
            with_weights(|tensor| {
                tensor.float_data.pop();
            }),
            "numbers, expected",
        ),
        (
            "raw bytes that are too short",
            with_weights(|tensor| {
                tensor.float_data.clear();
                tensor.raw_data = Some(vec![0; 7]);
            }),
            "it holds 7 bytes, expected",
        ),
        ("a negative dimension", with_weights(|tensor| tensor.dims[0] = -4), "expected dimensions from 0"),
        (
            "a shape that overflows",
            with_weights(|tensor| tensor.dims = vec![1 << 40, 1 << 40]),
            "expected dimensions from 0 and at most 2^28 numbers",
        ),
        (
            "a large shape without numbers",
            with_weights(|tensor| tensor.dims = vec![1 << 27]),
            "numbers, expected 134217728",
        ),
        (
            "weights that are texts",
            with_weights(|tensor| tensor.data_type = Some(8)),
            "its elements are of ONNX's type 8",
        ),
        (
            "weights in another file",
            with_weights(|tensor| {
                tensor.data_location = Some(1);
                tensor.external_data = vec![StringStringEntryProto {
                    key: Some("location".into()),
                    value: Some("../weights.bin".into()),
                }];
            }),
            "its numbers lie in the file ../weights.bin: there is none",
        ),
        (
            "an unknown operator",
            with_node("Relu", |node| node.op_type = Some("Mish".into())),
            "(Mish, opset 8): the operator isn't supported",
        ),
        (
            "an unknown domain",
            with_node("Relu", |node| node.domain = Some("org.example".into())),
            "(org.example.Relu, opset 0): operators of domain `org.example` aren't supported",
        ),
        (
            "an unknown attribute",
            with_node("Relu", |node| node.attribute.push(attribute("slope", &[1]))),
            "(Relu, opset 8): unknown attribute `slope`",
        ),
        (
            "an attribute of another kind",
            with_node("Conv", |node| {
                node.attribute.retain(|attribute| attribute.name() != "strides");
                let strides = AttributeProto { f: Some(1.0), r#type: Some(1), ..attribute("strides", &[]) };
                node.attribute.push(strides);
            }),
            "attribute `strides` is of kind 1, expected a list of integers",
        ),
        (
            "strides of zero",
            with_node("Conv", |node| set(node, "strides", &[0, 1])),
            "attribute `strides` is [0, 1], expected two numbers from 1",
        ),
        (
            "strides beyond reason",
            with_node("MaxPool", |node| set(node, "strides", &[i64::MAX, i64::MAX])),
            "expected two numbers from 1 to 65536",
        ),
        (
            "pads beyond reason",
            with_node("Conv", |node| set(node, "pads", &[i64::MAX, 0, i64::MAX, 0])),
            "expected four numbers from 0 to 65536",
        ),
        (
            "large pads",
            with_node("Conv", |node| set(node, "pads", &[60_000, 60_000, 60_000, 60_000])),
            "(Conv, opset 8): ",
        ),
        (
            "a kernel that isn't the weights'",
            with_node("Conv", |node| set(node, "kernel_shape", &[3, 3])),
            "attribute `kernel_shape` is [3, 3], expected [5, 5] as in the weights",
        ),
        (
            "a window larger than the map",
            with_node("MaxPool", |node| set(node, "kernel_shape", &[60, 60])),
            "its 60x60 window doesn't fit",
        ),
        (
            "a shape that mixes images",
            with_graph(|graph| {
                graph.initializer.push(ints("mixed", &[7, -1]));
                let reshape = graph.node.iter_mut().rfind(|node| node.op_type() == "Reshape").unwrap();
                reshape.input[1] = "mixed".into();
            }),
            "input 1 (shape) is [7, -1] for float [N, ",
        ),
        (
            "no input",
            with_graph(|graph| graph.input.retain(|input| input.name() != "Input3")),
            "the graph has 0 inputs",
        ),
        (
            "two inputs",
            with_graph(|graph| {
                let second = ValueInfoProto { name: Some("other".into()), ..graph.input[0].clone() };
                graph.input.push(second);
            }),
            "the graph has 2 inputs that no initializer fills (Input3, other), expected one: the image",
        ),
        (
            "an output of another size",
            with_graph(|graph| graph.output[0].name = Some("ReLU114_Output_0".into())),
            "no output gives 10 numbers for each image; the outputs are ReLU114_Output_0: float [N, ",
        ),
        (
            "something expanded beyond reason",
            with_graph(|graph| {
                graph.initializer.push(ints("huge", &[1 << 20, 1 << 20, 1 << 20]));
                graph.node.insert(0, node("ConstantOfShape", &["huge"], "zeros"));
            }),
            "far more than the file holds, isn't supported",
        ),
        (
            "a function that calls itself",
            changed(|model| {
                model.functions = vec![FunctionProto {
                    name: Some("Again".into()),
                    domain: Some("own".into()),
                    input: vec!["x".into()],
                    output: vec!["y".into()],
                    node: vec![NodeProto { domain: Some("own".into()), ..node("Again", &["x"], "y") }],
                    ..Default::default()
                }];
                let graph = model.graph.as_mut().unwrap();
                graph.node[0].domain = Some("own".into());
                graph.node[0].op_type = Some("Again".into());
            }),
            "functions that call functions",
        ),
    ];
    let failures: Vec<String> = cases
        .into_iter()
        .map(|(case, bytes, expected)| (case, import(&bytes), expected))
        .filter(|(_, result, expected)| !result.as_ref().is_err_and(|error| error.contains(expected)))
        .map(|(case, result, expected)| format!("{case}: {result:?}, expected {expected}"))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn an_input_of_another_size_is_refused_with_both_named() {
    let bytes = with_graph(|graph| {
        let input = graph.input.iter_mut().find(|input| input.name() == "Input3").unwrap();
        let shape = input.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().shape.as_mut().unwrap();
        shape.dim[1].dim_value = Some(3);
        shape.dim[2].dim_value = Some(224);
        shape.dim[3].dim_value = Some(224);
    });
    let error = import(&bytes).unwrap_err();
    assert!(
        error.contains("shape [1, 3, 224, 224], expected a tensor of 784 numbers for each image"),
        "{error}"
    );
}

/// What a fuzzer found to reach different code (see `fuzz/README.md`): a fast part of its work, each time.
#[test]
fn the_fuzzers_files_are_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/onnx_import");
    let files: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 100, "the corpus is there");
    let refused = files.iter().filter(|file| import(&std::fs::read(file).unwrap()).is_err()).count();
    assert!(refused > 0 && refused < files.len(), "{refused} of {} are refused", files.len());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Any byte may change, any part may be missing.
    #[test]
    fn damage_never_panics(
        name in proptest::sample::select(vec!["zoo_opset1", "zoo_opset8", "hand_shape_chain", "hand_transposes"]),
        changes in proptest::collection::vec((0usize..1 << 20, 0u8..), 1..6),
        cut in proptest::option::of(0usize..1 << 20),
    ) {
        let mut bytes = bytes_of(name);
        for (at, value) in changes {
            // Mostly where the structure is: before the weights.
            let range = if at % 3 == 0 { bytes.len() } else { bytes.len().min(600) };
            let at = at % range;
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut % bytes.len());
        }
        let _ = import(&bytes);
    }
}
