//! All that there is to say of a model on a data set: how well it reads, how far its probabilities can be
//! relied on, where it errs, and which labels may be wrong.

use serde::{Deserialize, Serialize};

use super::{
    BINS, Evaluation, LabelError, Reading, Reliability, confident_mistakes, evaluation, label_errors,
    probabilities, readings, reliability, unsure_hits,
};
use crate::data::Dataset;
use crate::error::Result;
use inkdigit::model::Model;

/// What a model makes of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appraisal {
    /// How well it reads.
    pub evaluation: Evaluation,
    /// How far its probabilities can be relied on.
    pub reliability: Reliability,
    /// Wrong readings, the surest first.
    pub mistakes: Vec<Reading>,
    /// Right readings, the least sure first.
    pub unsure_hits: Vec<Reading>,
    /// Labels that may be wrong, the most suspect first; all of them.
    #[serde(rename = "suspects")]
    pub label_errors: Vec<LabelError>,
}

/// Appraises a model on images that it didn't learn from, with at most `most` mistakes and unsure hits.
///
/// # Errors
/// [`Error::EmptyData`](crate::Error::EmptyData).
pub fn appraise(model: &Model, data: &Dataset, most: usize) -> Result<Appraisal> {
    let probabilities = probabilities(model, data);
    let evaluation = evaluation(&probabilities, data.labels())?;
    let readings = readings(&probabilities, data.labels());
    Ok(Appraisal {
        evaluation,
        reliability: reliability(&readings, BINS),
        mistakes: confident_mistakes(&readings, most),
        unsure_hits: unsure_hits(&readings, most),
        label_errors: label_errors(&probabilities, data.labels()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth;

    #[test]
    fn an_appraisal_agrees_with_itself() {
        let data = synth::dataset(200, 3);
        let found = appraise(&Model::default(), &data, 1000).unwrap();
        let wrong = ((1.0 - found.evaluation.accuracy) * 200.0).round() as usize;
        assert_eq!((found.mistakes.len(), found.unsure_hits.len()), (wrong, 200 - wrong));
        assert!(found.mistakes.iter().all(|reading| reading.label == data.labels()[reading.index]));
        assert_eq!(found.reliability.bins.iter().map(|bin| bin.images).sum::<usize>(), 200);
        assert_eq!(appraise(&Model::default(), &data, 3).unwrap().unsure_hits, found.unsure_hits[..3]);
    }
}
