//! What a checkpoint holds: all numbers that a training carries from one update to the next.

use std::fmt;

use inkdigit_nn::{Ema, Graph, Loss, Optimizer, Params};
use serde::{Deserialize, Serialize};

use super::EpochRecord;
use super::started::Started;
use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::evaluate::Score;
use crate::tensor_file::{self, TensorFile};

/// How far a training has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Updates made.
    pub(super) step: usize,
    /// Epochs that have ended.
    pub(super) epoch: usize,
    /// Updates made in the epoch under way.
    pub(super) batch: usize,
    /// Sum of the losses of this epoch's images.
    loss_sum: f64,
    correct: usize,
    images: usize,
    seconds: f64,
    /// The epoch (from 1) that was best on the validation images.
    pub(super) best: Option<(usize, Score)>,
    pub(super) history: Vec<EpochRecord>,
}

impl Progress {
    /// Takes in an update.
    pub(super) fn record(&mut self, loss: Loss, images: usize, seconds: f64) {
        self.step += 1;
        self.batch += 1;
        self.loss_sum += loss.mean as f64 * images as f64;
        self.correct += loss.correct;
        self.images += images;
        self.seconds += seconds;
    }

    pub(super) fn loss(&self) -> f64 {
        self.loss_sum / self.images.max(1) as f64
    }

    pub(super) fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images.max(1) as f64
    }

    pub(super) fn images_per_second(&self) -> f64 {
        self.images as f64 / self.seconds.max(1e-9)
    }

    pub(super) fn epochs_since_best(&self) -> usize {
        self.best.as_ref().map_or(0, |(best, _)| self.epoch - best)
    }

    /// Ends the epoch under way.
    pub(super) fn end_epoch(
        &mut self,
        learning_rate: f32,
        validation: Option<Score>,
        test: Option<Score>,
    ) -> EpochRecord {
        let record = EpochRecord {
            epoch: self.epoch + 1,
            train_seconds: (self.seconds * 1e6).round() / 1e6,
            train_loss: self.loss(),
            train_accuracy: self.accuracy(),
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.map(|score| score.accuracy),
            learning_rate,
            images_per_second: self.images_per_second().round(),
            test_accuracy: test.map(|score| score.accuracy),
        };
        self.epoch += 1;
        (self.batch, self.images, self.correct) = (0, 0, 0);
        (self.loss_sum, self.seconds) = (0.0, 0.0);
        self.history.push(record.clone());
        record
    }
}

/// What tells one training set from another: its size, and a hash of its labels and some of its pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DataStamp {
    images: usize,
    hash: u64,
}

impl DataStamp {
    pub(super) fn of(data: &Dataset) -> Self {
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

type OwnedDocument = Document<TrainConfig, String, DataStamp, Progress, Started>;

/// What is to be written.
pub(super) struct Checkpoint<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) name: &'a str,
    pub(super) data: &'a DataStamp,
    pub(super) progress: &'a Progress,
    pub(super) started: Option<&'a Started>,
    pub(super) params: &'a Params,
    pub(super) optimizer: &'a Optimizer,
    pub(super) average: Option<&'a Ema>,
    pub(super) best: Option<&'a [f32]>,
}

const MOMENTS: [&str; 2] = ["first_moment", "second_moment"];

impl Checkpoint<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let document = Document {
            config: self.config,
            name: self.name,
            data: self.data,
            progress: self.progress,
            started: self.started,
            optimizer_steps: self.optimizer.steps(),
            average_steps: self.average.map_or(0, Ema::steps),
            has_best: self.best.is_some(),
        };
        let mut groups = vec![("params", self.params.data())];
        let moments = MOMENTS.into_iter().zip(self.optimizer.moments());
        groups.extend(moments.filter(|(_, moment)| !moment.is_empty()));
        groups.extend(self.average.map(|average| ("average", average.average())));
        groups.extend(self.best.map(|best| ("best", best)));
        tensor_file::write(&document, self.params, &groups)
    }
}

/// Reads a checkpoint's file.
pub(super) fn read<'a>(bytes: &[u8], file: &'a str) -> Result<TensorFile<'a, OwnedDocument>> {
    let read = TensorFile::<OwnedDocument>::read(bytes, file)?;
    let progress = &read.document.progress;
    // The only numbers in it that arithmetic relies on.
    if progress.step < progress.batch
        || progress.best.as_ref().is_some_and(|(epoch, _)| *epoch > progress.epoch)
    {
        let cause = "its progress contradicts itself".into();
        return Err(Error::NotACheckpoint { file: file.into(), cause });
    }
    Ok(read)
}

/// Puts a checkpoint's numbers where a training made from its configuration has them.
pub(super) fn restore(
    file: &TensorFile<'_, OwnedDocument>,
    graph: &Graph,
    params: &mut Params,
    optimizer: &mut Optimizer,
    average: Option<&mut Ema>,
    best: &mut Option<Vec<f32>>,
) -> Result<()> {
    let group = |name: &str| Ok::<_, Error>(file.params(graph, name)?.data().to_vec());
    *params = file.params(graph, "params")?;
    let [first, second] = optimizer.moments().map(|moment| !moment.is_empty());
    let moment = |wanted: bool, name| if wanted { group(name) } else { Ok(Vec::new()) };
    let moments = [moment(first, MOMENTS[0])?, moment(second, MOMENTS[1])?];
    optimizer.resume(moments, file.document.optimizer_steps);
    if let (Some(average), Some(decay)) = (average, file.document.config.ema) {
        *average = Ema::resume(decay, group("average")?, file.document.average_steps);
    }
    *best = file.document.has_best.then(|| group("best")).transpose()?;
    Ok(())
}
