//! Twin of [`crate::conv_sparse`]: the gradients of a convolution under max pooling, winner by winner.

use crate::conv::ConvShape;

/// Calls `visit(gradient, tap, input, out_channel)` for every gradient that isn't zero and every tap of the
/// patch at its winner. Zeros are left out, so that they meet no infinite number.
fn for_each_tap(
    shape: &ConvShape,
    images: usize,
    dy: &[f32],
    winner: &[u32],
    mut visit: impl FnMut(f64, usize, usize, usize),
) {
    let out_width = shape.output()[1];
    for at in (0..dy.len()).filter(|&at| dy[at] != 0.0) {
        let (image, out_channel) = (at / (dy.len() / images), at % shape.out_channels);
        let [oy, ox] = [winner[at] as usize / out_width, winner[at] as usize % out_width];
        for tap in 0..shape.taps() {
            let (c, pixel) = (tap % shape.in_channels, tap / shape.in_channels);
            let [ky, kx] = [pixel / shape.kernel[1], pixel % shape.kernel[1]];
            let row = image * shape.height + oy * shape.stride[0] + ky;
            let input = (row * shape.width + ox * shape.stride[1] + kx) * shape.in_channels + c;
            visit(dy[at] as f64, tap, input, out_channel);
        }
    }
}

/// Adds the weights' gradient: `dw[c] += g patch(winner)`.
///
/// # Shapes
/// `x: [N, H, W, C_in]` padded, `dy` and `winner: [N, cells, C_out]` with the winning position
/// `row * W' + column` of each, `dw_transposed: [C_out, K]`.
pub fn add_weight_gradient(
    shape: &ConvShape,
    x: &[f32],
    dy: &[f32],
    winner: &[u32],
    dw_transposed: &mut [f32],
) {
    let mut sums: Vec<f64> = dw_transposed.iter().map(|&v| v as f64).collect();
    for_each_tap(shape, x.len() / shape.input_len(), dy, winner, |gradient, tap, input, out_channel| {
        sums[out_channel * shape.taps() + tap] += gradient * x[input] as f64;
    });
    dw_transposed.iter_mut().zip(sums).for_each(|(dw, sum)| *dw = sum as f32);
}

/// Adds the input's gradient: `patch(winner) += g w[c]`.
///
/// # Shapes
/// As [`add_weight_gradient`]; `w_transposed: [C_out, K]`, `dx: [N, H, W, C_in]` padded.
pub fn add_input_gradient(
    shape: &ConvShape,
    dy: &[f32],
    winner: &[u32],
    w_transposed: &[f32],
    dx: &mut [f32],
) {
    let mut sums: Vec<f64> = dx.iter().map(|&v| v as f64).collect();
    for_each_tap(shape, dx.len() / shape.input_len(), dy, winner, |gradient, tap, input, out_channel| {
        sums[input] += gradient * w_transposed[out_channel * shape.taps() + tap] as f64;
    });
    dx.iter_mut().zip(sums).for_each(|(dx, sum)| *dx = sum as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of 3 pixels, one channel in, two out, a kernel of 1 x 2: two positions; two images.
    const SHAPE: ConvShape =
        ConvShape { height: 1, width: 3, in_channels: 1, out_channels: 2, kernel: [1, 2], stride: [1, 1] };
    /// One cell an image: channel 0 was won at positions 1 and 0, channel 1 at 0 and 1.
    const WINNER: [u32; 4] = [1, 0, 0, 1];
    const DY: [f32; 4] = [1.0, 10.0, 2.0, 0.0];

    #[test]
    fn weight_gradient_by_hand() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, f32::INFINITY];
        let mut dw_transposed = [100.0; 4];
        add_weight_gradient(&SHAPE, &x, &DY, &WINNER, &mut dw_transposed);
        // Channel 0: (2, 3) + 2 (4, 5). Channel 1: 10 (1, 2), and nothing of the infinite number.
        assert_eq!(dw_transposed, [110.0, 113.0, 110.0, 120.0]);
    }

    #[test]
    fn input_gradient_by_hand() {
        let mut dx = [100.0; 6];
        add_input_gradient(&SHAPE, &DY, &WINNER, &[1.0, 2.0, 3.0, 4.0], &mut dx);
        assert_eq!(dx, [130.0, 141.0, 102.0, 102.0, 104.0, 100.0]);
    }
}
