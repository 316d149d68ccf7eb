//! Networks that nobody would build, to find what nobody thought of.

use crate::networks::{self, conv, dropout, extent, linear, max_pool};
use inkdigit_nn::ops::{
    Affine, AvgPool2d, BatchNorm, Clip, Each, Elu, LeakyRelu, Pad, Padding, Quantize, Scale, Upsample2d,
};
use inkdigit_nn::{Graph, Op, Shape, Value as GraphValue};
use inkdigit_onnx::OPSETS;
use proptest::prelude::*;

/// One step of a random network.
#[derive(Clone, Debug)]
enum Step {
    Op(Op),
    /// The sum or product of the last value and the one so many before it.
    Both(Op, usize),
}

fn padding() -> impl Strategy<Value = Padding> {
    prop_oneof![
        Just(Padding::Same),
        prop::array::uniform4(0usize..3).prop_map(|[top, left, bottom, right]| Padding::Each {
            top,
            left,
            bottom,
            right
        }),
    ]
}

fn window() -> impl Strategy<Value = ([usize; 2], [usize; 2], Padding)> {
    (prop::array::uniform2(1usize..4), prop::array::uniform2(1usize..3), padding())
}

/// Operations that work by windows.
fn windowed() -> impl Strategy<Value = Op> {
    prop_oneof![
        (1usize..5, window(), any::<bool>()).prop_map(|(channels, (kernel, stride, padding), bias)| {
            conv(channels, kernel, stride, padding, bias)
        }),
        (window(), any::<bool>()).prop_map(|((kernel, stride, padding), given)| {
            max_pool(kernel, given.then_some(stride), padding)
        }),
        (window(), any::<bool>()).prop_map(|((kernel, stride, padding), given)| {
            avg_pool(kernel, given.then_some(stride), padding)
        }),
    ]
}

/// Operations without constants.
fn plain() -> impl Strategy<Value = Op> {
    let ops = vec![
        Op::Relu,
        Op::Tanh,
        Op::Sigmoid,
        Op::Gelu,
        Op::Silu,
        Op::Flatten,
        Op::GlobalAvgPool,
        Op::GlobalMaxPool,
        Op::BatchNorm(BatchNorm::default()),
        Op::Affine(Affine { each: Each::Channel }),
        Op::Affine(Affine { each: Each::Element }),
    ];
    prop::sample::select(ops)
}

/// Operations with constants.
fn with_constants() -> impl Strategy<Value = Op> {
    let number = || -2.0f32..2.0;
    prop_oneof![
        (1usize..7).prop_map(linear),
        (0.0f32..0.9).prop_map(dropout),
        (number(), 0.1f32..2.0).prop_map(|(low, range)| clip(low, low + range)),
        (0.0f32..1.0).prop_map(|slope| Op::LeakyRelu(LeakyRelu { slope })),
        (0.1f32..2.0).prop_map(|alpha| Op::Elu(Elu { alpha })),
        (prop_oneof![Just(1.0), number()], prop_oneof![Just(0.0), number()])
            .prop_map(|(scale, shift)| Op::Scale(Scale { scale, shift })),
        (1usize..4).prop_map(|factor| Op::Upsample2d(Upsample2d { factor })),
        (padding(), number()).prop_map(|(padding, value)| Op::Pad(Pad { padding, value })),
        (0.01f32..0.5, -255i16..=0).prop_map(|(scale, low)| {
            Op::Quantize(Quantize { scale, low: low.into(), high: (low + 255).into() })
        }),
    ]
}

fn avg_pool(kernel: [usize; 2], stride: Option<[usize; 2]>, padding: Padding) -> Op {
    Op::AvgPool2d(AvgPool2d { kernel: extent(kernel), stride: stride.map(extent), padding })
}

fn clip(low: f32, high: f32) -> Op {
    Op::Clip(Clip { low, high })
}

fn step() -> impl Strategy<Value = Step> {
    let op = prop_oneof![windowed(), plain(), with_constants()];
    let both =
        (prop::sample::select(vec![Op::Add, Op::Mul]), 0usize..4).prop_map(|(op, back)| Step::Both(op, back));
    prop_oneof![5 => op.prop_map(Step::Op), 1 => both]
}

/// The steps that fit, one after the other, and a dense layer at the end.
fn build(input: Shape, steps: Vec<Step>) -> Graph {
    let mut graph = Graph::new(input);
    for step in steps {
        // What doesn't fit is left out.
        let _ = match step {
            Step::Op(op) => graph.then("", op),
            Step::Both(op, back) => {
                let node = graph.nodes().len().checked_sub(back + 1);
                let before = node.map_or(GraphValue::INPUT, GraphValue::of_node);
                graph.push("", op, &[before, graph.output()])
            }
        };
    }
    if matches!(graph.output_shape(), Shape::Map { .. }) {
        graph.then("", Op::Flatten).expect("a map");
    }
    graph.then("", linear(4)).expect("a vector");
    graph
}

proptest! {
    #[test]
    fn random_networks_answer_as_before(
        (channels, height, width) in (1usize..4, 1usize..9, 1usize..9),
        steps in prop::collection::vec(step(), 1..9),
        opset in OPSETS,
    ) {
        let graph = build(Shape::map(channels, height, width), steps);
        let opset = opset.max(networks::since(&graph));
        let came_back = crate::round_trip(&graph, &networks::params(&graph), opset);
        prop_assert!(came_back.is_ok(), "{}: {:#?}", came_back.unwrap_err(), graph.nodes());
    }
}
