//! Every operation's backward pass against finite differences, in a random direction through parameters
//! and input at once: <gradient, v> must equal (f(p + h v) - f(p - h v)) / 2h.

use inkdigit_nn::exec::Noise;
use inkdigit_nn::ops::{
    Affine, BatchNorm, Clip, Conv2d, Dropout, Each, Elu, Extent, LeakyRelu, Linear, MaxPool2d, Pad, Padding,
    Quantize, Scale, Upsample2d,
};
use inkdigit_nn::{Executor, Graph, Op, Params, Rng, Shape, Value};

fn conv(channels: usize, kernel: [usize; 2], stride: usize, padding: Padding, bias: bool) -> Op {
    let kernel = Extent { height: kernel[0], width: kernel[1] };
    Op::Conv2d(Conv2d { channels, kernel, stride: Extent::square(stride), padding, bias })
}

fn max_pool(kernel: usize, stride: usize, padding: usize) -> Op {
    let stride = Some(Extent::square(stride));
    Op::MaxPool2d(MaxPool2d { kernel: Extent::square(kernel), stride, padding: Padding::all(padding) })
}

fn linear(features: usize) -> Op {
    Op::Linear(Linear { features, bias: true })
}

fn sequence(input: Shape, ops: Vec<Op>) -> Graph {
    let mut graph = Graph::new(input);
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

/// f(params, x) = sum of weights * output, in float64.
fn objective(executor: &mut Executor, params: &Params, x: &[f32], images: usize, weights: &[f32]) -> f64 {
    executor.input(images).copy_from_slice(x);
    let output = executor.train(params, Noise { seed: 3, step: 5 });
    output.iter().zip(weights).map(|(&o, &w)| o as f64 * w as f64).sum()
}

#[track_caller]
fn check_gradients(name: &str, graph: &Graph) {
    check_excluding(name, graph, 0);
}

/// ... with the last `excluded` images of larger batches left out of BatchNorm's statistics.
#[track_caller]
fn check_excluding(name: &str, graph: &Graph, excluded: usize) {
    for images in [1, 3, 17] {
        if images == 1 && graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm(_))) {
            continue; // A batch of one vector has no variance to normalise by.
        }
        let mut rng = Rng::new(11);
        let mut params = Params::init(graph, 1);
        // BatchNorm starts at ones and zeros: move it, so that a swapped factor shows.
        params.data_mut().iter_mut().for_each(|p| *p += 0.1 * rng.normal());
        let x: Vec<f32> = (0..images * graph.input_shape().len()).map(|_| rng.normal()).collect();
        let weights: Vec<f32> = (0..images * graph.output_shape().len()).map(|_| rng.normal()).collect();

        let mut executor = Executor::tracing(graph);
        executor.exclude_from_statistics(excluded);
        objective(&mut executor, &params, &x, images, &weights);
        executor.output_and_gradient().1.copy_from_slice(&weights);
        let mut grads = vec![f32::NAN; params.data().len()];
        executor.backward(&params, &mut grads);
        // The graph's input lies channels-last, its gradient is handed out channels-first.
        let dx = channels_last(graph.input_shape(), executor.input_gradient().data());

        // The executor that joins operations and works in place gives the same parameters' gradient.
        let mut fused = Executor::new(graph);
        fused.exclude_from_statistics(excluded);
        objective(&mut fused, &params, &x, images, &weights);
        fused.output_and_gradient().1.copy_from_slice(&weights);
        let mut fused_grads = vec![f32::NAN; grads.len()];
        fused.backward(&params, &mut fused_grads);
        let scale = grads.iter().map(|g| g.abs()).fold(1e-6, f32::max);
        for (i, (a, b)) in grads.iter().zip(&fused_grads).enumerate() {
            assert!((a - b).abs() <= 1e-4 * scale, "{name}: gradient {i} is {a} alone and {b} fused");
        }

        let trainable: Vec<bool> =
            params.table().iter().flat_map(|info| info.range.clone().map(|_| info.trainable)).collect();
        let direction: Vec<f32> = trainable.iter().map(|&t| if t { rng.normal() } else { 0.0 }).collect();
        let x_direction: Vec<f32> = x.iter().map(|_| rng.normal()).collect();
        let along = |gradient: &[f32], direction: &[f32]| -> f64 {
            gradient.iter().zip(direction).map(|(&g, &d)| g as f64 * d as f64).sum()
        };
        let expected = along(&grads, &direction) + along(&dx, &x_direction);
        let norm = grads.iter().chain(&dx).map(|&g| (g as f64).powi(2)).sum::<f64>().sqrt();
        // Kinks (ReLU, max pooling) bend some steps: the smallest error of five step widths counts.
        let error = [3e-3, 1e-3, 3e-4, 1e-4, 3e-5].map(|h: f32| {
            let moved = |sign: f32| {
                let data = params.data().iter().zip(&direction).map(|(p, d)| p + sign * h * d).collect();
                let x: Vec<f32> = x.iter().zip(&x_direction).map(|(x, d)| x + sign * h * d).collect();
                (params.with_data(data), x)
            };
            let ((up, x_up), (down, x_down)) = (moved(1.0), moved(-1.0));
            let difference = objective(&mut executor, &up, &x_up, images, &weights)
                - objective(&mut executor, &down, &x_down, images, &weights);
            (difference / (2.0 * h as f64) - expected).abs()
        });
        let smallest = error.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(
            smallest <= 1e-2 * norm,
            "{name}, {images} images: off by {smallest}, gradient's norm {norm}"
        );
    }
}

