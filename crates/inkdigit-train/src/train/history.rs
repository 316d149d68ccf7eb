//! What is kept of each epoch, as an object a line and as CSV.

use serde::{Deserialize, Serialize};

use crate::evaluate::Score;

/// An epoch that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Which one, from 1. The last one may be shorter than the others.
    pub epoch: usize,
    /// Seconds of training, evaluations and checkpoints not counted.
    pub train_seconds: f64,
    /// Mean loss over the epoch, while the network was learning.
    pub train_loss: f64,
    /// Share of the images that were read right while the network was learning.
    pub train_accuracy: f64,
    /// Mean loss on the validation images, where there are any.
    pub validation_loss: Option<f64>,
    /// Share of the validation images that were read right.
    pub validation_accuracy: Option<f64>,
    /// The learning rate of the last update.
    pub learning_rate: f32,
    /// Images trained on in a second.
    pub images_per_second: f64,
    /// Share of the test images that were read right, where the configuration asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f64>,
    /// The stage it belongs to, from 1, where the training has several. Epochs are counted through all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<usize>,
}

/// The first line of `history.csv`, where the training has one stage or several.
fn csv_header(has_stages: bool) -> String {
    let stage = if has_stages { ",stage" } else { "" };
    format!(
        "epoch,train_seconds,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,\
         images_per_second,test_accuracy{stage}\n"
    )
}

/// The whole of `history.csv` and of `history.jsonl`.
pub(super) fn files(has_stages: bool, history: &[EpochRecord]) -> (String, String) {
    let csv: String = history.iter().map(EpochRecord::csv_line).collect();
    (csv_header(has_stages) + &csv, history.iter().map(EpochRecord::json_line).collect())
}

/// The epoch of the last stage that was best on the validation images, by accuracy, then by loss: the one whose
/// weights a training keeps.
pub(super) fn best(history: &[EpochRecord]) -> Option<&EpochRecord> {
    let stage = history.last()?.stage;
    let of_stage = history.iter().filter(|record| record.stage == stage);
    let scored = of_stage.filter_map(|record| Some((record, record.validation()?)));
    let best = scored.reduce(|best, next| if next.1.is_better_than(&best.1) { next } else { best });
    best.map(|(record, _)| record)
}

impl EpochRecord {
    /// How well the validation images were read, where there are any.
    fn validation(&self) -> Option<Score> {
        Some(Score { accuracy: self.validation_accuracy?, loss: self.validation_loss? })
    }

    /// The record as a line of `history.csv`.
    pub(super) fn csv_line(&self) -> String {
        let or_nothing = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        format!(
            "{},{},{},{},{},{},{},{},{}{}\n",
            self.epoch,
            self.train_seconds,
            self.train_loss,
            self.train_accuracy,
            or_nothing(self.validation_loss),
            or_nothing(self.validation_accuracy),
            self.learning_rate,
            self.images_per_second,
            or_nothing(self.test_accuracy),
            self.stage.map(|stage| format!(",{stage}")).unwrap_or_default(),
        )
    }

    /// The record as a line of `history.jsonl`.
    pub(super) fn json_line(&self) -> String {
        serde_json::to_string(self).expect("a record is plain data") + "\n"
    }
}
