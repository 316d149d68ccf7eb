//! Networks as data: the built-in ones by name, or a list of layers as configuration files write it. One
//! definition serves training and inference.
//!
//! Pixels come in as 0 to 255; the first operation of every graph is the [`Scaling`] that turns them into
//! the network's own range, so that it travels with the model.

use std::fmt;
use std::str::FromStr;

use inkdigit::CLASSES;
use inkdigit::model::{InputScale, limits};
use inkdigit_image::IMAGE_SIDE;
use inkdigit_nn::{Graph, Op, Shape, Value};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::names;

mod built_in;
mod start;

pub use built_in::BuiltIn;
pub use start::Start;

/// One entry of a list of layers.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// An operation: `relu`, `conv2d: {channels: 20, kernel: 5}`.
    Op(Op),
    /// `residual: [layers...]`: the value plus what these layers make of it.
    Residual(Vec<Layer>),
}

/// A network: one of the built-in ones, its layers in the order they run, or a trained one.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// One of the networks that have a name here.
    BuiltIn(BuiltIn),
    /// Layers, without the scaling at the beginning; the last one has ten features.
    Layers(Vec<Layer>),
    /// That of a model, with its numbers to begin from and its own scaling.
    From(Start),
}

/// How pixels from 0 to 255 become the network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// To 0 to 1.
    #[default]
    Unit,
    /// To mean 0 and deviation 1 over MNIST's training set: `(x / 255 - 0.1307) / 0.3081`.
    Standard,
    /// To -1 to 1.
    Symmetric,
    /// Left as they are, 0 to 255.
    None,
}

impl Scaling {
    /// The range it brings them into.
    pub fn range(self) -> InputScale {
        match self {
            Self::Unit => InputScale::Unit,
            Self::Standard => InputScale::Standardized,
            Self::Symmetric => InputScale::Affine { mean: 0.5, deviation: 0.5 },
            Self::None => InputScale::Bytes,
        }
    }
}

/// The graph of a network for 28x28 pixels from 0 to 255, its layers named in the order they run: `conv1`,
/// `bn1`, `pool1`, `fc1`.
///
/// # Errors
/// [`Error::Network`](inkdigit::Error::Network) names the layer and the shapes that don't fit; [`Error::NetworkOutput`] if it doesn't
/// end with ten features; [`Error::NetworkTooLarge`](inkdigit::Error::NetworkTooLarge); those of [`Start::open`].
pub fn build(network: &Network, scaling: Scaling) -> Result<Graph> {
    let layers = match network {
        Network::BuiltIn(network) => network.layers(),
        Network::Layers(layers) => layers.clone(),
        Network::From(start) => return Ok(start.open()?.graph().clone()),
    };
    let mut graph = Graph::new(Shape::map(1, IMAGE_SIDE, IMAGE_SIDE));
    graph.then("scale", Op::Scale(scaling.range().op()))?;
    append(&mut graph, &layers)?;
    match graph.output_shape() {
        Shape::Features(CLASSES) => Ok(graph),
        found => Err(Error::NetworkOutput { found }),
    }
}

fn append(graph: &mut Graph, layers: &[Layer]) -> Result<()> {
    for layer in layers {
        match layer {
            Layer::Op(op) => {
                let inputs = [graph.output()];
                push(graph, op.clone(), &inputs)?;
            }
            Layer::Residual(layers) => {
                let before = graph.output();
                append(graph, layers)?;
                let inputs = [before, graph.output()];
                push(graph, Op::Add, &inputs)?;
            }
        }
    }
    Ok(())
}

fn push(graph: &mut Graph, op: Op, inputs: &[Value]) -> Result<()> {
    let stem = stem(&op);
    let number = 1 + graph.nodes().iter().filter(|node| self::stem(&node.op) == stem).count();
    // The scaling at the beginning is the one without a number.
    let number = if stem == "scale" { number - 1 } else { number };
    let name = format!("{stem}{number}");
    limits::check_constants(&name, &op)?;
    graph.push(&name, op, inputs)?;
    Ok(limits::check_last(graph)?)
}

/// What a layer's name starts with.
fn stem(op: &Op) -> &'static str {
    match op {
        Op::Conv2d(_) => "conv",
        Op::Linear(_) => "fc",
        Op::BatchNorm(_) => "bn",
        Op::MaxPool2d(_) | Op::AvgPool2d(_) | Op::GlobalAvgPool | Op::GlobalMaxPool => "pool",
        other => other.name(),
    }
}

