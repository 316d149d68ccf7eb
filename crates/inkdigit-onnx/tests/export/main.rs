//! What is exported comes back: the network that is read from our own file answers as the one that was written,
//! to the bit, and gives the same file again.

mod networks;
mod random;

use inkdigit_nn::ops::Padding;
use inkdigit_nn::{Executor, Graph, Op, Params, Rng, Shape};
use inkdigit_onnx::{
    self as onnx, Array, ElementType, ExportOptions, ExternalData, Head, Imported, Interface, Numbers,
    OPSETS, export,
};
use networks::{Case, linear};

fn import(bytes: &[u8], graph: &Graph) -> onnx::Result<Imported> {
    let interface = Interface { input: graph.input_shape(), outputs: graph.output_shape().len() };
    onnx::import(bytes, interface, &mut |_: &ExternalData| Err("an export is one file".into()))
}

/// Numbers around 0 for `images` samples.
fn numbers(shape: Shape, images: usize) -> Vec<f32> {
    let mut rng = Rng::new(1);
    (0..images * shape.len()).map(|_| rng.normal()).collect()
}

/// What a network answers, to the bit.
fn answer(graph: &Graph, params: &Params, input: &[f32]) -> Vec<u32> {
    let mut executor = Executor::single_threaded(graph);
    executor.input(input.len() / graph.input_shape().len()).copy_from_slice(input);
    executor.infer(params).iter().map(|logit| logit.to_bits()).collect()
}

/// Exports and imports again: what came back, and the file. Says if it answers otherwise.
fn round_trip(graph: &Graph, params: &Params, opset: i64) -> Result<(Imported, Vec<u8>), String> {
    let options = ExportOptions { opset, ..ExportOptions::default() };
    let bytes = export(graph, params, &options).map_err(|error| error.to_string())?;
    let imported = import(&bytes, graph).map_err(|error| error.to_string())?;
    let input = numbers(graph.input_shape(), 3);
    if answer(graph, params, &input) == answer(&imported.graph, &imported.params, &input) {
        Ok((imported, bytes))
    } else {
        Err("another answer".into())
    }
}

/// Whether a network comes back in another form of the same: what does nothing is no layer.
fn is_rewritten(graph: &Graph) -> bool {
    graph.nodes().iter().any(|node| match (&node.op, node.input_shape) {
        (Op::Clip(clip), _) => clip.low == f32::NEG_INFINITY && clip.high == f32::INFINITY,
        (op, Shape::Features(_)) => *op == Op::Flatten,
        (_, Shape::Map { .. }) => false,
    })
}

/// Names and kinds of a network's layers.
fn layers(graph: &Graph) -> Vec<(&str, &str)> {
    graph.nodes().iter().map(|node| (node.name.as_str(), node.op.name())).collect()
}

fn check(cases: Vec<Case>) {
    let mut failures = Vec::new();
    for Case { name, graph } in cases {
        let params = networks::params(&graph);
        for opset in OPSETS.filter(|&opset| opset >= networks::since(&graph)) {
            let mut failed = |reason: &str| failures.push(format!("{name} in opset {opset}: {reason}"));
            let (imported, first) = match round_trip(&graph, &params, opset) {
                Ok(came_back) => came_back,
                Err(reason) => {
                    failed(&reason);
                    continue;
                }
            };
            if !is_rewritten(&graph) && layers(&graph) != layers(&imported.graph) {
                failed("other layers");
            }
            let options = ExportOptions { opset, ..ExportOptions::default() };
            let second =
                export(&imported.graph, &imported.params, &options).expect("what was exported before");
            match (first == second, is_rewritten(&graph)) {
                (false, false) => failed("another file the second time"),
                (true, true) => failed("the same file the second time: it isn't rewritten any more"),
                _ => {}
            }
        }
    }
    assert!(failures.is_empty(), "{} failures: {failures:#?}", failures.len());
}

#[test]
fn every_operation_comes_back() {
    check(networks::every_operation());
}

#[test]
fn whole_networks_come_back() {
    check(networks::whole_networks());
}

#[test]
fn the_same_network_gives_the_same_file() {
    let Case { graph, .. } = networks::whole_networks().pop().expect("networks");
    let params = networks::params(&graph);
    let file = || export(&graph, &params, &ExportOptions::default()).expect("a file");
    assert_eq!(file(), file());
}

#[test]
fn bytes_go_in_and_probabilities_come_out() {
    let graph = networks::sequence(
        Shape::map(1, 4, 3),
        [networks::max_pool([2, 2], None, Padding::Same), Op::Flatten, linear(10)],
    );
    let params = networks::params(&graph);
    for opset in OPSETS {
        for temperature in [1.0, 2.5] {
            let options = ExportOptions {
                opset,
                probabilities: Some(temperature),
                uint8_input: true,
                ..ExportOptions::default()
            };
            let bytes = export(&graph, &params, &options).expect("a file");
            let imported = import(&bytes, &graph).expect("our own file");
            assert_eq!(
                (imported.about.input.name.as_str(), imported.about.input.element),
                ("input", ElementType::Uint8)
            );
            assert_eq!(imported.about.input.dims, ["batch", "1", "4", "3"]);
            let heads: Vec<_> =
                imported.about.outputs.iter().map(|output| (output.name.as_str(), output.head)).collect();
            assert_eq!(heads, [("logits", Some(Head::Logits)), ("probabilities", Some(Head::Softmax))]);

            let pixels: Vec<i64> = (0..2 * 12).map(|i| i * 37 % 256).collect();
            let reals: Vec<f32> = pixels.iter().map(|&pixel| pixel as f32).collect();
            let input = Array {
                element: ElementType::Uint8,
                dims: vec![2, 1, 4, 3],
                numbers: Numbers::Integers(pixels),
            };
            let outputs = imported.run(&input).expect("two images");
            let [Some(logits), Some(probabilities)] = &outputs[..] else { panic!("two outputs") };
            let bits: Vec<u32> = logits.to_reals().iter().map(|logit| logit.to_bits()).collect();
            assert_eq!(bits, answer(&graph, &params, &reals));
            let expected = inkdigit_nn::probabilities(&logits.to_reals(), 10, temperature);
            for (found, expected) in probabilities.to_reals().iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-6, "{found}, expected {expected}");
            }
        }
    }
}
