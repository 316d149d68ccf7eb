//! What is kept of each evaluation, as an object a line and as CSV.

use serde::{Deserialize, Serialize};

use super::validation::Validation;

/// A stretch of a training with the evaluation at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// Updates made so far.
    pub step: usize,
    /// Seconds of training since the last evaluation, evaluations and checkpoints not counted.
    pub train_seconds: f64,
    /// Mean loss of the batches since then.
    pub train_loss: f64,
    /// Its part for the classes.
    pub train_heat_loss: f64,
    /// Its part for heights and widths.
    pub train_size_loss: f64,
    /// Its part for where middles lie.
    pub train_offset_loss: f64,
    /// The learning rate of the last update.
    pub learning_rate: f32,
    /// Pictures learned from in a second.
    pub pictures_per_second: f64,
    /// How well pictures drawn with digits held out were read, where there are any.
    pub validation: Option<Validation>,
}

/// The first line of `history.csv`.
const CSV_HEADER: &str = "step,train_seconds,train_loss,train_heat_loss,train_size_loss,train_offset_loss,\
learning_rate,pictures_per_second,validation_loss,right,wrong,missed,invented,score\n";

impl EvaluationRecord {
    /// The record as a line of `history.csv`.
    pub(super) fn csv_line(&self) -> String {
        let validation = self.validation.as_ref().map_or(",,,,,".to_string(), |validation| {
            let all = validation.all;
            let counts = [all.right, all.wrong, all.missed, all.invented].map(|count| count.to_string());
            format!("{},{},{}", validation.loss, counts.join(","), all.score())
        });
        let numbers = [
            self.train_seconds,
            self.train_loss,
            self.train_heat_loss,
            self.train_size_loss,
            self.train_offset_loss,
            f64::from(self.learning_rate),
            self.pictures_per_second,
        ]
        .map(|number| number.to_string());
        format!("{},{},{validation}\n", self.step, numbers.join(","))
    }

    /// The record as a line of `history.jsonl`.
    pub(super) fn json_line(&self) -> String {
        serde_json::to_string(self).expect("a record is plain data") + "\n"
    }
}

/// The whole of `history.csv` and of `history.jsonl`.
pub(super) fn files(history: &[EvaluationRecord]) -> (String, String) {
    let csv: String = history.iter().map(EvaluationRecord::csv_line).collect();
    (CSV_HEADER.to_string() + &csv, history.iter().map(EvaluationRecord::json_line).collect())
}
