//! Trained networks as they are saved, loaded and shipped: ONNX files, ours and everybody else's.

use std::path::Path;

use inkdigit_nn::{Graph, Op, Params, Shape, exec, fold};
use inkdigit_onnx::{self as onnx, About, ExternalData, Files, Head, Imported};

use crate::atomic;
use crate::error::{Error, Result};
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE, to_floats};

mod embedded;
mod external;
mod input_scale;
pub mod limits;
mod metadata;
mod place;

pub use input_scale::{InputScale, ScaleRule, ScaleSource};
pub use metadata::Metadata;
pub(crate) use metadata::{TASK, find};
pub use place::{Place, version_file, versions};

/// The model's file in a run's folder, and in a version's.
pub const MODEL_FILE: &str = "model.onnx";

/// What networks tell apart: the ten digits.
pub const CLASSES: usize = 10;

/// The trained models in this library, by the names that [`Model::open`] takes.
pub const TRAINED: &[&str] = &["default"];

/// A trained network that tells ten digits apart: its graph, its parameters, and where it comes from.
///
/// ```
/// use inkdigit::Model;
///
/// let model = Model::default();
/// let bytes = model.to_bytes()?;
/// let same = Model::from_bytes(&bytes, "digits.onnx")?;
/// assert_eq!(same.probabilities(&[0; 784]), model.probabilities(&[0; 784]));
/// # Ok::<(), inkdigit::Error>(())
/// ```
///
/// Its graph takes pixels from 0 to 255 whatever a file's own network takes: what a file doesn't do itself
/// is put before it, see [`InputScale`].
#[derive(Clone, Debug)]
pub struct Model {
    graph: Graph,
    params: Params,
    /// The same network without BatchNorm, where it has one: what answers are computed with.
    folded: Option<(Graph, Params)>,
    file: Option<Box<ModelFile>>,
    /// Where it comes from and how its answers are to be read.
    pub metadata: Metadata,
}

/// What stood in the file that a model was read from, and what was made of it.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// What messages call it.
    pub name: String,
    /// Its length.
    pub bytes: usize,
    /// What it says besides its network.
    pub about: About,
    /// The range its network takes pixels in.
    pub input_scale: InputScale,
    /// How that is known.
    pub scale_source: ScaleSource,
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
        if input != INTERFACE.input || output != Shape::Features(CLASSES) {
            return Err(Error::ModelInterface { input, output });
        }
        let specs = graph.nodes().iter().flat_map(|node| node.param_specs());
        assert!(specs.map(|spec| spec.shape).eq(params.table().iter().map(|info| info.shape.clone())));
        Ok(Self { folded: folded(&graph, &params), graph, params, file: None, metadata })
    }

    /// Its network.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The network and parameters that answers are computed with: without BatchNorm and dropout, where it
    /// has BatchNorm.
    pub fn for_inference(&self) -> (&Graph, &Params) {
        self.folded.as_ref().map_or((&self.graph, &self.params), |(graph, params)| (graph, params))
    }

    /// What its file said; none for a model that comes from no file.
    pub fn file(&self) -> Option<&ModelFile> {
        self.file.as_deref()
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
        let (graph, params) = self.for_inference();
        run(graph, params, images.chunks_exact(IMAGE_PIXELS))
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
        self.calibrated(&self.logits(images))
    }

    /// Probabilities of logits: their softmax at the model's temperature.
    ///
    /// # Shapes
    /// - `logits`: `[N, 10]`
    /// - result: the same; each row adds up to 1
    pub fn calibrated(&self, logits: &[f32]) -> Vec<f32> {
        inkdigit_nn::probabilities(logits, CLASSES, self.metadata.temperature)
    }

    /// A model from an ONNX file's bytes; `file` is what messages call it. Numbers that lie in files of their
    /// own are out of reach here: [`Model::open`] reads them.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::Onnx`], [`Error::ModelInterface`], [`Error::NetworkTooLarge`].
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self> {
        Self::read(bytes, file, ScaleRule::File, &mut no_files)
    }

    fn read(bytes: &[u8], file: &str, rule: ScaleRule, files: &mut Files<'_>) -> Result<Self> {
        let imported =
            import(bytes, file, files).map_err(|error| of_another_task(bytes, file).unwrap_or(error))?;
        limits::check_size(&imported.graph)?;
        let metadata = Metadata::from_entries(&imported.about.metadata, of_elsewhere(&imported, file), file)?;
        let (input_scale, scale_source) = input_scale::of(&imported, rule);
        let graph = scaled(imported.graph, input_scale)?;
        let file = ModelFile {
            name: file.into(),
            bytes: bytes.len(),
            about: imported.about,
            input_scale,
            scale_source,
        };
        Ok(Self { file: Some(Box::new(file)), ..Self::new(graph, imported.params, metadata)? })
    }

    /// Loads a model: a trained one of this library by its name ([`TRAINED`]), an ONNX file, the folder of a
    /// training, a folder of versions or one of these; see [`Place`].
    ///
    /// # Errors
    /// Those of [`Place::of`] and [`Model::from_bytes`], [`Error::Read`].
    ///
    /// ```
    /// use inkdigit::{ErrorKind, Model};
    ///
    /// assert_eq!(Model::open("default")?.metadata.labels[7], "7");
    /// assert_eq!(Model::open("no/such.onnx").unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, ScaleRule::File)
    }

    /// [`Model::open`], with a word on the range that the file's network takes its pixels in.
    ///
    /// # Errors
    /// As [`Model::open`].
    ///
    /// ```no_run
    /// use inkdigit::Model;
    /// use inkdigit::model::{InputScale, ScaleRule};
    ///
    /// let model = Model::open_with("mnist-8.onnx", ScaleRule::FileOr(InputScale::Bytes))?;
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn open_with(path: impl AsRef<Path>, rule: ScaleRule) -> Result<Self> {
        match Place::of(path)? {
            Place::BuiltIn(_) => Ok(Self::default()),
            Place::File(path) => with_file(&path, |bytes, file, files| Self::read(bytes, file, rule, files)),
        }
    }
}

