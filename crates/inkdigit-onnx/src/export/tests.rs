//! What the messages hold, opset by opset; that whole files are sound is checked from outside the crate.

use super::*;
use crate::array::Numbers;
use crate::proto::{AttributeProto, NodeProto};
use inkdigit_nn::Op;
use inkdigit_nn::ops::{
    Affine, BatchNorm, Clip, Conv2d, Dropout, Each, Extent, Linear, MaxPool2d, Pad, Padding, Quantize, Scale,
    Upsample2d,
};
use std::collections::{HashMap, HashSet};

const MAPS: Shape = Shape::map(2, 3, 2);

fn sequence(input: Shape, ops: impl IntoIterator<Item = Op>) -> Graph {
    let mut graph = Graph::new(input);
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

fn written(graph: &Graph, options: &ExportOptions) -> Result<ModelProto> {
    let bytes = export(graph, &Params::init(graph, 1), options)?;
    Ok(ModelProto::decode(&bytes[..]).expect("our own message"))
}

fn in_opset(opset: i64) -> ExportOptions {
    ExportOptions { opset, ..ExportOptions::default() }
}

fn graph_of(graph: &Graph, opset: i64) -> GraphProto {
    written(graph, &in_opset(opset)).expect("a network that the opset can say").graph.expect("a graph")
}

/// The nodes of one operation.
fn nodes_of(op: Op, opset: i64) -> Vec<NodeProto> {
    graph_of(&sequence(MAPS, [op]), opset).node
}

fn operators(nodes: &[NodeProto]) -> Vec<&str> {
    nodes.iter().map(NodeProto::op_type).collect()
}

fn attribute<'n>(node: &'n NodeProto, name: &str) -> Option<&'n AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name() == name)
}

fn constants(graph: &GraphProto) -> HashMap<&str, Array> {
    let read = |tensor| Array::read(tensor, &mut |_| Err("one file".into())).expect("a constant");
    graph.initializer.iter().map(|tensor| (tensor.name(), read(tensor))).collect()
}

fn names(values: &[ValueInfoProto]) -> Vec<&str> {
    values.iter().map(ValueInfoProto::name).collect()
}

fn dims(value: &ValueInfoProto) -> Vec<String> {
    let tensor = value.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).expect("a tensor");
    let shape = tensor.shape.as_ref().expect("a shape");
    shape
        .dim
        .iter()
        .map(|dim| dim.dim_value.map_or(dim.dim_param().into(), |size| size.to_string()))
        .collect()
}

#[test]
fn each_opset_has_the_format_of_its_day() {
    let graph = sequence(Shape::Features(3), [Op::Linear(Linear { features: 2, bias: true })]);
    let versions = [3, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10];
    for (opset, ir_version) in OPSETS.zip(versions) {
        let model = written(&graph, &in_opset(opset)).expect("a dense layer");
        assert_eq!(model.ir_version, Some(ir_version), "opset {opset}");
        assert_eq!(model.opset_import.len(), 1);
        assert_eq!((model.opset_import[0].domain(), model.opset_import[0].version), ("", Some(opset)));
        let inputs = model.graph.expect("a graph").input;
        let expected: &[&str] =
            if ir_version < 4 { &["input", "linear_1.weight", "linear_1.bias"] } else { &["input"] };
        assert_eq!(names(&inputs), expected, "opset {opset}");
    }
}

#[test]
fn every_operation_is_written_as_the_operators_it_names() {
    for op in Op::examples() {
        let input = [MAPS, Shape::map(3, 9, 7), Shape::Features(11)]
            .into_iter()
            .find(|&input| op.output_shape("", &vec![input; op.inputs()]).is_ok())
            .expect("an input it takes");
        let mut graph = Graph::new(input);
        graph
            .push("it", op.clone(), &vec![inkdigit_nn::Value::INPUT; op.inputs()])
            .expect("an input it takes");
        let form = op.onnx();
        let mut written_as = HashSet::new();
        for opset in OPSETS {
            match written(&graph, &in_opset(opset)) {
                Ok(model) => {
                    assert!(opset >= form.since, "{op:?} in opset {opset}");
                    let nodes = model.graph.expect("a graph").node;
                    written_as.extend(nodes.into_iter().map(|node| node.op_type().to_string()));
                }
                Err(error) => {
                    assert!(opset < form.since, "{op:?} in opset {opset}: {error}");
                    assert_eq!(error.kind(), crate::ErrorKind::Export);
                }
            }
        }
        let named = |operator: &String| form.operators.contains(&operator.as_str());
        assert!(written_as.iter().all(named), "{op:?}: {written_as:?}");
    }
}

