//! What a network is made of, as data: its file, its layers with their shapes and work, and how it runs.

use inkdigit_nn::{Graph, Node, exec};
use inkdigit_onnx::Head;
use serde::Serialize;

use crate::model::{InputScale, Metadata, Model, ModelFile, ScaleSource};

/// A network, and the file and training it comes from.
///
/// ```
/// use inkdigit::{Model, inspect::Inspection};
///
/// let told = Inspection::of_model("default", &Model::default());
/// assert_eq!(told.input, [1, 28, 28]);
/// assert_eq!(told.layers.last().unwrap().output, [10]);
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// What was inspected.
    pub name: String,
    /// Numbers that are learned; running statistics aren't.
    pub parameters: usize,
    /// Multiply-adds for one picture.
    pub multiply_adds: u64,
    /// The shape of its input, `[C, H, W]`: pixels from 0 to 255.
    pub input: Vec<usize>,
    /// What its file says; none for a network that comes from no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileInfo>,
    /// What is known about it; none for a network that isn't trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Its layers in the order they run.
    pub layers: Vec<LayerInfo>,
    /// How it answers: the layers that run as one, BatchNorm folded into the layer before it.
    pub steps: Vec<Vec<String>>,
}

/// A model's file.
#[derive(Clone, Debug, Serialize)]
pub struct FileInfo {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: usize,
    /// The version of ONNX's format.
    pub ir_version: i64,
    /// The versions of its operators, by domain.
    pub opsets: Vec<OpsetInfo>,
    /// The program that wrote it.
    pub producer: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// Its input.
    pub input: InputInfo,
    /// Its outputs.
    pub outputs: Vec<OutputInfo>,
    /// Its metadata, in its order.
    pub metadata: Vec<MetadataEntry>,
    /// What became of nodes that are no layer of their own.
    pub fused: Vec<FusedNode>,
}

/// A set of operators.
#[derive(Clone, Debug, Serialize)]
pub struct OpsetInfo {
    /// Whose they are.
    pub domain: String,
    /// Their version.
    pub version: i64,
}

/// The input of a file's network.
#[derive(Clone, Debug, Serialize)]
pub struct InputInfo {
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    pub element: String,
    /// Its dimensions as they are written; a name stands for any size.
    pub dims: Vec<String>,
    /// The range it takes pixels in.
    pub scale: InputScale,
    /// How that is known.
    pub scale_source: ScaleSource,
}

/// An output of a file's network.
#[derive(Clone, Debug, Serialize)]
pub struct OutputInfo {
    /// Its name.
    pub name: String,
    /// What it is of the logits: `logits`, `softmax`, `log_softmax`, `argmax`; none if it isn't of them, and not
    /// computed.
    pub head: Option<&'static str>,
}

/// A key and its value.
#[derive(Clone, Debug, Serialize)]
pub struct MetadataEntry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A node of the file that became part of a layer, or of none.
#[derive(Clone, Debug, Serialize)]
pub struct FusedNode {
    /// The node's name.
    pub node: String,
    /// Its operator.
    pub operator: String,
    /// What it became part of.
    pub into: String,
    /// How.
    pub how: String,
}

/// A layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerInfo {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub operation: &'static str,
    /// Its constants by name.
    pub constants: serde_json::Value,
    /// The shape it gives, `[C, H, W]` or `[features]`.
    pub output: Vec<usize>,
    /// Numbers that it learns.
    pub parameters: usize,
    /// Multiply-adds for one picture.
    pub multiply_adds: u64,
}

impl Inspection {
    /// Looks at a network that isn't trained; `name` is what it is called here.
    pub fn of_graph(name: &str, graph: &Graph) -> Self {
        Self::new(name, graph, graph)
    }

    /// Looks at a model; `name` is what it is called here.
    pub fn of_model(name: &str, model: &Model) -> Self {
        let (running, _) = model.for_inference();
        Self {
            file: model.file().map(FileInfo::new),
            metadata: Some(model.metadata.clone()),
            ..Self::new(name, model.graph(), running)
        }
    }

    fn new(name: &str, graph: &Graph, running: &Graph) -> Self {
        let nodes = running.nodes();
        let names = |step: Vec<usize>| step.into_iter().map(|node| nodes[node].name.clone()).collect();
        Self {
            name: name.into(),
            parameters: parameters(graph),
            multiply_adds: graph.multiply_adds(),
            input: graph.input_shape().dims(),
            file: None,
            metadata: None,
            layers: graph.nodes().iter().map(LayerInfo::new).collect(),
            steps: exec::steps(running).into_iter().map(names).collect(),
        }
    }
}