#[cfg(feature = "finder")]
impl Model {
    /// Whether it is the model that this library ships.
    pub(crate) fn is_shipped(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.name == EMBEDDED)
    }
}

impl Default for Model {
    /// The model that this library ships.
    fn default() -> Self {
        Self::from_bytes(&embedded::file(), EMBEDDED).expect("the embedded model is read by a test")
    }
}

/// What messages call the model that this library ships.
const EMBEDDED: &str = "the embedded model";

/// What all networks here take and give.
const INTERFACE: onnx::Interface =
    onnx::Interface { input: Shape::map(1, IMAGE_SIDE, IMAGE_SIDE), output: Shape::Features(CLASSES) };

/// A file's network as the engine has it, and what the file says besides.
///
/// # Errors
/// [`Error::NotAModel`], [`Error::Onnx`].
pub(crate) fn import(bytes: &[u8], file: &str, files: &mut Files<'_>) -> Result<Imported> {
    import_as(bytes, file, INTERFACE, files)
}

/// The same of a network that takes and gives something else.
///
/// # Errors
/// [`Error::NotAModel`], [`Error::Onnx`].
pub(crate) fn import_as(
    bytes: &[u8],
    file: &str,
    interface: onnx::Interface,
    files: &mut Files<'_>,
) -> Result<Imported> {
    if bytes.is_empty() {
        let cause = "it is empty".into();
        return Err(Error::NotAModel { file: file.into(), cause });
    }
    onnx::import(bytes, interface, files)
        .map_err(|source| Error::Onnx { file: file.into(), source: Box::new(source) })
}

/// What is wrong with a file that can't be read, if it says that it is for something else than single digits.
fn of_another_task(bytes: &[u8], file: &str) -> Option<Error> {
    let entries = onnx::metadata(bytes).ok()?;
    let task = find(&entries, TASK)?;
    let cause = format!("it is a {task}, which doesn't tell single digits apart");
    Some(Error::NotAModel { file: file.into(), cause })
}

/// A file's network exactly as it stands there: its own input, its own outputs.
///
/// # Errors
/// Those of [`Model::open`].
pub fn open_imported(path: impl AsRef<Path>) -> Result<Imported> {
    match Place::of(path)? {
        Place::BuiltIn(name) => import(&embedded::file(), name, &mut no_files),
        Place::File(path) => with_file(&path, import),
    }
}

