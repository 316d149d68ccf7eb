//! Convolutions with few output channels: neighbouring output columns computed as one.
//!
//! With fewer channels than lanes a vector is part empty. Channels-last, `n` neighbouring columns of `C` channels
//! lie in memory as one column of `n C` channels: the output of a convolution whose kernel is `n - 1` strides
//! wider, whose stride is `n` times as long, and whose weights hold the kernel `n` times, each one stride further
//! along. The zeros beside it cost less than the empty lanes did.

use crate::Isa;
use crate::conv::{Conv2d, ConvShape};

/// A convolution with joined output columns. Its numbers are the same as those of the convolution it was made
/// from, to rounding; only an infinite or NaN input may also reach the columns joined with its own.
#[derive(Clone, Debug)]
pub struct JoinedColumns {
    conv: Conv2d,
    /// What it was made from.
    single: ConvShape,
    /// How many columns became one.
    columns: usize,
}

impl JoinedColumns {
    /// The form with the fewest multiply-adds on this instruction set; none where joining saves nothing.
    ///
    /// # Panics
    /// As [`Conv2d::new`].
    pub fn new(isa: Isa, single: ConvShape) -> Option<Self> {
        let ConvShape { out_channels, kernel, stride, .. } = single;
        // A kernel no wider than its stride reads nothing twice, so that every product would be joined by zeros.
        if stride[1] >= kernel[1] {
            return None;
        }
        let width = single.output()[1];
        let columns =
            (2..=isa.lanes() / out_channels).rev().find(|&columns| width.is_multiple_of(columns))?;
        let shape = ConvShape {
            out_channels: columns * out_channels,
            kernel: [kernel[0], kernel[1] + (columns - 1) * stride[1]],
            stride: [stride[0], columns * stride[1]],
            ..single
        };
        Some(Self { conv: Conv2d::new(shape), single, columns })
    }

    /// The convolution that gives all columns, with the weights and the bias of [`JoinedColumns::expand`].
    pub fn conv(&self) -> &Conv2d {
        &self.conv
    }

    /// The weights and the bias of the joined convolution.
    ///
    /// # Shapes
    /// `w: [K, C_out]`, `bias: [C_out]`; the results with the taps of the wider kernel and `n C_out` channels.
    pub fn expand(&self, w: &[f32], bias: &[f32], joined_w: &mut Vec<f32>, joined_bias: &mut Vec<f32>) {
        let ConvShape { in_channels, out_channels, kernel, stride, .. } = self.single;
        assert_eq!(w.len(), self.single.taps() * out_channels, "the weights of the single convolution");
        let shape = self.conv.shape();
        let channels = shape.out_channels;
        joined_w.clear();
        joined_w.resize(shape.taps() * channels, 0.0);
        let kernel_rows = w.chunks_exact(kernel[1] * in_channels * out_channels);
        let joined_rows = joined_w.chunks_exact_mut(shape.kernel[1] * in_channels * channels);
        for (row, joined_row) in kernel_rows.zip(joined_rows) {
            for column in 0..self.columns {
                let taps = joined_row.chunks_exact_mut(channels).skip(column * stride[1] * in_channels);
                for (joined_tap, tap) in taps.zip(row.chunks_exact(out_channels)) {
                    joined_tap[column * out_channels..][..out_channels].copy_from_slice(tap);
                }
            }
        }
        joined_bias.clear();
        (0..self.columns).for_each(|_| joined_bias.extend_from_slice(bias));
    }
}
