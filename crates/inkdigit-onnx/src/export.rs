//! From layers to nodes: a network as an ONNX file of the opset that its reader knows.
//!
//! Every layer becomes the operators ONNX has for it, so that other programs see what the network is: BatchNorm
//! and dropout too, which [`for_inference`](inkdigit_nn::fold::for_inference) takes away beforehand where nobody will
//! train further. The same network and options give the same bytes.
//!
//! - `layers`: the nodes of each operation.
//! - `writer`: names, nodes, constants and the shapes of values, as they come.

mod layers;
#[cfg(test)]
mod tests;
mod writer;

use super::array::Array;
use super::element::ElementType;
use super::error::{Error, Unwritable};
use super::proto::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto};
use super::{PRODUCER, Result};
use inkdigit_nn::{Graph, Params, Shape};
use layers::LayerWriter;
use prost::Message;
use std::collections::HashSet;
use std::ops::RangeInclusive;
use writer::{ValueType, Writer, int, value_info};

/// The opsets that are written.
pub const OPSETS: RangeInclusive<i64> = 7..=21;

/// The name of the graph's input, `[batch, C, H, W]` or `[batch, features]`.
const INPUT: &str = "input";
/// The name of its output, `[batch, classes]`.
const LOGITS: &str = "logits";
/// The name of the output that [`ExportOptions::probabilities`] adds.
const PROBABILITIES: &str = "probabilities";

/// What a file says besides the network, and for whom it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportOptions {
    /// The version of ONNX's operators, one of [`OPSETS`].
    pub opset: i64,
    /// Adds an output `probabilities`: the softmax of the logits divided by this temperature.
    pub probabilities: Option<f32>,
    /// Takes bytes as input, which the file's first node turns into float32.
    pub uint8_input: bool,
    /// The graph's name; `network` where it is empty, since ONNX insists on one.
    pub name: String,
    /// The version of the program that writes it; may be empty.
    pub producer_version: String,
    /// A description for people; may be empty.
    pub doc: String,
    /// Keys and values in the order they are written, each key once.
    pub metadata: Vec<(String, String)>,
}

impl Default for ExportOptions {
    /// Opset 17: old enough for every reader still in use, new enough for all operations but a native GELU.
    fn default() -> Self {
        Self {
            opset: 17,
            probabilities: None,
            uint8_input: false,
            name: String::new(),
            producer_version: String::new(),
            doc: String::new(),
            metadata: Vec::new(),
        }
    }
}

/// The file of a network: input `input`, output `logits`, any batch.
///
/// # Shapes
/// `input: [batch, C, H, W]` or `[batch, features]`, `logits: [batch, classes]`, `probabilities` likewise.
///
/// # Errors
/// [`Error::ExportOpset`] for an opset that isn't written, [`Error::NoGraph`] for a network without layers,
/// [`Error::DuplicateMetadata`] for a key that stands twice, [`Error::Export`] for a layer that the opset has no
/// operators for, and for probabilities of what isn't a vector or with a temperature that isn't a positive number.
///
/// # Panics
/// If `params` aren't those of `graph`.
///
/// ```
/// use inkdigit_nn::{Graph, Op, Params, Shape};
/// use inkdigit_onnx::{ErrorKind, ExportOptions, export};
///
/// let mut graph = Graph::new(Shape::Features(10));
/// graph.then("gelu", Op::Gelu)?;
/// let params = Params::init(&graph, 0);
/// let options = ExportOptions { opset: 8, ..ExportOptions::default() };
/// let error = export(&graph, &params, &options).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Export);
/// assert!(error.to_string().contains("expected opset 9 or newer"));
/// # Ok::<(), inkdigit_nn::Error>(())
/// ```
pub fn export(graph: &Graph, params: &Params, options: &ExportOptions) -> Result<Vec<u8>> {
    let opset = options.opset;
    if !OPSETS.contains(&opset) {
        return Err(Error::ExportOpset { found: opset, expected: OPSETS });
    }
    if graph.nodes().is_empty() {
        return Err(Error::NoGraph);
    }
    let mut keys = HashSet::new();
    if let Some((key, _)) = options.metadata.iter().find(|(key, _)| !keys.insert(key)) {
        return Err(Error::DuplicateMetadata { key: key.clone() });
    }
    let layers = graph.nodes().iter().map(|node| node.name.as_str());
    let mut writer = Writer::new(opset, layers, &[INPUT, LOGITS, PROBABILITIES]);
    let (element, pixels) = if options.uint8_input {
        (ElementType::Uint8, cast(&mut writer, graph.input_shape()))
    } else {
        (ElementType::Float, INPUT.into())
    };
    let input = value_info(INPUT, ValueType { element, shape: graph.input_shape() });
    let mut values = vec![pixels];
    for node in graph.nodes() {
        let inputs = node.inputs.iter().map(|value| values[value.index()].clone()).collect();
        values.push(LayerWriter::new(&mut writer, node, params, inputs).write()?);
    }
    let mut outputs = vec![writer.name_last_value(LOGITS)];
    if let Some(temperature) = options.probabilities {
        outputs.push(probabilities(&mut writer, graph.output_shape(), temperature)?);
    }
    Ok(model(writer, input, outputs, options).encode_to_vec())
}

