//! Networks to write as ONNX: one for each form an operation can have, and whole ones like those people train.

use inkdigit_nn::ops::{Affine, BatchNorm, Conv2d, Dropout, Each, Extent, Linear, MaxPool2d, Padding, Scale};
use inkdigit_nn::{Graph, Op, Params, Rng, Shape};

/// Not square and of several channels, so that no two sizes can be mistaken for each other.
const MAPS: Shape = Shape::map(3, 9, 7);

/// Vectors beside them.
const VECTORS: Shape = Shape::Features(11);

/// A network under the name of what it shows.
pub(crate) struct Case {
    pub name: String,
    pub graph: Graph,
}

/// The first opset that has operators for all of it.
pub(crate) fn since(graph: &Graph) -> i64 {
    graph.nodes().iter().map(|node| node.op.onnx().since).max().unwrap_or(7)
}

/// Parameters that show every mistake: nothing is left at zero or one, variances are positive.
pub(crate) fn params(graph: &Graph) -> Params {
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

/// Every operation in every form, of maps and of vectors where it takes them.
pub(crate) fn every_operation() -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, op) in Op::examples().into_iter().enumerate() {
        for (kind, input) in [("maps", MAPS), ("vectors", VECTORS)] {
            if op.output_shape("", &vec![input; op.inputs()]).is_ok() {
                let name = format!("{}_{number}_of_{kind}", op.name());
                cases.push(Case { name, graph: around(input, op.clone()) });
            }
        }
    }
    cases
}

/// The operation between others, so that its value is one with a name and a shape of its own.
fn around(input: Shape, op: Op) -> Graph {
    let mut graph = Graph::new(input);
    if op.inputs() == 2 {
        let left = graph.then("left", Op::Affine(Affine { each: Each::Channel })).expect("any shape");
        let right = graph.then("right", Op::Tanh).expect("any shape");
        graph.push("both", op, &[left, right]).expect("equal shapes");
    } else {
        graph.then("", op).expect("a shape it takes");
    }
    if matches!(graph.output_shape(), Shape::Map { .. }) {
        graph.then("", Op::Flatten).expect("a map");
    }
    graph.then("", linear(10)).expect("a vector");
    graph
}

/// Whole networks for 28x28 pixels from 0 to 255.
pub(crate) fn whole_networks() -> Vec<Case> {
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
        Case { name: name.into(), graph: sequence(Shape::map(1, 28, 28), ops) }
    })
    .into();
    cases.push(Case { name: "residual".into(), graph: residual() });
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

pub(crate) fn sequence(input: Shape, ops: impl IntoIterator<Item = Op>) -> Graph {
    let mut graph = Graph::new(input);
    for op in ops {
        graph.then("", op).expect("shapes that fit");
    }
    graph
}

pub(crate) fn conv(
    channels: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
    bias: bool,
) -> Op {
    Op::Conv2d(Conv2d { channels, kernel: extent(kernel), stride: extent(stride), padding, bias })
}

pub(crate) fn max_pool(kernel: [usize; 2], stride: Option<[usize; 2]>, padding: Padding) -> Op {
    Op::MaxPool2d(MaxPool2d { kernel: extent(kernel), stride: stride.map(extent), padding })
}

pub(crate) fn linear(features: usize) -> Op {
    Op::Linear(Linear { features, bias: true })
}

pub(crate) fn dropout(rate: f32) -> Op {
    Op::Dropout(Dropout { rate })
}

pub(crate) fn extent([height, width]: [usize; 2]) -> Extent {
    Extent { height, width }
}
