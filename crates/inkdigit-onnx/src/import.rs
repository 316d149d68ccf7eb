//! From a file's nodes to layers.
//!
//! Nodes are taken in their order. Each value is either known already (`Known`: weights, and what is computed
//! from them and from shapes) or depends on the image (`Flow`: a value of the engine, seen through ONNX's
//! dimensions). Reshaping and transposing change the view alone; a constant added to or multiplied with what a
//! layer gives goes into that layer's weights where nothing else reads it. Everything else becomes a layer.

mod attributes;
mod batch_norm;
mod constants;
mod convolution;
mod dense;
mod draft;
mod functions;
mod gelu;
mod heads;
mod maps;
mod node;
mod pointwise;
mod pooling;
mod quantised;
mod value;
mod views;
mod window;

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::array::{Array, ElementType, Files};
use super::error::{Error, Problem};
use super::outputs::Head;
use super::proto::{GraphProto, ModelProto, NodeProto, ValueInfoProto};
use super::{NEWEST_OPSET, Result};
use attributes::Attributes;
use draft::{Draft, Place};
use inkdigit_nn::graph::Graph;
use inkdigit_nn::params::Params;
use inkdigit_nn::shape::Shape;
use node::Call;
use value::{Dim, Flow, Value};

/// What a network must take and give.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// One image.
    pub input: Shape,
    /// The numbers that the output has for each image: the classes.
    pub outputs: usize,
}

/// A network read from a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What the file computes, up to its logits. BatchNorm and dropout are layers of their own still.
    pub graph: Graph,
    /// Its numbers.
    pub params: Params,
    /// What the file says besides, and what was made of it.
    pub about: About,
}

/// What a file says besides its network, and what was made of its nodes.
#[derive(Clone, Debug)]
pub struct About {
    /// The version of the format.
    pub ir_version: i64,
    /// The sets of operators with their versions, as in `("ai.onnx", 17)`.
    pub opsets: Vec<(String, i64)>,
    /// What wrote the file, as far as it says so.
    pub producer: String,
    /// The file's metadata.
    pub metadata: Vec<(String, String)>,
    /// The file's input.
    pub input: InputInfo,
    /// The file's outputs.
    pub outputs: Vec<OutputInfo>,
    /// What became of nodes that are no layer of their own.
    pub fused: Vec<Fusion>,
    /// The nodes in the file, those of functions written out.
    pub nodes: usize,
}

/// A file's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name.
    pub name: String,
    /// The type of its elements.
    pub element: ElementType,
    /// Its dimensions as the file has them: numbers, names, or `?`.
    pub dims: Vec<String>,
}

/// A file's output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputInfo {
    /// Its name.
    pub name: String,
    /// How it comes from the logits; none if it is something else, which isn't computed.
    pub head: Option<Head>,
    /// What the logits are multiplied by first: the inverse of a temperature.
    pub factor: f32,
    /// Its dimensions; none for the batch.
    pub(super) dims: Vec<Option<usize>>,
    pub(super) element: ElementType,
    /// Of 8-bit outputs: what the engine's value is less than the file's.
    pub(super) zero_point: f32,
}

/// What became of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fusion {
    /// The node's name.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// The layer that it became part of; empty if it is gone.
    pub into: String,
    /// How.
    pub how: String,
}

