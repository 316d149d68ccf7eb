//! Trains a network on synthetic digits, says how good it is, and saves it.
//!
//!     cargo run --release -p inkdigit-train --example train [MODEL.onnx]

use std::path::PathBuf;

use inkdigit_train::networks::BuiltIn;
use inkdigit_train::train::{Outcome, Silent, TrainData, TrainOptions};
use inkdigit_train::{Network, TrainConfig, evaluate, synth, train};

fn main() -> Result<(), inkdigit_train::Error> {
    let path = std::env::args().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| std::env::temp_dir().join("inkdigit-example.onnx"));

    let (learned, unseen) = (synth::dataset(6000, 1), synth::dataset(1000, 2));
    let config = TrainConfig {
        network: Network::BuiltIn(BuiltIn::Mlp),
        epochs: 5.0,
        validation: 500,
        seed: 7,
        ..TrainConfig::default()
    };
    let data = TrainData { train: &learned, test: None };
    // An observer could follow the training, and stop it.
    let outcome = train(&config, data, &TrainOptions::default(), &mut Silent)?;
    let Outcome::Finished(trained) = outcome else { unreachable!("nobody stopped it") };

    for epoch in &trained.history {
        println!("epoch {}: loss {:.4}", epoch.epoch, epoch.train_loss);
    }
    let evaluation = evaluate(&trained.model, &unseen)?;
    println!("accuracy on {} unseen digits: {:.2} %", evaluation.images, 100.0 * evaluation.accuracy);
    trained.model.save(&path)?;
    println!("the model is {}", path.display());
    Ok(())
}
