use inkdigit_nn::ops::{BatchNorm, Conv2d, Extent, Linear, Padding};
use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};

use super::*;

fn conv(channels: usize) -> Op {
    let (kernel, stride) = (Extent::square(3), Extent::square(1));
    Op::Conv2d(Conv2d { channels, kernel, stride, padding: Padding::Same, bias: true })
}

/// A graph of these operations, each with the numbers of the nodes it reads (0 is the input).
fn graph(nodes: &[(Op, &[usize])]) -> Graph {
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    for (op, inputs) in nodes {
        let inputs: Vec<Value> = inputs.iter().map(|&node| previous(node)).collect();
        graph.push("", op.clone(), &inputs).unwrap();
    }
    graph
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn every_layer_has_a_box_with_its_words() {
    let lenet = networks::build(&Network::BuiltIn(BuiltIn::Lenet), Scaling::Unit).unwrap();
    let svg = svg("lenet", &lenet);
    assert_eq!(count(&svg, "class=\"op "), lenet.nodes().len() + 1, "a box each, and the input");
    for part in
        ["5×5 convolution", "20 maps of 24×24", "400 500 parameters", "10 numbers", "conv2", "1 map of"]
    {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    assert!(svg.contains("aria-label=\"lenet: 11 layers, 431 080 parameters\""), "{svg}");
    // An arrow into each layer, and one out.
    assert_eq!(count(&svg, "class=\"tip\""), lenet.nodes().len() + 1);
}

#[test]
fn a_residual_goes_round_the_layers_it_skips() {
    let residual = graph(&[(conv(4), &[0]), (Op::Relu, &[1]), (conv(4), &[2]), (Op::Add, &[2, 3])]);
    let diagram = Diagram::new(&residual);
    assert_eq!((diagram.lanes.count(), diagram.lanes.of(Value::of_node(1))), (1, 0));
    let ways: Vec<_> = ways(3, &residual.nodes()[3]).map(|(_, way)| way).collect();
    assert_eq!(ways, [Way::FromSide, Way::Straight]);
    let drawn = svg("residual", &residual);
    assert_eq!((count(&drawn, "<circle"), count(&drawn, "class=\"tip\"")), (1, 6));
    let (from, to) = (diagram.places[2].bottom(), diagram.places[4].middle());
    assert!(drawn.contains(&format!("M{MIDDLE} {from}v{TURN}H{}V{to}H", LEFT + BOX + LANE)), "{drawn}");
}

#[test]
fn branches_that_overlap_have_lanes_of_their_own() {
    // Within each other: the outer one takes the outer lane.
    let nested = graph(&[
        (conv(2), &[0]),
        (Op::Relu, &[1]),
        (Op::Tanh, &[2]),
        (Op::Add, &[2, 3]),
        (Op::Add, &[1, 4]),
        (Op::Mul, &[5, 5]),
    ]);
    let lanes = Lanes::new(&nested);
    let lane = |node: usize| lanes.of(previous(node));
    assert_eq!((lanes.count(), lane(1), lane(2), lane(5)), (2, 1, 0, 0));
    // Two branches side by side: the second begins with a line from above, and the first ends in a lane.
    let parallel = graph(&[(conv(2), &[0]), (conv(2), &[0]), (Op::Add, &[1, 2])]);
    let of = |index: usize| ways(index, &parallel.nodes()[index]).map(|(_, way)| way).collect::<Vec<_>>();
    assert_eq!((of(1), of(2)), (vec![Way::FromAbove], vec![Way::FromSide, Way::Straight]));
    assert_eq!(Lanes::new(&parallel).count(), 2);
    let apart = graph(&[(conv(2), &[0]), (conv(2), &[0]), (Op::Relu, &[0]), (Op::Add, &[1, 2])]);
    let last: Vec<_> = ways(3, &apart.nodes()[3]).map(|(_, way)| way).collect();
    assert_eq!(last, [Way::FromAbove, Way::FromSide]);
}

#[test]
fn names_from_anywhere_are_text_and_nothing_else() {
    let mut graph = Graph::new(Shape::map(1, 2, 2));
    graph.then("<script>alert(1)</script>/a/very/long/name/that/never/ends", Op::Flatten).unwrap();
    graph.then("b\u{0}\"'&", Op::Linear(Linear { features: 3, bias: false })).unwrap();
    graph.then("bn", Op::BatchNorm(BatchNorm::default())).unwrap();
    let svg = svg_file("<x>", &graph);
    assert!(!svg.contains("<script") && !svg.contains('\0') && !svg.contains("<x>"), "{svg}");
    assert!(svg.contains("prefers-color-scheme:dark") && svg.contains("12 parameters"), "{svg}");
}
