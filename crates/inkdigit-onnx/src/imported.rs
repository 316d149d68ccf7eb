//! What a file was made into: a network, what the file says besides, and how its outputs come from the logits.

use super::array::{Array, Numbers};
use super::element::ElementType;
use super::error::Error;
use inkdigit_nn::{Graph, Params, Result as EngineResult, Shape, exec};

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

/// What stands between the network's last value (its logits) and an output of the file. It isn't part of the
/// graph: logits are what training and calibration work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The value itself.
    Logits,
    /// Its softmax.
    Softmax,
    /// The logarithm of its softmax.
    LogSoftmax,
    /// The index of the largest number.
    ArgMax,
}

impl Imported {
    /// The file's outputs for this input, both in the file's own shapes and range; none for outputs that
    /// aren't the logits' ([`OutputInfo::head`]).
    ///
    /// # Errors
    /// [`Error::Input`] if the input isn't a whole number of images.
    pub fn run(&self, input: &Array) -> Result<Vec<Option<Array>>, Error> {
        let image = self.graph.input_shape();
        let reals = input.to_reals();
        let refused = || Error::Input {
            name: self.about.input.name.clone(),
            found: format!("{} {:?}", input.element, input.dims),
            expected: image,
        };
        if !reals.len().is_multiple_of(image.len()) {
            return Err(refused());
        }
        let images = reals.len() / image.len();
        let logits: EngineResult<Vec<f32>> =
            exec::infer(&self.graph, &self.params, &channels_last(image, reals));
        let logits = logits.map_err(|_| refused())?;
        let classes = self.graph.output_shape().len();
        Ok(self.about.outputs.iter().map(|output| output.of(&logits, images, classes)).collect())
    }
}

impl OutputInfo {
    /// This output from `logits: [images, classes]`.
    fn of(&self, logits: &[f32], images: usize, classes: usize) -> Option<Array> {
        let scaled: Vec<f32> = logits.iter().map(|z| z * self.factor).collect();
        let numbers = match self.head? {
            Head::Logits => Numbers::Reals(scaled),
            Head::Softmax => Numbers::Reals(inkdigit_nn::probabilities(&scaled, classes, 1.0)),
            Head::LogSoftmax => Numbers::Reals(scaled.chunks_exact(classes).flat_map(log_softmax).collect()),
            Head::ArgMax => Numbers::Integers(scaled.chunks_exact(classes).map(arg_max).collect()),
        };
        let numbers = match numbers {
            // The engine's value of an 8-bit output is the file's less the zero point.
            Numbers::Reals(reals) if !self.element.is_real() => {
                Numbers::Integers(reals.iter().map(|&real| (real + self.zero_point) as i64).collect())
            }
            Numbers::Integers(integers) if self.element.is_real() => {
                Numbers::Reals(integers.iter().map(|&integer| integer as f32).collect())
            }
            numbers => numbers,
        };
        let element = if self.element.is_real() { ElementType::Float } else { self.element };
        let dims = self.dims.iter().map(|dim| dim.unwrap_or(images)).collect();
        Some(Array { element, dims, numbers })
    }
}

fn log_softmax(row: &[f32]) -> Vec<f32> {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|&z| f64::from(z - most).exp()).sum();
    row.iter().map(|&z| (f64::from(z - most) - sum.ln()) as f32).collect()
}

/// The first of the largest, as ONNX has it.
fn arg_max(row: &[f32]) -> i64 {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best }) as i64
}

/// Images in the engine's order.
fn channels_last(image: Shape, data: Vec<f32>) -> Vec<f32> {
    match image {
        Shape::Map { channels, height, width } if channels > 1 => {
            let pixels = height * width;
            let place = |i: usize| (i / channels, i % channels);
            data.chunks_exact(image.len())
                .flat_map(|image| {
                    (0..image.len()).map(place).map(move |(pixel, channel)| image[channel * pixels + pixel])
                })
                .collect()
        }
        _ => data,
    }
}
