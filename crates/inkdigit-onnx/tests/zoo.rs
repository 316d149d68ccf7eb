//! The model zoo's own MNIST files, in the folder that the variable `INKDIGIT_ONNX` names: `mnist-7.onnx`,
//! `mnist-8.onnx`, and the folders `test_data_set_0` to `_2`.

#[allow(dead_code, missing_docs)]
#[path = "../src/proto.rs"]
mod proto;

use inkdigit_nn::Shape;
use inkdigit_onnx::{self as onnx, Array, Interface};
use prost::Message;
use proto::*;
use std::path::{Path, PathBuf};

const DIGITS: Interface = Interface { input: Shape::map(1, 28, 28), output: Shape::Features(10) };

fn zoo() -> Option<PathBuf> {
    let folder = std::env::var_os("INKDIGIT_ONNX").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        eprintln!("left out: INKDIGIT_ONNX names no folder with the model zoo's files");
    }
    folder.map(PathBuf::from)
}

/// The largest difference from the outputs in the folder's test data.
fn largest_difference(bytes: &[u8], folder: &Path) -> f32 {
    let network = onnx::import(bytes, DIGITS, &mut |_| Err("none".into())).unwrap();
    let array = |set: usize, name: &str| {
        let path = folder.join(format!("test_data_set_{set}")).join(name);
        Array::from_bytes(&std::fs::read(path).unwrap()).unwrap()
    };
    let differences = (0..3).flat_map(|set| {
        let found = network.run(&array(set, "input_0.pb")).unwrap().remove(0).unwrap();
        let expected = array(set, "output_0.pb");
        assert_eq!(found.dims, expected.dims);
        let pairs = found.to_reals().into_iter().zip(expected.to_reals());
        pairs.map(|(a, b)| (a - b).abs()).collect::<Vec<_>>()
    });
    differences.fold(0.0, f32::max)
}

#[test]
fn the_zoos_files_give_the_answers_published_with_them() {
    let Some(folder) = zoo() else { return };
    for name in ["mnist-7.onnx", "mnist-8.onnx"] {
        let difference = largest_difference(&std::fs::read(folder.join(name)).unwrap(), &folder);
        // Logits are up to 6500.
        assert!(difference <= 1e-3, "{name}: {difference}");
    }
}

#[test]
fn the_same_network_in_opset_1_gives_them_too() {
    let Some(folder) = zoo() else { return };
    let model = ModelProto::decode(&std::fs::read(folder.join("mnist-7.onnx")).unwrap()[..]).unwrap();
    let difference = largest_difference(&as_opset_1(model).encode_to_vec(), &folder);
    assert!(difference <= 1e-3, "{difference}");
}

/// The network as files of opset 1 had it: weights as `Constant` nodes, no `opset_import`, kinds of attributes
/// unset, `Add` with `broadcast` and `axis`, `Reshape` with its shape as an attribute.
fn as_opset_1(mut model: ModelProto) -> ModelProto {
    model.opset_import.clear();
    model.ir_version = Some(1);
    let graph = model.graph.as_mut().unwrap();
    let constants = std::mem::take(&mut graph.initializer);
    let find = |name: &str| constants.iter().find(|tensor| tensor.name() == name);
    let plain = |name: &str| AttributeProto { name: Some(name.into()), ..Default::default() };
    graph.input.retain(|input| find(input.name()).is_none());
    for node in &mut graph.node {
        node.attribute.iter_mut().for_each(|attribute| attribute.r#type = None);
        match node.op_type() {
            "Reshape" => {
                let shape = find(&node.input.pop().unwrap()).unwrap();
                let ints = shape.int64_data.clone();
                node.attribute.push(AttributeProto { ints, ..plain("shape") });
            }
            "Add" => {
                let is_channel = find(&node.input[1]).unwrap().dims.len() == 3;
                node.attribute.push(AttributeProto { i: Some(1), ..plain("broadcast") });
                let axis = if is_channel { 1 } else { 0 };
                node.attribute.push(AttributeProto { i: Some(axis), ..plain("axis") });
            }
            _ => {}
        }
    }
    let weights =
        constants.into_iter().filter(|tensor| tensor.data_type == Some(1)).map(|tensor| NodeProto {
            op_type: Some("Constant".into()),
            output: vec![tensor.name().to_string()],
            attribute: vec![AttributeProto { t: Some(tensor), ..plain("value") }],
            ..Default::default()
        });
    graph.node.splice(0..0, weights.collect::<Vec<_>>());
    model
}
