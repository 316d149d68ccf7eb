//! Where a model would go next.

use inkdigit_nn::Executor;
use inkdigit_nn::exec::Noise;

use crate::data::Dataset;
use inkdigit::model::Model;
use inkdigit_image::to_floats;

/// The gradient of the mean loss on these images, as an update of a training would go by it: with dropout, and
/// BatchNorm by the images' own statistics.
///
/// # Shapes
/// Returns as many numbers as the model's parameters have, in their layout.
///
/// # Panics
/// If there are no images.
pub fn loss_gradients(model: &Model, data: &Dataset) -> Vec<f32> {
    assert!(!data.is_empty(), "at least one image");
    let mut executor = Executor::new(model.graph());
    to_floats(data.images(), executor.input(data.len()));
    executor.train(model.params(), Noise { seed: 0, step: 0 });
    executor.loss(data.labels(), 0.0);
    let mut gradients = vec![0.0; model.params().data().len()];
    executor.backward(model.params(), &mut gradients);
    gradients
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TrainConfig;
    use crate::evaluate::score;
    use crate::networks;
    use crate::synth;
    use inkdigit::model::Metadata;
    use inkdigit_nn::Params;

    #[test]
    fn a_step_against_the_gradient_lowers_the_loss() {
        let data = synth::dataset(50, 9);
        let config = TrainConfig::default();
        let graph = networks::build(&config.network, config.scaling).unwrap();
        let params = Params::init(&graph, 1);
        let model = Model::new(graph.clone(), params.clone(), Metadata::default()).unwrap();
        let gradients = loss_gradients(&model, &data);
        let moved = params.data().iter().zip(&gradients).map(|(weight, slope)| weight - 0.01 * slope);
        let moved = params.with_data(moved.collect());
        let loss = |params: &Params| score(&graph, params, &data, None).loss;
        let (before, after) = (loss(&params), loss(&moved));
        let expected = 0.01 * gradients.iter().map(|slope| f64::from(slope * slope)).sum::<f64>();
        assert!(
            ((before - after) / expected - 1.0).abs() < 0.1,
            "{before} to {after}, expected {expected} less"
        );
    }
}