/// Reads a network from an ONNX file's bytes. `files` is asked for numbers that lie in files beside it.
///
/// # Errors
/// [`Error`]: the bytes are no ONNX model, the graph isn't sound, takes or gives something else than
/// `interface`, or has an operator, attribute or version that isn't supported.
pub fn import(bytes: &[u8], interface: Interface, files: &mut Files<'_>) -> Result<Imported> {
    let not_onnx = |reason: String| Error::NotOnnx { expected: "an ONNX model", reason };
    let mut model = ModelProto::decode(bytes).map_err(|error| not_onnx(error.to_string()))?;
    if model.ir_version.is_none() && model.graph.is_none() {
        return Err(not_onnx("it has no version and no graph".into()));
    }
    let mut budget = Budget { numbers: 16 * bytes.len() + (1 << 20) };
    let functions::Inlined { nodes, opsets } = functions::inline(&mut model, 16 * bytes.len())?;
    let mut graph = model.graph.take().ok_or(Error::NoGraph)?;
    let known = ["ai.onnx", "com.microsoft"];
    for (domain, version) in opsets.iter().flatten().filter(|(domain, _)| known.contains(&&domain[..])) {
        let (newest, expected) = if domain == "ai.onnx" { (NEWEST_OPSET, "1 to 28") } else { (1, "1") };
        if !(1..=newest).contains(version) {
            return Err(Error::Opset { domain: domain.clone(), found: *version, expected });
        }
    }

    let mut values = HashMap::new();
    let initializers: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name()).collect();
    if let Some(sparse) = graph.sparse_initializer.first() {
        let name = sparse.values.as_ref().map_or("", |values| values.name());
        return Err(Error::Sparse { name: name.into() });
    }
    let (input, nominal_batch, flow) = input(&graph, &initializers, interface)?;
    drop(initializers);
    // Each is let go once it is read: the next one finds its memory warm.
    for tensor in std::mem::take(&mut graph.initializer) {
        let name = tensor.name().to_string();
        let mut counted = |data: &super::ExternalData| {
            budget.numbers += data.length;
            files(data)
        };
        let array = Array::read(&tensor, &mut counted)
            .map_err(|cause| Error::Initializer { name: name.clone(), cause })?;
        if values.insert(name.clone(), Value::known(array.into())).is_some() {
            return Err(Error::DefinedTwice { value: name, by: "another initializer".into() });
        }
    }
    if values.insert(input.name.clone(), Value::Flow(flow)).is_some() {
        return Err(Error::DefinedTwice { value: input.name, by: "the graph's input".into() });
    }

    let producer = [model.producer_name(), model.producer_version()].join(" ").trim().to_string();
    let mut importer = Importer {
        // What we wrote ourselves is to come back as it was: no layer becomes part of another.
        joins: model.producer_name() != super::PRODUCER,
        draft: Draft::new(interface.input),
        nominal_batch,
        budget,
        fused: Vec::new(),
        readers: readers(&nodes, &graph),
        values,
    };
    let count = nodes.len();
    for (node, opset) in &nodes {
        importer.run(node, &opsets[*opset], files)?;
    }
    let (place, outputs) = importer.outputs(&graph.output, interface)?;
    let Importer { draft, fused, .. } = importer;
    let (graph, params) = draft.finish(place)?;
    if graph.nodes().is_empty() {
        return Err(Error::NoGraph);
    }
    let about = About {
        ir_version: model.ir_version.unwrap_or(1),
        opsets: opsets.into_iter().next().unwrap_or_default(),
        producer,
        metadata: model
            .metadata_props
            .into_iter()
            .map(|entry| (entry.key.unwrap_or_default(), entry.value.unwrap_or_default()))
            .collect(),
        input,
        outputs,
        fused,
        nodes: count,
    };
    Ok(Imported { graph, params, about })
}

/// How many numbers may be worked out from constants: what is written short (`Expand` by a million) must not
/// ask for all memory.
struct Budget {
    numbers: usize,
}

impl Budget {
    fn take(&mut self, numbers: usize) -> std::result::Result<(), Problem> {
        let what = || format!("working out {numbers} numbers from constants, far more than the file holds,");
        self.numbers = self
            .numbers
            .checked_sub(numbers)
            .ok_or_else(|| Problem::Unsupported { what: what(), remedy: "" })?;
        Ok(())
    }

