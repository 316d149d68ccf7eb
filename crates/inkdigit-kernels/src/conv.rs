//! Two-dimensional convolution of channels-last images and its two gradients, all three as indirect
//! matrix products: no columns are materialised.
//!
//! With P output positions, taps K = kernel height x kernel width x C_in:
//! - output   `y[P, C_out]  = patches[P, K] weights[K, C_out]`
//! - weights  `dw[K, C_out] = patches[P, K]^T dy[P, C_out]`
//! - input    `dpatches[P, K] = dy[P, C_out] weights[K, C_out]^T`, each added where its patch was taken.

use crate::Isa;
use crate::conv_rows;
use crate::matmul::{Columns, Indirect, Output, Start, indirect_matmul};

pub use crate::conv_shape::ConvShape;

/// A convolution with the offsets of its products worked out.
#[derive(Clone, Debug)]
pub struct Conv2d {
    shape: ConvShape,
    /// Where the patch of each output position starts, for [`Conv2d::BLOCK`] images.
    patches: Vec<u32>,
    /// Where each tap lies within a patch.
    taps: Vec<u32>,
    /// Where each output position starts, for [`Conv2d::BLOCK`] images.
    outputs: Vec<u32>,
    /// Where each tap's row of the weights starts.
    weight_rows: Vec<u32>,
    /// 0, 1, 2, ...: the output channels.
    channels: Vec<u32>,
}

impl Conv2d {
    /// Images worked on together: enough rows to fill the micro-kernel's tiles, few enough for the
    /// second-level cache.
    pub const BLOCK: usize = 8;

    /// Works out the offsets.
    ///
    /// # Panics
    /// If the kernel is larger than the padded input, a dimension is zero, or eight images have more than
    /// 2^32 numbers.
    pub fn new(shape: ConvShape) -> Self {
        let ConvShape { height, width, in_channels, out_channels, kernel, stride } = shape;
        assert!(kernel[0] > 0 && kernel[1] > 0 && stride[0] > 0 && stride[1] > 0);
        assert!(in_channels > 0 && out_channels > 0, "a convolution without channels");
        assert!(kernel[0] <= height && kernel[1] <= width, "kernel larger than the padded input");
        let offset = |value: usize| u32::try_from(value).expect("images small enough for 32-bit offsets");
        let pixel =
            |image: usize, y: usize, x: usize| offset(((image * height + y) * width + x) * in_channels);
        let [out_height, out_width] = shape.output();
        let mut patches = Vec::with_capacity(Self::BLOCK * shape.positions());
        for image in 0..Self::BLOCK {
            for y in 0..out_height {
                patches.extend((0..out_width).map(|x| pixel(image, y * stride[0], x * stride[1])));
            }
        }
        let mut taps = Vec::with_capacity(shape.taps());
        for y in 0..kernel[0] {
            for x in 0..kernel[1] {
                taps.extend((0..in_channels).map(|c| pixel(0, y, x) + offset(c)));
            }
        }
        Self {
            outputs: (0..patches.len()).map(|p| offset(p * out_channels)).collect(),
            weight_rows: (0..taps.len()).map(|k| offset(k * out_channels)).collect(),
            channels: (0..offset(out_channels)).collect(),
            shape,
            patches,
            taps,
        }
    }

    /// The convolution's dimensions.
    pub fn shape(&self) -> &ConvShape {
        &self.shape
    }

    /// Where the patch of each output position starts, for [`Conv2d::BLOCK`] images.
    pub(crate) fn patches(&self) -> &[u32] {
        &self.patches
    }

    /// `y = x * w + bias`.
    ///
    /// # Shapes
    /// `x: [N, H, W, C_in]` padded, `w: [K, C_out]`, `bias: [C_out]`, `y: [N, H', W', C_out]`.
    pub fn forward(&self, isa: Isa, x: &[f32], w: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        self.check(x, y);
        if conv_rows::applies(isa, &self.shape) {
            return conv_rows::forward(isa, &self.shape, x, w, bias, y);
        }
        let start = bias.map_or(Start::Zero, Start::Bias);
        let blocks = x.chunks(Self::BLOCK * self.shape.input_len());
        for (x, y) in blocks.zip(y.chunks_mut(Self::BLOCK * self.shape.output_len())) {
            let positions = y.len() / self.shape.out_channels;
            indirect_matmul(
                isa,
                Indirect { data: x, rows: &self.patches[..positions], depth: &self.taps },
                self.matrix(w),
                start,
                Output { data: y, rows: &self.outputs[..positions] },
            );
        }
    }

    /// Adds the weights' gradient: `dw += patches(x)^T dy`.
    ///
    /// # Shapes
    /// As [`Conv2d::forward`].
    pub fn add_weight_gradient(&self, isa: Isa, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        self.check(x, dy);
        let blocks = x.chunks(Self::BLOCK * self.shape.input_len());
        for (x, dy) in blocks.zip(dy.chunks(Self::BLOCK * self.shape.output_len())) {
            let positions = dy.len() / self.shape.out_channels;
            indirect_matmul(
                isa,
                Indirect { data: x, rows: &self.taps, depth: &self.patches[..positions] },
                self.matrix(dy),
                Start::Output,
                Output { data: dw, rows: &self.weight_rows },
            );
        }
    }

    /// Adds the input's gradient into padded images.
    ///
    /// # Shapes
    /// `dy: [N, H', W', C_out]`, `w_transposed: [C_out, K]`, `dx: [N, H, W, C_in]` padded.
    pub fn add_input_gradient(&self, isa: Isa, dy: &[f32], w_transposed: &[f32], dx: &mut [f32]) {
        self.check(dx, dy);
        let shape = &self.shape;
        let positions = shape.positions();
        // Taps of one kernel row lie side by side in the image as they do in the weights.
        let run = shape.kernel[1] * shape.in_channels;
        let mut dy_rows = Vec::with_capacity(Self::BLOCK * positions);
        let mut dx_rows = Vec::with_capacity(Self::BLOCK * positions);
        let blocks = dx.chunks_mut(Self::BLOCK * shape.input_len());
        for (dx, dy) in blocks.zip(dy.chunks(Self::BLOCK * shape.output_len())) {
            // Image by image within a position: neighbouring rows of a tile then add to places far apart.
            // In one image their patches overlap, and each load would wait for the store before it.
            let images = dy.len() / shape.output_len();
            dy_rows.clear();
            dx_rows.clear();
            for position in 0..positions {
                let rows = (0..images).map(|image| image * positions + position);
                dy_rows.extend(rows.clone().map(|row| self.outputs[row]));
                dx_rows.extend(rows.map(|row| self.patches[row]));
            }
            for row in 0..shape.kernel[0] {
                indirect_matmul(
                    isa,
                    Indirect { data: dy, rows: &dy_rows, depth: &self.channels },
                    Columns { data: &w_transposed[row * run..], stride: shape.taps(), columns: run },
                    Start::Output,
                    Output { data: &mut dx[row * shape.width * shape.in_channels..], rows: &dx_rows },
                );
            }
        }
    }

    fn matrix<'a>(&self, data: &'a [f32]) -> Columns<'a> {
        Columns { data, stride: self.shape.out_channels, columns: self.shape.out_channels }
    }

    fn check(&self, input: &[f32], output: &[f32]) {
        assert!(input.len().is_multiple_of(self.shape.input_len()), "whole images");
        assert_eq!(
            input.len() / self.shape.input_len() * self.shape.output_len(),
            output.len(),
            "as many outputs as inputs"
        );
    }
}
