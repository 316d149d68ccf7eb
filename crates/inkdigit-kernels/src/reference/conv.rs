//! Twin of [`crate::conv`]: convolution and its two gradients by their definitions, tap by tap.

use crate::conv::ConvShape;

/// One product of a convolution: indices into the input, the weights and the output.
struct Tap {
    input: usize,
    /// Row of `[K, C_out]`.
    tap: usize,
    out_channel: usize,
    output: usize,
}

/// Calls `visit` for every product of `images` images.
fn for_each_tap(shape: &ConvShape, images: usize, mut visit: impl FnMut(Tap)) {
    let [out_height, out_width] = shape.output();
    for n in 0..images {
        for oy in 0..out_height {
            for ox in 0..out_width {
                for ky in 0..shape.kernel[0] {
                    for kx in 0..shape.kernel[1] {
                        for c in 0..shape.in_channels {
                            let (y, x) = (oy * shape.stride[0] + ky, ox * shape.stride[1] + kx);
                            for o in 0..shape.out_channels {
                                visit(Tap {
                                    input: ((n * shape.height + y) * shape.width + x) * shape.in_channels + c,
                                    tap: (ky * shape.kernel[1] + kx) * shape.in_channels + c,
                                    out_channel: o,
                                    output: ((n * out_height + oy) * out_width + ox) * shape.out_channels + o,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `y = x * w + bias`.
///
/// # Shapes
/// `x: [N, H, W, C_in]` padded, `w: [K, C_out]`, `bias: [C_out]`, `y: [N, H', W', C_out]`.
pub fn forward(shape: &ConvShape, x: &[f32], w: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
    let mut sums: Vec<f64> =
        (0..y.len()).map(|i| bias.map_or(0.0, |bias| bias[i % shape.out_channels] as f64)).collect();
    for_each_tap(shape, x.len() / shape.input_len(), |at| {
        sums[at.output] += x[at.input] as f64 * w[at.tap * shape.out_channels + at.out_channel] as f64;
    });
    store(&sums, y);
}

/// `dw += patches(x)^T dy`.
///
/// # Shapes
/// As [`forward`].
pub fn add_weight_gradient(shape: &ConvShape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let mut sums = load(dw);
    for_each_tap(shape, x.len() / shape.input_len(), |at| {
        sums[at.tap * shape.out_channels + at.out_channel] += x[at.input] as f64 * dy[at.output] as f64;
    });
    store(&sums, dw);
}

/// `dx += dy w^T`, each product added where its input was taken.
///
/// # Shapes
/// `dy: [N, H', W', C_out]`, `w_transposed: [C_out, K]`, `dx: [N, H, W, C_in]` padded.
pub fn add_input_gradient(shape: &ConvShape, dy: &[f32], w_transposed: &[f32], dx: &mut [f32]) {
    let mut sums = load(dx);
    for_each_tap(shape, dx.len() / shape.input_len(), |at| {
        let w = w_transposed[at.out_channel * shape.taps() + at.tap];
        sums[at.input] += dy[at.output] as f64 * w as f64;
    });
    store(&sums, dx);
}

fn load(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| v as f64).collect()
}

fn store(sums: &[f64], out: &mut [f32]) {
    out.iter_mut().zip(sums).for_each(|(out, &sum)| *out = sum as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 x 3 pixels, one channel in, two out, a kernel of 1 x 2.
    const SHAPE: ConvShape =
        ConvShape { height: 2, width: 3, in_channels: 1, out_channels: 2, kernel: [1, 2], stride: [1, 1] };
    const X: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// Left tap (1, 10), right tap (2, 20).
    const W: [f32; 4] = [1.0, 10.0, 2.0, 20.0];

    #[test]
    fn forward_by_hand() {
        let mut y = [0.0; 8];
        forward(&SHAPE, &X, &W, None, &mut y);
        assert_eq!(y, [5.0, 50.0, 8.0, 80.0, 14.0, 140.0, 17.0, 170.0]);
        forward(&SHAPE, &X, &W, Some(&[0.5, -50.0]), &mut y);
        assert_eq!(y, [5.5, 0.0, 8.5, 30.0, 14.5, 90.0, 17.5, 120.0]);
    }

    #[test]
    fn strides_skip_positions_and_channels_lie_side_by_side() {
        let shape = ConvShape {
            height: 3,
            width: 3,
            in_channels: 2,
            out_channels: 1,
            kernel: [1, 1],
            stride: [2, 2],
        };
        let x: Vec<f32> = (0..18).map(|v| v as f32).collect();
        let mut y = [0.0; 4];
        forward(&shape, &x, &[1.0, 100.0], None, &mut y);
        assert_eq!(y, [100.0, 504.0, 1312.0, 1716.0]);
    }

    #[test]
    fn weight_gradient_by_hand() {
        let dy = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0];
        let mut dw = [100.0; 4];
        add_weight_gradient(&SHAPE, &X, &dy, &mut dw);
        // Left tap, channel 0: x[0] + 2 x[4]; channel 1: x[1]. Right tap one pixel on.
        assert_eq!(dw, [111.0, 102.0, 114.0, 103.0]);
    }

    #[test]
    fn input_gradient_by_hand() {
        let dy = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0];
        let w_transposed = [1.0, 2.0, 10.0, 20.0];
        let mut dx = [100.0; 6];
        add_input_gradient(&SHAPE, &dy, &w_transposed, &mut dx);
        assert_eq!(dx, [101.0, 112.0, 120.0, 100.0, 102.0, 104.0]);
    }
}
