//! Networks to write as ONNX: one for each form an operation can have, and whole ones like those people train.

use inkdigit_nn::ops::{
    Affine, AvgPool2d, BatchNorm, Clip, Conv2d, Dropout, Each, Elu, Extent, LeakyRelu, Linear, MaxPool2d,
    Pad, Padding, Quantize, Scale,
};
use inkdigit_nn::{Graph, Op, Params, Rng, Shape};

/// Not square and of several channels, so that no two sizes can be mistaken for each other.
const MAPS: Shape = Shape::map(3, 9, 7);

/// A network under the name of what it shows.
pub struct Case {
    pub name: &'static str,
    pub graph: Graph,
}

/// The first opset that has operators for all of it.
pub fn since(graph: &Graph) -> i64 {
    let since = |op: &Op| match op {
        Op::Gelu => 9,
        Op::Quantize(_) => 10,
        _ => 7,
    };
    graph.nodes().iter().map(|node| since(&node.op)).max().unwrap_or(7)
}

/// Parameters that show every mistake: nothing is left at zero or one, variances are positive.
pub fn params(graph: &Graph) -> Params {
    let mut rng = Rng::new(7);
    let mut params = Params::init(graph, 3);
    for info in params.table().to_vec() {
        for number in &mut params.data_mut()[info.range] {
            *number += 0.2 * rng.normal();
            if info.name.ends_with("running_var") {
                *number = number.abs() + 0.1;
            }
        }
    }
    params
}

/// Every operation in every form.
pub fn every_operation() -> Vec<Case> {
    let uneven = Padding::Each { top: 0, left: 2, bottom: 1, right: 1 };
    let same = |stride| conv(4, [3, 2], stride, Padding::Same, true);
    let maps = [
        ("conv2d", conv(4, [3, 3], [1, 1], Padding::all(0), true)),
        ("conv2d_uneven", conv(5, [4, 2], [2, 1], uneven, false)),
        ("conv2d_same", same([1, 1])),
        ("conv2d_same_stride", same([2, 3])),
        ("max_pool2d", max_pool([2, 2], None, Padding::all(0))),
        ("max_pool2d_uneven", max_pool([2, 3], Some([1, 2]), uneven)),
        ("max_pool2d_same", max_pool([3, 2], Some([2, 2]), Padding::Same)),
        ("avg_pool2d", avg_pool([3, 2], None, Padding::all(0))),
        ("avg_pool2d_uneven", avg_pool([2, 3], Some([1, 2]), uneven)),
        ("avg_pool2d_same", avg_pool([3, 2], Some([2, 2]), Padding::Same)),
        ("global_avg_pool", Op::GlobalAvgPool),
        ("global_max_pool", Op::GlobalMaxPool),
        ("batch_norm", Op::BatchNorm(BatchNorm { epsilon: 1e-3, momentum: 0.25 })),
        ("relu", Op::Relu),
        ("tanh", Op::Tanh),
        ("sigmoid", Op::Sigmoid),
        ("gelu", Op::Gelu),
        ("clip", clip(-0.5, 0.75)),
        ("clip_below", clip(0.1, f32::INFINITY)),
        ("clip_above", clip(f32::NEG_INFINITY, 0.3)),
        ("clip_nothing", clip(f32::NEG_INFINITY, f32::INFINITY)),
        ("leaky_relu", Op::LeakyRelu(LeakyRelu { slope: 0.2 })),
        ("elu", Op::Elu(Elu { alpha: 0.7 })),
        ("dropout", dropout(0.3)),
        ("flatten", Op::Flatten),
        ("scale", Op::Scale(Scale { scale: 1.0 / 255.0, shift: 0.0 })),
        ("scale_shift", Op::Scale(Scale { scale: 0.01, shift: -0.4 })),
        ("shift", Op::Scale(Scale { scale: 1.0, shift: -0.4 })),
        ("scale_by_one", Op::Scale(Scale { scale: 1.0, shift: 0.0 })),
        ("affine_channel", Op::Affine(Affine { each: Each::Channel })),
        ("affine_element", Op::Affine(Affine { each: Each::Element })),
        ("pad", Op::Pad(Pad { padding: uneven, value: -0.25 })),
        ("quantize_uint8", quantize(0.0, 255.0)),
        ("quantize_zero_point", quantize(-100.0, 155.0)),
        ("quantize_int8", quantize(-128.0, 127.0)),
    ];
    let vectors = [
        ("linear", linear(6)),
        ("linear_without_bias", Op::Linear(Linear { features: 6, bias: false })),
        ("batch_norm_of_vectors", Op::BatchNorm(BatchNorm::default())),
        ("flatten_of_vectors", Op::Flatten),
        ("affine_of_vectors", Op::Affine(Affine { each: Each::Channel })),
    ];
    let maps = maps.map(|(name, op)| (name, MAPS, op));
    let vectors = vectors.map(|(name, op)| (name, Shape::Features(11), op));
    let mut cases: Vec<Case> = maps
        .into_iter()
        .chain(vectors)
        .map(|(name, input, op)| {
            // What follows makes its value one between nodes, with a name and a shape of its own.
            let mut graph = sequence(input, [op]);
            if matches!(graph.output_shape(), Shape::Map { .. }) {
                graph.then("", Op::Flatten).expect("a map");
            }
            graph.then("", linear(10)).expect("a vector");
            Case { name, graph }
        })
        .collect();
    for (name, op) in [("add", Op::Add), ("mul", Op::Mul)] {
        let mut graph = Graph::new(MAPS);
        let left = graph.then("left", same([1, 1])).expect("maps");
        let right = graph.then("right", Op::Tanh).expect("maps");
        graph.push("both", op, &[left, right]).expect("equal shapes");
        graph.then("flat", Op::Flatten).expect("maps");
        graph.then("logits", linear(10)).expect("a vector");
        cases.push(Case { name, graph });
    }
    cases
}

