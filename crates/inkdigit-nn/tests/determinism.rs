//! Same seed, same bits, whatever the number of threads; and inference says what training learned.

use inkdigit_nn::exec::{self, Noise};
use inkdigit_nn::ops::{Affine, BatchNorm, Conv2d, Dropout, Each, Extent, Linear, MaxPool2d, Padding, Scale};
use inkdigit_nn::{Executor, Graph, Op, Optimizer, OptimizerConfig, Params, Rng, Shape, fold};

fn network() -> Graph {
    let conv = |channels, bias| {
        Op::Conv2d(Conv2d {
            channels,
            kernel: Extent::square(3),
            stride: Extent::square(1),
            padding: Padding::Same,
            bias,
        })
    };
    let pool =
        || Op::MaxPool2d(MaxPool2d { kernel: Extent::square(2), stride: None, padding: Padding::default() });
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    let ops = [
        conv(20, true),
        Op::Tanh,
        pool(),
        conv(24, false),
        Op::BatchNorm(BatchNorm::default()),
        Op::Relu,
        pool(),
        Op::Flatten,
        Op::Linear(Linear { features: 300, bias: true }),
        Op::Relu,
        Op::Dropout(Dropout { rate: 0.3 }),
        Op::Linear(Linear { features: 10, bias: true }),
    ];
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

fn train(threads: usize, batch: usize) -> Params {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
    pool.install(|| {
        let graph = network();
        let mut params = Params::init(&graph, 1);
        let mut executor = Executor::new(&graph);
        let adam = OptimizerConfig::Adam { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0 };
        let mut optimizer = Optimizer::new(adam, &params);
        let mut grads = vec![0.0; params.data().len()];
        let mut rng = Rng::new(2);
        for step in 0..3 {
            executor.input(batch).iter_mut().for_each(|x| *x = rng.unit());
            let labels: Vec<u8> = (0..batch).map(|_| rng.below(10) as u8).collect();
            executor.train(&params, Noise { seed: 4, step });
            executor.loss(&labels, 0.1);
            executor.backward(&params, &mut grads);
            executor.update_running_statistics(&mut params);
            optimizer.step(&mut params, &grads, 1e-3);
        }
        params
    })
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for batch in [100, 37, 3] {
        let alone = train(1, batch);
        for threads in [2, 3, 5] {
            let together = train(threads, batch);
            let differ =
                alone.data().iter().zip(together.data()).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
            assert_eq!(differ, 0, "parameters that differ with {threads} threads and batch {batch}");
        }
    }
}

#[test]
fn folding_keeps_the_answers() {
    let graph = network();
    let params = train(2, 40);
    let (folded, folded_params) = fold::for_inference(&graph, &params);
    let kinds = |graph: &Graph| graph.nodes().iter().map(|node| node.op.name()).collect::<Vec<_>>();
    assert!(
        !kinds(&folded).contains(&"batch_norm") && !kinds(&folded).contains(&"dropout"),
        "{:?}",
        kinds(&folded)
    );

    let mut rng = Rng::new(9);
    let images: Vec<f32> = (0..150 * 784).map(|_| rng.unit()).collect();
    let before = exec::infer(&graph, &params, &images).expect("whole images");
    let after = exec::infer(&folded, &folded_params, &images).expect("whole images");
    for (a, b) in before.iter().zip(&after) {
        assert!((a - b).abs() < 1e-4, "{a} before, {b} after folding");
    }
    // An image's answer doesn't depend on its company.
    let alone = exec::infer(&graph, &params, &images[77 * 784..78 * 784]).expect("one image");
    assert_eq!(alone, before[770..780], "alone and in a batch");
}

#[test]
fn everything_that_scales_channels_is_folded() {
    let mut graph = Graph::new(Shape::map(2, 6, 6));
    let conv = Conv2d {
        channels: 5,
        kernel: Extent::square(3),
        stride: Extent::square(1),
        padding: Padding::Same,
        bias: false,
    };
    let each = |each| Op::Affine(Affine { each });
    let scale = Op::Scale(Scale { scale: -1.5, shift: 0.25 });
    let ops = [
        Op::Conv2d(conv),
        scale.clone(),
        Op::BatchNorm(BatchNorm::default()),
        each(Each::Channel),
        Op::Relu,
        Op::Flatten,
        Op::Linear(Linear { features: 7, bias: true }),
        each(Each::Element),
        scale,
    ];
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    let mut rng = Rng::new(5);
    let mut params = Params::init(&graph, 1);
    params.data_mut().iter_mut().for_each(|p| *p += 0.2 * rng.unit());
    let (folded, folded_params) = fold::for_inference(&graph, &params);
    let kinds: Vec<_> = folded.nodes().iter().map(|node| node.op.name()).collect();
    assert_eq!(kinds, ["conv2d", "relu", "flatten", "linear"]);

    let images: Vec<f32> = (0..3 * 72).map(|_| rng.normal()).collect();
    let before = exec::infer(&graph, &params, &images).expect("whole images");
    let after = exec::infer(&folded, &folded_params, &images).expect("whole images");
    for (a, b) in before.iter().zip(&after) {
        assert!((a - b).abs() < 1e-4 * a.abs().max(1.0), "{a} before, {b} after folding");
    }
}

#[test]
fn what_has_other_readers_or_numbers_for_each_pixel_is_not_folded() {
    let mut graph = Graph::new(Shape::Features(4));
    let read_twice = graph.then("fc", Op::Linear(Linear { features: 4, bias: true })).expect("fc");
    let scaled = graph.then("scale", Op::Scale(Scale { scale: 2.0, shift: 0.0 })).expect("scale");
    graph.push("sum", Op::Add, &[read_twice, scaled]).expect("sum");
    assert_eq!(fold::for_inference(&graph, &Params::init(&graph, 0)).0, graph);

    let mut graph = Graph::new(Shape::map(1, 3, 3));
    let (kernel, stride) = (Extent::square(1), Extent::square(1));
    let conv = Conv2d { channels: 2, kernel, stride, padding: Padding::default(), bias: true };
    graph.then("conv", Op::Conv2d(conv)).expect("conv");
    graph.then("affine", Op::Affine(Affine { each: Each::Element })).expect("affine");
    assert_eq!(fold::for_inference(&graph, &Params::init(&graph, 0)).0, graph);
}

#[test]
fn a_graph_survives_storage() {
    let graph = network();
    let text = serde_json::to_string(&graph).expect("a graph is data");
    assert_eq!(serde_json::from_str::<Graph>(&text).expect("the same data"), graph);
    let broken = text.replace("\"features\":300", "\"features\":0");
    let error = serde_json::from_str::<Graph>(&broken).expect_err("no features").to_string();
    assert!(error.contains("linear_1") && error.contains("at least 1"), "{error}");
    // Sizes from a file can't overflow, however large.
    let huge = usize::MAX;
    for (from, to) in [
        ("\"features\":300", format!("\"features\":{huge}")),
        ("\"channels\":24", format!("\"channels\":{huge}")),
        ("\"channels\":24", "\"channels\":99999999".into()),
        ("\"kernel\":3", format!("\"kernel\":{huge}")),
        ("\"padding\":\"same\"", format!("\"padding\":{huge}")),
        ("\"padding\":\"same\"", "\"padding\":4096".into()),
        ("\"stride\":1", format!("\"stride\":{huge}")),
        ("\"height\":28", format!("\"height\":{huge}")),
        ("\"height\":28", "\"height\":99999999999".into()),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        assert!(serde_json::from_str::<Graph>(&text.replace(from, &to)).is_err(), "{to}");
    }
}
