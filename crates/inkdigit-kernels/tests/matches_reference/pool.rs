//! Pooling: windows apart, overlapping, over margins, and with ends that don't fit.

use crate::support::{Comparisons, EPSILON, EXACT, Numbers, Tolerance};
use inkdigit_kernels::pool::{Window, average_pool, average_pool_backward, max_pool, max_pool_backward};
use inkdigit_kernels::{Isa, reference};
use proptest::prelude::*;

/// A window over a map with the same margin on all sides. `uneven` lets the last window hang over the end.
fn window(
    size: [usize; 2],
    channels: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    margin: usize,
    uneven: bool,
) -> Window {
    let output = |axis: usize| {
        let room = size[axis] + 2 * margin - kernel[axis];
        let fitting = room / stride[axis] + 1;
        // A further window counts only if it begins on the map.
        if uneven && !room.is_multiple_of(stride[axis]) && fitting * stride[axis] < size[axis] + margin {
            fitting + 1
        } else {
            fitting
        }
    };
    Window {
        height: size[0],
        width: size[1],
        channels,
        kernel,
        stride,
        top_left: [margin; 2],
        output: [output(0), output(1)],
    }
}

fn check(all: &mut Comparisons, window: &Window, images: usize, seed: u64) {
    let Window { height, width, channels, output, .. } = *window;
    let mut numbers = Numbers(seed);
    // Every other case has many equal numbers, so that it matters which one wins.
    let len = images * height * width * channels;
    let x = if seed.is_multiple_of(2) { numbers.floats(len) } else { numbers.coarse(len) };
    let dy = numbers.floats(images * output[0] * output[1] * channels);

    let (mut max, mut winner, mut mean) = (vec![0.0; dy.len()], vec![0; dy.len()], vec![0.0; dy.len()]);
    let (mut dx_max, mut dx_mean) = (vec![0.0; len], vec![0.0; len]);
    reference::pool::max_pool(window, &x, &mut max, &mut winner);
    reference::pool::max_pool_backward(window, &dy, &winner, &mut dx_max);
    reference::pool::average_pool(window, &x, &mut mean);
    reference::pool::average_pool_backward(window, &dy, &mut dx_mean);

    for isa in Isa::present() {
        let case = |what| format!("{what} of {images} images, {window:?}");
        let (mut y, mut found_winner) = (vec![9.0; dy.len()], vec![9; dy.len()]);
        max_pool(isa, window, &x, &mut y, &mut found_winner);
        all.compare(isa, case("maximum"), &y, &max, EXACT);
        all.compare(isa, case("winner"), &found_winner, &winner, EXACT);

        y.fill(9.0);
        max_pool(isa, window, &x, &mut y, &mut []);
        all.compare(isa, case("maximum alone"), &y, &max, EXACT);

        let mut dx = vec![9.0; len];
        max_pool_backward(isa, window, &dy, &winner, &mut dx);
        // The same few numbers added in the same order.
        all.compare(isa, case("maximum's gradient"), &dx, &dx_max, EXACT);

        // Sums of a window's numbers; their mean is a few roundings of numbers under 1 away.
        let tolerance = Tolerance { atol: 4.0 * EPSILON, rtol: EPSILON };
        y.fill(9.0);
        average_pool(isa, window, &x, &mut y);
        all.compare(isa, case("mean"), &y, &mean, tolerance);
        dx.fill(9.0);
        average_pool_backward(isa, window, &dy, &mut dx);
        all.compare(isa, case("mean's gradient"), &dx, &dx_mean, tolerance);
    }
}

#[test]
fn every_kind_of_window() {
    let mut all = Comparisons::default();
    let mut seed = 0;
    for kernel in [[1, 1], [2, 2], [3, 3], [2, 3]] {
        for stride in [[1, 1], [2, 2], [3, 3], [2, 1]] {
            for margin in 0..kernel[0] {
                for uneven in [false, true] {
                    for channels in [1, 3, 8, 16, 17, 20, 33] {
                        let size = [3 + seed % 5, 3 + seed / 3 % 4];
                        let window = window(size, channels, kernel, stride, margin, uneven);
                        check(&mut all, &window, seed % 4, seed as u64 / 7);
                        seed += 1;
                    }
                }
            }
        }
    }
    all.finish();
}

#[test]
fn the_whole_map() {
    let mut all = Comparisons::default();
    for channels in [1, 10, 16, 50] {
        check(&mut all, &window([7, 7], channels, [7, 7], [1, 1], 0, false), 3, channels as u64);
    }
    all.finish();
}

#[test]
fn nan_wins_wherever_it_stands() {
    let window = window([2, 2], 17, [2, 2], [2, 2], 0, false);
    for isa in Isa::present() {
        for at in 0..4 * 17 {
            let mut x = Numbers(at as u64).floats(4 * 17);
            x[at] = f32::NAN;
            let (mut max, mut mean, mut winner) = (vec![0.0; 17], vec![0.0; 17], vec![0; 17]);
            max_pool(isa, &window, &x, &mut max, &mut winner);
            average_pool(isa, &window, &x, &mut mean);
            let mut alone = vec![0.0; 17];
            max_pool(isa, &window, &x, &mut alone, &mut []);
            for channel in 0..17 {
                let here = channel == at % 17;
                assert_eq!(max[channel].is_nan(), here, "{}, NaN at {at}, maximum {channel}", isa.name());
                assert_eq!(alone[channel].is_nan(), here, "{}, NaN at {at}, alone {channel}", isa.name());
                assert_eq!(mean[channel].is_nan(), here, "{}, NaN at {at}, mean {channel}", isa.name());
            }
            assert_eq!(winner[at % 17] as usize, at / 17, "{}, NaN at {at}", isa.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_shapes(
        kernel in [1usize..5, 1usize..5],
        more in [0usize..7, 0usize..7],
        channels in 1usize..40,
        stride in [1usize..5, 1usize..5],
        // A margin as wide as the kernel would leave a window with nothing in it.
        margin in 0usize..4,
        uneven: bool,
        images in 0usize..4,
        seed: u64,
    ) {
        let mut all = Comparisons::default();
        let size = [kernel[0] + more[0], kernel[1] + more[1]];
        let margin = margin.min(kernel[0] - 1).min(kernel[1] - 1);
        check(&mut all, &window(size, channels, kernel, stride, margin, uneven), images, seed);
        all.finish();
    }
}
