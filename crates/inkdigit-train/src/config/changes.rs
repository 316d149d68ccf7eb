//! Trainings in several stages: each later one as what it does otherwise than the one before.

use inkdigit_nn::{OptimizerConfig, Schedule};
use serde::{Deserialize, Deserializer, Serialize};

use crate::augment::Augment;
use crate::names;

/// What a stage of a training does otherwise than the one before; what isn't given stays as it was there. The
/// fields are those of [`TrainConfig`](super::TrainConfig) that may differ between stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Changes {
    /// Passes over the training images, in place of a number of iterations too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// Batches to train on, in place of a number of epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_iterations: Option<usize>,
    /// Images of one batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    /// The optimizer.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<OptimizerConfig>,
    /// The optimizer's step size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f32>,
    /// How the learning rate moves over this stage.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The share of each label that is spread over all digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f32>,
    /// The decay of the weights' average; `Some(None)`, or `null` in a file, for no average.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ema: Option<Option<f32>>,
    /// Random changes of the training images: all of them, those that aren't named are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augment: Option<Augment>,
    /// Synthetic digits beside the images of each batch, as a share of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthetic: Option<f32>,
    /// Pictures of no digit beside the images of each batch, as a share of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outliers: Option<f32>,
    /// Digits cut out of drawn scenes beside the images of each batch, as a share of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutouts: Option<f32>,
    /// Epochs of this stage without improvement after which it ends early; `Some(None)`, or `null` in a file, for
    /// no such end.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<Option<usize>>,
}

fn named<'de, T: serde::de::DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    names::named(from).map(Some)
}

/// What stands there, `null` too.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Changes {
    /// Leaves out what `others` decide: a stage then has it from the one before.
    pub(super) fn leave(&mut self, others: &Self) {
        fn leave<T>(field: &mut Option<T>, other: &Option<T>) {
            if other.is_some() {
                *field = None;
            }
        }
        if others.epochs.is_some() || others.num_iterations.is_some() {
            (self.epochs, self.num_iterations) = (None, None);
        }
        leave(&mut self.batch_size, &others.batch_size);
        leave(&mut self.optimizer, &others.optimizer);
        leave(&mut self.learning_rate, &others.learning_rate);
        leave(&mut self.schedule, &others.schedule);
        leave(&mut self.label_smoothing, &others.label_smoothing);
        leave(&mut self.ema, &others.ema);
        leave(&mut self.augment, &others.augment);
        leave(&mut self.synthetic, &others.synthetic);
        leave(&mut self.outliers, &others.outliers);
        leave(&mut self.cutouts, &others.cutouts);
        leave(&mut self.early_stopping, &others.early_stopping);
    }
}
