//! A network of one's own, layer by layer, trained by a loop of one's own; what comes of it reads pictures.
//!
//!     cargo run --release -p inkdigit-train --example custom_network

use inkdigit::model::Metadata;
use inkdigit::{GrayImage, Model, PictureLimits, Recognizer};
use inkdigit_nn::ops::{BatchNorm, Conv2d, Extent, Linear, Padding, Scale};
use inkdigit_nn::rng::Noise;
use inkdigit_nn::{Executor, Graph, Op, Optimizer, OptimizerConfig, Params, Shape};
use inkdigit_train::synth;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/synthetic-3.png");
const BATCH: usize = 100;

/// A small residual network from pixels to ten logits.
fn network() -> Result<Graph, inkdigit_nn::Error> {
    let conv = |kernel, stride| {
        let (kernel, stride) = (Extent::square(kernel), Extent::square(stride));
        Op::Conv2d(Conv2d { channels: 16, kernel, stride, padding: Padding::Same, bias: false })
    };
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    graph.then("scale", Op::Scale(Scale { scale: 1.0 / 255.0, shift: 0.0 }))?;
    graph.then("conv1", conv(5, 2))?;
    graph.then("bn1", Op::BatchNorm(BatchNorm::default()))?;
    let trunk = graph.then("relu1", Op::Relu)?;
    let branch = graph.then("conv2", conv(3, 1))?;
    graph.push("add", Op::Add, &[branch, trunk])?;
    graph.then("gelu", Op::Gelu)?;
    graph.then("conv3", conv(3, 2))?;
    graph.then("flatten", Op::Flatten)?;
    graph.then("fc", Op::Linear(Linear { features: 10, bias: true }))?;
    Ok(graph)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (graph, data) = (network()?, synth::dataset(6000, 1));
    let mut params = Params::init(&graph, 7);
    let config = OptimizerConfig::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.0 };
    let (mut optimizer, mut executor) = (Optimizer::new(config, &params), Executor::new(&graph));
    let mut gradients = vec![0.0; params.data().len()];
    let batches = data.images().chunks_exact(BATCH * 784).zip(data.labels().chunks_exact(BATCH));
    for (step, (images, labels)) in batches.cycle().take(180).enumerate() {
        inkdigit_image::to_floats(images, executor.input(BATCH));
        executor.train(&params, Noise { seed: 7, step: step as u64 });
        let loss = executor.loss(labels, 0.0);
        executor.backward(&params, &mut gradients);
        executor.update_running_statistics(&mut params);
        optimizer.step(&mut params, &gradients, 0.02);
        if step % 60 == 59 {
            println!("step {}: loss {:.4}, {} of {BATCH} right", step + 1, loss.mean, loss.correct);
        }
    }
    let recognizer = Recognizer::new(Model::new(graph, params, Metadata::default())?);
    let picture = GrayImage::open(PICTURE, PictureLimits::default())?;
    println!("the picture is a {}", recognizer.read_digit(&picture).digit);
    Ok(())
}