    /// Takes as many as an array of these dimensions has.
    fn take_all(&mut self, dims: &[usize]) -> std::result::Result<usize, Problem> {
        let len = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
        let len = len.unwrap_or(usize::MAX);
        self.take(len).map(|()| len)
    }
}

/// The graph while it is read.
struct Importer {
    draft: Draft,
    values: HashMap<String, Value>,
    /// How often each value is read.
    readers: HashMap<String, usize>,
    budget: Budget,
    /// The batch's size in the file, where it is fixed.
    nominal_batch: Option<usize>,
    fused: Vec<Fusion>,
    /// Whether layers may become part of others.
    joins: bool,
}

fn readers(nodes: &[(NodeProto, usize)], graph: &GraphProto) -> HashMap<String, usize> {
    let mut readers = HashMap::new();
    let read = nodes.iter().flat_map(|(node, _)| &node.input).cloned();
    let given = graph.output.iter().map(|output| output.name().to_string());
    read.chain(given).for_each(|name| *readers.entry(name).or_insert(0) += 1);
    readers
}

/// The file's one input, the batch's size where it is fixed, and the input as a value.
fn input(
    graph: &GraphProto,
    initializers: &HashSet<&str>,
    interface: Interface,
) -> Result<(InputInfo, Option<usize>, Flow)> {
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !initializers.contains(input.name())).collect();
    let [input] = inputs[..] else {
        let names: Vec<&str> = inputs.iter().map(|input| input.name()).collect();
        return Err(Error::Inputs { found: inputs.len(), names: names.join(", ") });
    };
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let number = tensor.and_then(|tensor| tensor.elem_type).unwrap_or(1);
    let shape = tensor.and_then(|tensor| tensor.shape.as_ref()).map(|shape| &shape.dim[..]);
    let dims: Vec<String> = shape
        .unwrap_or_default()
        .iter()
        .map(|dim| match (dim.dim_value, &dim.dim_param) {
            (Some(value), _) => value.to_string(),
            (None, Some(name)) if !name.is_empty() => name.clone(),
            _ => "?".into(),
        })
        .collect();
    let refused = || Error::Input {
        name: input.name().into(),
        found: format!(
            "of ONNX's element type {number} and shape {}",
            shape.map_or("unknown".into(), |_| format!("[{}]", dims.join(", ")))
        ),
        expected: interface.input,
    };
    let element = ElementType::from_number(number)
        .filter(|element| element.is_real() || element.byte_range().is_some())
        .ok_or_else(refused)?;
    let sizes: Option<Vec<Option<usize>>> = shape.map(|dims| {
        dims.iter()
            .map(|dim| dim.dim_value.and_then(|value| usize::try_from(value).ok()).filter(|&v| v > 0))
            .collect()
    });
    let (dims_of_flow, nominal) = match sizes {
        // Nothing is said: the form that all have.
        None => {
            ([vec![Dim::Batch], interface.input.dims().into_iter().map(Dim::Size).collect()].concat(), None)
        }
        Some(sizes) => input_dims(&sizes, interface.input).ok_or_else(refused)?,
    };
    let flow = Flow {
        place: Place::INPUT,
        dims: dims_of_flow,
        order: None,
        element,
        zero_point: 0.0,
        head: Head::Logits,
        part: None,
        flattened_by: None,
    };
    Ok((InputInfo { name: input.name().into(), element, dims }, nominal, flow))
}