#[test]
fn operators_have_the_form_of_their_opset() {
    let clip = Op::Clip(Clip { low: f32::NEG_INFINITY, high: 6.0 });
    let old = &nodes_of(clip.clone(), 10)[0];
    assert_eq!(attribute(old, "max").and_then(|max| max.f), Some(6.0));
    assert_eq!((attribute(old, "min"), old.input.len()), (None, 1));
    let new = &nodes_of(clip, 11)[0];
    assert_eq!(
        (&new.input[..], new.attribute.len()),
        (&["input", "", "clip_1.max"].map(String::from)[..], 0)
    );
    let below = &nodes_of(Op::Clip(Clip { low: 0.5, high: f32::INFINITY }), 11)[0];
    assert_eq!(below.input, ["input", "clip_1.min"]);

    let dropout = Op::Dropout(Dropout { rate: 0.25 });
    assert_eq!(attribute(&nodes_of(dropout.clone(), 11)[0], "ratio").and_then(|ratio| ratio.f), Some(0.25));
    assert_eq!(nodes_of(dropout, 12)[0].input, ["input", "dropout_1.ratio"]);

    let padding = Padding::Each { top: 1, left: 2, bottom: 3, right: 4 };
    let pad = Op::Pad(Pad { padding, value: 0.5 });
    let pads = [0, 0, 1, 2, 0, 0, 3, 4];
    assert_eq!(attribute(&nodes_of(pad.clone(), 10)[0], "pads").map(|a| &a.ints[..]), Some(&pads[..]));
    let graph = graph_of(&sequence(MAPS, [pad]), 11);
    assert_eq!(graph.node[0].input, ["input", "pad_1.pads", "pad_1.value"]);
    assert_eq!(constants(&graph)["pad_1.pads"].numbers, Numbers::Integers(pads.into()));

    let upsample = Op::Upsample2d(Upsample2d { factor: 2 });
    let scales = [1.0, 1.0, 2.0, 2.0];
    assert_eq!(operators(&nodes_of(upsample.clone(), 8)), ["Upsample"]);
    assert_eq!(
        attribute(&nodes_of(upsample.clone(), 8)[0], "scales").map(|a| &a.floats[..]),
        Some(&scales[..])
    );
    assert_eq!(nodes_of(upsample.clone(), 9)[0].input, ["input", "upsample2d_1.scales"]);
    assert_eq!(operators(&nodes_of(upsample.clone(), 10)), ["Resize"]);
    assert_eq!(nodes_of(upsample.clone(), 12)[0].input, ["input", "upsample2d_1.roi", "upsample2d_1.scales"]);
    let newest = &nodes_of(upsample, 13)[0];
    assert_eq!(newest.input, ["input", "", "upsample2d_1.scales"]);
    assert_eq!(attribute(newest, "nearest_mode").and_then(|a| a.s.clone()), Some(b"floor".to_vec()));
    assert_eq!(operators(&nodes_of(Op::Silu, 17)), ["Sigmoid", "Mul"]);

    assert_eq!(operators(&nodes_of(Op::Gelu, 19)), ["Div", "Erf", "Add", "Mul", "Mul"]);
    assert_eq!(operators(&nodes_of(Op::Gelu, 20)), ["Gelu"]);

    let probabilities = |opset| {
        let options = ExportOptions { probabilities: Some(1.0), ..in_opset(opset) };
        let model = written(&sequence(MAPS, [Op::Flatten]), &options).expect("a vector");
        let softmax = model.graph.and_then(|mut graph| graph.node.pop()).expect("a node");
        attribute(&softmax, "axis").and_then(|axis| axis.i)
    };
    assert_eq!((probabilities(12), probabilities(13)), (Some(1), Some(-1)));
}