/// The layers that may stand in a list, `residual` besides.
const LAYER_NAMES: &[&str] = &[
    "conv2d",
    "linear",
    "max_pool2d",
    "avg_pool2d",
    "global_max_pool",
    "global_avg_pool",
    "batch_norm",
    "relu",
    "tanh",
    "sigmoid",
    "gelu",
    "clip",
    "leaky_relu",
    "elu",
    "dropout",
    "flatten",
    "scale",
    "affine",
    "pad",
    "quantize",
    "residual",
];

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LayerVisitor)
    }
}

struct LayerVisitor;

impl<'de> Visitor<'de> for LayerVisitor {
    type Value = Layer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layer, such as `relu` or `linear: {features: 10}`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<Layer, E> {
        known(name)?;
        if name == "residual" {
            return Err(E::custom("residual needs a list of layers: `residual: [...]`"));
        }
        names::bare(name).map(Layer::Op)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Layer, A::Error> {
        let name: String = map.next_key()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        known(&name)?;
        let layer = match name.as_str() {
            "residual" => Layer::Residual(map.next_value()?),
            name => Layer::Op(names::with_constants(name, &mut map)?),
        };
        names::end(&mut map)?;
        Ok(layer)
    }
}

fn known<E: de::Error>(name: &str) -> std::result::Result<(), E> {
    if LAYER_NAMES.contains(&name) { Ok(()) } else { Err(E::unknown_variant(name, LAYER_NAMES)) }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Op(op) => op.serialize(serializer),
            Self::Residual(layers) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("residual", layers)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(NetworkVisitor)
    }
}

struct NetworkVisitor;

impl<'de> Visitor<'de> for NetworkVisitor {
    type Value = Network;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network's name, a list of layers, or `{from: MODEL}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, start: A) -> std::result::Result<Network, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(start)).map(Network::From)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<Network, E> {
        BuiltIn::named(name).map(Network::BuiltIn).ok_or_else(|| E::unknown_variant(name, BuiltIn::NAMES))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, layers: A) -> std::result::Result<Network, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(layers)).map(Network::Layers)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::BuiltIn(network) => serializer.serialize_str(network.name()),
            Self::Layers(layers) => layers.serialize(serializer),
            Self::From(start) => start.serialize(serializer),
        }
    }
}

impl FromStr for Network {
    type Err = Error;

    /// A built-in network by its name.
    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Error::unknown("network", name, BuiltIn::NAMES);
        BuiltIn::named(name).map(Self::BuiltIn).ok_or_else(unknown)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(network) => f.write_str(network.name()),
            Self::Layers(layers) => write!(f, "a list of {} layers", layers.len()),
            Self::From(start) => start.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Params;

    fn layers(json: &str) -> Network {
        serde_json::from_str(json).unwrap()
    }

    fn names(graph: &Graph) -> Vec<&str> {
        graph.nodes().iter().map(|node| node.name.as_str()).collect()
    }

    #[test]
    fn built_in_networks_have_their_published_sizes() {
        assert_eq!(BuiltIn::ALL.map(BuiltIn::name), BuiltIn::NAMES);
        let cases = [
            (BuiltIn::Mlp, 109_386),
            (BuiltIn::Lenet, 431_080),
            (BuiltIn::Zoo, 5_994),
            (BuiltIn::Keras, 34_826),
            (BuiltIn::Deep, 3_274_634),
        ];
        for (network, expected) in cases {
            let graph = build(&Network::BuiltIn(network), Scaling::Unit).unwrap();
            assert_eq!(Params::init(&graph, 0).trainable_len(), expected, "{}", network.name());
            assert!(network.description().len() < 90, "one line: {}", network.description());
        }
    }

    #[test]
    fn layers_are_numbered_by_kind() {
        let graph = build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).unwrap();
        let expected = ["scale", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten1", "fc1"];
        assert_eq!(names(&graph), expected);
    }

