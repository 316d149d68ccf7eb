//! Trainings in several stages: each later one as what it does otherwise than the one before.

use inkdigit_nn::{OptimizerConfig, Schedule};
use serde::{Deserialize, Deserializer, Serialize};

use super::TrainConfig;
use crate::augment::Augment;
use crate::names;

/// What a stage of a training does otherwise than the one before; what isn't given stays as it was there. The
/// fields are those of [`TrainConfig`] that may differ between stages.
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

/// Takes a value over another, if there is one.
fn set<T: Clone>(value: &Option<T>, field: &mut T) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

impl Changes {
    /// Makes these changes to one stage.
    fn make(&self, config: &mut TrainConfig) {
        if let Some(epochs) = self.epochs {
            (config.epochs, config.num_iterations) = (epochs, None);
        }
        config.num_iterations = self.num_iterations.or(config.num_iterations);
        set(&self.batch_size, &mut config.batch_size);
        set(&self.optimizer, &mut config.optimizer);
        set(&self.learning_rate, &mut config.learning_rate);
        set(&self.schedule, &mut config.schedule);
        set(&self.label_smoothing, &mut config.label_smoothing);
        set(&self.ema, &mut config.ema);
        set(&self.augment, &mut config.augment);
        set(&self.synthetic, &mut config.synthetic);
        set(&self.outliers, &mut config.outliers);
        set(&self.early_stopping, &mut config.early_stopping);
    }

    /// Leaves out what `others` decide: a stage then has it from the one before.
    fn leave(&mut self, others: &Self) {
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
        leave(&mut self.early_stopping, &others.early_stopping);
    }
}

impl TrainConfig {
    /// The stages of the training in their order, each with everything that holds in it and no [`then`](Self::then)
    /// of its own. The first has the same settings as the whole.
    pub fn stages(&self) -> Vec<Self> {
        let mut stage = Self { then: Vec::new(), ..self.clone() };
        let mut stages = vec![stage.clone()];
        for changes in &self.then {
            changes.make(&mut stage);
            stages.push(stage.clone());
        }
        stages
    }

    /// Makes these changes in every stage.
    pub fn change(&mut self, changes: &Changes) {
        changes.make(self);
        self.then.iter_mut().for_each(|stage| stage.leave(changes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_yaml;

    const STAGES: &str = "
num_iterations: 7
optimizer: adam
ema: 0.9
augment: {shift: 2, rotation: 5}
then:
- {epochs: 2, learning_rate: 0.5, schedule: cosine, augment: {shift: 1}}
- {ema: null, optimizer: {sgd: {momentum: 0.5}}, batch_size: 7}
";

    #[test]
    fn a_stage_goes_by_what_it_says_and_by_the_one_before() {
        let config = parse_yaml(STAGES, "x.yml").unwrap();
        let [first, second, third] = &config.stages()[..] else { panic!("three stages") };
        assert_eq!(*first, TrainConfig { then: vec![], ..config.clone() });
        assert_eq!((second.epochs, second.num_iterations, second.ema), (2.0, None, Some(0.9)));
        assert_eq!((second.augment.shift, second.augment.rotation), (1.0, 0.0));
        assert_eq!((second.optimizer, second.batch_size), (first.optimizer, first.batch_size));
        assert!(matches!(third.schedule, Schedule::Cosine { .. }) && third.learning_rate == 0.5);
        assert!(matches!(third.optimizer, OptimizerConfig::Sgd { momentum: 0.5, .. }));
        assert_eq!((third.ema, third.batch_size, third.augment), (None, 7, second.augment));
        assert_eq!(parse_yaml(&config.to_yaml(), "again").unwrap(), config, "{}", config.to_yaml());
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), config, "{json}");
    }

    #[test]
    fn what_is_changed_is_changed_in_every_stage() {
        let mut config = parse_yaml(STAGES, "x.yml").unwrap();
        config.change(&Changes { num_iterations: Some(3), ema: Some(Some(0.5)), ..Changes::default() });
        for stage in config.stages() {
            assert_eq!((stage.num_iterations, stage.ema), (Some(3), Some(0.5)));
        }
        config.change(&Changes { epochs: Some(1.5), batch_size: Some(9), ..Changes::default() });
        for stage in config.stages() {
            assert_eq!((stage.num_iterations, stage.epochs, stage.batch_size), (None, 1.5, 9));
        }
        assert_eq!(config.stages()[1].learning_rate, 0.5, "what wasn't spoken of stays");
    }

    #[test]
    fn mistakes_name_the_stage() {
        let cases = [
            ("then:\n- {seed: 3}", "x.yml, line 2: unknown key `seed`"),
            ("then:\n- epochs: 1\n- batch_size: 0", "x.yml: stage 3: batch_size is 0, expected at least 1"),
            ("validation: 0\nthen: [{early_stopping: 2}]", "x.yml: stage 2: validation is 0"),
        ];
        for (text, expected) in cases {
            let error = inkdigit::error::with_causes(&parse_yaml(text, "x.yml").unwrap_err());
            assert!(error.contains(expected), "{text:?}\n  expected {expected}\n  found    {error}");
        }
    }
}
