//! The stages of a training, each with everything that holds in it.

use super::changes::Changes;
use super::train_config::TrainConfig;

impl TrainConfig {
    /// The stages of the training in their order, each with everything that holds in it and no [`then`](Self::then)
    /// of its own. The first has the same settings as the whole.
    pub fn stages(&self) -> Vec<Self> {
        let mut stage = Self { then: Vec::new(), ..self.clone() };
        let mut stages = vec![stage.clone()];
        for changes in &self.then {
            make(changes, &mut stage);
            stages.push(stage.clone());
        }
        stages
    }

    /// Makes these changes in every stage.
    pub fn change(&mut self, changes: &Changes) {
        make(changes, self);
        self.then.iter_mut().for_each(|stage| stage.leave(changes));
    }
}

/// Makes changes to one stage.
fn make(changes: &Changes, config: &mut TrainConfig) {
    if let Some(epochs) = changes.epochs {
        (config.epochs, config.num_iterations) = (epochs, None);
    }
    config.num_iterations = changes.num_iterations.or(config.num_iterations);
    set(&changes.batch_size, &mut config.batch_size);
    set(&changes.optimizer, &mut config.optimizer);
    set(&changes.learning_rate, &mut config.learning_rate);
    set(&changes.schedule, &mut config.schedule);
    set(&changes.label_smoothing, &mut config.label_smoothing);
    set(&changes.ema, &mut config.ema);
    set(&changes.augment, &mut config.augment);
    set(&changes.synthetic, &mut config.synthetic);
    set(&changes.outliers, &mut config.outliers);
    set(&changes.cutouts, &mut config.cutouts);
    set(&changes.early_stopping, &mut config.early_stopping);
}

/// Takes a value over another, if there is one.
fn set<T: Clone>(value: &Option<T>, field: &mut T) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_yaml;
    use inkdigit_nn::{OptimizerConfig, Schedule};

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