fn channels_last(shape: Shape, data: &[f32]) -> Vec<f32> {
    let (channels, len) = (shape.channels(), shape.len());
    let pixels = len / channels;
    (0..data.len()).map(|i| data[i / len * len + i % channels * pixels + i % len / channels]).collect()
}

/// What each of [`Op::examples`] takes at least one of.
const INPUTS: [Shape; 2] = [Shape::map(3, 9, 7), Shape::Features(11)];

/// The operation between parameters, so that its gradient must go through it.
fn around(input: Shape, op: Op) -> Graph {
    let mut graph = Graph::new(input);
    let before = graph.then("before", Op::Affine(Affine { each: Each::Element })).expect("any shape");
    if op.inputs() == 2 {
        let other = graph.then("other", Op::Tanh).expect("any shape");
        graph.push("it", op, &[before, other]).expect("equal shapes");
    } else {
        graph.then("it", op).expect("a shape it takes");
    }
    graph.then("after", Op::Affine(Affine { each: Each::Channel })).expect("any shape");
    graph
}

#[test]
fn every_operation() {
    for op in Op::examples() {
        if matches!(op, Op::Quantize(_)) {
            continue; // Its gradient goes straight through: see below.
        }
        for input in INPUTS {
            if op.output_shape("", &vec![input; op.inputs()]).is_ok() {
                check_gradients(&format!("{op:?} of {input}"), &around(input, op.clone()));
            }
        }
    }
}

#[test]
fn operations_together() {
    let map = Shape::map(3, 7, 9);
    let flat = Shape::Features(13);
    let same = Padding::Same;
    let none = Padding::default();
    let uneven = Padding::Each { top: 1, left: 0, bottom: 2, right: 1 };
    let clip = |low, high| Op::Clip(Clip { low, high });
    let leaky_relu = Op::LeakyRelu(LeakyRelu { slope: 0.2 });
    let elu = Op::Elu(Elu { alpha: 1.5 });
    let affine = |each| Op::Affine(Affine { each });
    let cases: Vec<(&str, Shape, Vec<Op>)> = vec![
        ("wide linear", Shape::Features(70), vec![linear(130), Op::Tanh, linear(33)]),
        ("conv then conv", map, vec![conv(18, [3, 3], 1, same, true), conv(6, [3, 3], 2, same, true)]),
        ("conv, max pool", map, vec![conv(20, [3, 3], 1, none, true), max_pool(2, 2, 0)]),
        ("conv, tanh, max pool", map, vec![conv(5, [5, 5], 1, same, true), Op::Tanh, max_pool(2, 2, 0)]),
        (
            "conv, max pool, relu, conv",
            map,
            vec![
                conv(18, [3, 3], 1, none, true),
                max_pool(2, 2, 0),
                Op::Relu,
                conv(7, [2, 2], 1, none, true),
            ],
        ),
        (
            "conv, relu, overlapping max pool",
            map,
            vec![
                conv(3, [1, 1], 1, none, true),
                conv(35, [3, 3], 1, same, true),
                Op::Relu,
                max_pool(3, 2, 1),
            ],
        ),
        (
            "conv, batch norm, relu, max pool",
            map,
            vec![
                conv(6, [3, 3], 1, none, false),
                Op::BatchNorm(BatchNorm::default()),
                Op::Relu,
                max_pool(2, 2, 0),
            ],
        ),
        (
            "conv, clip, max pool",
            map,
            vec![conv(5, [3, 3], 1, same, true), clip(-0.3, 0.5), max_pool(2, 2, 0)],
        ),
        (
            "conv, leaky relu, max pool",
            map,
            vec![conv(5, [3, 3], 1, same, true), leaky_relu.clone(), max_pool(3, 2, 1)],
        ),
        ("conv, elu, max pool", map, vec![conv(5, [3, 3], 1, none, true), elu.clone(), max_pool(2, 2, 0)]),
        ("affine of features", flat, vec![linear(6), affine(Each::Channel), Op::Tanh]),
        ("affine of each feature", flat, vec![affine(Each::Element), linear(3)]),
        ("pad", map, vec![Op::Pad(Pad { padding: uneven, value: 0.8 }), conv(4, [3, 3], 1, none, true)]),
        (
            "activations one after another",
            flat,
            vec![linear(9), Op::Gelu, Op::Tanh, Op::Sigmoid, Op::Relu, linear(3)],
        ),
        ("in place on a copy", flat, vec![linear(9), leaky_relu, elu, clip(-0.5, 0.5), linear(3)]),
        (
            "conv, tanh, max pool, dropout",
            map,
            vec![
                conv(5, [3, 3], 1, same, true),
                Op::Tanh,
                max_pool(2, 2, 0),
                Op::Dropout(Dropout { rate: 0.4 }),
                conv(3, [2, 2], 1, none, true),
            ],
        ),
        (
            "in place after what keeps a copy",
            flat,
            vec![linear(9), Op::Silu, Op::Tanh, Op::Gelu, Op::Relu, linear(3)],
        ),
        (
            "upsampling between convolutions",
            map,
            vec![
                conv(6, [3, 3], 1, same, true),
                max_pool(2, 2, 0),
                Op::Upsample2d(Upsample2d { factor: 2 }),
                Op::Silu,
                conv(3, [3, 3], 1, same, true),
            ],
        ),
        ("dropout", flat, vec![linear(40), Op::Relu, Op::Dropout(Dropout { rate: 0.4 }), linear(7)]),
        ("tanh and dropout", flat, vec![linear(40), Op::Tanh, Op::Dropout(Dropout { rate: 0.4 }), linear(7)]),
        ("flatten", map, vec![Op::Flatten, linear(4)]),
    ];
    for (name, input, ops) in cases {
        check_gradients(name, &sequence(input, ops));
    }
}

