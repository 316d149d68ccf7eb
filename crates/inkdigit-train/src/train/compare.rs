//! Runs side by side: what each came to, and where their configurations differ.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::run::{Gap, Run};
use crate::config::TrainConfig;
use inkdigit::inspect;

/// Runs side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What each came to, in their order.
    pub runs: Vec<Summary>,
    /// The keys of the configuration whose values aren't the same in all of them.
    pub differences: Vec<Difference>,
}

/// What a run came to. `None` is what isn't known.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// What it is called; of runs called the same, each by its folder.
    pub name: String,
    /// Its folder.
    pub dir: Option<PathBuf>,
    /// Its network.
    pub network: Option<String>,
    /// Numbers that it learns.
    pub parameters: Option<usize>,
    /// Epochs that have ended.
    pub epochs: usize,
    /// The epoch that was best on the validation images.
    pub best_epoch: Option<usize>,
    /// The share of the validation images read right after that epoch.
    pub validation_accuracy: Option<f64>,
    /// The mean loss on them then.
    pub validation_loss: Option<f64>,
    /// The share of the test images that the result reads right, where that was measured.
    pub test_accuracy: Option<f64>,
    /// The share of the training images read right in the last epoch, while the network was learning.
    pub train_accuracy: Option<f64>,
    /// The mean loss on them.
    pub train_loss: Option<f64>,
    /// Seconds of training in all.
    pub train_seconds: f64,
    /// Images trained on in a second, the median over the epochs.
    pub images_per_second: Option<f64>,
    /// What is missing of the run, and why.
    pub gaps: Vec<Gap>,
}

/// A key of the configuration with its value in each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The key, as in `augment.shift`.
    pub key: String,
    /// Its values in the order of the runs; none where it isn't set, or nothing is known of the configuration.
    pub values: Vec<Option<String>>,
}

/// Puts runs side by side.
pub fn compare(runs: &[Run]) -> Comparison {
    let configs: Vec<_> = runs.iter().map(|run| run.config.as_ref()).collect();
    Comparison {
        runs: runs.iter().map(|run| summary(run, runs)).collect(),
        differences: differences(&configs),
    }
}

fn summary(run: &Run, all: &[Run]) -> Summary {
    let (best, last) = (run.best(), run.history.last());
    let alone = all.iter().filter(|other| other.name == run.name).count() < 2;
    let by_folder = || run.dir.as_ref().map(|dir| dir.display().to_string());
    let own = if alone { None } else { by_folder() };
    let best_test = || best.or(last).and_then(|record| record.test_accuracy);
    let measured = run.model.as_ref().and_then(|model| model.metadata.test_accuracy);
    let mut speeds: Vec<f64> = run.history.iter().map(|record| record.images_per_second).collect();
    speeds.sort_by(f64::total_cmp);
    Summary {
        name: own.unwrap_or_else(|| run.name.clone()),
        dir: run.dir.clone(),
        network: run.config.as_ref().map(|config| config.network.to_string()),
        parameters: run.model.as_ref().map(|model| inspect::parameters(model.graph())),
        epochs: run.history.len(),
        best_epoch: best.map(|record| record.epoch),
        validation_accuracy: best.and_then(|record| record.validation_accuracy),
        validation_loss: best.and_then(|record| record.validation_loss),
        test_accuracy: measured.or_else(best_test),
        train_accuracy: last.map(|record| record.train_accuracy),
        train_loss: last.map(|record| record.train_loss),
        train_seconds: run.train_seconds(),
        images_per_second: speeds.get(speeds.len() / 2).copied(),
        gaps: run.gaps.clone(),
    }
}

