//! Parameters: one flat arena of float32 with a table of names. Gradients and optimizer moments share its
//! layout, so updating, saving and comparing are each one loop.

use crate::error::{Error, Result};
use crate::graph::Graph;
pub use crate::param_spec::{Init, ParamSpec};
use crate::rng::Rng;
use std::ops::Range;

/// One parameter's row in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamInfo {
    /// `layer.parameter`, as in `conv1.weight`.
    pub name: String,
    /// Row-major dimensions. Weights are `[fan_in, fan_out]`, the fan-in of a convolution in the order
    /// (kernel row, kernel column, input channel).
    pub shape: Vec<usize>,
    /// Where its numbers lie in the arena.
    pub range: Range<usize>,
    /// False for running statistics.
    pub trainable: bool,
}

/// All parameters of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    table: Vec<ParamInfo>,
    data: Vec<f32>,
}

impl Params {
    /// The parameters of `graph` as they start: each drawn from its own stream of `seed`, so that adding a
    /// layer doesn't change the others.
    pub fn init(graph: &Graph, seed: u64) -> Self {
        let mut params = Self { table: table(graph), data: Vec::new() };
        let specs = graph.nodes().iter().flat_map(|node| node.param_specs());
        for (index, spec) in specs.enumerate() {
            let mut rng = Rng::stream(seed, &[index as u64]);
            let len = spec.numbers();
            params.data.extend((0..len).map(|_| match spec.init {
                Init::Zeros => 0.0,
                Init::Ones => 1.0,
                Init::Uniform { bound } => rng.uniform(-bound, bound),
                Init::Normal { deviation } => deviation * rng.normal(),
            }));
        }
        params
    }

    /// The parameters of `graph`, each looked up by name.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn restore<'a>(
        graph: &Graph,
        mut find: impl FnMut(&str) -> Option<(Vec<usize>, &'a [f32])>,
    ) -> Result<Self> {
        let table = table(graph);
        let mut data = Vec::new();
        for info in &table {
            let (shape, values) =
                find(&info.name).ok_or_else(|| Error::MissingParameter { name: info.name.clone() })?;
            if shape != info.shape || values.len() != info.range.len() {
                return Err(Error::ParameterShape {
                    name: info.name.clone(),
                    expected: info.shape.clone(),
                    found: shape,
                });
            }
            data.extend_from_slice(values);
        }
        Ok(Self { table, data })
    }

    /// The parameters of `graph` with these numbers, in the order of the arena.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] if they are more or fewer than the graph has.
    pub fn from_data(graph: &Graph, data: Vec<f32>) -> Result<Self> {
        let table = table(graph);
        let expected = table.last().map_or(0, |info| info.range.end);
        if data.len() != expected {
            return Err(Error::ParameterCount { expected, found: data.len() });
        }
        Ok(Self { table, data })
    }

    /// The table: a row for each parameter, in the order of the arena.
    pub fn table(&self) -> &[ParamInfo] {
        &self.table
    }

    /// The arena.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The arena, to be written.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// One parameter by name.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.table.iter().find(|info| info.name == name).map(|info| &self.data[info.range.clone()])
    }

    /// How many numbers the optimizer changes.
    pub fn trainable_len(&self) -> usize {
        self.table.iter().filter(|info| info.trainable).map(|info| info.range.len()).sum()
    }

    /// The same table over other numbers: weights averaged over time, say.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn with_data(&self, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), self.data.len(), "one number for each parameter");
        Self { table: self.table.clone(), data }
    }

    /// Rounds each number to so many significant binary digits, ties to even: 24 leave it as it is, 11 are half
    /// precision's, 8 bfloat16's. What is left compresses better.
    ///
    /// # Panics
    /// If `bits` isn't from 1 to 24.
    pub fn round(&mut self, bits: u32) {
        assert!((1..=24).contains(&bits), "{bits} significant bits");
        let dropped = 24 - bits;
        if dropped == 0 {
            return;
        }
        for value in self.data.iter_mut().filter(|value| value.is_finite()) {
            let pattern = value.to_bits();
            // A carry out of the significand raises the exponent, which is what rounding up means there.
            let odd = pattern >> dropped & 1;
            let rounded = pattern.wrapping_add((1 << (dropped - 1)) - 1 + odd) & !((1 << dropped) - 1);
            *value = f32::from_bits(rounded);
        }
    }
}

fn table(graph: &Graph) -> Vec<ParamInfo> {
    let mut start = 0;
    let mut table = Vec::new();
    for node in graph.nodes() {
        for spec in node.param_specs() {
            let len = spec.numbers();
            table.push(ParamInfo {
                name: format!("{}.{}", node.name, spec.name),
                shape: spec.shape,
                range: start..start + len,
                trainable: spec.trainable,
            });
            start += len;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(value: f32, bits: u32) -> f32 {
        let mut params = Params { table: Vec::new(), data: vec![value] };
        params.round(bits);
        params.data[0]
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_of_so_many_bits() {
        let third = 1.0 / 3.0;
        for bits in 1..=24 {
            for value in [third, -third, 1e-20, 3.1e10, 0.0, 1.0, -8.0] {
                let near = rounded(value, bits);
                let step = 2f32.powi(value.abs().max(1e-30).log2().floor() as i32 + 1 - bits as i32);
                assert!((near - value).abs() <= step / 2.0, "{value} in {bits} bits is {near}");
                assert_eq!(rounded(near, bits), near);
            }
        }
        assert_eq!(rounded(third, 24), third);
        // Ties go to the even neighbour, and may carry.
        assert_eq!([1.25, 1.75, 1.999].map(|value| rounded(value, 2)), [1.0, 2.0, 2.0]);
        assert!(rounded(f32::NAN, 8).is_nan() && rounded(f32::INFINITY, 8) == f32::INFINITY);
    }
}
