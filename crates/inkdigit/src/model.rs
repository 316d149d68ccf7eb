//! Trained networks as they are saved, loaded and shipped.

use std::path::{Path, PathBuf};

use inkdigit_nn::{Graph, Op, Params, Shape, exec, fold};
use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::image::{IMAGE_PIXELS, IMAGE_SIDE};
use crate::networks::{self, CLASSES};
use crate::tensor_file::{self, TensorFile};

/// The model's file in a run's folder.
pub const MODEL_FILE: &str = "model.safetensors";

/// The trained models in this library, by the names that [`Model::open`] takes.
pub const TRAINED: &[&str] = &["default"];

const DEFAULT: &[u8] = include_bytes!("../models/default.safetensors");

/// A trained network that tells ten digits apart: its graph, its parameters, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    graph: Graph,
    params: Params,
    /// The same network without BatchNorm, where it has one: what answers are computed with.
    folded: Option<(Graph, Params)>,
    /// Where it comes from and how its answers are to be read.
    pub metadata: Metadata,
}

/// What a model says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// What it is called.
    pub name: String,
    /// What its outputs stand for, in their order.
    pub labels: Vec<String>,
    /// The training's configuration, as it was then; see [`Metadata::train_config`].
    pub config: serde_json::Value,
    /// Images it was trained on.
    pub training_images: usize,
    /// The share of the validation images that it read right, where some were held out.
    pub validation_accuracy: Option<f64>,
    /// The share of the test images that it read right, where that was measured.
    pub test_accuracy: Option<f64>,
    /// What logits are divided by before they become probabilities.
    pub temperature: f32,
    /// The version of Inkdigit that wrote it.
    pub version: String,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            name: String::new(),
            labels: (0..CLASSES).map(|digit| digit.to_string()).collect(),
            config: serde_json::Value::Null,
            training_images: 0,
            validation_accuracy: None,
            test_accuracy: None,
            temperature: 1.0,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

impl Metadata {
    /// The training's configuration; none if there was none or another version of Inkdigit wrote it in a
    /// form that isn't known here.
    pub fn train_config(&self) -> Option<TrainConfig> {
        serde_json::from_value(self.config.clone()).ok()
    }
}

/// The file's document.
#[derive(Serialize, Deserialize)]
struct Document<G, M> {
    graph: G,
    metadata: M,
}

impl Model {
    /// A model of a graph that takes 28x28 pixels from 0 to 255 and gives ten logits.
    ///
    /// # Errors
    /// [`Error::ModelInterface`] for a graph of other shapes.
    ///
    /// # Panics
    /// If the parameters are of another graph.
    pub fn new(graph: Graph, params: Params, metadata: Metadata) -> Result<Self> {
        let (input, output) = (graph.input_shape(), graph.output_shape());
        if input != Shape::map(1, IMAGE_SIDE, IMAGE_SIDE) || output != Shape::Features(CLASSES) {
            return Err(Error::ModelInterface { input, output });
        }
        let specs = graph.nodes().iter().flat_map(|node| node.param_specs());
        assert!(specs.map(|spec| spec.shape).eq(params.table().iter().map(|info| info.shape.clone())));
        Ok(Self { folded: folded(&graph, &params), graph, params, metadata })
    }

    /// Its network.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What its network gives for these images: logits, before temperature and softmax.
    ///
    /// # Shapes
    /// - `images`: `[N, 28, 28]`, 0 ground to 255 ink
    /// - result: `[N, 10]`
    ///
    /// # Panics
    /// If the length isn't a whole number of images.
    pub fn logits(&self, images: &[u8]) -> Vec<f32> {
        assert!(images.len().is_multiple_of(IMAGE_PIXELS), "whole images");
        let (graph, params) = self.folded.as_ref().map_or((&self.graph, &self.params), |(g, p)| (g, p));
        logits(graph, params, images.chunks_exact(IMAGE_PIXELS))
    }

    /// What its network takes each image for.
    ///
    /// # Shapes
    /// - `images`: `[N, 28, 28]`, 0 ground to 255 ink
    /// - result: `[N, 10]`; each row adds up to 1
    ///
    /// # Panics
    /// If the length isn't a whole number of images.
    pub fn probabilities(&self, images: &[u8]) -> Vec<f32> {
        inkdigit_nn::probabilities(&self.logits(images), CLASSES, self.metadata.temperature)
    }

    /// The model as a file's bytes. The same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let document = Document { graph: &self.graph, metadata: &self.metadata };
        tensor_file::write(&document, &self.params, &[("", self.params.data())])
    }

    /// A model from a file's bytes; `file` is what messages call it.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::ModelTruncated`], [`Error::ModelShapes`], [`Error::ModelInterface`],
    /// [`Error::NetworkTooLarge`].
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self> {
        let read = TensorFile::<Document<Graph, Metadata>>::read(bytes, file, "model")?;
        networks::check_size(&read.document.graph)?;
        let params = read.params(&read.document.graph, "")?;
        let Document { graph, metadata } = read.document;
        if !(metadata.temperature > 0.0 && metadata.temperature.is_finite()) {
            let cause = format!("its temperature is {}", metadata.temperature);
            return Err(Error::NotAModel { file: file.into(), kind: "model", cause });
        }
        Self::new(graph, params, metadata)
    }

    /// Saves the model as a file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::DiskFull`].
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = self.to_bytes();
        atomic::write_file(path, |out| out.write_all(&bytes))
    }

    /// Loads a model: a trained one of this library by its name ([`TRAINED`]), a model's file, or the folder
    /// of a training.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], [`Error::NoModelInFolder`], [`Error::Read`], and those of
    /// [`Model::from_bytes`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if path == Path::new("default") {
            return Ok(Self::default());
        }
        let file = file_of(path)?;
        let bytes = std::fs::read(&file).map_err(|cause| Error::read(&file, cause))?;
        Self::from_bytes(&bytes, &file.display().to_string())
    }
}