/// Whole networks for 28x28 pixels from 0 to 255.
pub fn whole_networks() -> Vec<Case> {
    let valid = Padding::all(0);
    let conv = |channels, kernel, padding| conv(channels, [kernel; 2], [1, 1], padding, true);
    let pool = |size| max_pool([size; 2], None, valid);
    let mlp = vec![Op::Flatten, linear(128), Op::Relu, linear(64), Op::Relu, linear(10)];
    let lenet = vec![
        conv(20, 5, valid),
        Op::Tanh,
        pool(2),
        conv(50, 5, valid),
        Op::Tanh,
        pool(2),
        Op::Flatten,
        linear(500),
        Op::Tanh,
        linear(10),
    ];
    let zoo = vec![
        conv(8, 5, Padding::Same),
        Op::Relu,
        pool(2),
        conv(16, 5, Padding::Same),
        Op::Relu,
        pool(3),
        Op::Flatten,
        linear(10),
    ];
    let keras = vec![
        conv(32, 3, valid),
        Op::Relu,
        pool(2),
        conv(64, 3, valid),
        Op::Relu,
        pool(2),
        Op::Flatten,
        dropout(0.5),
        linear(10),
    ];
    let deep = vec![
        conv(32, 5, Padding::Same),
        Op::Relu,
        pool(2),
        conv(64, 5, Padding::Same),
        Op::Relu,
        pool(2),
        Op::Flatten,
        linear(1024),
        Op::Relu,
        dropout(0.5),
        linear(10),
    ];
    let pooled_first = vec![
        conv(16, 5, valid),
        pool(2),
        Op::Relu,
        conv(32, 5, valid),
        pool(2),
        Op::Relu,
        Op::Flatten,
        linear(10),
    ];
    let mut cases: Vec<Case> = [
        ("mlp", mlp),
        ("lenet", lenet),
        ("zoo", zoo),
        ("keras", keras),
        ("deep", deep),
        ("fast", pooled_first),
    ]
    .map(|(name, ops)| {
        let to_unit = Op::Scale(Scale { scale: 1.0 / 255.0, shift: 0.0 });
        let ops = std::iter::once(to_unit).chain(ops);
        Case { name, graph: sequence(Shape::map(1, 28, 28), ops) }
    })
    .into();
    cases.push(Case { name: "residual", graph: residual() });
    cases
}

/// BatchNorm everywhere, a residual connection, a global pool: what the default network is made of and more.
fn residual() -> Graph {
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    let mut then = |ops: Vec<Op>| {
        ops.into_iter().map(|op| graph.then("", op).expect("shapes that fit")).last().expect("layers")
    };
    let normalised = |channels, padding| {
        vec![conv(channels, [3, 3], [1, 1], padding, false), Op::BatchNorm(BatchNorm::default())]
    };
    then(vec![Op::Scale(Scale { scale: 0.0127, shift: -0.4242 })]);
    then(normalised(16, Padding::all(0)));
    let before = then(vec![Op::Relu, max_pool([2, 2], None, Padding::all(0))]);
    then(normalised(16, Padding::Same));
    then(vec![Op::Relu]);
    let after = then(normalised(16, Padding::Same));
    graph.push("sum", Op::Add, &[before, after]).expect("equal shapes");
    for op in [Op::Relu, Op::GlobalMaxPool, linear(10)] {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

pub fn sequence(input: Shape, ops: impl IntoIterator<Item = Op>) -> Graph {
    let mut graph = Graph::new(input);
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

pub fn conv(channels: usize, kernel: [usize; 2], stride: [usize; 2], padding: Padding, bias: bool) -> Op {
    Op::Conv2d(Conv2d { channels, kernel: extent(kernel), stride: extent(stride), padding, bias })
}

pub fn max_pool(kernel: [usize; 2], stride: Option<[usize; 2]>, padding: Padding) -> Op {
    Op::MaxPool2d(MaxPool2d { kernel: extent(kernel), stride: stride.map(extent), padding })
}

pub fn avg_pool(kernel: [usize; 2], stride: Option<[usize; 2]>, padding: Padding) -> Op {
    Op::AvgPool2d(AvgPool2d { kernel: extent(kernel), stride: stride.map(extent), padding })
}

pub fn linear(features: usize) -> Op {
    Op::Linear(Linear { features, bias: true })
}

pub fn clip(low: f32, high: f32) -> Op {
    Op::Clip(Clip { low, high })
}

fn quantize(low: f32, high: f32) -> Op {
    Op::Quantize(Quantize { scale: 0.0123, low, high })
}

pub fn dropout(rate: f32) -> Op {
    Op::Dropout(Dropout { rate })
}

fn extent([height, width]: [usize; 2]) -> Extent {
    Extent { height, width }
}
