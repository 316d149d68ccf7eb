//! Gradient times input: what the slope of a score says of each pixel.

use inkdigit_image::{DigitImage, IMAGE_PIXELS};
use inkdigit_nn::exec::Noise;
use inkdigit_nn::{Executor, Graph, Params, freeze};

use super::{HeatMap, Score, others};
use crate::model::Model;

/// Gradient times input: the slope of the digit's score at each pixel, times the pixel (0 ground to 255 ink).
/// On ground it is 0: there is no ink to speak for anything.
///
/// # Panics
/// If `digit` isn't from 0 to 9.
pub fn gradient_times_input(model: &Model, image: &DigitImage, digit: u8, score: Score) -> HeatMap {
    let pixels = image.to_floats();
    let slopes = Slopes::new(model).at(&pixels, digit, score);
    let mut map = [0.0; IMAGE_PIXELS];
    for ((product, slope), pixel) in map.iter_mut().zip(slopes).zip(pixels) {
        *product = slope * pixel;
    }
    map
}

/// Computes gradients of scores.
pub(super) struct Slopes {
    graph: Graph,
    params: Params,
    temperature: f32,
}

impl Slopes {
    pub(super) fn new(model: &Model) -> Self {
        let (graph, params) = freeze::frozen(model.graph(), model.params());
        Self { graph, params, temperature: model.metadata.temperature }
    }

    /// The gradient of a digit's score by the pixels.
    pub(super) fn at(&self, pixels: &[f32; IMAGE_PIXELS], digit: u8, score: Score) -> Vec<f32> {
        let mut executor = Executor::tracing(&self.graph);
        executor.input(1).copy_from_slice(pixels);
        executor.train(&self.params, Noise { seed: 0, step: 0 });
        let (logits, dlogits) = executor.output_and_gradient();
        dlogits.copy_from_slice(&score.gradient(logits, digit.into(), self.temperature));
        executor.backward(&self.params, &mut vec![0.0; self.params.data().len()]);
        executor.input_gradient().into_data()
    }

    /// The digit's score for pixels between levels.
    #[cfg(test)]
    pub(super) fn score(&self, pixels: &[f32; IMAGE_PIXELS], digit: u8, score: Score) -> f32 {
        let logits = inkdigit_nn::exec::infer(&self.graph, &self.params, pixels).unwrap();
        score.of(&logits, digit.into(), self.temperature)
    }
}

impl Score {
    /// How the score changes with each logit.
    fn gradient(self, logits: &[f32], digit: usize, temperature: f32) -> Vec<f32> {
        let mut gradient = vec![0.0; logits.len()];
        match self {
            Self::Logit => gradient[digit] = 1.0,
            Self::LogOdds => {
                let (others, largest) = others(logits, digit, temperature);
                let exps: Vec<f32> = others.iter().map(|other| (other - largest).exp()).collect();
                let sum: f32 = exps.iter().sum();
                // `others` has no place for the digit itself.
                let places = (0..logits.len()).filter(|place| *place != digit);
                places.zip(exps).for_each(|(place, exp)| gradient[place] = -exp / sum / temperature);
                gradient[digit] = 1.0 / temperature;
            }
        }
        gradient
    }
}
