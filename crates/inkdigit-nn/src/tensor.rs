//! What goes into a graph and comes out of it: contiguous row-major float32.

use crate::error::{Error, Result};

/// A contiguous row-major array of float32. Feature maps at this boundary are `[N, C, H, W]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// A tensor of `data` read in `shape`.
    ///
    /// # Errors
    /// If the shape doesn't multiply out to the number of values.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Result<Self> {
        let shape = shape.into();
        let expected = shape.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
        if expected != Some(data.len()) {
            return Err(Error::TensorLength { shape, found: data.len() });
        }
        Ok(Self { shape, data })
    }

    /// A tensor of zeros.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let len = shape.iter().product();
        Self { shape, data: vec![0.0; len] }
    }

    /// The size of each dimension, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All values in row-major order.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values in row-major order, to be written.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values of entry `i` of the outermost dimension.
    ///
    /// # Panics
    /// If there is no entry `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        let len = self.data.len() / self.shape[0];
        &self.data[i * len..][..len]
    }

    /// The values alone.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }
}