impl Default for Model {
    /// The model that this library ships.
    fn default() -> Self {
        Self::from_bytes(DEFAULT, "the embedded model").expect("the embedded model is read by a test")
    }
}

fn file_of(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        let file = path.join(MODEL_FILE);
        let missing = Error::NoModelInFolder { dir: path.to_owned(), expected: MODEL_FILE };
        return if file.exists() { Ok(file) } else { Err(missing) };
    }
    if path.exists() {
        Ok(path.to_owned())
    } else {
        Err(Error::ModelNotFound { path: path.to_owned(), known: TRAINED.to_vec() })
    }
}

/// Images turned into floats at a time: enough work for all threads, little enough memory (12 MB).
const SLAB: usize = 4096;

/// The network with what scales channels folded into the layer before it; none if nothing does.
pub(crate) fn folded(graph: &Graph, params: &Params) -> Option<(Graph, Params)> {
    let foldable = graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm(_) | Op::Affine(_)));
    foldable.then(|| fold::for_inference(graph, params))
}

/// Logits of any images, for a graph that takes 28x28 and gives ten.
pub(crate) fn logits<'a>(
    graph: &Graph,
    params: &Params,
    images: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Vec<f32> {
    let mut all = Vec::with_capacity(images.len() * CLASSES);
    let mut images = images.peekable();
    let mut pixels = Vec::new();
    while images.peek().is_some() {
        pixels.clear();
        images.by_ref().take(SLAB).for_each(|image| pixels.extend(image.iter().map(|&pixel| pixel as f32)));
        all.extend(exec::infer(graph, params, &pixels).expect("whole images of the graph's shape"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{BuiltIn, Network, Scaling, build};

    fn zoo() -> Model {
        let graph = build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).unwrap();
        let params = Params::init(&graph, 1);
        let metadata = Metadata { name: "zoo".into(), test_accuracy: Some(0.1), ..Metadata::default() };
        Model::new(graph, params, metadata).unwrap()
    }

    #[test]
    fn a_model_comes_back_from_its_bytes() {
        let model = zoo();
        let bytes = model.to_bytes();
        assert_eq!(Model::from_bytes(&bytes, "zoo").unwrap(), model);
        assert_eq!(bytes, zoo().to_bytes(), "the same model, the same bytes");
        let image = [7; IMAGE_PIXELS];
        let probabilities = model.probabilities(&image);
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(model.probabilities(&[]).is_empty());
    }

    #[test]
    fn the_embedded_model_is_sound_and_small() {
        let model = Model::open("default").unwrap();
        assert_eq!(model, Model::default());
        assert!(DEFAULT.len() <= 1 << 20, "{} bytes", DEFAULT.len());
        assert_eq!(model.metadata.labels.concat(), "0123456789");
        assert!(model.metadata.train_config().is_some());
    }

    #[test]
    fn what_is_no_model_is_told_apart() {
        let good = zoo().to_bytes();
        let header_len = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
        let foreign =
            safetensors::serialize(Vec::<(String, safetensors::tensor::TensorView<'_>)>::new(), None);
        let mut renamed = good.clone();
        let at = renamed.windows(9).position(|w| w == b"fc1.bias\"").unwrap();
        renamed[at] = b'F';
        let cases: Vec<(&str, Vec<u8>, &str)> = vec![
            ("empty", vec![], "x is no model: it is empty"),
            ("text", b"hello, this is no model at all".to_vec(), "x is no model: its header"),
            ("truncated data", good[..good.len() - 5].to_vec(), "truncated or damaged"),
            ("truncated header", good[..header_len / 2].to_vec(), "truncated or damaged"),
            ("too long", [&good[..], &[0; 4]].concat(), "truncated or damaged"),
            ("foreign", foreign.unwrap(), "no entry `inkdigit`"),
            ("renamed", renamed, "parameter fc1.bias is missing"),
        ];
        for (case, bytes, expected) in cases {
            let error = Model::from_bytes(&bytes, "x").unwrap_err().to_string();
            assert!(error.contains(expected), "{case}: {error}");
        }
    }

    #[test]
    fn a_graph_for_something_else_is_refused() {
        let mut graph = Graph::new(Shape::map(3, 8, 8));
        graph.then("", inkdigit_nn::Op::Flatten).unwrap();
        let params = Params::init(&graph, 0);
        let error = Model::new(graph, params, Metadata::default()).unwrap_err().to_string();
        assert!(error.contains("takes 3 maps of 8x8 and gives 192 features"), "{error}");
    }

    #[test]
    fn places_without_a_model_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Model::open(dir.path().join("none")).unwrap_err();
        assert!(error.to_string().contains("none") && error.to_string().contains("default"), "{error}");
        assert!(matches!(Model::open(dir.path()), Err(Error::NoModelInFolder { .. })));
        zoo().save(&dir.path().join(MODEL_FILE)).unwrap();
        assert_eq!(Model::open(dir.path()).unwrap(), zoo());
    }
}
