//! What a checkpoint holds: all numbers that a training carries from one update to the next.

use std::fmt;

use inkdigit::error::with_causes;
use inkdigit_nn::{Ema, Graph, Params};
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::stage::Stage;
use super::started::Started;
use crate::config::{self, Node, TrainConfig};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::tensor_file::{self, TensorFile};

/// What tells one training set from another: its size, and a hash of its labels and some of its pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataStamp {
    images: usize,
    hash: u64,
}

impl DataStamp {
    pub(crate) fn of(data: &Dataset) -> Self {
        // FNV-1a; one pixel of each hundred or so keeps it under a millisecond.
        let bytes = data.labels().iter().chain(data.images().iter().step_by(101));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { images: data.len(), hash }
    }
}

impl fmt::Display for DataStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} images ({:016x})", self.images, self.hash)
    }
}

/// The file's document, as written and as read.
#[derive(Serialize, Deserialize)]
pub(super) struct Document<C, N, D, P, S> {
    pub(super) config: C,
    pub(super) name: N,
    pub(super) data: D,
    pub(super) progress: P,
    /// The network that it began with, where that came from a model: its file may be gone by now.
    pub(super) started: Option<S>,
    optimizer_steps: u64,
    average_steps: u64,
    has_best: bool,
}

type OwnedDocument = Document<Node, String, DataStamp, Progress, Started>;

/// What is to be written.
pub(super) struct Checkpoint<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) name: &'a str,
    pub(super) data: &'a DataStamp,
    pub(super) progress: &'a Progress,
    pub(super) started: Option<&'a Started>,
    pub(super) params: &'a Params,
    pub(super) stage: &'a Stage<'a>,
}

const MOMENTS: [&str; 2] = ["first_moment", "second_moment"];

impl Checkpoint<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Stage { optimizer, average, best, .. } = self.stage;
        let document = Document {
            config: self.config,
            name: self.name,
            data: self.data,
            progress: self.progress,
            started: self.started,
            optimizer_steps: optimizer.steps(),
            average_steps: average.as_ref().map_or(0, Ema::steps),
            has_best: best.is_some(),
        };
        let mut groups = vec![("params", self.params.data())];
        let moments = MOMENTS.into_iter().zip(optimizer.moments());
        groups.extend(moments.filter(|(_, moment)| !moment.is_empty()));
        groups.extend(average.as_ref().map(|average| ("average", average.average())));
        groups.extend(best.as_ref().map(|best| ("best", &best[..])));
        tensor_file::write(&document, self.params, &groups)
    }
}

/// Reads a checkpoint's file, and the configuration in it.
pub(super) fn read<'a>(bytes: &[u8], file: &'a str) -> Result<(TensorFile<'a, OwnedDocument>, TrainConfig)> {
    let not_one = |cause: String| Error::NotACheckpoint { file: file.into(), cause };
    let read = TensorFile::<OwnedDocument>::read(bytes, file)?;
    let config = config::from_node(&read.document.config)
        .map_err(|error| not_one(format!("its configuration: {}", with_causes(&error))))?;
    config.validate()?;
    if !read.document.progress.is_sound(1 + config.then.len()) {
        return Err(not_one("its progress contradicts itself".into()));
    }
    Ok((read, config))
}

/// Puts a checkpoint's numbers where a training made from its configuration has them.
pub(super) fn restore(
    file: &TensorFile<'_, OwnedDocument>,
    graph: &Graph,
    params: &mut Params,
    stage: &mut Stage<'_>,
) -> Result<()> {
    let document = &file.document;
    let group = |name: &str| Ok::<_, Error>(file.params(graph, name)?.data().to_vec());
    *params = file.params(graph, "params")?;
    let [first, second] = stage.optimizer.moments().map(|moment| !moment.is_empty());
    let moment = |wanted: bool, name| if wanted { group(name) } else { Ok(Vec::new()) };
    let moments = [moment(first, MOMENTS[0])?, moment(second, MOMENTS[1])?];
    stage.optimizer.resume(moments, document.optimizer_steps);
    if let Some(decay) = stage.config.ema {
        stage.average = Some(Ema::resume(decay, group("average")?, document.average_steps));
    }
    stage.best = document.has_best.then(|| group("best")).transpose()?;
    Ok(())
}