#[test]
fn the_gradient_of_rounding_goes_straight_through() {
    // As if scaled and held within the numbers that round to the ends, without rounding.
    let rounded = |ops: Vec<Op>| {
        let graph = sequence(Shape::Features(40), [vec![linear(40)], ops].concat());
        let mut params = Params::init(&graph, 1);
        params.data_mut().iter_mut().for_each(|p| *p *= 4.0);
        let mut executor = Executor::new(&graph);
        let mut rng = Rng::new(7);
        executor.input(5).iter_mut().for_each(|x| *x = rng.normal());
        let output = executor.train(&params, Noise { seed: 0, step: 0 }).to_vec();
        executor.output_and_gradient().1.iter_mut().for_each(|dy| *dy = rng.normal());
        let mut grads = vec![0.0; params.data().len()];
        executor.backward(&params, &mut grads);
        (output, grads)
    };
    let (scale, low, high) = (0.25, -8.0, 7.0);
    let (found, found_grads) = rounded(vec![Op::Quantize(Quantize { scale, low, high })]);
    let (near, near_grads) = rounded(vec![
        Op::Scale(Scale { scale: 1.0 / scale, shift: 0.0 }),
        Op::Clip(Clip { low: low - 0.5, high: high + 0.5 }),
    ]);
    assert!(found.contains(&low) && found.contains(&high), "both ends are reached");
    assert!(found.iter().zip(&near).all(|(found, near)| found.fract() == 0.0 && (found - near).abs() <= 0.5));
    assert_eq!(found_grads, near_grads);
}

#[test]
fn constants_that_make_no_sense_are_refused() {
    let map = Shape::map(2, 4, 5);
    let nan = f32::NAN;
    let cases = [
        (map, Op::Upsample2d(Upsample2d { factor: 0 }), "factor is 0, expected at least 1"),
        (map, Op::Dropout(Dropout { rate: 1.0 }), "rate is 1, expected at least 0 and below 1"),
        (map, Op::Clip(Clip { low: 1.0, high: 0.0 }), "low is 1 and high 0"),
        (map, Op::Clip(Clip { low: nan, high: 0.0 }), "low is NaN"),
        (map, Op::LeakyRelu(LeakyRelu { slope: -0.1 }), "slope is -0.1, expected 0 or more"),
        (map, Op::Elu(Elu { alpha: nan }), "alpha is NaN, expected 0 or more"),
        (map, Op::Quantize(Quantize { scale: 0.0, low: 0.0, high: 1.0 }), "scale is 0"),
        (map, Op::Quantize(Quantize { scale: 1.0, low: 0.5, high: 1.0 }), "two whole numbers"),
        (map, Op::Quantize(Quantize { scale: 1.0, low: 2.0, high: 1.0 }), "two whole numbers"),
        (map, Op::Pad(Pad { padding: Padding::Same, value: 0.0 }), "`same` needs a window"),
        (map, Op::Pad(Pad { padding: Padding::all(5000), value: 0.0 }), "at most 4096"),
        (map, Op::Pad(Pad { padding: Padding::all(1), value: nan }), "value is NaN"),
        (
            Shape::map(1, 0, 4),
            Op::Pad(Pad { padding: Padding::all(1), value: 0.0 }),
            "there are no numbers in it",
        ),
        (Shape::Features(3), Op::Pad(Pad { padding: Padding::all(1), value: 0.0 }), "works on maps"),
        (Shape::map(3, 0, 4), Op::Affine(Affine::default()), "there are no numbers in it"),
        (Shape::map(1, 0, 4), conv(2, [3, 3], 1, Padding::all(2), true), "there are no numbers in it"),
    ];
    for (input, op, expected) in cases {
        let error = Graph::new(input).then("it", op.clone()).expect_err("refused").to_string();
        assert!(error.contains(expected) && error.contains("layer it"), "{op:?}: {error}");
    }
}