#[test]
fn weights_lie_in_the_order_of_onnx() {
    let conv = Conv2d {
        channels: 2,
        kernel: Extent { height: 1, width: 3 },
        stride: Extent::square(1),
        padding: Padding::Same,
        bias: false,
    };
    let affine = Op::Affine(Affine { each: Each::Element });
    let graph = sequence(Shape::map(2, 1, 3), [affine, Op::Conv2d(conv)]);
    let mut params = Params::init(&graph, 1);
    params.data_mut().iter_mut().zip(0u8..).for_each(|(number, i)| *number = i.into());
    let bytes = export(&graph, &params, &ExportOptions::default()).expect("a file");
    let written = ModelProto::decode(&bytes[..]).expect("our own message").graph.expect("a graph");
    let constants = constants(&written);
    // [H, W, C] with C = 2 has the first channel at 0, 2, 4.
    let scale = &constants["affine_1.scale"];
    assert_eq!((&scale.dims[..], scale.to_reals()), (&[2, 1, 3][..], vec![0., 2., 4., 1., 3., 5.]));
    // [KW, C, O] with C = O = 2: the first filter's numbers are the even ones, from 12 on.
    let weight = &constants["conv2d_1.weight"];
    let expected = [12., 16., 20., 14., 18., 22., 13., 17., 21., 15., 19., 23.];
    assert_eq!((&weight.dims[..], &weight.to_reals()[..]), (&[2, 2, 1, 3][..], &expected[..]));
    // `same` in pixels.
    assert_eq!(attribute(&written.node[2], "pads").map(|pads| &pads.ints[..]), Some(&[0, 1, 0, 1][..]));
}

#[test]
fn momentum_is_the_share_of_the_old_average() {
    let node = &nodes_of(Op::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.25 }), 17)[0];
    let constant = |name| attribute(node, name).and_then(|constant| constant.f);
    assert_eq!((constant("momentum"), constant("epsilon")), (Some(0.75), Some(1e-3)));
}

#[test]
fn bytes_hold_quantised_numbers() {
    for (low, element, zero_point) in
        [(0, ElementType::Uint8, 0), (-100, ElementType::Uint8, 100), (-128, ElementType::Int8, 0)]
    {
        let quantize = Quantize { scale: 0.5, low: low as f32, high: (low + 255) as f32 };
        let graph = graph_of(&sequence(MAPS, [Op::Quantize(quantize), Op::Relu]), 10);
        assert_eq!(operators(&graph.node), ["QuantizeLinear", "DequantizeLinear", "Relu"]);
        let found = &constants(&graph)["quantize_1.zero_point"];
        assert_eq!((found.element, &found.numbers), (element, &Numbers::Integers(vec![zero_point])), "{low}");
        let bytes = graph.value_info[0].r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        assert_eq!(bytes.and_then(|bytes| bytes.elem_type), Some(element.number()));
    }
}

#[test]
fn every_value_has_a_shape_for_any_batch() {
    let pool = MaxPool2d { kernel: Extent { height: 2, width: 1 }, stride: None, padding: Padding::Same };
    let ops =
        [Op::Gelu, Op::MaxPool2d(pool), Op::GlobalAvgPool, Op::Linear(Linear { features: 4, bias: false })];
    let options = ExportOptions { probabilities: Some(2.0), uint8_input: true, ..ExportOptions::default() };
    let graph = written(&sequence(MAPS, ops), &options).expect("a network").graph.expect("a graph");
    let given: Vec<&str> = graph.node.iter().flat_map(|node| &node.output).map(String::as_str).collect();
    let known: HashMap<&str, &ValueInfoProto> =
        graph.value_info.iter().chain(&graph.output).map(|value| (value.name(), value)).collect();
    assert_eq!((given.len(), known.len()), (12, 12));
    for (value, expected) in [
        ("input.cast", &["batch", "2", "3", "2"][..]),
        ("gelu_1.erf", &["batch", "2", "3", "2"]),
        ("max_pool2d_1", &["batch", "2", "2", "2"]),
        ("global_avg_pool_1", &["batch", "2", "1", "1"]),
        ("global_avg_pool_1.flatten", &["batch", "2"]),
        ("logits", &["batch", "4"]),
        ("probabilities", &["batch", "4"]),
    ] {
        assert!(given.contains(&value), "{value} in {given:?}");
        assert_eq!(dims(known[value]), expected, "{value}");
    }
    assert_eq!(names(&graph.output), ["logits", "probabilities"]);
    assert_eq!(graph.input[0].r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()?.elem_type), Some(2));
}