/// An input's dimensions as the batch and the numbers of one image, whatever their form: `[N, 1, 28, 28]`,
/// `[N, 28, 28, 1]`, `[N, 784]`, `[28, 28]`. Also the batch's size, where it is fixed.
fn input_dims(sizes: &[Option<usize>], image: Shape) -> Option<(Vec<Dim>, Option<usize>)> {
    // Channels-last of several channels would need another order.
    let len = image.len();
    let single = image.channels() == 1;
    let known =
        |sizes: &[Option<usize>]| sizes.iter().flatten().try_fold(1usize, |all, &n| all.checked_mul(n));
    // With at most one size unknown it can be worked out; with two, height and width must be it.
    let complete = |sizes: &[Option<usize>]| -> Option<Vec<Dim>> {
        let product = known(sizes).filter(|&product| product > 0)?;
        let unknown = sizes.iter().filter(|size| size.is_none()).count();
        let fill: Vec<usize> = match (unknown, image) {
            (0, _) if product == len => Vec::new(),
            (1, _) if len.is_multiple_of(product) => vec![len / product],
            (2, Shape::Map { height, width, .. }) if product * height * width == len => vec![height, width],
            (3, Shape::Map { channels, height, width }) if product == 1 => vec![channels, height, width],
            _ => return None,
        };
        let mut fill = fill.into_iter();
        sizes.iter().map(|size| size.or_else(|| fill.next()).map(Dim::Size)).collect()
    };
    let in_order = |dims: &[Dim]| single || value::sizes(dims) == image.dims() || value::sizes(dims) == [len];
    if let Some((&batch, rest)) = sizes.split_first()
        && let Some(rest) = complete(rest).filter(|dims| !rest.is_empty() && in_order(dims))
    {
        return Some(([vec![Dim::Batch], rest].concat(), batch));
    }
    let dims = complete(sizes).filter(|dims| !sizes.contains(&None) && in_order(dims))?;
    Some((dims, Some(1)))
}

/// A node's name, or that of what it gives.
fn node_name(node: &NodeProto) -> &str {
    match node.name() {
        "" => node.output.iter().find(|name| !name.is_empty()).map_or("", |name| name),
        name => name,
    }
}

impl Importer {
    /// Takes one node.
    fn run(&mut self, node: &NodeProto, opsets: &[(String, i64)], files: &mut Files<'_>) -> Result<()> {
        let domain = functions::domain_name(node.domain());
        let op = node.op_type();
        let opset = functions::version_of(opsets, domain);
        let name = node_name(node).to_string();
        let failed = |problem: Problem| Error::Node {
            node: name.clone(),
            op: if domain == "ai.onnx" { op.into() } else { format!("{domain}.{op}") },
            opset: opset.as_ref().copied().unwrap_or(0),
            problem: Box::new(problem),
        };
        let opset = match &opset {
            Ok(opset) => *opset,
            Err(_) => return Err(failed(Problem::UnknownDomain { domain: domain.into() })),
        };
        let mut inputs = Vec::with_capacity(node.input.len());
        for value in &node.input {
            inputs.push(match value.as_str() {
                "" => None,
                value => Some(self.values.get(value).cloned().ok_or_else(|| Error::UndefinedValue {
                    node: format!("node {name}"),
                    value: value.into(),
                })?),
            });
        }
        let outputs = node.output.iter().filter(|name| !name.is_empty()).count();
        let call =
            Call { name: name.clone(), op, domain, opset, attributes: Attributes::of(node), inputs, outputs };
        let value = self.value(&call, files).map_err(&failed)?;
        call.attributes.finish().map_err(&failed)?;

        // What else a node could give (a mask, say) nobody needs: it is an error only where it is read.
        let Some(output) = node.output.first().filter(|name| !name.is_empty()) else { return Ok(()) };
        if let Value::Flow(flow) = &value
            && self.readers.get(output).is_some_and(|&readers| readers > 1)
        {
            self.draft.share(flow.place);
        }
        if self.values.insert(output.clone(), value).is_some() {
            return Err(Error::DefinedTwice { value: output.clone(), by: format!("node {name}") });
        }
        Ok(())
    }