    #[test]
    fn lists_of_layers_may_branch_and_leave_out_defaults() {
        let network = layers(
            r#"[{"conv2d": {"channels": 4, "kernel": 3, "padding": "same"}}, "batch_norm",
                {"residual": [{"conv2d": {"channels": 4, "kernel": [3, 3], "padding": 1}}, {"relu": {}}]},
                {"batch_norm": {}}, "global_avg_pool", {"linear": {"features": 10}}]"#,
        );
        let graph = build(&network, Scaling::Standard).unwrap();
        let expected = ["scale", "conv1", "bn1", "conv2", "relu1", "add1", "bn2", "pool1", "fc1"];
        assert_eq!(names(&graph), expected);
        assert_eq!(graph.nodes()[5].inputs, [Value::of_node(2), Value::of_node(4)]);
        let written = serde_json::to_string(&network).unwrap();
        assert_eq!(layers(&written), network, "{written}");
    }

    #[test]
    fn layers_of_imported_networks_are_written_as_the_others() {
        let network = layers(
            r#"[{"pad": {"padding": [1, 0, 1, 0], "value": 0.5}}, {"affine": {"each": "element"}}, "affine",
                "leaky_relu", {"elu": {"alpha": 0.5}}, {"clip": {"high": 6.0}},
                {"quantize": {"scale": 0.1, "low": 0, "high": 255}}, "flatten", {"linear": {"features": 10}}]"#,
        );
        let graph = build(&network, Scaling::Unit).unwrap();
        let expected = [
            "scale",
            "pad1",
            "affine1",
            "affine2",
            "leaky_relu1",
            "elu1",
            "clip1",
            "quantize1",
            "flatten1",
            "fc1",
        ];
        assert_eq!(names(&graph), expected);
        let written = serde_json::to_string(&network).unwrap();
        assert_eq!(layers(&written), network, "{written}");
    }

    #[test]
    fn mistakes_name_the_layer_and_what_is_known() {
        let cases = [
            (r#"["flatten", "conv2"]"#, "unknown variant `conv2`"),
            (r#"["residual"]"#, "residual needs a list"),
            (r#"["add"]"#, "unknown variant `add`"),
            (r#"["conv2d"]"#, "missing field `channels`"),
            (r#"[{"conv2d": {"chanels": 3}}]"#, "unknown field `chanels`"),
            (r#"[{"relu": {"slope": 1}}]"#, "unknown field `slope`"),
            (r#"[{"relu": {}, "tanh": {}}]"#, "second name"),
            (r#""lenett""#, "unknown variant `lenett`"),
        ];
        for (json, expected) in cases {
            let error = serde_json::from_str::<Network>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
        let error = "lenett".parse::<Network>().unwrap_err().to_string();
        assert!(error.contains("unknown network `lenett`, expected perhaps `lenet`"), "{error}");
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused_with_both_named() {
        let cases = [
            (r#"[{"linear": {"features": 10}}]"#, "layer fc1 (linear) can't take 1 maps of 28x28"),
            (r#"["flatten", {"conv2d": {"channels": 2, "kernel": 3}}]"#, "layer conv1 (conv2d)"),
            (r#"[{"max_pool2d": {"kernel": 29}}]"#, "29x29 window"),
            (r#"["flatten"]"#, "the network gives 784 features, expected 10"),
            (r#"[]"#, "1 maps of 28x28"),
            (r#"[{"residual": [{"conv2d": {"channels": 1, "kernel": 3}}]}]"#, "layer add1 (add)"),
            (r#"["flatten", {"linear": {"features": 99999999999}}]"#, "layer fc1 has a constant of"),
            (
                r#"["flatten", {"linear": {"features": 32768}}, {"linear": {"features": 32768}}]"#,
                "parameters:",
            ),
            (r#"[{"conv2d": {"channels": 60000, "kernel": 1}}]"#, "values for each image:"),
            (
                r#"[{"conv2d": {"channels": 1, "kernel": 3, "padding": 18446744073709551615}}]"#,
                "a constant of",
            ),
        ];
        for (json, expected) in cases {
            let error = build(&layers(json), Scaling::Unit).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn scalings_map_black_and_white() {
        let ends = |scaling: Scaling| {
            [0.0, 255.0].map(|x| x * scaling.range().op().scale + scaling.range().op().shift)
        };
        let cases = [
            (Scaling::Unit, [0.0, 1.0]),
            (Scaling::Standard, [-0.424_213, 2.821_486]),
            (Scaling::Symmetric, [-1.0, 1.0]),
            (Scaling::None, [0.0, 255.0]),
        ];
        for (scaling, expected) in cases {
            let found = ends(scaling);
            assert!((0..2).all(|i| (found[i] - expected[i]).abs() < 1e-5), "{scaling:?}: {found:?}");
        }
    }
}
