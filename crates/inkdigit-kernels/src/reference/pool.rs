//! Twin of [`crate::pool`]: pooling, pixel by pixel under each window.

use crate::pool::Window;

/// The pixels `row * W + column` of one image under output (oy, ox), margins left out, in reading order.
fn pixels(window: &Window, oy: usize, ox: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for ky in 0..window.kernel[0] {
        for kx in 0..window.kernel[1] {
            // Positions counted from the corner of the margin, so that they aren't negative.
            let (y, x) = (oy * window.stride[0] + ky, ox * window.stride[1] + kx);
            let [top, left] = window.top_left;
            if (top..top + window.height).contains(&y) && (left..left + window.width).contains(&x) {
                found.push((y - top) * window.width + (x - left));
            }
        }
    }
    found
}

/// Calls `visit` with every output's index, its pixels as indices into the input, and the first number of
/// its image.
fn for_each_output(window: &Window, outputs: usize, mut visit: impl FnMut(usize, &[usize], usize)) {
    let c = window.channels;
    for at in 0..outputs {
        let (channel, position) = (at % c, at / c);
        let (ox, oy) = (position % window.output[1], position / window.output[1] % window.output[0]);
        let image = position / (window.output[1] * window.output[0]);
        let first = image * window.height * window.width * c;
        let inputs: Vec<usize> =
            pixels(window, oy, ox).into_iter().map(|pixel| first + pixel * c + channel).collect();
        visit(at, &inputs, first);
    }
}

/// The largest value under each window and its pixel, the first of several equal ones. NaN counts as
/// larger than any number.
///
/// # Shapes
/// `x: [N, H, W, C]`, `y` and `winner: [N, H', W', C]`; `winner` holds `row * W + column` in its image.
pub fn max_pool(window: &Window, x: &[f32], y: &mut [f32], winner: &mut [u32]) {
    for_each_output(window, y.len(), |at, inputs, first| {
        let mut best = inputs[0];
        for &input in inputs {
            if x[input] > x[best] || x[input].is_nan() && !x[best].is_nan() {
                best = input;
            }
        }
        y[at] = x[best];
        winner[at] = ((best - first) / window.channels) as u32;
    });
}

/// `dx[winner] += dy`; `dx` is overwritten.
///
/// # Shapes
/// As [`max_pool`].
pub fn max_pool_backward(window: &Window, dy: &[f32], winner: &[u32], dx: &mut [f32]) {
    dx.fill(0.0);
    for_each_output(window, dy.len(), |at, _, first| {
        dx[first + winner[at] as usize * window.channels + at % window.channels] += dy[at];
    });
}

/// The mean under each window, margins not counted.
///
/// # Shapes
/// `x: [N, H, W, C]`, `y: [N, H', W', C]`.
pub fn average_pool(window: &Window, x: &[f32], y: &mut [f32]) {
    for_each_output(window, y.len(), |at, inputs, _| {
        let sum: f64 = inputs.iter().map(|&input| x[input] as f64).sum();
        y[at] = (sum / inputs.len() as f64) as f32;
    });
}

/// Spreads each output's gradient evenly over its window; `dx` is overwritten.
///
/// # Shapes
/// As [`average_pool`].
pub fn average_pool_backward(window: &Window, dy: &[f32], dx: &mut [f32]) {
    let mut sums = vec![0.0; dx.len()];
    for_each_output(window, dy.len(), |at, inputs, _| {
        for &input in inputs {
            sums[input] += dy[at] as f64 / inputs.len() as f64;
        }
    });
    dx.iter_mut().zip(sums).for_each(|(dx, sum)| *dx = sum as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 x 3 pixels of two channels, windows of 2 x 2 one column apart.
    const OVERLAPPING: Window = Window {
        height: 2,
        width: 3,
        channels: 2,
        kernel: [2, 2],
        stride: [1, 1],
        top_left: [0, 0],
        output: [1, 2],
    };
    const X: [f32; 12] = [1.0, -1.0, 7.0, -2.0, 3.0, -3.0, 7.0, -4.0, 2.0, -5.0, 0.0, -6.0];

    /// 2 x 2 pixels, a margin of one above and before, and an uneven end: each window sees one pixel or two.
    const MARGINS: Window = Window {
        height: 2,
        width: 2,
        channels: 1,
        kernel: [2, 3],
        stride: [2, 2],
        top_left: [1, 1],
        output: [2, 2],
    };

    #[test]
    fn the_first_largest_wins() {
        let (mut y, mut winner) = ([0.0; 4], [0; 4]);
        max_pool(&OVERLAPPING, &X, &mut y, &mut winner);
        assert_eq!(y, [7.0, -1.0, 7.0, -2.0]);
        assert_eq!(winner, [1, 0, 1, 1]);
        let mut dx = [9.0; 12];
        max_pool_backward(&OVERLAPPING, &[1.0, 10.0, 2.0, 20.0], &winner, &mut dx);
        assert_eq!(dx, [0.0, 10.0, 3.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn means_count_no_margins() {
        let mut y = [0.0; 4];
        average_pool(&MARGINS, &[1.0, 2.0, 3.0, 5.0], &mut y);
        assert_eq!(y, [1.5, 2.0, 4.0, 5.0]);
        let mut dx = [9.0; 4];
        average_pool_backward(&MARGINS, &[2.0, 10.0, 4.0, 20.0], &mut dx);
        assert_eq!(dx, [1.0, 11.0, 2.0, 22.0]);
    }

    #[test]
    fn margins_never_win_and_nan_always_does() {
        let (mut y, mut winner) = ([0.0; 4], [0; 4]);
        max_pool(&MARGINS, &[-1.0, -2.0, f32::NAN, -5.0], &mut y, &mut winner);
        assert_eq!(y[..2], [-1.0, -2.0]);
        assert!(y[2].is_nan());
        assert_eq!(winner, [0, 1, 2, 3]);
    }
}
