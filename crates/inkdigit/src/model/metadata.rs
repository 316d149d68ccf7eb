//! What a model says about itself, and how that stands in an ONNX file: one entry with all of it for this
//! program, and plain ones for people and other programs.

use serde::{Deserialize, Serialize};

use super::input_scale::{self, InputScale};
use crate::error::{Error, Result};
use crate::model::CLASSES;

/// The entry with the whole document.
const DOCUMENT: &str = "inkdigit";

/// The entry that says what a network is for, where it isn't for single digits.
pub(crate) const TASK: &str = "task";

/// How pictures become the network's input, in words.
const PREPROCESSING: &str = "gray 28x28 pixels, bright ink (255) on dark ground (0); the digit's longer side is \
20 pixels and its centre of mass lies in the middle, as in MNIST";

/// What a model says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// What it is called.
    pub name: String,
    /// What its outputs stand for, in their order.
    pub labels: Vec<String>,
    /// The training's configuration, as it was then: a document of the trainer's.
    pub config: serde_json::Value,
    /// Images it was trained on; 0 where that isn't known.
    pub training_images: usize,
    /// The share of the validation images that it read right, where some were held out.
    pub validation_accuracy: Option<f64>,
    /// The share of the test images that it read right, where that was measured.
    pub test_accuracy: Option<f64>,
    /// What logits are divided by before they become probabilities.
    pub temperature: f32,
    /// The model it began as and the program that wrote that one, where it comes from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The version of Inkdigit that wrote it; empty for one that was written elsewhere.
    pub version: String,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            name: String::new(),
            labels: (0..CLASSES).map(|digit| digit.to_string()).collect(),
            config: serde_json::Value::Null,
            training_images: 0,
            validation_accuracy: None,
            test_accuracy: None,
            temperature: 1.0,
            origin: None,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

impl Metadata {
    /// The entries of a file of ours, whose network takes pixels from 0 to 255.
    pub(crate) fn to_entries(&self) -> Vec<(String, String)> {
        let own = Self { version: env!("CARGO_PKG_VERSION").into(), ..self.clone() };
        let document = serde_json::to_string(&own).expect("metadata are plain data");
        let share = |share: Option<f64>| share.map(|share| share.to_string());
        let plain = [
            (DOCUMENT, Some(document)),
            ("labels", Some(self.labels.join(","))),
            ("preprocessing", Some(PREPROCESSING.into())),
            (input_scale::KEY, Some(InputScale::Bytes.to_string())),
            (TEMPERATURE, Some(self.temperature.to_string())),
            ("validation_accuracy", share(self.validation_accuracy)),
            ("test_accuracy", share(self.test_accuracy)),
            // Windows ML's names.
            ("Image.BitmapPixelFormat", Some("Gray8".into())),
            ("Image.ColorSpaceGamma", Some("SRGB".into())),
            ("Image.NominalPixelRange", Some("NominalRange_0_255".into())),
        ];
        plain.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect()
    }

    /// What the entries of `file` say, and what of `unsaid` they don't.
    ///
    /// # Errors
    /// [`Error::NotAModel`] if they contradict themselves.
    pub(super) fn from_entries(entries: &[(String, String)], unsaid: Self, file: &str) -> Result<Self> {
        let damaged = |cause: String| Error::NotAModel { file: file.into(), cause };
        let metadata = match find(entries, DOCUMENT) {
            Some(document) => serde_json::from_str(document)
                .map_err(|error| damaged(format!("its metadata `{DOCUMENT}`: {error}")))?,
            None => unsaid.with_plain(entries),
        };
        let Self { temperature, labels, .. } = &metadata;
        if !(*temperature > 0.0 && temperature.is_finite()) {
            return Err(damaged(format!("its temperature is {temperature}, expected a number above 0")));
        }
        if labels.len() != CLASSES {
            return Err(damaged(format!("it has {} labels, expected {CLASSES}", labels.len())));
        }
        Ok(metadata)
    }

    /// What plain entries say goes over it.
    fn with_plain(self, entries: &[(String, String)]) -> Self {
        let labels =
            find(entries, "labels").map(|text| text.split(',').map(|label| label.trim().to_string()));
        let temperature = find(entries, TEMPERATURE).and_then(|text| text.parse().ok());
        Self {
            labels: labels
                .map(Vec::from_iter)
                .filter(|labels| labels.len() == CLASSES)
                .unwrap_or(self.labels),
            temperature: temperature.unwrap_or(self.temperature),
            ..self
        }
    }
}

const TEMPERATURE: &str = "temperature";

/// The value of the first entry with this key.
pub(crate) fn find<'a>(entries: &'a [(String, String)], key: &str) -> Option<&'a str> {
    entries.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_come_back_from_their_entries() {
        let origin = Some("a.onnx, written by CNTK 2.5.1".into());
        let metadata = Metadata {
            name: "x".into(),
            temperature: 1.25,
            test_accuracy: Some(0.99),
            origin,
            ..Metadata::default()
        };
        let entries = metadata.to_entries();
        assert_eq!(Metadata::from_entries(&entries, Metadata::default(), "x.onnx").unwrap(), metadata);
        let cases = [
            ("labels", "0,1,2,3,4,5,6,7,8,9"),
            ("input_range", "0..255"),
            ("temperature", "1.25"),
            ("test_accuracy", "0.99"),
            ("Image.BitmapPixelFormat", "Gray8"),
            ("Image.ColorSpaceGamma", "SRGB"),
            ("Image.NominalPixelRange", "NominalRange_0_255"),
        ];
        for (key, value) in cases {
            assert_eq!(find(&entries, key), Some(value), "{key}");
        }
        assert!(
            find(&entries, "validation_accuracy").is_none(),
            "nothing is said about what wasn't measured"
        );
    }

    #[test]
    fn files_from_elsewhere_say_what_they_say() {
        let entry = |key: &str, value: &str| (key.to_string(), value.to_string());
        let unsaid = || Metadata { name: "mnist-8".into(), temperature: 1.5, ..Metadata::default() };
        let read = |entries: &[(String, String)]| Metadata::from_entries(entries, unsaid(), "mnist-8.onnx");
        let plain = read(&[]).unwrap();
        assert_eq!((plain.name.as_str(), plain.temperature), ("mnist-8", 1.5));
        let told = read(&[entry("temperature", "2.5"), entry("labels", "a, b")]).unwrap();
        assert_eq!((told.temperature, told.labels), (2.5, plain.labels), "two labels aren't for ten outputs");
        let cases = [
            ([entry("temperature", "0")], "temperature is 0, expected"),
            ([entry(DOCUMENT, "{")], "its metadata `inkdigit`"),
            ([entry(DOCUMENT, r#"{"labels": []}"#)], "0 labels, expected 10"),
        ];
        for (entries, expected) in cases {
            let error = read(&entries).unwrap_err().to_string();
            assert!(error.starts_with("mnist-8.onnx") && error.contains(expected), "{error}");
        }
    }
}
