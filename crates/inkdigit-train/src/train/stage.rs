//! What a stage of a training has to itself.

use std::borrow::Cow;

use inkdigit_nn::{Ema, Optimizer, Params};

use super::batches::Batches;
use super::plan::StagePlan;
use crate::config::TrainConfig;
use crate::data::Dataset;

/// The stage under way.
pub(super) struct Stage<'a> {
    /// What holds in it.
    pub(super) config: TrainConfig,
    pub(super) plan: StagePlan,
    pub(super) batches: Batches<'a>,
    pub(super) optimizer: Optimizer,
    pub(super) average: Option<Ema>,
    /// The numbers that were best on the validation images.
    pub(super) best: Option<Vec<f32>>,
}

impl<'a> Stage<'a> {
    /// A stage before its first update, on these images of a training set.
    pub(super) fn begin(config: TrainConfig, data: &'a Dataset, images: Vec<usize>, params: &Params) -> Self {
        Self {
            plan: StagePlan::of(&config, images.len()),
            batches: Batches::new(data, images, &config),
            optimizer: Optimizer::new(config.optimizer, params),
            average: config.ema.map(|decay| Ema::new(decay, params)),
            best: None,
            config,
        }
    }

    /// The weights to evaluate and to keep: the average, where there is one.
    pub(super) fn weights<'p>(&self, params: &'p Params) -> Cow<'p, Params> {
        match &self.average {
            Some(average) => Cow::Owned(params.with_data(average.average().to_vec())),
            None => Cow::Borrowed(params),
        }
    }

    /// The weights to go on from and to end with: those of the best epoch, where they were kept.
    pub(super) fn chosen<'p>(&self, params: &'p Params) -> Cow<'p, Params> {
        match &self.best {
            Some(best) => Cow::Owned(params.with_data(best.clone())),
            None => self.weights(params),
        }
    }
}
