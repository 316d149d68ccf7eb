//! Writes every operation in every opset, and whole networks, each as a folder with `model.onnx` and what the
//! engine answers for a batch of 1 and of 64: material for `tools/reference/check_export.py`, which holds it
//! against ONNX's checker and ONNX Runtime.
//!
//!     cargo run -p inkdigit-onnx --example export_every_op -- FOLDER

#[path = "../tests/export/networks.rs"]
mod networks;

use inkdigit_nn::{Executor, Graph, Params, Rng, Shape};
use inkdigit_onnx::{Array, ExportOptions, OPSETS, export};
use networks::Case;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("expected a folder to write to")?.into();
    let mut written = 0;
    for Case { name, graph } in networks::every_operation().into_iter().chain(networks::whole_networks()) {
        for opset in OPSETS.filter(|&opset| opset >= networks::since(&graph)) {
            write(&folder.join(format!("{name}-{opset}")), &graph, opset)?;
            written += 1;
        }
    }
    println!("{written} models in {}", folder.display());
    Ok(())
}

fn write(folder: &Path, graph: &Graph, opset: i64) -> Result<(), Box<dyn Error>> {
    let params = networks::params(graph);
    let options = ExportOptions { opset, probabilities: Some(1.7), ..ExportOptions::default() };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("model.onnx"), export(graph, &params, &options)?)?;
    let mut executor = Executor::single_threaded(graph);
    for (number, images) in [1, 64].into_iter().enumerate() {
        let set = folder.join(format!("test_data_set_{number}"));
        std::fs::create_dir_all(&set)?;
        let input = pixels(graph.input_shape(), images);
        let logits = answers(&mut executor, &params, &input, images);
        let classes = graph.output_shape().len();
        let probabilities = inkdigit_nn::probabilities(&logits, classes, 1.7);
        let dims = std::iter::once(images).chain(graph.input_shape().dims()).collect();
        std::fs::write(set.join("input_0.pb"), Array::reals(dims, input).to_bytes("input"))?;
        for (number, (name, numbers)) in
            [("logits", logits), ("probabilities", probabilities)].into_iter().enumerate()
        {
            let output = Array::reals(vec![images, classes], numbers).to_bytes(name);
            std::fs::write(set.join(format!("output_{number}.pb")), output)?;
        }
    }
    Ok(())
}

/// `[N, C, H, W]` or `[N, features]`: pixels for pictures, numbers around 0 for the small networks.
fn pixels(shape: Shape, images: usize) -> Vec<f32> {
    let mut rng = Rng::new(1);
    let of_pictures = shape == Shape::map(1, 28, 28);
    let number = |rng: &mut Rng| if of_pictures { rng.uniform(0.0, 255.0) } else { rng.normal() };
    (0..images * shape.len()).map(|_| number(&mut rng)).collect()
}

fn answers(executor: &mut Executor, params: &Params, input: &[f32], images: usize) -> Vec<f32> {
    let shape = executor.graph().input_shape();
    let (channels, pixels) = (shape.channels(), shape.len() / shape.channels());
    let batch = executor.input(images);
    // The engine takes maps channels-last.
    for (image, numbers) in input.chunks(shape.len()).zip(batch.chunks_mut(shape.len())) {
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = image[i % channels * pixels + i / channels];
        }
    }
    executor.infer(params).to_vec()
}