/// What `read` makes of a file's bytes, its name and what lies beside it.
fn with_file<T>(path: &Path, read: impl FnOnce(&[u8], &str, &mut Files<'_>) -> Result<T>) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|cause| Error::read(path, cause))?;
    let folder = atomic::folder_of(path);
    read(&bytes, &path.display().to_string(), &mut |data| external::read(folder, data))
}

/// For files whose numbers are all in themselves.
///
/// # Errors
/// Always.
pub(crate) fn no_files(_: &ExternalData) -> std::result::Result<Vec<u8>, String> {
    Err("a model without a file of its own can't have others; open it by its path".into())
}

/// The graph with what brings pixels from 0 to 255 into its input's range.
fn scaled(graph: Graph, scale: InputScale) -> Result<Graph> {
    if scale == InputScale::Bytes {
        return Ok(graph);
    }
    let taken = |name: &str| graph.nodes().iter().any(|node| node.name == name);
    let mut name = "scale".to_string();
    while taken(&name) {
        name.insert_str(0, "input_");
    }
    Ok(graph.with_input_op(&name, Op::Scale(scale.op()))?)
}

/// What is known of a model whose metadata say nothing.
fn of_elsewhere(imported: &Imported, file: &str) -> Metadata {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (path, producer) = (Path::new(file), &imported.about.producer);
    let writer = if producer.is_empty() { String::new() } else { format!(", written by {producer}") };
    // Its own softmax may have a temperature.
    let softmax = imported.about.outputs.iter().find(|output| output.head == Some(Head::Softmax));
    Metadata {
        name: part(path.file_stem()),
        origin: Some(part(path.file_name()) + &writer),
        temperature: softmax.map_or(1.0, |output| 1.0 / output.factor),
        version: String::new(),
        ..Metadata::default()
    }
}

/// Images turned into floats at a time: enough work for all threads, little enough memory (12 MB).
const SLAB: usize = 4096;

/// The network with what scales channels folded into the layer before it; none if nothing does.
fn folded(graph: &Graph, params: &Params) -> Option<(Graph, Params)> {
    let foldable = graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm(_) | Op::Affine(_)));
    foldable.then(|| fold::for_inference(graph, params))
}

/// Logits of a network that is no model yet, say in the middle of its training: as its model would give them.
///
/// # Shapes
/// - `graph`: from `[1, 28, 28]` to `[10]`
/// - `images`: N of `[28, 28]`, 0 ground to 255 ink
/// - result: `[N, 10]`
///
/// # Panics
/// If the graph or an image has another shape.
pub fn logits<'a>(
    graph: &Graph,
    params: &Params,
    images: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Vec<f32> {
    match folded(graph, params) {
        Some((graph, params)) => run(&graph, &params, images),
        None => run(graph, params, images),
    }
}

