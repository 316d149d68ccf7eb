//! What a finder says about itself, and how that stands in its file.

use serde::{Deserialize, Serialize};

use super::{Calibration, Class, Heights};
use crate::error::{Error, Result};
use crate::model::{TASK, find};

/// What stands there as the task.
const FINDER: &str = "finder";

/// The entry with the whole document.
const DOCUMENT: &str = "inkdigit_finder";

/// What the network takes and gives, in words.
const INTERFACE: &str = "gray pixels from 0 to 255, light or dark ink, sides in multiples of 16; for each 4x4 \
pixels a logit (of a sigmoid) for each label, then ln(height / 16), ln(width / 16), and how far the middle lies \
below and to the right, in 4 pixels";

/// What a finder says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FinderMetadata {
    /// What it is called.
    pub name: String,
    /// The signs that its maps stand for, in their order.
    pub labels: String,
    /// The heights that it finds at once.
    pub heights: Heights,
    /// How its logits become probabilities.
    pub calibration: Calibration,
    /// The training's configuration, as it was then: a document of the trainer's.
    pub config: serde_json::Value,
    /// Pictures it was trained on.
    pub training_pictures: u64,
    /// How well it did on pictures that were held out: a document of the trainer's.
    pub validation: serde_json::Value,
    /// The version of Inkdigit that wrote it.
    pub version: String,
}

impl Default for FinderMetadata {
    fn default() -> Self {
        Self {
            name: String::new(),
            labels: Class::all().map(Class::sign).collect(),
            heights: Heights::default(),
            calibration: Calibration::default(),
            config: serde_json::Value::Null,
            training_pictures: 0,
            validation: serde_json::Value::Null,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// Whether these are the entries of a finder's file.
pub(super) fn are_a_finders(entries: &[(String, String)]) -> bool {
    find(entries, TASK) == Some(FINDER)
}

impl FinderMetadata {
    /// The entries of its file.
    pub(super) fn to_entries(&self) -> Vec<(String, String)> {
        let own = Self { version: env!("CARGO_PKG_VERSION").into(), ..self.clone() };
        let document = serde_json::to_string(&own).expect("metadata are plain data");
        let Calibration { slope, offset } = self.calibration;
        let plain = [
            (TASK, FINDER.into()),
            (DOCUMENT, document),
            ("labels", self.labels.clone()),
            ("interface", INTERFACE.into()),
            ("calibration", format!("probability = sigmoid({slope} * logit + {offset})")),
        ];
        plain.map(|(key, value)| (key.into(), value)).into()
    }

    /// What the entries of `file` say.
    ///
    /// # Errors
    /// [`Error::NotAModel`] if they aren't a finder's, or contradict themselves.
    pub(super) fn from_entries(entries: &[(String, String)], file: &str) -> Result<Self> {
        let refused = |cause: String| Error::NotAModel { file: file.into(), cause };
        if !are_a_finders(entries) {
            return Err(refused("its metadata don't say that it finds digits".into()));
        }
        let document = find(entries, DOCUMENT).ok_or_else(|| refused(format!("it has no `{DOCUMENT}`")))?;
        let metadata: Self = serde_json::from_str(document)
            .map_err(|error| refused(format!("its metadata `{DOCUMENT}`: {error}")))?;
        let Self {
            calibration: Calibration { slope, offset },
            heights: Heights { least, most, margin },
            labels,
            ..
        } = &metadata;
        if !(*slope > 0.0 && slope.is_finite() && offset.is_finite()) {
            return Err(refused(format!(
                "its calibration is {slope} * logit + {offset}, expected a number above 0 and a finite one"
            )));
        }
        if !(1.0 <= *least && least <= most && *most <= 1e4 && (1.0..=100.0).contains(margin)) {
            return Err(refused(format!(
                "it finds heights from {least} to {most} with a margin of {margin}"
            )));
        }
        if !labels.chars().eq(Class::all().map(Class::sign)) {
            let expected: String = Class::all().map(Class::sign).collect();
            return Err(refused(format!("its labels are `{labels}`, expected `{expected}`")));
        }
        Ok(metadata)
    }
}