/// The node that turns bytes into the numbers the network computes with.
fn cast(writer: &mut Writer, shape: Shape) -> String {
    let to = i64::from(ElementType::Float.number());
    let name = writer.node_name("input.cast");
    writer.node(name, "Cast", vec![INPUT.into()], vec![int("to", to)], ValueType::reals(shape))
}

/// The nodes from logits to probabilities, and the output they give.
fn probabilities(writer: &mut Writer, shape: Shape, temperature: f32) -> Result<ValueInfoProto> {
    let refused = |source: Unwritable| Error::Export {
        layer: PROBABILITIES.into(),
        op: "softmax",
        opset: writer.opset(),
        source,
    };
    if !matches!(shape, Shape::Features(_)) {
        return Err(refused(Unwritable::Logits { found: shape }));
    }
    if !(temperature > 0.0 && temperature.is_finite()) {
        return Err(refused(Unwritable::Temperature { found: temperature }));
    }
    let mut logits = LOGITS.to_string();
    if temperature != 1.0 {
        let divisor = writer.constant("temperature", &Array::reals(Vec::new(), vec![temperature]));
        let name = writer.node_name("scaled_logits");
        logits = writer.node(name, "Div", vec![logits, divisor], Vec::new(), ValueType::reals(shape));
    }
    // Before opset 13 the axis says where the rows of a matrix begin, from then on along which one it sums.
    let axis = if writer.opset() < 13 { 1 } else { -1 };
    let name = writer.node_name(PROBABILITIES);
    writer.node(name, "Softmax", vec![logits], vec![int("axis", axis)], ValueType::reals(shape));
    Ok(writer.name_last_value(PROBABILITIES))
}

fn model(
    writer: Writer,
    input: ValueInfoProto,
    outputs: Vec<ValueInfoProto>,
    options: &ExportOptions,
) -> ModelProto {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let ir_version = ir_version(options.opset);
    let mut inputs = vec![input];
    if ir_version < 4 {
        inputs.extend(writer.constants_as_inputs());
    }
    let (node, initializer, value_info) = writer.into_parts();
    ModelProto {
        ir_version: Some(ir_version),
        producer_name: text(PRODUCER),
        producer_version: text(&options.producer_version),
        doc_string: text(&options.doc),
        graph: Some(GraphProto {
            node,
            name: text(&options.name).or_else(|| text("network")),
            initializer,
            input: inputs,
            output: outputs,
            value_info,
            ..GraphProto::default()
        }),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(options.opset) }],
        metadata_props: options
            .metadata
            .iter()
            .map(|(key, value)| StringStringEntryProto { key: Some(key.clone()), value: Some(value.clone()) })
            .collect(),
        ..ModelProto::default()
    }
}

/// The version of the format that came with an opset, by
/// [ONNX's table](https://onnx.ai/onnx/repo-docs/Versioning.html#released-versions): who asks for an old opset has
/// a reader that knows no newer format. Before version 4 constants must be listed among the inputs.
fn ir_version(opset: i64) -> i64 {
    match opset {
        ..=8 => 3,
        9 => 4,
        10 => 5,
        11 => 6,
        12..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        _ => 10,
    }
}
