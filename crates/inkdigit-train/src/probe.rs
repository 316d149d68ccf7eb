//! Which range of pixels a model wants, found out on labelled data: files often don't say.

use serde::Serialize;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::evaluate::{self, Score};
use inkdigit::model::{InputScale, Model};

/// How well a model reads when its pixels are in one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probe {
    /// The range.
    pub input_scale: InputScale,
    /// Accuracy and loss in it.
    #[serde(flatten)]
    pub score: Score,
}

/// How well a model reads in each of the usual ranges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probes {
    /// Images that were read in each.
    pub images: usize,
    /// An entry for each range.
    pub probes: Vec<Probe>,
    /// The range that fits: the smallest loss among those whose accuracy can't be told from the best one's. A
    /// network that is given too large numbers may read as well, but is far too sure of its mistakes.
    pub fits: InputScale,
}

/// Tries the usual ranges; `open` gives the model with pixels in one of them, as
/// [`Model::open_with`] with [`ScaleRule::Always`](inkdigit::model::ScaleRule::Always) does.
///
/// # Errors
/// [`Error::EmptyData`], and those of `open`.
pub fn input_scales(open: impl Fn(InputScale) -> inkdigit::Result<Model>, data: &Dataset) -> Result<Probes> {
    if data.is_empty() {
        return Err(Error::EmptyData { file: "the data to try the ranges on".into() });
    }
    let probe = |input_scale| {
        let model = open(input_scale)?;
        let (graph, params) = model.for_inference();
        Ok(Probe { input_scale, score: evaluate::score(graph, params, data, None) })
    };
    let probes = InputScale::USUAL.into_iter().map(probe).collect::<Result<Vec<_>>>()?;
    let fits = fitting(&probes, data.len());
    Ok(Probes { images: data.len(), probes, fits })
}

fn fitting(probes: &[Probe], images: usize) -> InputScale {
    let best = probes.iter().map(|probe| probe.score.accuracy).fold(0.0, f64::max);
    // One standard deviation of a share of so many.
    let noise = (best * (1.0 - best) / images as f64).sqrt();
    let close = probes.iter().filter(|probe| probe.score.accuracy >= best - noise);
    let least = close.min_by(|a, b| a.score.loss.total_cmp(&b.score.loss));
    least.map_or(InputScale::Unit, |probe| probe.input_scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fitting_range_is_accurate_first_and_unsure_of_mistakes_then() {
        let probe = |input_scale, accuracy, loss| Probe { input_scale, score: Score { accuracy, loss } };
        let [unit, bytes, standardized, _] = InputScale::USUAL;
        let probes = [probe(unit, 0.989, 0.04), probe(bytes, 0.9891, 0.9), probe(standardized, 0.1, 0.01)];
        assert_eq!(fitting(&probes, 10_000), unit, "0.01 % more is noise");
        let probes = [probe(unit, 0.9, 0.3), probe(bytes, 0.9891, 0.9)];
        assert_eq!(fitting(&probes, 10_000), bytes, "9 % aren't");
    }

    #[test]
    fn a_network_made_for_one_range_fits_it() {
        let data = crate::synth::dataset(200, 1);
        let probes = input_scales(|_| Ok(Model::default()), &data).unwrap();
        assert_eq!((probes.probes.len(), probes.images), (4, 200));
        assert!(
            probes
                .probes
                .iter()
                .all(|probe| probe.score == probes.probes[0].score && probe.score.accuracy > 0.9)
        );
        assert!(matches!(
            input_scales(|_| Ok(Model::default()), &Dataset::default()),
            Err(Error::EmptyData { .. })
        ));
    }
}
