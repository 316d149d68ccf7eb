//! The engine's graph while it grows: layers with their numbers, to which what follows may still be joined.

#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Problem};
use inkdigit_nn::ops::{Affine, Conv2d, Each, Linear, Scale};
use inkdigit_nn::{Graph, Op, Params, Shape, Value};

/// The most layers of one network: far more than any that reads digits, few enough to search by name.
pub(super) const MOST_LAYERS: usize = 2048;

/// The most numbers of one value of one image.
pub(super) const MOST_NUMBERS: usize = 1 << 22;

/// A value of the draft: the image, or what one of its layers gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

impl Place {
    pub(super) const INPUT: Self = Self(0);
}

struct Layer {
    name: String,
    op: Op,
    inputs: Vec<Place>,
    output: Shape,
    /// Its parameters in the order of [`Op::param_specs`].
    params: Vec<Vec<f32>>,
    /// Whether more than one reader sees its value, so that nothing may be joined to it.
    shared: bool,
}

/// A graph that grows.
pub(super) struct Draft {
    input: Shape,
    layers: Vec<Layer>,
    names: HashSet<String>,
}

impl Draft {
    pub(super) fn new(input: Shape) -> Self {
        Self { input, layers: Vec::new(), names: HashSet::new() }
    }

    /// The shape of a value.
    pub(super) fn shape(&self, place: Place) -> Shape {
        place.0.checked_sub(1).map_or(self.input, |layer| self.layers[layer].output)
    }

    /// The name of the layer that gives a value.
    pub(super) fn name(&self, place: Place) -> &str {
        place.0.checked_sub(1).map_or("the input", |layer| &self.layers[layer].name)
    }

    /// Says that the value has more than one reader.
    pub(super) fn share(&mut self, place: Place) {
        if let Some(layer) = place.0.checked_sub(1) {
            self.layers[layer].shared = true;
        }
    }

    /// Adds a layer; `params` in the order of [`Op::param_specs`].
    pub(super) fn push(
        &mut self,
        name: &str,
        op: Op,
        inputs: &[Place],
        params: Vec<Vec<f32>>,
    ) -> Result<Place, Problem> {
        let unsupported = |what: String| Problem::Unsupported { what, remedy: "" };
        if self.layers.len() >= MOST_LAYERS {
            return Err(unsupported(format!("a network of more than {MOST_LAYERS} layers")));
        }
        let shapes: Vec<Shape> = inputs.iter().map(|&place| self.shape(place)).collect();
        let output = op.output_shape(name, &shapes)?;
        if output.checked_len().is_none_or(|len| len > MOST_NUMBERS) {
            return Err(unsupported(format!("a value of {output} for each image")));
        }
        let specs = op.param_specs(shapes[0]);
        for (spec, numbers) in specs.iter().zip(&params) {
            let expected = spec.shape.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
            if expected != Some(numbers.len()) {
                return Err(inkdigit_nn::Error::ParameterShape {
                    name: format!("{name}.{}", spec.name),
                    expected: spec.shape.clone(),
                    found: vec![numbers.len()],
                }
                .into());
            }
        }
        assert_eq!(specs.len(), params.len(), "{name} has all its parameters");
        let name = self.unique(name, &op);
        self.layers.push(Layer { name, op, inputs: inputs.to_vec(), output, params, shared: false });
        Ok(Place(self.layers.len()))
    }

    /// The name, or what is closest to it and free.
    fn unique(&mut self, name: &str, op: &Op) -> String {
        let base = if name.is_empty() { op.name() } else { name };
        let mut unique = base.to_string();
        let mut number = 1;
        while !self.names.insert(unique.clone()) {
            number += 1;
            unique = format!("{base}_{number}");
        }
        unique
    }

    /// Multiplies each channel (or feature) of a value within the layer that gives it, if it can.
    pub(super) fn scale_channels(&mut self, place: Place, factors: &[f32]) -> bool {
        let Some(layer) = self.open(place) else { return false };
        let can =
            matches!(layer.op, Op::Conv2d(_) | Op::Linear(_) | Op::Affine(Affine { each: Each::Channel }));
        if can {
            for numbers in &mut layer.params {
                // Weights are `[fan_in, channels]`, everything else `[channels]`.
                for row in numbers.chunks_mut(factors.len()) {
                    row.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
                }
            }
        }
        can
    }

