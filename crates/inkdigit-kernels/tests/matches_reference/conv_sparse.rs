//! The gradients of a convolution under max pooling, against their own twin and against the dense kernels.

use crate::support::{Comparisons, Numbers, Tolerance};
use inkdigit_kernels::conv::{Conv2d, ConvShape};
use inkdigit_kernels::conv_sparse::Winners;
use inkdigit_kernels::{Isa, reference};
use proptest::prelude::*;

/// A convolution, and how many winners and images.
#[derive(Clone, Copy, Debug)]
struct Case {
    shape: ConvShape,
    cells: usize,
    images: usize,
    seed: u64,
}

fn check(all: &mut Comparisons, list: &mut Winners, case: Case) {
    let Case { shape, cells, images, seed } = case;
    let mut numbers = Numbers(seed);
    let x = numbers.floats(images * shape.input_len());
    let w_transposed = numbers.floats(shape.taps() * shape.out_channels);
    let len = images * cells * shape.out_channels;
    // Behind a ReLU: about half of the gradients are zero.
    let dy: Vec<f32> = numbers.floats(len).iter().map(|&g| if g < 0.0 { 0.0 } else { g }).collect();
    // A position may win several cells, as with overlapping windows.
    let winner: Vec<u32> = (0..len).map(|_| numbers.below(shape.positions()) as u32).collect();
    let (dw, dx) = (numbers.floats(w_transposed.len()), numbers.floats(x.len()));

    let (mut expected_dw, mut expected_dx) = (dw.clone(), dx.clone());
    reference::conv_sparse::add_weight_gradient(&shape, &x, &dy, &winner, &mut expected_dw);
    reference::conv_sparse::add_input_gradient(&shape, &dy, &winner, &w_transposed, &mut expected_dx);

    let conv = Conv2d::new(shape);
    for isa in Isa::present() {
        conv.gather_winners(images, &dy, &winner, list);
        let mut found = dw.clone();
        conv.add_sparse_weight_gradient(isa, &x, list, &mut found);
        let tolerance = Tolerance::of_sum(images * cells + 1);
        all.compare(isa, format_args!("weights of {case:?}"), &found, &expected_dw, tolerance);

        let mut found = dx.clone();
        conv.add_sparse_input_gradient(isa, list, &w_transposed, &mut found);
        // At most every cell's patch lies over one pixel.
        let tolerance = Tolerance::of_sum(cells * shape.out_channels + 1);
        all.compare(isa, format_args!("input of {case:?}"), &found, &expected_dx, tolerance);
    }
}

#[test]
fn runs_of_every_width() {
    let mut all = Comparisons::default();
    // One list for all, as a network has: it must not remember the last convolution.
    let mut list = Winners::default();
    let mut seed = 0;
    for kernel in [[1, 1], [2, 3], [3, 3], [4, 4], [5, 5], [6, 5]] {
        // A kernel row of 1 to 250 numbers: up to three tiles of six vectors, each with and without a rest.
        for in_channels in [1, 2, 3, 5, 8, 16, 20, 32, 50] {
            for stride in [[1, 1], [2, 1]] {
                let [height, width] = [kernel[0] + seed % 4, kernel[1] + seed % 5];
                let shape =
                    ConvShape { height, width, in_channels, out_channels: 1 + seed % 6, kernel, stride };
                let case = Case { shape, cells: 1 + seed % 7, images: 1 + seed % 8, seed: seed as u64 };
                check(&mut all, &mut list, case);
                seed += 1;
            }
        }
    }
    all.finish();
}