impl FileInfo {
    fn new(file: &ModelFile) -> Self {
        let head = |head: Head| match head {
            Head::Logits => "logits",
            Head::Softmax => "softmax",
            Head::LogSoftmax => "log_softmax",
            Head::ArgMax => "argmax",
        };
        let about = &file.about;
        Self {
            name: file.name.clone(),
            bytes: file.bytes,
            ir_version: about.ir_version,
            opsets: about
                .opsets
                .iter()
                .map(|(domain, version)| OpsetInfo { domain: domain.clone(), version: *version })
                .collect(),
            producer: about.producer.clone(),
            nodes: about.nodes,
            input: InputInfo {
                name: about.input.name.clone(),
                element: about.input.element.to_string(),
                dims: about.input.dims.clone(),
                scale: file.input_scale,
                scale_source: file.scale_source,
            },
            outputs: about
                .outputs
                .iter()
                .map(|output| OutputInfo { name: output.name.clone(), head: output.head.map(head) })
                .collect(),
            metadata: about
                .metadata
                .iter()
                .map(|(key, value)| MetadataEntry { key: key.clone(), value: value.clone() })
                .collect(),
            fused: about
                .fused
                .iter()
                .map(|fusion| FusedNode {
                    node: fusion.node.clone(),
                    operator: fusion.op.clone(),
                    into: fusion.into.clone(),
                    how: fusion.how.clone(),
                })
                .collect(),
        }
    }
}

impl LayerInfo {
    fn new(node: &Node) -> Self {
        // An operation is written as its name, or as a map of its name to its constants.
        let constants = match serde_json::to_value(&node.op).expect("operations are plain data") {
            serde_json::Value::Object(map) => map.into_iter().next().map(|(_, constants)| constants),
            _ => None,
        };
        Self {
            name: node.name.clone(),
            operation: node.op.name(),
            constants: constants.unwrap_or_default(),
            output: node.output_shape.dims(),
            parameters: parameters_of(node),
            multiply_adds: node.op.multiply_adds(node.input_shape, node.output_shape),
        }
    }
}

/// How many numbers a network learns.
pub fn parameters(graph: &Graph) -> usize {
    graph.nodes().iter().map(parameters_of).sum()
}

/// How many numbers a layer learns. Running statistics aren't counted: nothing is learned by them.
pub fn parameters_of(node: &Node) -> usize {
    let trainable = node.param_specs().into_iter().filter(|spec| spec.trainable);
    trainable.map(|spec| spec.shape.iter().product::<usize>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};

    #[test]
    fn a_network_is_told_by_its_layers() {
        let graph = networks::build(&Network::BuiltIn(BuiltIn::Lenet), Scaling::Unit).unwrap();
        let lenet = Inspection::of_graph("lenet", &graph);
        let layer = |name: &str| lenet.layers.iter().find(|layer| layer.name == name).unwrap();
        assert_eq!(
            (&layer("conv1").output[..], layer("fc1").parameters),
            (&[20, 24, 24][..], 800 * 500 + 500)
        );
        assert_eq!(layer("conv1").constants["channels"], 20);
        assert!(lenet.file.is_none() && lenet.metadata.is_none());
        assert!(
            lenet.steps.contains(&["conv1", "tanh1", "pool1"].map(String::from).to_vec()),
            "{:?}",
            lenet.steps
        );
    }

    #[test]
    fn a_model_tells_its_file_and_runs_without_batch_norm() {
        let default = Inspection::of_model("default", &Model::default());
        let file = default.file.unwrap();
        assert_eq!((file.opsets[0].version, file.outputs[0].head), (17, Some("logits")));
        assert_eq!((file.input.scale, file.input.scale_source), (InputScale::Bytes, ScaleSource::Metadata));
        assert_eq!(file.input.dims[1..], ["1", "28", "28"]);
        assert!(file.producer.starts_with("inkdigit "));
        assert!(default.layers.iter().any(|layer| layer.operation == "batch_norm"));
        let ran = default.steps.concat();
        assert!(ran.iter().all(|name| !name.starts_with("bn")), "{ran:?}");
        assert!(
            ran.contains(&"conv5".to_string()) && default.metadata.unwrap().validation_accuracy.is_some()
        );
    }
}