#[test]
fn residual_connections() {
    // x -> a -> b, a + b, and the sum is read twice again.
    let mut graph = Graph::new(Shape::map(2, 6, 5));
    let a = graph.then("a", conv(4, [3, 3], 1, Padding::Same, true)).expect("a");
    let b = graph.push("b", Op::Tanh, &[a]).expect("b");
    let b = graph.push("b2", conv(4, [3, 3], 1, Padding::Same, true), &[b]).expect("b2");
    let sum = graph.push("sum", Op::Add, &[a, b]).expect("sum");
    let left = graph.push("left", Op::Relu, &[sum]).expect("left");
    let right = graph.push("right", Op::Sigmoid, &[sum]).expect("right");
    graph.push("twice", Op::Add, &[left, right]).expect("twice");
    check_gradients("residual", &graph);

    // The input itself added to what is made of it; and a value added to itself.
    let mut graph = Graph::new(Shape::Features(6));
    let h = graph.then("", linear(6)).expect("h");
    let sum = graph.push("", Op::Add, &[Value::INPUT, h]).expect("sum");
    graph.push("", Op::Add, &[sum, sum]).expect("double");
    check_gradients("input and doubled", &graph);
}

#[test]
fn excluded_images_are_normalised_with_the_others_statistics() {
    let graph = sequence(
        Shape::map(2, 5, 4),
        vec![
            conv(3, [3, 3], 1, Padding::Same, true),
            Op::BatchNorm(BatchNorm::default()),
            Op::Tanh,
            conv(4, [3, 3], 1, Padding::all(0), false),
            Op::BatchNorm(BatchNorm::default()),
        ],
    );
    check_excluding("one excluded", &graph, 1);

    // What the others give doesn't depend on the excluded image beside them.
    let params = Params::init(&graph, 1);
    let [beside_nothing, beside_noise] = [0.0f32, 9.0].map(|pixel| {
        let mut executor = Executor::new(&graph);
        executor.exclude_from_statistics(1);
        let len = graph.input_shape().len();
        let input = executor.input(4);
        (0..3 * len).for_each(|i| input[i] = (i % 7) as f32);
        input[3 * len..].fill(pixel);
        let outputs = executor.train(&params, Noise { seed: 1, step: 1 });
        outputs[..3 * graph.output_shape().len()].to_vec()
    });
    assert_eq!(beside_nothing, beside_noise);
}

#[test]
fn gates() {
    // A value times its own sigmoid (SiLU), a product of two ways, and a square.
    let mut graph = Graph::new(Shape::map(2, 6, 5));
    let a = graph.then("a", conv(4, [3, 3], 1, Padding::Same, true)).expect("a");
    let gate = graph.push("gate", Op::Sigmoid, &[a]).expect("gate");
    let silu = graph.push("silu", Op::Mul, &[a, gate]).expect("silu");
    let b = graph.push("b", conv(4, [3, 3], 1, Padding::Same, true), &[silu]).expect("b");
    let b = graph.push("tanh", Op::Tanh, &[b]).expect("tanh");
    let product = graph.push("product", Op::Mul, &[b, silu]).expect("product");
    graph.push("square", Op::Mul, &[product, product]).expect("square");
    check_gradients("gates", &graph);
}

#[test]
fn values_nobody_reads_get_no_gradient() {
    let mut graph = Graph::new(Shape::Features(4));
    let used = graph.then("used", linear(3)).expect("used");
    graph.push("unused", linear(2), &[used]).expect("unused");
    graph.push("last", Op::Tanh, &[used]).expect("last");
    check_gradients("dead end", &graph);
}
