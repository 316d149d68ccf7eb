//! What a checkpoint of a finder's training holds.

use inkdigit_nn::Ema;
use serde::{Deserialize, Serialize};

use super::EvaluationRecord;
use super::learner::Learner;
use crate::config::FinderConfig;
use crate::error::{Error, Result};
use crate::tensor_file::{self, TensorFile};
use crate::train::DataStamp;

/// How far a training has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Updates made.
    pub(super) step: usize,
    /// The sums since the last evaluation.
    pub(super) since: Sums,
    /// The evaluation whose weights are best so far, as its place in the history.
    pub(super) best: Option<usize>,
    pub(super) history: Vec<EvaluationRecord>,
}

/// Sums over updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) updates: usize,
    pub(super) seconds: f64,
    pub(super) heat: f64,
    pub(super) size: f64,
    pub(super) offset: f64,
}

/// The file's document, as written and as read.
#[derive(Serialize, Deserialize)]
pub(super) struct Document<C, N, D, P> {
    pub(super) config: C,
    pub(super) name: N,
    pub(super) data: D,
    pub(super) progress: P,
    optimizer_steps: u64,
    average_steps: u64,
    has_best: bool,
}

pub(super) type OwnedDocument = Document<FinderConfig, String, DataStamp, Progress>;

const MOMENTS: [&str; 2] = ["first_moment", "second_moment"];

/// What is to be written.
pub(super) struct Checkpoint<'a> {
    pub(super) config: &'a FinderConfig,
    pub(super) name: &'a str,
    pub(super) data: &'a DataStamp,
    pub(super) progress: &'a Progress,
    pub(super) learner: &'a Learner,
    pub(super) best: Option<&'a [f32]>,
}

impl Checkpoint<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Learner { params, optimizer, average, .. } = self.learner;
        let document = Document {
            config: self.config,
            name: self.name,
            data: self.data,
            progress: self.progress,
            optimizer_steps: optimizer.steps(),
            average_steps: average.as_ref().map_or(0, Ema::steps),
            has_best: self.best.is_some(),
        };
        let mut groups = vec![("params", params.data())];
        let moments = MOMENTS.into_iter().zip(optimizer.moments());
        groups.extend(moments.filter(|(_, moment)| !moment.is_empty()));
        groups.extend(average.as_ref().map(|average| ("average", average.average())));
        groups.extend(self.best.map(|best| ("best", best)));
        tensor_file::write(&document, params, &groups)
    }
}

/// Reads a checkpoint's file.
pub(super) fn read<'a>(bytes: &[u8], file: &'a str) -> Result<TensorFile<'a, OwnedDocument>> {
    let read = TensorFile::<OwnedDocument>::read(bytes, file)?;
    let Progress { step, since, best, history } = &read.document.progress;
    let steps = read.document.config.steps();
    if *step > steps || since.updates > *step || best.is_some_and(|best| best >= history.len()) {
        let cause = "its progress contradicts itself".into();
        return Err(Error::NotACheckpoint { file: file.into(), cause });
    }
    Ok(read)
}

/// Puts a checkpoint's numbers where a training made from its configuration has them; gives the best ones.
pub(super) fn restore(
    file: &TensorFile<'_, OwnedDocument>,
    learner: &mut Learner,
) -> Result<Option<Vec<f32>>> {
    let document = &file.document;
    let graph = &learner.graph;
    let group = |name: &str| Ok::<_, Error>(file.params(graph, name)?.data().to_vec());
    let [first, second] = learner.optimizer.moments().map(|moment| !moment.is_empty());
    let moment = |wanted: bool, name| if wanted { group(name) } else { Ok(Vec::new()) };
    let moments = [moment(first, MOMENTS[0])?, moment(second, MOMENTS[1])?];
    let average = match document.config.ema {
        Some(decay) => Some(Ema::resume(decay, group("average")?, document.average_steps)),
        None => None,
    };
    let best = document.has_best.then(|| group("best")).transpose()?;
    learner.params = file.params(graph, "params")?;
    learner.optimizer.resume(moments, document.optimizer_steps);
    learner.average = average;
    Ok(best)
}