    /// What a node gives.
    fn value(&mut self, call: &Call, files: &mut Files<'_>) -> std::result::Result<Value, Problem> {
        if call.op == "Constant" && call.inputs.is_empty() {
            let array = call.attributes.constant(files)?;
            let array = array.ok_or_else(|| attributes::wrong("value", "missing", "a tensor or numbers"))?;
            return Ok(Value::known(array.into()));
        }
        let from_image = call.inputs.iter().flatten().any(|value| matches!(value, Value::Flow(_)));
        if !from_image && call.inputs.iter().any(Option::is_some) {
            let known = constants::evaluate(call, &mut self.budget).ok_or(Problem::Unsupported {
                what: format!("{} of nothing but constants", call.op),
                remedy: "simplify the model first (constant folding)",
            })??;
            self.budget.take(known.len())?;
            self.note(call, "", "worked out from constants");
            return Ok(Value::known(known));
        }
        for value in call.inputs.iter().flatten() {
            if let Value::Flow(flow) = value
                && flow.head != Head::Logits
                && !heads::may_follow(call.op)
            {
                let what = format!("{} after {:?}", call.op, flow.head);
                return Err(Problem::Unsupported { what, remedy: "" });
            }
        }
        if call.inputs.iter().flatten().any(|value| matches!(value, Value::Flow(Flow { part: Some(_), .. })))
        {
            return gelu::follow(self, call).map(Value::Flow);
        }
        self.layer(call)
    }

    /// Writes down what became of a node that is no layer of its own.
    fn note(&mut self, call: &Call, into: &str, how: &str) {
        let (node, op) = (call.name.clone(), call.op.to_string());
        self.fused.push(Fusion { node, op, into: into.into(), how: how.into() });
    }

    /// Writes down that a node became part of the layer that gives `place`.
    fn joined(&mut self, call: &Call, place: Place, how: &str) {
        let into = self.draft.name(place).to_string();
        self.note(call, &into, how);
    }

    /// The logits' place, and how each output comes from them.
    fn outputs(&self, outputs: &[ValueInfoProto], interface: Interface) -> Result<(Place, Vec<OutputInfo>)> {
        let mut flows = Vec::new();
        for output in outputs {
            let value = self.values.get(output.name()).ok_or_else(|| Error::UndefinedValue {
                node: "the graph's output".into(),
                value: output.name().into(),
            })?;
            flows.push((output.name(), value));
        }
        let classes = |flow: &&Flow| {
            self.draft.shape(flow.place).len() == interface.outputs
                && flow.part.is_none()
                && flow.order.is_none()
                && flow.place != Place::INPUT
        };
        let candidates: Vec<&Flow> = flows
            .iter()
            .filter_map(|(_, value)| if let Value::Flow(flow) = value { Some(flow) } else { None })
            .filter(classes)
            .collect();
        let logits = candidates.iter().find(|flow| flow.head == Head::Logits).or(candidates.first());
        let Some(logits) = logits else {
            let shown = |(name, value): &(&str, &Value)| format!("{name}: {value}");
            let found = flows.iter().map(shown).collect::<Vec<_>>().join(", ");
            return Err(Error::Output { expected: interface.outputs, found });
        };
        let place = logits.place;
        let infos = flows.iter().map(|(name, value)| match value {
            Value::Known(known) => OutputInfo {
                name: name.to_string(),
                head: None,
                factor: 1.0,
                dims: known.dims.iter().copied().map(Some).collect(),
                element: known.element,
                zero_point: 0.0,
            },
            Value::Flow(flow) => {
                let scaled = self.draft.scaled_from(flow.place);
                let (head, factor) = match scaled {
                    _ if flow.place == place => (Some(flow.head), 1.0),
                    Some((from, factor)) if from == place => (Some(flow.head), factor),
                    _ => (None, 1.0),
                };
                let size = |dim: &Dim| if let Dim::Size(size) = dim { Some(*size) } else { None };
                OutputInfo {
                    name: name.to_string(),
                    head,
                    factor,
                    dims: flow.dims.iter().map(size).collect(),
                    element: flow.element,
                    zero_point: flow.zero_point,
                }
            }
        });
        Ok((place, infos.collect()))
    }
}
