//! From a file's nodes to layers.
//!
//! Nodes are taken in their order (`nodes`). Each value is either known already (`Known`: weights, and what is
//! computed from them and from shapes) or depends on the image (`Flow`: a value of the engine, seen through
//! ONNX's dimensions). Reshaping and transposing change the view alone; a constant added to or multiplied with
//! what a layer gives goes into that layer's weights where nothing else reads it. Everything else becomes a layer.
//!
//! Each module knows those above it in this list:
//! - `functions` writes out what a file defines itself; `attributes`, `value` and `call` are a node as its
//!   operator sees it; `views`, `maps`, `window` and `spread` are dimensions;
//! - `draft` is the engine's graph while it grows, `budget` how much may be computed, `importer` both together;
//! - `constants` works out what depends on constants alone;
//! - `activation`, `arithmetic`, `batch_norm`, `convolution`, `dense`, `gelu`, `heads`, `pooling`, `reshaping`,
//!   `resize` and `quantised` import operators;
//! - `registry` finds the one for an operator's name, and `nodes` asks it.

mod activation;
mod arithmetic;
mod attributes;
mod batch_norm;
mod budget;
mod call;
mod constants;
mod convolution;
mod dense;
mod draft;
mod functions;
mod gelu;
mod heads;
mod importer;
mod interface;
mod maps;
mod nodes;
mod pooling;
mod quantised;
mod registry;
mod reshaping;
mod resize;
mod spread;
mod value;
mod views;
mod window;

use crate::array::{Array, ExternalData, Files};
use crate::error::Error;
use crate::imported::{About, Imported, Interface};
use crate::proto::{GraphProto, ModelProto};
use crate::{NEWEST_OPSET, PRODUCER, Result};
use budget::Budget;
use draft::Draft;
use functions::Inlined;
use importer::Importer;
use nodes::Nodes;
use prost::Message;
use std::collections::{HashMap, HashSet};
use value::Value;

/// Reads a network from an ONNX file's bytes. `files` is asked for numbers that lie in files beside it.
///
/// ```
/// use inkdigit_nn::{Graph, Op, Params, Shape, ops::Linear};
/// use inkdigit_onnx::{ExportOptions, Interface, export, import};
///
/// let mut graph = Graph::new(Shape::map(1, 28, 28));
/// graph.then("flatten", Op::Flatten)?;
/// graph.then("fc", Op::Linear(Linear { features: 10, bias: true }))?;
/// let params = Params::init(&graph, 0);
/// let file = export(&graph, &params, &ExportOptions::default())?;
///
/// let interface = Interface { input: Shape::map(1, 28, 28), outputs: 10 };
/// let network = import(&file, interface, &mut |_| Err("it is one file".into()))?;
/// assert_eq!((network.graph, network.params), (graph, params));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error`]: the bytes are no ONNX model, the graph isn't sound, takes or gives something else than
/// `interface`, or has an operator, attribute or version that isn't supported.
pub fn import(bytes: &[u8], interface: Interface, files: &mut Files<'_>) -> Result<Imported> {
    let mut model = decode(bytes)?;
    let mut budget = Budget::for_file(bytes.len());
    let Inlined { nodes, opsets } = functions::inline(&mut model, 16 * bytes.len())?;
    check_versions(&opsets)?;
    let mut graph = model.graph.take().ok_or(Error::NoGraph)?;
    let initializers: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name()).collect();
    let (input, nominal_batch, flow) = interface::input(&graph, &initializers, interface)?;
    let mut values = initializer_values(&mut graph, &mut budget, files)?;
    if values.insert(input.name.clone(), Value::Flow(flow)).is_some() {
        return Err(Error::DefinedTwice { value: input.name, by: "the graph's input".into() });
    }
    let importer = Importer {
        draft: Draft::new(interface.input),
        budget,
        nominal_batch,
        fused: Vec::new(),
        // What we wrote ourselves is to come back as it was: no layer becomes part of another.
        joins: model.producer_name() != PRODUCER,
    };
    let mut reading = Nodes { importer, values, readers: nodes::readers(&nodes, &graph) };
    for (node, opset) in &nodes {
        reading.run(node, &opsets[*opset], files)?;
    }
    let Nodes { importer: Importer { draft, fused, .. }, values, .. } = reading;
    let (place, outputs) = interface::outputs(&draft, &values, &graph.output, interface)?;
    drop(values);
    let (graph, params) = draft.finish(place)?;
    if graph.nodes().is_empty() {
        return Err(Error::NoGraph);
    }
    let producer = [model.producer_name(), model.producer_version()].join(" ").trim().to_string();
    let metadata = model.metadata_props.into_iter();
    let about = About {
        ir_version: model.ir_version.unwrap_or(1),
        opsets: opsets.into_iter().next().unwrap_or_default(),
        producer,
        metadata: metadata
            .map(|entry| (entry.key.unwrap_or_default(), entry.value.unwrap_or_default()))
            .collect(),
        input,
        outputs,
        fused,
        nodes: nodes.len(),
    };
    Ok(Imported { graph, params, about })
}

fn decode(bytes: &[u8]) -> Result<ModelProto> {
    let not_onnx = |reason: String| Error::NotOnnx { expected: "an ONNX model", reason };
    let model = ModelProto::decode(bytes).map_err(|error| not_onnx(error.to_string()))?;
    if model.ir_version.is_none() && model.graph.is_none() {
        return Err(not_onnx("it has no version and no graph".into()));
    }
    Ok(model)
}

/// Whether all sets of operators are of versions that are known here.
fn check_versions(opsets: &[Vec<(String, i64)>]) -> Result<()> {
    let known = ["ai.onnx", "com.microsoft"];
    for (domain, version) in opsets.iter().flatten().filter(|(domain, _)| known.contains(&&domain[..])) {
        let (newest, expected) = if domain == "ai.onnx" { (NEWEST_OPSET, "1 to 28") } else { (1, "1") };
        if !(1..=newest).contains(version) {
            return Err(Error::Opset { domain: domain.clone(), found: *version, expected });
        }
    }
    Ok(())
}

/// The file's constants. Numbers in files beside it add to what may be computed.
fn initializer_values(
    graph: &mut GraphProto,
    budget: &mut Budget,
    files: &mut Files<'_>,
) -> Result<HashMap<String, Value>> {
    if let Some(sparse) = graph.sparse_initializer.first() {
        let name = sparse.values.as_ref().map_or("", |values| values.name());
        return Err(Error::Sparse { name: name.into() });
    }
    let mut values = HashMap::new();
    // Each is let go once it is read: the next one finds its memory warm.
    for tensor in std::mem::take(&mut graph.initializer) {
        let name = tensor.name().to_string();
        let mut counted = |data: &ExternalData| {
            budget.grow(data.length);
            files(data)
        };
        let array = Array::read(&tensor, &mut counted)
            .map_err(|source| Error::Initializer { name: name.clone(), source })?;
        if values.insert(name.clone(), Value::known(array.into())).is_some() {
            return Err(Error::DefinedTwice { value: name, by: "another initializer".into() });
        }
    }
    Ok(values)
}