#[test]
fn layers_keep_their_names_whatever_they_are() {
    let mut graph = Graph::new(Shape::Features(3));
    for name in ["input", "logits", "a"] {
        graph.then(name, Op::Linear(Linear { features: 3, bias: true })).expect("a vector");
    }
    let scale = Scale { scale: 2.0, shift: 1.0 };
    for name in ["a.weight", "b", "b.add", "probabilities"] {
        graph.then(name, Op::Scale(scale)).expect("a vector");
    }
    let options = ExportOptions { probabilities: Some(1.0), ..ExportOptions::default() };
    let written = written(&graph, &options).expect("a network").graph.expect("a graph");
    let nodes: Vec<&str> = written.node.iter().map(NodeProto::name).collect();
    for node in graph.nodes() {
        assert!(nodes.contains(&node.name.as_str()), "{} in {nodes:?}", node.name);
    }
    let outputs = written.node.iter().flat_map(|node| node.output.iter().map(String::as_str));
    let values: Vec<&str> =
        outputs.chain(written.initializer.iter().map(|tensor| tensor.name())).chain(["input"]).collect();
    for all in [nodes, values] {
        let distinct: HashSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len(), "{all:?}");
    }
}

#[test]
fn the_file_says_what_it_was_told() {
    let metadata = [("z", "1"), ("a", "2")].map(|(key, value)| (key.to_string(), value.to_string()));
    let options = ExportOptions {
        name: "digits".into(),
        producer_version: "1.2".into(),
        doc: "reads digits".into(),
        metadata: metadata.to_vec(),
        ..ExportOptions::default()
    };
    let graph = sequence(MAPS, [Op::Flatten]);
    let model = written(&graph, &options).expect("a network");
    assert_eq!(
        (model.producer_name(), model.producer_version(), model.doc_string()),
        ("inkdigit", "1.2", "reads digits")
    );
    assert_eq!(model.graph.as_ref().map(GraphProto::name), Some("digits"));
    let found = model.metadata_props.iter().map(|entry| (entry.key().to_string(), entry.value().to_string()));
    assert_eq!(found.collect::<Vec<_>>(), metadata);
    let model = written(&graph, &ExportOptions::default()).expect("a network");
    assert_eq!((model.graph.as_ref().map(GraphProto::name), model.doc_string), (Some("network"), None));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let flat = sequence(MAPS, [Op::Flatten]);
    let quantize = |low, high| sequence(MAPS, [Op::Quantize(Quantize { scale: 1.0, low, high })]);
    let hot = |temperature| ExportOptions { probabilities: Some(temperature), ..ExportOptions::default() };
    let entry = ("key".to_string(), String::new());
    let twice = ExportOptions { metadata: vec![entry.clone(), entry], ..ExportOptions::default() };
    let cases = [
        (&flat, in_opset(6), "opset 6 isn't written, expected 7 to 21"),
        (&flat, in_opset(22), "opset 22 isn't written, expected 7 to 21"),
        (&Graph::new(MAPS), in_opset(17), "the model has no graph, expected one with at least one node"),
        (&flat, twice, "metadata has the key `key` twice, expected each key once; leave one of them out"),
        (
            &sequence(MAPS, [Op::Gelu]),
            in_opset(8),
            "layer gelu_1 (gelu) can't be written in opset 8: expected opset 9 or newer, which has its operator",
        ),
        (
            &quantize(0.0, 255.0),
            in_opset(9),
            "layer quantize_1 (quantize) can't be written in opset 9: expected opset 10 or newer, which has its operator",
        ),
        (
            &quantize(0.0, 15.0),
            in_opset(17),
            "layer quantize_1 (quantize) can't be written in opset 17: its integers go from 0 to 15, expected the 256 values of a byte around 0",
        ),
        (
            &quantize(1.0, 256.0),
            in_opset(17),
            "layer quantize_1 (quantize) can't be written in opset 17: its integers go from 1 to 256, expected the 256 values of a byte around 0",
        ),
        (
            &flat,
            hot(0.0),
            "layer probabilities (softmax) can't be written in opset 17: the temperature is 0, expected a number above 0",
        ),
        (
            &flat,
            hot(f32::NAN),
            "layer probabilities (softmax) can't be written in opset 17: the temperature is NaN, expected a number above 0",
        ),
        (
            &sequence(MAPS, [Op::Relu]),
            hot(1.0),
            "layer probabilities (softmax) can't be written in opset 17: the network ends in 2 maps of 3x2, expected a vector of logits",
        ),
    ];
    for (graph, options, expected) in cases {
        assert_eq!(written(graph, &options).map_err(|error| error.to_string()), Err(expected.into()));
    }
}
