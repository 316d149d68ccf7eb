//! What learns: the network with its parameters, and all that moves them.

use inkdigit_image::to_floats;
use inkdigit_nn::exec::Noise;
use inkdigit_nn::{CentreLoss, Ema, Executor, Graph, Optimizer, Params, Shape, centre_loss};

use super::scenes::Batch;
use crate::config::FinderConfig;
use crate::error::Result;
use crate::networks::finder;
use crate::train::{Purpose, seed_for};

/// A network that learns.
pub(super) struct Learner {
    pub(super) graph: Graph,
    pub(super) params: Params,
    pub(super) optimizer: Optimizer,
    pub(super) average: Option<Ema>,
    executor: Executor,
    /// In the layout of the parameters.
    grads: Vec<f32>,
}

impl Learner {
    pub(super) fn new(config: &FinderConfig) -> Result<Self> {
        let graph = finder::finder(&config.network)?.resized(Shape::map(1, config.side, config.side))?;
        let params = finder::initial_params(&graph, seed_for(config.seed, Purpose::Weights));
        Ok(Self {
            executor: Executor::new(&graph),
            grads: vec![0.0; params.data().len()],
            optimizer: Optimizer::new(config.optimizer, &params),
            average: config.ema.map(|decay| Ema::new(decay, &params)),
            graph,
            params,
        })
    }

    /// One update; without a step where the loss is no finite number.
    pub(super) fn update(&mut self, config: &FinderConfig, batch: &Batch, learning_rate: f32) -> CentreLoss {
        let pictures = batch.pixels.len() / config.side.pow(2);
        to_floats(&batch.pixels, self.executor.input(pictures));
        // The network draws nothing by chance.
        self.executor.train(&self.params, Noise { seed: 0, step: 0 });
        let (maps, slopes) = self.executor.output_and_gradient();
        let loss = centre_loss(maps, batch.targets(), config.weights(), slopes);
        if !loss.total().is_finite() {
            return loss;
        }
        self.executor.backward(&self.params, &mut self.grads);
        if let Some(most) = config.clip_norm {
            shorten(&mut self.grads, most);
        }
        self.optimizer.step(&mut self.params, &self.grads, learning_rate);
        self.executor.update_running_statistics(&mut self.params);
        if let Some(average) = &mut self.average {
            average.update(&self.params);
        }
        loss
    }

    /// The weights to evaluate and to keep: the average, where there is one.
    pub(super) fn weights(&self) -> Params {
        match &self.average {
            Some(average) => self.params.with_data(average.average().to_vec()),
            None => self.params.clone(),
        }
    }
}

/// Makes a gradient at most so long (Pascanu, Mikolov and Bengio, arXiv 1211.5063).
fn shorten(grads: &mut [f32], most: f32) {
    let norm = grads.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    if norm > f64::from(most) {
        let factor = (f64::from(most) / norm) as f32;
        grads.iter_mut().for_each(|g| *g *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_gradients_are_shortened_and_others_left() {
        let mut grads = [3.0, 0.0, -4.0];
        shorten(&mut grads, 10.0);
        assert_eq!(grads, [3.0, 0.0, -4.0]);
        shorten(&mut grads, 2.5);
        assert_eq!(grads, [1.5, 0.0, -2.0]);
    }
}
