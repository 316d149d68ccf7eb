//! The finder that a training comes to, at its end or before.

use std::path::Path;

use inkdigit::Finder;
use inkdigit::finder::FinderMetadata;

use super::checkpoint::{self, Progress};
use super::learner::Learner;
use crate::config::FinderConfig;
use crate::error::{Error, Result};
use crate::train::{CHECKPOINT_FILE, RunFolder};

/// A finder of a training that hasn't ended.
#[derive(Debug)]
pub struct Snapshot {
    /// The finder.
    pub finder: Finder,
    /// The update that its weights are of.
    pub step: usize,
    /// Updates of the whole training.
    pub steps: usize,
}

/// The best finder so far of the training in `dir`, by its last checkpoint.
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::NotACheckpoint`], [`Error::CheckpointTruncated`], [`Error::CheckpointShapes`];
/// those of reading.
pub fn snapshot(dir: &Path) -> Result<Snapshot> {
    let (folder, bytes) = RunFolder::open(dir)?;
    let none = || Error::NoCheckpoint { dir: dir.to_owned(), expected: CHECKPOINT_FILE };
    let bytes = bytes.ok_or_else(none)?;
    let path = folder.checkpoint().display().to_string();
    let file = checkpoint::read(&bytes, &path)?;
    file.document.config.validate()?;
    let mut learner = Learner::new(&file.document.config)?;
    let best = checkpoint::restore(&file, &mut learner)?;
    let document = file.document;
    let (finder, step) =
        kept(&document.config, &document.name, &learner, best.as_deref(), &document.progress)?;
    Ok(Snapshot { finder, step, steps: document.config.steps() })
}

/// The finder of the best weights so far, else of those of now; and the update that they are of.
pub(super) fn kept(
    config: &FinderConfig,
    name: &str,
    learner: &Learner,
    best: Option<&[f32]>,
    progress: &Progress,
) -> Result<(Finder, usize)> {
    let history = &progress.history;
    let (mut weights, record) = match best.zip(progress.best) {
        Some((best, place)) => (learner.params.with_data(best.to_vec()), history.get(place)),
        None => (learner.weights(), history.last().filter(|last| last.step == progress.step)),
    };
    if let Some(bits) = config.significant_bits {
        weights.round(bits);
    }
    let step = record.map_or(progress.step, |record| record.step);
    let validation = record.and_then(|record| record.validation.as_ref());
    let json = |value: serde_json::Result<serde_json::Value>| value.expect("plain data");
    let metadata = FinderMetadata {
        name: name.into(),
        heights: config.scenes.heights,
        calibration: validation.and_then(|validation| validation.calibration).unwrap_or_default(),
        config: json(serde_json::to_value(config)),
        training_pictures: (step * config.batch_size) as u64,
        validation: json(serde_json::to_value(validation)),
        ..FinderMetadata::default()
    };
    Ok((Finder::new(learner.graph.clone(), weights, metadata)?, step))
}
