//! Speed of the kernels on one thread, at the shapes of the networks' own layers.
//!
//! `cargo bench -p inkdigit-kernels`; a word behind `--` chooses, as in `-- lenet`. For products an element is
//! a floating-point operation, so that criterion's "Gelem/s" are GFLOP/s; elsewhere it is a number written.

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use inkdigit_kernels::conv::{Conv2d, ConvShape};
use inkdigit_kernels::conv_sparse::Winners;
use inkdigit_kernels::matmul::{Columns, Indirect, Output, Start, indirect_matmul};
use inkdigit_kernels::pool::{Window, max_pool, max_pool_backward};
use inkdigit_kernels::{Isa, activation};
use std::hint::black_box;
use std::time::Duration;

fn main() {
    let isa = Isa::best();
    println!("instruction set: {}\n", isa.name());
    // Half a second each: kernels of microseconds repeat to a percent by then.
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20)
        .configure_from_args();
    for layer in LAYERS {
        convolution(&mut criterion, isa, &layer);
    }
    for (rows, depth, columns) in [(100, 800, 500), (100, 784, 128)] {
        dense(&mut criterion, isa, rows, depth, columns);
    }
    maps(&mut criterion, isa);
    criterion.final_summary();
}

/// Square convolutions: name, size of the padded input, channels in and out, kernel.
struct Layer(&'static str, usize, [usize; 2], usize);

const LAYERS: [Layer; 4] = [
    Layer("lenet conv1", 28, [1, 20], 5),
    Layer("lenet conv2", 12, [20, 50], 5),
    Layer("deep conv2", 18, [32, 64], 5),
    Layer("keras conv2", 26, [32, 64], 3),
];

const IMAGES: usize = Conv2d::BLOCK;

fn convolution(criterion: &mut Criterion, isa: Isa, layer: &Layer) {
    let &Layer(name, size, [in_channels, out_channels], kernel) = layer;
    let shape = ConvShape {
        height: size,
        width: size,
        in_channels,
        out_channels,
        kernel: [kernel; 2],
        stride: [1, 1],
    };
    let conv = Conv2d::new(shape);
    let x = numbers(IMAGES * shape.input_len());
    let w = numbers(shape.taps() * out_channels);
    let bias = numbers(out_channels);
    let dy = numbers(IMAGES * shape.output_len());
    let mut y = vec![0.0; dy.len()];
    let mut dw = vec![0.0; w.len()];
    let mut dx = vec![0.0; x.len()];

    let mut group = criterion.benchmark_group(name);
    let flops = 2 * IMAGES * shape.output_len() * shape.taps();
    measure(&mut group, "forward", flops, || conv.forward(isa, &x, &w, Some(&bias), black_box(&mut y)));
    measure(&mut group, "weight gradient", flops, || {
        conv.add_weight_gradient(isa, &x, &dy, black_box(&mut dw))
    });
    // The weights' numbers don't matter here, so they needn't be transposed.
    measure(&mut group, "input gradient", flops, || {
        conv.add_input_gradient(isa, &dy, &w, black_box(&mut dx))
    });

    // Under pooling of 2 x 2: a quarter of the positions have a gradient. As many images at a time as a
    // training step takes.
    let images = conv.sparse_block();
    let len = images * shape.output_len() / 4;
    let (d_pooled, winner) = (&dy[..len], winners(&shape, len));
    let mut list = Winners::default();
    conv.gather_winners(images, d_pooled, &winner, &mut list);
    let flops = 2 * len * shape.taps();
    measure(&mut group, "sparse weight gradient", flops, || {
        conv.gather_winners(images, d_pooled, &winner, &mut list);
        conv.add_sparse_weight_gradient(isa, &x, &list, black_box(&mut dw));
    });
    measure(&mut group, "sparse input gradient", flops, || {
        conv.add_sparse_input_gradient(isa, &list, &w, black_box(&mut dx));
    });
}

fn dense(criterion: &mut Criterion, isa: Isa, rows: usize, depth: usize, columns: usize) {
    let (x, w, dy) = (numbers(rows * depth), numbers(depth * columns), numbers(rows * columns));
    let mut y = vec![0.0; rows * columns];
    let mut dw = vec![0.0; depth * columns];
    let offsets = |count: usize, step: usize| (0..count).map(|i| (i * step) as u32).collect::<Vec<_>>();
    let (x_rows, x_columns) = (offsets(rows, depth), offsets(depth, 1));
    let (y_rows, w_rows) = (offsets(rows, columns), offsets(depth, columns));

    let mut group = criterion.benchmark_group(format!("dense {rows}x{depth}x{columns}"));
    let flops = 2 * rows * depth * columns;
    measure(&mut group, "forward", flops, || {
        let a = Indirect { data: &x, rows: &x_rows, depth: &x_columns };
        let b = Columns { data: &w, stride: columns, columns };
        indirect_matmul(isa, a, b, Start::Zero, Output { data: black_box(&mut y), rows: &y_rows });
    });
    measure(&mut group, "weight gradient", flops, || {
        let a = Indirect { data: &x, rows: &x_columns, depth: &x_rows };
        let b = Columns { data: &dy, stride: columns, columns };
        indirect_matmul(isa, a, b, Start::Zero, Output { data: black_box(&mut dw), rows: &w_rows });
    });
}

/// What stands between LeNet's first two convolutions.
fn maps(criterion: &mut Criterion, isa: Isa) {
    let window = Window {
        height: 24,
        width: 24,
        channels: 20,
        kernel: [2, 2],
        stride: [2, 2],
        top_left: [0, 0],
        output: [12, 12],
    };
    let x = numbers(IMAGES * 24 * 24 * 20);
    let dy = numbers(x.len() / 4);
    let (mut y, mut winner) = (vec![0.0; dy.len()], vec![0; dy.len()]);
    let mut dx = vec![0.0; x.len()];
    let mut group = criterion.benchmark_group("lenet maps");
    measure(&mut group, "max pool", y.len(), || max_pool(isa, &window, &x, black_box(&mut y), &mut winner));
    measure(&mut group, "max pool backward", x.len(), || {
        max_pool_backward(isa, &window, &dy, &winner, black_box(&mut dx));
    });
    // In place again and again: the numbers shrink, which costs neither more nor less.
    dx.copy_from_slice(&x);
    measure(&mut group, "tanh", x.len(), || activation::tanh(isa, black_box(&mut dx)));
}

fn measure(group: &mut BenchmarkGroup<WallTime>, name: &str, elements: usize, mut kernel: impl FnMut()) {
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function(name, |bencher| bencher.iter(&mut kernel));
}

/// Numbers between -1 and 1 without a pattern a processor could use.
fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i as f32 * 12.9898).sin()).collect()
}

/// A winner in each window of 2 x 2, `[N, cells, C_out]`.
fn winners(shape: &ConvShape, len: usize) -> Vec<u32> {
    let [height, width] = shape.output();
    let cells = (height / 2) * (width / 2);
    (0..len)
        .map(|i| {
            let cell = i / shape.out_channels % cells;
            let corner = i.wrapping_mul(2_654_435_761) >> 16 & 3;
            let (y, x) = (cell / (width / 2) * 2 + corner / 2, cell % (width / 2) * 2 + corner % 2);
            (y * width + x) as u32
        })
        .collect()
}