/// The keys whose values differ among those configurations that are known.
fn differences(configs: &[Option<&TrainConfig>]) -> Vec<Difference> {
    let flat: Vec<Option<BTreeMap<String, String>>> =
        configs.iter().map(|config| config.map(flattened)).collect();
    let known = || flat.iter().flatten();
    let mut keys: Vec<&String> = known().flat_map(BTreeMap::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs = |key: &&String| {
        let mut values = known().map(|config| config.get(*key));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let values = |key: &String| flat.iter().map(|config| config.as_ref()?.get(key).cloned()).collect();
    keys.into_iter().filter(differs).map(|key| Difference { key: key.clone(), values: values(key) }).collect()
}

/// Each value by the path to it; lists are values, but for that of the stages.
fn flattened(config: &TrainConfig) -> BTreeMap<String, String> {
    fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match value {
            Value::Null => {}
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, into);
            }),
            Value::Array(stages) if path == "then" => stages.iter().enumerate().for_each(|(place, stage)| {
                flatten(&format!("{path}[{place}]"), stage, into);
            }),
            Value::String(text) => drop(into.insert(path.into(), text.clone())),
            // The configuration's fractions are float32, and should look it.
            Value::Number(number) if number.is_f64() => {
                drop(into.insert(path.into(), (number.as_f64().unwrap_or_default() as f32).to_string()));
            }
            other => drop(into.insert(path.into(), other.to_string())),
        }
    }
    let mut flat = BTreeMap::new();
    flatten("", &serde_json::to_value(config).expect("a configuration is plain data"), &mut flat);
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::EpochRecord;
    use inkdigit::Model;

    fn run(yaml: &str) -> Run {
        let mut run = Run::of_model("run", Model::default());
        run.config = Some(crate::config::parse_yaml(yaml, "test").unwrap());
        run
    }

    #[test]
    fn what_is_the_same_is_no_difference() {
        let runs = [
            run("epochs: 3\nschedule: constant\n"),
            run("epochs: 3\nlearning_rate: 0.1\nschedule: cosine\n"),
        ];
        let found = compare(&runs).differences;
        let rate = found.iter().find(|difference| difference.key == "learning_rate").unwrap();
        assert_eq!(rate.values, [Some("0.002".to_string()), Some("0.1".to_string())]);
        assert!(found.iter().any(|difference| difference.key == "schedule.cosine.floor" && difference.values[0].is_none()));
        assert!(
            found.iter().all(|difference| difference.key != "epochs" && difference.key != "seed"),
            "{found:?}"
        );
    }

    #[test]
    fn stages_are_compared_setting_by_setting() {
        let found =
            compare(&[run("then: [{epochs: 2, ema: 0.9}]"), run("then: [{epochs: 3, ema: 0.9}, {}]")]);
        let keys: Vec<_> = found.differences.iter().map(|difference| &difference.key[..]).collect();
        assert_eq!(keys, ["then[0].epochs"]);
    }

    #[test]
    fn a_run_without_configuration_differs_in_nothing() {
        let mut unknown = run("");
        unknown.config = None;
        let found = compare(&[run("epochs: 1\n"), unknown]);
        assert_eq!((found.differences, found.runs[1].network.as_ref()), (vec![], None));
    }

    #[test]
    fn summaries_are_of_the_best_epoch_and_name_each_run() {
        let record = |epoch, accuracy: f64, speed: f64| EpochRecord {
            epoch,
            train_seconds: 2.0,
            train_loss: 1.0 / epoch as f64,
            train_accuracy: 0.5,
            validation_loss: Some(0.1),
            validation_accuracy: Some(accuracy),
            learning_rate: 0.1,
            images_per_second: speed,
            test_accuracy: Some(accuracy / 2.0),
            stage: None,
        };
        let mut first = run("");
        first.history = vec![record(1, 0.8, 10.0), record(2, 0.9, 30.0), record(3, 0.7, 20.0)];
        first.dir = Some("a/run".into());
        first.model = None;
        let second = Run { dir: Some("b/run".into()), ..first.clone() };
        let found = compare(&[first, second]).runs;
        assert_eq!((found[0].name.as_str(), found[1].name.as_str()), ("a/run", "b/run"));
        let Summary {
            best_epoch, validation_accuracy, test_accuracy, images_per_second, train_seconds, ..
        } = found[0];
        assert_eq!((best_epoch, validation_accuracy, test_accuracy), (Some(2), Some(0.9), Some(0.45)));
        assert_eq!((images_per_second, train_seconds), (Some(20.0), 6.0));
    }
}