#[test]
fn the_dense_gradients_of_the_same_pooling() {
    let mut all = Comparisons::default();
    // LeNet's second convolution at three images, its gradient as pooling of 2 x 2 sends it back.
    let shape = ConvShape {
        height: 12,
        width: 12,
        in_channels: 20,
        out_channels: 50,
        kernel: [5, 5],
        stride: [1, 1],
    };
    let window = inkdigit_kernels::pool::Window {
        height: 8,
        width: 8,
        channels: 50,
        kernel: [2, 2],
        stride: [2, 2],
        top_left: [0, 0],
        output: [4, 4],
    };
    let images = 3;
    let mut numbers = Numbers(1);
    let x = numbers.floats(images * shape.input_len());
    let w = numbers.floats(shape.taps() * shape.out_channels);
    let y = numbers.floats(images * shape.output_len());
    let (mut pooled, mut winner) = (vec![0.0; y.len() / 4], vec![0; y.len() / 4]);
    reference::pool::max_pool(&window, &y, &mut pooled, &mut winner);
    let d_pooled = numbers.floats(pooled.len());
    let mut dy = vec![0.0; y.len()];
    reference::pool::max_pool_backward(&window, &d_pooled, &winner, &mut dy);
    let transposed = |w: &[f32], columns| {
        let mut out = vec![0.0; w.len()];
        reference::layout::transpose(w, columns, 0, &mut out);
        out
    };

    let conv = Conv2d::new(shape);
    for isa in Isa::present() {
        let w_transposed = transposed(&w, shape.out_channels);
        let (mut dense_dw, mut dense_dx) = (vec![0.0; w.len()], vec![0.0; x.len()]);
        conv.add_weight_gradient(isa, &x, &dy, &mut dense_dw);
        conv.add_input_gradient(isa, &dy, &w_transposed, &mut dense_dx);

        let (mut dw, mut dx) = (vec![0.0; w.len()], vec![0.0; x.len()]);
        let mut list = Winners::default();
        conv.gather_winners(images, &d_pooled, &winner, &mut list);
        conv.add_sparse_weight_gradient(isa, &x, &list, &mut dw);
        conv.add_sparse_input_gradient(isa, &list, &w_transposed, &mut dx);
        let dw = transposed(&dw, shape.taps());
        all.compare(isa, "weights, against the dense", &dw, &dense_dw, Tolerance::of_sum(2 * images * 16));
        all.compare(isa, "input, against the dense", &dx, &dense_dx, Tolerance::of_sum(2 * 25 * 50));
    }
    all.finish();
}

#[test]
fn nan_gradients_reach_both_sides() {
    let shape =
        ConvShape { height: 4, width: 4, in_channels: 2, out_channels: 3, kernel: [3, 3], stride: [1, 1] };
    let conv = Conv2d::new(shape);
    for isa in Isa::present() {
        let mut list = Winners::default();
        conv.gather_winners(1, &[0.0, f32::NAN, 1.0], &[0, 1, 2], &mut list);
        let mut dw = vec![0.0; 3 * shape.taps()];
        conv.add_sparse_weight_gradient(isa, &[1.0; 32], &list, &mut dw);
        let per_channel: Vec<bool> =
            dw.chunks(shape.taps()).map(|dw| dw.iter().all(|v| v.is_nan())).collect();
        assert_eq!(per_channel, [false, true, false], "{}", isa.name());
        let mut dx = vec![0.0; 32];
        conv.add_sparse_input_gradient(isa, &list, &vec![1.0; 3 * shape.taps()], &mut dx);
        assert!(dx[2].is_nan() && !dx[0].is_nan(), "{}", isa.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_shapes(
        kernel in [1usize..8, 1usize..8],
        more in [0usize..7, 0usize..7],
        stride in [1usize..4, 1usize..4],
        in_channels in 1usize..40,
        out_channels in 1usize..8,
        cells in 1usize..20,
        images in 1usize..=8,
        seed: u64,
    ) {
        let mut all = Comparisons::default();
        let [height, width] = [kernel[0] + more[0], kernel[1] + more[1]];
        let shape = ConvShape { height, width, in_channels, out_channels, kernel, stride };
        check(&mut all, &mut Winners::default(), Case { shape, cells, images, seed });
        all.finish();
    }
}
