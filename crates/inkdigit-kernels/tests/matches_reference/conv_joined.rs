//! Joined output columns against the convolution they stand for.

use crate::support::{Comparisons, Numbers, Tolerance};
use inkdigit_kernels::conv::ConvShape;
use inkdigit_kernels::conv_joined::JoinedColumns;
use inkdigit_kernels::{Isa, reference};

#[test]
fn joined_columns_give_the_same_numbers() {
    let mut all = Comparisons::default();
    let mut seed = 0;
    for isa in Isa::present().into_iter().filter(|isa| isa.lanes() > 1) {
        let mut joined_shapes = 0;
        for kernel in [[1, 2], [3, 3], [5, 5], [2, 4]] {
            for stride in [[1, 1], [2, 1], [2, 2], [1, 3]] {
                for out_channels in 1..=9 {
                    for more in 0..9 {
                        let shape = ConvShape {
                            height: kernel[0] + seed % 4,
                            width: kernel[1] + more,
                            in_channels: 1 + seed % 3,
                            out_channels,
                            kernel,
                            stride,
                        };
                        seed += 1;
                        let Some(joined) = JoinedColumns::new(isa, shape) else { continue };
                        joined_shapes += 1;
                        let mut numbers = Numbers(seed as u64);
                        let images = 1 + seed % 9;
                        let x = numbers.floats(images * shape.input_len());
                        let w = numbers.floats(shape.taps() * out_channels);
                        let bias = seed.is_multiple_of(2).then(|| numbers.floats(out_channels));
                        let mut expected = vec![0.0; images * shape.output_len()];
                        reference::conv::forward(&shape, &x, &w, bias.as_deref(), &mut expected);

                        let (mut wide, mut wide_bias) = (vec![9.0; 3], vec![9.0; 3]);
                        joined.expand(&w, bias.as_deref().unwrap_or_default(), &mut wide, &mut wide_bias);
                        let wide_bias = bias.is_some().then_some(&wide_bias[..]);
                        let mut found = vec![f32::NAN; expected.len()];
                        joined.conv().forward(isa, &x, &wide, wide_bias, &mut found);
                        let tolerance = Tolerance::of_sum(shape.taps() + 1);
                        all.compare(isa, format_args!("{images} of {shape:?}"), &found, &expected, tolerance);
                    }
                }
            }
        }
        assert!(joined_shapes > 100, "{}: {joined_shapes} shapes joined", isa.name());
    }
    all.finish();
}

#[test]
fn columns_are_joined_only_where_it_saves_work() {
    let shape = |out_channels, width, kernel, stride| ConvShape {
        height: 5,
        width,
        in_channels: 1,
        out_channels,
        kernel: [5, kernel],
        stride: [1, stride],
    };
    for isa in Isa::present() {
        let lanes = isa.lanes();
        let half = (lanes / 2).max(1);
        let joined = |shape| JoinedColumns::new(isa, shape).map(|joined| *joined.conv().shape());
        // Eight columns of half a vector become four of a whole one, a wider kernel over each.
        let expected = ConvShape { kernel: [5, 6], stride: [1, 2], ..shape(2 * half, 12, 5, 1) };
        assert_eq!(joined(shape(half, 12, 5, 1)), (lanes > 1).then_some(expected), "{}", isa.name());
        assert_eq!(joined(shape(half + 1, 12, 5, 1)), None, "{}: more than half a vector", isa.name());
        assert_eq!(joined(shape(half, 11, 5, 1)), None, "{}: seven columns", isa.name());
        assert_eq!(joined(shape(half, 12, 3, 3)), None, "{}: windows side by side", isa.name());
    }
}