    /// Adds to each channel (or feature) of a value within the layer that gives it, if it can.
    pub(super) fn add_to_channels(&mut self, place: Place, terms: &[f32]) -> bool {
        let Some(layer) = self.open(place) else { return false };
        let has_bias =
            if let Op::Conv2d(Conv2d { bias, .. }) | Op::Linear(Linear { bias, .. }) = &mut layer.op {
                std::mem::replace(bias, true)
            } else if matches!(layer.op, Op::Affine(Affine { each: Each::Channel })) {
                true
            } else {
                return false;
            };
        if has_bias {
            layer.params[1].iter_mut().zip(terms).for_each(|(number, term)| *number += term);
        } else {
            layer.params.push(terms.to_vec());
        }
        true
    }

    /// `x * factor + term` within the layer that gives a value, if that is such a layer itself.
    pub(super) fn rescale(&mut self, place: Place, factor: f32, term: f32) -> bool {
        let Some(Layer { op: Op::Scale(Scale { scale, shift }), .. }) = self.open(place) else {
            return false;
        };
        *scale *= factor;
        *shift = *shift * factor + term;
        true
    }

    /// `x * scale` within the per-element layer that gives a value, or `x + shift`.
    pub(super) fn affine_elements(
        &mut self,
        place: Place,
        scale: Option<&[f32]>,
        shift: Option<&[f32]>,
    ) -> bool {
        let Some(layer) = self.open(place) else { return false };
        if !matches!(layer.op, Op::Affine(Affine { each: Each::Element })) {
            return false;
        }
        for numbers in &mut layer.params {
            if let Some(scale) = scale {
                numbers.iter_mut().zip(scale).for_each(|(number, scale)| *number *= scale);
            }
        }
        if let Some(shift) = shift {
            layer.params[1].iter_mut().zip(shift).for_each(|(number, shift)| *number += shift);
        }
        true
    }

    /// Whether a value is given by a layer that is nothing but a factor and a term for each channel.
    pub(super) fn is_affine(&self, place: Place) -> bool {
        let op = place.0.checked_sub(1).map(|layer| &self.layers[layer].op);
        matches!(op, Some(Op::Affine(Affine { each: Each::Channel })))
    }

    /// The layer that gives a value, if nothing else reads it.
    fn open(&mut self, place: Place) -> Option<&mut Layer> {
        let layer = &mut self.layers[place.0.checked_sub(1)?];
        (!layer.shared).then_some(layer)
    }

    /// If a value is another one times a constant: that one, and the constant.
    pub(super) fn scaled_from(&self, place: Place) -> Option<(Place, f32)> {
        let layer = &self.layers[place.0.checked_sub(1)?];
        let Op::Scale(Scale { scale, shift: 0.0 }) = layer.op else { return None };
        Some((layer.inputs[0], scale))
    }

    /// If a value is the sigmoid of another one, and nothing else reads it: that one.
    pub(super) fn sigmoid_of(&self, place: Place) -> Option<Place> {
        let layer = &self.layers[place.0.checked_sub(1)?];
        (matches!(layer.op, Op::Sigmoid) && !layer.shared).then(|| layer.inputs[0])
    }

    /// The graph of all that `output` needs, with its parameters.
    pub(super) fn finish(mut self, output: Place) -> Result<(Graph, Params), Error> {
        let output = match self.shape(output) {
            Shape::Map { .. } => self
                .push("flatten", Op::Flatten, &[output], Vec::new())
                .map_err(|problem| unexpected("flatten", problem))?,
            Shape::Features(_) => output,
        };
        let mut needed = vec![false; self.layers.len() + 1];
        needed[output.0] = true;
        for layer in (0..self.layers.len()).rev().filter(|&layer| layer < output.0) {
            if needed[layer + 1] {
                self.layers[layer].inputs.iter().for_each(|place| needed[place.0] = true);
            }
        }
        let mut graph = Graph::new(self.input);
        let mut values = HashMap::from([(0, Value::INPUT)]);
        let len = self.layers.iter().flat_map(|layer| &layer.params).map(Vec::len).sum();
        let mut numbers = Vec::with_capacity(len);
        for (index, layer) in self.layers.iter().enumerate().filter(|(index, _)| needed[index + 1]) {
            let inputs: Vec<Value> = layer.inputs.iter().map(|place| values[&place.0]).collect();
            let value = graph
                .push(&layer.name, layer.op.clone(), &inputs)
                .map_err(|error| unexpected(&layer.name, error.into()))?;
            values.insert(index + 1, value);
            layer.params.iter().for_each(|part| numbers.extend_from_slice(part));
        }
        let params =
            Params::from_data(&graph, numbers).map_err(|error| unexpected("the network", error.into()))?;
        Ok((graph, params))
    }
}

/// A problem with the graph as a whole. Each layer was checked when it was added, so this says that two of
/// them disagree.
fn unexpected(layer: &str, problem: Problem) -> Error {
    Error::Node { node: layer.into(), op: "layer".into(), opset: 0, source: Box::new(problem) }
}
