//! Convolution and both gradients: strides, kernels, channels, and images around the block of eight.

use crate::support::{Comparisons, Numbers, Tolerance};
use inkdigit_kernels::conv::{Conv2d, ConvShape};
use inkdigit_kernels::{Isa, layout, reference};
use proptest::prelude::*;

fn check(all: &mut Comparisons, shape: ConvShape, images: usize, seed: u64) {
    let mut numbers = Numbers(seed);
    let x = numbers.floats(images * shape.input_len());
    let w = numbers.floats(shape.taps() * shape.out_channels);
    let bias = seed.is_multiple_of(2).then(|| numbers.floats(shape.out_channels));
    let dy = numbers.floats(images * shape.output_len());
    // Gradients are added to what is there.
    let (dw, dx) = (numbers.floats(w.len()), numbers.floats(x.len()));
    let mut w_transposed = vec![0.0; w.len()];
    reference::layout::transpose(&w, shape.out_channels, 0, &mut w_transposed);

    let mut expected = [vec![0.0; dy.len()], dw.clone(), dx.clone()];
    reference::conv::forward(&shape, &x, &w, bias.as_deref(), &mut expected[0]);
    reference::conv::add_weight_gradient(&shape, &x, &dy, &mut expected[1]);
    reference::conv::add_input_gradient(&shape, &dy, &w_transposed, &mut expected[2]);

    let conv = Conv2d::new(shape);
    assert_eq!(conv.shape(), &shape);
    for isa in Isa::present() {
        let case = |what| format!("{what} of {images} images, {shape:?}, bias: {}", bias.is_some());
        let mut y = vec![f32::NAN; dy.len()];
        conv.forward(isa, &x, &w, bias.as_deref(), &mut y);
        all.compare(isa, case("output"), &y, &expected[0], Tolerance::of_sum(shape.taps() + 1));

        if images > 0 {
            check_rows(&conv, isa, &x, &w, bias.as_deref(), &y);
        }

        let mut dw = dw.clone();
        conv.add_weight_gradient(isa, &x, &dy, &mut dw);
        let depth = images * shape.positions() + 1;
        all.compare(isa, case("weights' gradient"), &dw, &expected[1], Tolerance::of_sum(depth));

        let mut dx = dx.clone();
        conv.add_input_gradient(isa, &dy, &w_transposed, &mut dx);
        // A pixel is under at most every tap of the kernel.
        let depth = shape.kernel[0] * shape.kernel[1] * shape.out_channels + 1;
        all.compare(isa, case("input's gradient"), &dx, &expected[2], Tolerance::of_sum(depth));
    }
}

/// The rows of the last image, computed in two parts, come to the bits of `y`.
#[track_caller]
fn check_rows(conv: &Conv2d, isa: Isa, x: &[f32], w: &[f32], bias: Option<&[f32]>, y: &[f32]) {
    let shape = conv.shape();
    let (image, whole) = (&x[x.len() - shape.input_len()..], &y[y.len() - shape.output_len()..]);
    let [height, _] = shape.output();
    let cut = height / 2;
    let mut rows = vec![f32::NAN; shape.output_len()];
    let (above, below) = rows.split_at_mut(cut * (shape.output_len() / height));
    conv.forward_rows(isa, image, w, bias, 0..cut, above);
    conv.forward_rows(isa, image, w, bias, cut..height, below);
    assert!(rows == whole, "rows of {shape:?} on {}", isa.name());
}

#[test]
fn kernels_strides_and_channels() {
    let mut all = Comparisons::default();
    let mut seed = 0;
    for kernel in [[1, 1], [3, 3], [5, 5], [2, 3]] {
        for stride in [[1, 1], [2, 2], [3, 3], [1, 2]] {
            for in_channels in [1, 3, 16, 20] {
                for out_channels in [1, 3, 16, 20, 50] {
                    // The smallest input there is, one that ends with the last window, and one that doesn't.
                    let [height, width] = [kernel[0] + seed % 4, kernel[1] + seed / 2 % 5];
                    let shape = ConvShape { height, width, in_channels, out_channels, kernel, stride };
                    check(&mut all, shape, 1 + seed % 9, seed as u64);
                    seed += 1;
                }
            }
        }
    }
    all.finish();
}

#[test]
fn rows_long_enough_for_stretches() {
    let mut all = Comparisons::default();
    let mut seed = 0;
    for (width, stride) in [(3, 1), (5, 1), (4, 2), (6, 2), (5, 2), (6, 1)] {
        for out_channels in [1, 4, 7, 8, 9, 15, 16, 17] {
            // Outputs in a row around one part, two parts, and several stretches.
            for outputs in [6, 7, 8, 13, 14, 15, 21, 29] {
                let shape = ConvShape {
                    height: 3 + seed % 3,
                    width: (outputs - 1) * stride + width + seed % stride,
                    in_channels: 1 + seed % 3,
                    out_channels,
                    kernel: [1 + seed % 3, width],
                    stride: [1 + seed % 2, stride],
                };
                check(&mut all, shape, seed % 4, seed as u64);
                seed += 1;
            }
        }
    }
    all.finish();
}

#[test]
fn images_around_the_block() {
    let mut all = Comparisons::default();
    for images in (0..=9).chain([15, 16, 17]) {
        let shape = ConvShape {
            height: 6,
            width: 7,
            in_channels: 3,
            out_channels: 5,
            kernel: [3, 3],
            stride: [1, 1],
        };
        check(&mut all, shape, images, images as u64);
    }
    all.finish();
}

#[test]
fn the_networks_own_layers() {
    let mut all = Comparisons::default();
    for (size, in_channels, out_channels, kernel) in
        [(28, 1, 20, 5), (12, 20, 50, 5), (18, 32, 64, 5), (26, 32, 64, 3)]
    {
        let shape = ConvShape {
            height: size,
            width: size,
            in_channels,
            out_channels,
            kernel: [kernel; 2],
            stride: [1, 1],
        };
        check(&mut all, shape, 1, size as u64);
    }
    all.finish();
}

#[test]
fn padding_then_convolving_is_one_network_layer() {
    // Same size in and out: 3 x 3 pixels, a margin of one, and a kernel that adds up its window.
    let framed = layout::Framed {
        height: 3,
        width: 3,
        channels: 1,
        margins: layout::Margins { top: 1, left: 1, bottom: 1, right: 1 },
    };
    let mut padded = vec![f32::NAN; 25];
    layout::pad(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], framed, 0.0, &mut padded);
    let conv = Conv2d::new(ConvShape {
        height: 5,
        width: 5,
        in_channels: 1,
        out_channels: 1,
        kernel: [3, 3],
        stride: [1, 1],
    });
    for isa in Isa::present() {
        let mut y = [0.0; 9];
        conv.forward(isa, &padded, &[1.0; 9], None, &mut y);
        assert_eq!(y, [12.0, 21.0, 16.0, 27.0, 45.0, 33.0, 24.0, 39.0, 28.0], "{}", isa.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_shapes(
        kernel in [1usize..6, 1usize..6],
        more in [0usize..7, 0usize..7],
        stride in [1usize..5, 1usize..5],
        in_channels in 1usize..20,
        out_channels in 1usize..40,
        images in 0usize..10,
        seed: u64,
    ) {
        let mut all = Comparisons::default();
        let [height, width] = [kernel[0] + more[0], kernel[1] + more[1]];
        check(&mut all, ConvShape { height, width, in_channels, out_channels, kernel, stride }, images, seed);
        all.finish();
    }
}
