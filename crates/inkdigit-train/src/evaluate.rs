//! How well a model reads a data set.

use inkdigit_nn::{Graph, Params};
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::error::{Error, Result};
use inkdigit::CLASSES;
use inkdigit::model::{self, Model};

mod appraisal;
mod gradients;
mod label_errors;
mod reading;
mod reliability;

pub use appraisal::{Appraisal, appraise};
pub use gradients::loss_gradients;
pub use label_errors::{LabelError, label_errors};
pub use reading::{Reading, confident_mistakes, readings, unsure_hits};
pub use reliability::{BINS, Bin, Reliability, reliability};

/// Accuracy and loss alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The share that was read right.
    pub accuracy: f64,
    /// Mean cross-entropy in nats.
    pub loss: f64,
}

impl Score {
    /// Whether it is the better of two: by accuracy, then by loss.
    pub fn is_better_than(&self, other: &Self) -> bool {
        self.accuracy > other.accuracy || self.accuracy == other.accuracy && self.loss < other.loss
    }
}

/// How well a model reads a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Images that were read.
    pub images: usize,
    /// The share that was read right.
    pub accuracy: f64,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// One entry for each digit.
    pub per_digit: [DigitScore; CLASSES],
    /// `confusion[label][read]`: how many images of each digit were taken for which.
    pub confusion: [[usize; CLASSES]; CLASSES],
}

/// How well one digit is read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DigitScore {
    /// The digit.
    pub digit: u8,
    /// The share of the images taken for it that were it; `None` if no image was taken for it.
    pub precision: Option<f64>,
    /// The share of its images that were taken for it; `None` if it has no images.
    pub recall: Option<f64>,
    /// How many images of it there are.
    pub support: usize,
}

/// Evaluates a model.
///
/// ```
/// use inkdigit_train::{evaluate, synth};
///
/// let evaluation = evaluate(&inkdigit::Model::default(), &synth::dataset(200, 1))?;
/// assert!(evaluation.accuracy > 0.9);
/// println!("threes taken for eights: {}", evaluation.confusion[3][8]);
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
///
/// # Errors
/// [`Error::EmptyData`].
pub fn evaluate(model: &Model, data: &Dataset) -> Result<Evaluation> {
    evaluation(&probabilities(model, data), data.labels())
}

/// An evaluation from probabilities that have been computed already.
///
/// # Shapes
/// - `probabilities`: `[N, 10]`
/// - `labels`: `[N]`, 0 to 9
///
/// # Errors
/// [`Error::EmptyData`].
///
/// # Panics
/// If the lengths don't fit, or a label is above 9.
pub fn evaluation(probabilities: &[f32], labels: &[u8]) -> Result<Evaluation> {
    assert_eq!(probabilities.len(), labels.len() * CLASSES, "a row for each label");
    if labels.is_empty() {
        return Err(Error::EmptyData { file: "the data to evaluate on".into() });
    }
    let mut confusion = [[0; CLASSES]; CLASSES];
    let mut loss = 0.0;
    for (row, &label) in probabilities.chunks_exact(CLASSES).zip(labels) {
        confusion[label as usize][inkdigit_nn::argmax(row)] += 1;
        // No surer than float32 can say: a probability of 0 counts as its smallest normal number.
        loss -= (row[label as usize].max(f32::MIN_POSITIVE) as f64).ln();
    }
    let right: usize = (0..CLASSES).map(|digit| confusion[digit][digit]).sum();
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let per_digit = std::array::from_fn(|digit| {
        let support = confusion[digit].iter().sum();
        let taken = confusion.iter().map(|row| row[digit]).sum();
        let right = confusion[digit][digit];
        DigitScore {
            digit: digit as u8,
            precision: share(right, taken),
            recall: share(right, support),
            support,
        }
    });
    let images = labels.len();
    let accuracy = right as f64 / images as f64;
    Ok(Evaluation { images, accuracy, loss: loss / images as f64, per_digit, confusion })
}

/// What a model takes each image of a data set for.
///
/// # Shapes
/// Returns `[N, 10]`; each row adds up to 1.
pub fn probabilities(model: &Model, data: &Dataset) -> Vec<f32> {
    model.probabilities(data.images())
}

/// Accuracy and loss of a network on some images of a data set, or on all.
pub(crate) fn score(graph: &Graph, params: &Params, data: &Dataset, images: Option<&[usize]>) -> Score {
    let (logits, labels) = match images {
        Some(images) => {
            let logits = model::logits(graph, params, images.iter().map(|&index| data.image(index)));
            (logits, images.iter().map(|&index| data.labels()[index]).collect())
        }
        None => {
            let logits = model::logits(graph, params, (0..data.len()).map(|index| data.image(index)));
            (logits, data.labels().to_vec())
        }
    };
    let mut unused = vec![0.0; logits.len()];
    let loss = inkdigit_nn::cross_entropy(&logits, &labels, CLASSES, 0.0, &mut unused);
    Score { accuracy: loss.correct as f64 / labels.len().max(1) as f64, loss: loss.mean as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certain(digit: usize) -> [f32; CLASSES] {
        std::array::from_fn(|i| if i == digit { 1.0 } else { 0.0 })
    }

    #[test]
    fn scores_count_what_was_taken_for_what() {
        let answers = [certain(0), certain(0), certain(1), certain(2)].concat();
        let evaluation = evaluation(&answers, &[0, 1, 1, 2]).unwrap();
        assert_eq!((evaluation.images, evaluation.accuracy), (4, 0.75));
        assert_eq!(evaluation.confusion[1], [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let [zero, one, ..] = evaluation.per_digit;
        assert_eq!((zero.precision, zero.recall, zero.support), (Some(0.5), Some(1.0), 1));
        assert_eq!((one.precision, one.recall, one.support), (Some(1.0), Some(0.5), 2));
        let nine = evaluation.per_digit[9];
        assert_eq!((nine.precision, nine.recall, nine.support), (None, None, 0));
        assert!(evaluation.loss.is_finite() && evaluation.loss > 10.0);
    }

    #[test]
    fn nothing_to_evaluate_is_an_error() {
        assert!(matches!(evaluation(&[], &[]), Err(Error::EmptyData { .. })));
    }
}
