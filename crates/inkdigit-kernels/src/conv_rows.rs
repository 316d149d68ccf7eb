//! Convolutions whose output channels fit one vector, a stretch of an output row at a time.
//!
//! The indirect product loads one number of the input for each multiply-add of a vector. With one vector of
//! channels those loads, two a cycle, are what it waits for. Here the weights of one kernel row and one input
//! channel stay in registers, and each number of the input is loaded once for all the outputs it belongs to.

use crate::Isa;
use crate::conv_shape::ConvShape;
use crate::lanes::Tail;
use pulp::{Simd, WithSimd};

/// Outputs of one part of a stretch. A stretch has two where 32 registers hold them beside the weights, else one;
/// the compiler unrolls a loop over one part, and would leave one over fourteen outputs a loop over memory.
const PART: usize = 7;

/// Whether [`forward`] can do this convolution.
pub(crate) fn applies(isa: Isa, shape: &ConvShape) -> bool {
    let lanes = isa.lanes();
    let kernel = matches!((shape.kernel[1], shape.stride[1]), (3 | 5, 1) | (4 | 6, 2));
    lanes > 1 && shape.out_channels <= lanes && shape.output()[1] >= PART && kernel
}

/// `y = x * w + bias`.
///
/// # Shapes
/// As [`crate::conv::Conv2d::forward`], for a shape that [`applies`].
pub(crate) fn forward(
    isa: Isa,
    shape: &ConvShape,
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    assert!(applies(isa, shape), "a convolution of one vector of channels");
    assert!(x.len().is_multiple_of(shape.input_len()), "whole images");
    assert_eq!(x.len() / shape.input_len() * shape.output_len(), y.len(), "as many outputs as inputs");
    assert!(w.len() >= shape.taps() * shape.out_channels, "weights out of bounds");
    assert!(bias.is_none_or(|bias| bias.len() == shape.out_channels), "bias and columns");
    isa.run(Rows { shape, x, w, bias, y });
}

struct Rows<'a> {
    shape: &'a ConvShape,
    x: &'a [f32],
    w: &'a [f32],
    bias: Option<&'a [f32]>,
    y: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let two = S::F32_LANES == 16 && self.shape.output()[1] >= 2 * PART;
        // SAFETY: `forward` checked the lengths, and that there is a whole stretch in a row.
        unsafe {
            match (self.shape.kernel[1], two) {
                (3, true) => self.rows::<S, 2, 3, 1>(simd),
                (3, false) => self.rows::<S, 1, 3, 1>(simd),
                (4, true) => self.rows::<S, 2, 4, 2>(simd),
                (4, false) => self.rows::<S, 1, 4, 2>(simd),
                (5, true) => self.rows::<S, 2, 5, 1>(simd),
                (5, false) => self.rows::<S, 1, 5, 1>(simd),
                (_, true) => self.rows::<S, 2, 6, 2>(simd),
                (_, false) => self.rows::<S, 1, 6, 2>(simd),
            }
        }
    }
}

impl Rows<'_> {
    /// All rows, in stretches of `PARTS` parts under kernel rows of `KW` taps, `STRIDE` pixels apart.
    ///
    /// # Safety
    /// The slices must have the lengths of the shape, an output row at least `PARTS * PART` columns.
    #[inline(always)]
    unsafe fn rows<S: Simd, const PARTS: usize, const KW: usize, const STRIDE: usize>(self, simd: S) {
        let Self { shape, x, w, bias, y } = self;
        let [height, width] = shape.output();
        let channels = shape.out_channels;
        let tail = Tail::new(simd, channels, 1);
        let start = match bias {
            // SAFETY: the bias has a number for each channel.
            Some(bias) => unsafe { tail.load(bias.as_ptr(), true) },
            None => simd.splat_f32s(0.0),
        };
        for row in 0..y.len() / (width * channels) {
            let (image, oy) = (row / height, row % height);
            let line = (image * shape.height + oy * shape.stride[0]) * shape.width;
            for stretch in (0..width).step_by(PARTS * PART) {
                // The last stretch ends with the row: what it shares with the one before is computed twice.
                let ox = stretch.min(width - PARTS * PART);
                // SAFETY: the stretch's first pixel is in the input, its first output in the output.
                unsafe {
                    let x = x.as_ptr().add((line + ox * STRIDE) * shape.in_channels);
                    let sums = sums::<S, PARTS, KW, STRIDE>(simd, shape, tail, x, w.as_ptr());
                    let out = y.as_mut_ptr().add((row * width + ox) * channels);
                    for (i, &sum) in sums.as_flattened().iter().enumerate() {
                        tail.store(out.add(i * channels), true, simd.add_f32s(start, sum));
                    }
                }
            }
        }
    }
}

/// The sums of `PARTS * PART` neighbouring outputs whose first patch starts at `x`.
///
/// # Safety
/// The patches must be inside the input, the weights have `taps` rows of the channels.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // i and k address registers and memory alike
unsafe fn sums<S: Simd, const PARTS: usize, const KW: usize, const STRIDE: usize>(
    simd: S,
    shape: &ConvShape,
    tail: Tail<S>,
    x: *const f32,
    w: *const f32,
) -> [[S::f32s; PART]; PARTS] {
    let (in_channels, out_channels) = (shape.in_channels, shape.out_channels);
    let mut sums = [[simd.splat_f32s(0.0); PART]; PARTS];
    for ky in 0..shape.kernel[0] {
        for c in 0..in_channels {
            // SAFETY: row ky and channel c of the patches, and of the weights.
            unsafe {
                let x = x.add(ky * shape.width * in_channels + c);
                let w = w.add((ky * KW * in_channels + c) * out_channels);
                let weights: [S::f32s; KW] =
                    std::array::from_fn(|k| tail.load(w.add(k * in_channels * out_channels), true));
                for (part, sums) in sums.iter_mut().enumerate() {
                    let x = x.add(part * PART * STRIDE * in_channels);
                    for i in 0..PART {
                        for k in 0..KW {
                            let pixel = simd.splat_f32s(*x.add((i * STRIDE + k) * in_channels));
                            sums[i] = simd.mul_add_e_f32s(pixel, weights[k], sums[i]);
                        }
                    }
                }
            }
        }
    }
    sums
}