/// Logits of any images, for a graph that takes 28x28 and gives ten.
fn run<'a>(graph: &Graph, params: &Params, images: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<f32> {
    let mut all = Vec::with_capacity(images.len() * CLASSES);
    let mut images = images.peekable();
    let mut pixels = Vec::new();
    while images.peek().is_some() {
        pixels.resize(images.len().min(SLAB) * IMAGE_PIXELS, 0.0);
        let inputs = pixels.chunks_exact_mut(IMAGE_PIXELS);
        inputs.zip(images.by_ref()).for_each(|(input, image)| to_floats(image, input));
        all.extend(exec::infer(graph, params, &pixels).expect("whole images of the graph's shape"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::with_causes;
    use inkdigit_train::networks::{BuiltIn, Network, Scaling, build};
    use inkdigit_train::synth;

    fn zoo() -> Model {
        let graph = build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).unwrap();
        let params = Params::init(&graph, 1);
        let metadata = Metadata { name: "zoo".into(), test_accuracy: Some(0.1), ..Metadata::default() };
        Model::new(graph, params, metadata).unwrap()
    }

    /// A file as from elsewhere: the same network without a word of ours, its pixels in another range.
    fn from_elsewhere(network: BuiltIn, metadata: &[(&str, &str)]) -> Vec<u8> {
        let mut graph = Graph::new(INTERFACE.input);
        for node in &build(&Network::BuiltIn(network), Scaling::Unit).unwrap().nodes()[1..] {
            graph.then(&node.name, node.op.clone()).unwrap();
        }
        let metadata = metadata.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let options = onnx::ExportOptions { metadata, ..onnx::ExportOptions::default() };
        onnx::export(&graph, &Params::init(&graph, 1), &options).unwrap()
    }

    #[test]
    fn a_model_comes_back_from_its_bytes() {
        let images = synth::dataset(20, 5);
        for network in BuiltIn::ALL {
            let graph = build(&Network::BuiltIn(network), Scaling::Standard).unwrap();
            let model = Model::new(graph.clone(), Params::init(&graph, 3), Metadata::default()).unwrap();
            let bytes = model.to_bytes().unwrap();
            let back = Model::from_bytes(&bytes, "x.onnx").unwrap();
            assert_eq!(back.logits(images.images()), model.logits(images.images()), "{}", network.name());
            assert!(model.to_bytes().unwrap() == bytes, "the same model, the same bytes");
            let kinds = |model: &Model| {
                let mut kinds: Vec<_> = model.graph().nodes().iter().map(|node| node.op.name()).collect();
                // Dropout may have changed places with flattening, which is no operation to an importer.
                kinds.sort_unstable();
                kinds
            };
            assert_eq!(kinds(&back), kinds(&model), "all that training goes on from is there");
            assert_eq!(back.metadata, model.metadata);
        }
        let model = zoo();
        let probabilities = model.probabilities(&[7; IMAGE_PIXELS]);
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(model.probabilities(&[]).is_empty());
    }

    #[test]
    fn the_embedded_model_is_sound_and_small() {
        let model = Model::open("default").unwrap();
        let file = embedded::file();
        assert!(file.len() <= 1 << 20, "{} bytes", file.len());
        assert_eq!(model.metadata.labels.concat(), "0123456789");
        assert!(!model.metadata.config.is_null());
        assert_eq!(model.metadata.origin, None, "it was trained from the beginning");
        assert!(model.to_bytes().unwrap() == *file, "it is written as this version writes");
    }

    #[test]
    fn pixels_are_brought_into_a_files_own_range() {
        let images = synth::dataset(5, 2);
        let expected = zoo().logits(images.images());
        let read = |metadata: &[(&str, &str)], rule| {
            let bytes = from_elsewhere(BuiltIn::Zoo, metadata);
            Model::read(&bytes, "some/zoo.onnx", rule, &mut no_files).unwrap()
        };
        let source = |model: &Model| {
            let file = model.file().unwrap();
            (file.input_scale, file.scale_source)
        };
        let assumed = read(&[], ScaleRule::File);
        assert_eq!(source(&assumed), (InputScale::Unit, ScaleSource::Assumed));
        assert_eq!(assumed.logits(images.images()), expected);
        assert_eq!((assumed.metadata.name.as_str(), assumed.metadata.version.as_str()), ("zoo", ""));
        assert_eq!(assumed.metadata.origin.as_deref(), Some("zoo.onnx, written by inkdigit"));
        let given = read(&[], ScaleRule::FileOr(InputScale::Bytes));
        assert_eq!(source(&given), (InputScale::Bytes, ScaleSource::Given));
        assert_ne!(given.logits(images.images()), expected);
        let range = [("Image.NominalPixelRange", "Normalized_0_1")];
        let stated = read(&range, ScaleRule::FileOr(InputScale::Bytes));
        assert_eq!(source(&stated), (InputScale::Unit, ScaleSource::Metadata));
        let always = read(&range, ScaleRule::Always(InputScale::Bytes));
        assert_eq!(always.logits(images.images()), given.logits(images.images()));
        // What was put before it goes into the file it is written to.
        let own = Model::from_bytes(&stated.to_bytes().unwrap(), "own.onnx").unwrap();
        assert_eq!(source(&own), (InputScale::Bytes, ScaleSource::Metadata));
        assert_eq!(own.logits(images.images()), expected);
        assert_eq!(own.metadata.origin, stated.metadata.origin);
    }

    #[test]
    fn what_is_no_model_is_told_apart() {
        let good = zoo().to_bytes().unwrap();
        let elsewhere = |metadata: &[(&str, &str)]| from_elsewhere(BuiltIn::Zoo, metadata);
        let cases: Vec<(&str, Vec<u8>, &str)> = vec![
            ("empty", vec![], "x is no model: it is empty"),
            ("text", b"hello, this is no model at all".to_vec(), "x: not an ONNX model"),
            ("truncated", good[..good.len() - 5].to_vec(), "x: not an ONNX model"),
            ("metadata", elsewhere(&[("temperature", "-1")]), "its temperature is -1"),
            ("document", elsewhere(&[("inkdigit", "{")]), "its metadata `inkdigit`"),
        ];
        for (case, bytes, expected) in cases {
            let error = with_causes(&Model::from_bytes(&bytes, "x").map(drop).unwrap_err());
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
    fn models_are_opened_from_files_folders_and_versions() {
        let dir = tempfile::tempdir().unwrap();
        let (zoo, bytes) = (zoo(), zoo().to_bytes().unwrap());
        zoo.save(&dir.path().join(MODEL_FILE)).unwrap();
        std::fs::create_dir_all(dir.path().join("versions/3")).unwrap();
        zoo.save(&version_file(&dir.path().join("versions"), 3)).unwrap();
        for place in [MODEL_FILE, "", "versions", "versions@3"] {
            let model = Model::open(dir.path().join(place)).unwrap();
            assert!(model.to_bytes().unwrap() == bytes, "{place}");
        }
    }
}
