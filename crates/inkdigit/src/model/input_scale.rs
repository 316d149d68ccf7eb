//! The range a network takes its pixels in. No ONNX file has to say it, and files differ.

use std::fmt;
use std::str::FromStr;

use inkdigit_nn::ops::Scale;
use inkdigit_nn::{Graph, Op};
use inkdigit_onnx::{ElementType, Imported};
use serde::{Deserialize, Serialize};

use super::metadata::find;
use crate::error::{Error, Result};

/// The range of a network's input: what 0 (ground) and 255 (ink) become before its first operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputScale {
    /// 0 to 1.
    Unit,
    /// 0 to 255, as pixels are stored.
    Bytes,
    /// Mean 0 and deviation 1 over MNIST's training set: `(x / 255 - 0.1307) / 0.3081`.
    Standardized,
    /// `(x / 255 - mean) / deviation`; with 0.5 and 0.5 it is -1 to 1.
    Affine {
        /// What is subtracted from pixels from 0 to 1.
        mean: f64,
        /// What they are divided by then; not 0.
        deviation: f64,
    },
}

impl InputScale {
    /// Those that files are found with, to be tried on a file that doesn't say its own.
    pub const USUAL: [Self; 4] =
        [Self::Unit, Self::Bytes, Self::Standardized, Self::Affine { mean: 0.5, deviation: 0.5 }];

    /// The operation that brings pixels from 0 to 255 into this range.
    pub fn op(self) -> Scale {
        match self {
            Self::Bytes => Scale { scale: 1.0, shift: 0.0 },
            Self::Unit => affine(0.0, 1.0),
            Self::Standardized => affine(MNIST_MEAN, MNIST_DEVIATION),
            Self::Affine { mean, deviation } => affine(mean, deviation),
        }
    }
}

/// The mean of MNIST's training pixels, from 0 to 1.
const MNIST_MEAN: f64 = 0.1307;
/// Their deviation.
const MNIST_DEVIATION: f64 = 0.3081;

/// `(x / 255 - mean) / deviation`.
fn affine(mean: f64, deviation: f64) -> Scale {
    // Worked out in double precision: these constants are part of every model.
    Scale { scale: (1.0 / (255.0 * deviation)) as f32, shift: (-mean / deviation) as f32 }
}

impl fmt::Display for InputScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("0..1"),
            Self::Bytes => f.write_str("0..255"),
            Self::Standardized => f.write_str("standardized"),
            Self::Affine { mean, deviation } => write!(f, "{mean},{deviation}"),
        }
    }
}

impl FromStr for InputScale {
    type Err = Error;

    /// `0..1`, `0..255`, `standardized`, or `MEAN,DEVIATION` of pixels from 0 to 1.
    fn from_str(text: &str) -> Result<Self> {
        let numbers = || {
            let (mean, deviation) = text.split_once(',')?;
            let (mean, deviation): (f64, f64) = (mean.trim().parse().ok()?, deviation.trim().parse().ok()?);
            let scale = Self::Affine { mean, deviation };
            // The engine's own numbers are float32, and must be able to hold it.
            let op = scale.op();
            (op.scale.is_finite() && op.scale != 0.0 && op.shift.is_finite()).then_some(scale)
        };
        match text {
            "0..1" => Ok(Self::Unit),
            "0..255" => Ok(Self::Bytes),
            "standardized" => Ok(Self::Standardized),
            _ => numbers().ok_or_else(|| Error::InputScale { found: text.into() }),
        }
    }
}

impl Serialize for InputScale {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InputScale {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How the range of a network's input came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleSource {
    /// The file's metadata say it.
    Metadata,
    /// The input's elements are bytes.
    ElementType,
    /// The network's own first operation brings such pixels into a smaller range.
    FirstOperation,
    /// Whoever opened the file said it.
    Given,
    /// Nothing says it; 0 to 1 is the most usual.
    Assumed,
}

impl fmt::Display for ScaleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metadata => "by its metadata",
            Self::ElementType => "its input takes bytes",
            Self::FirstOperation => "its first operation scales pixels itself",
            Self::Given => "as given",
            Self::Assumed => "assumed",
        })
    }
}

/// Who decides on the range of a network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ScaleRule {
    /// The file where it says so, else what is usual.
    #[default]
    File,
    /// The file where it says so, else this.
    FileOr(InputScale),
    /// This, whatever the file says.
    Always(InputScale),
}

/// The key of our own files; its value is what [`InputScale`] is written as.
pub(super) const KEY: &str = "input_range";

/// The range of a file's input, and how that is known.
pub(super) fn of(imported: &Imported, rule: ScaleRule) -> (InputScale, ScaleSource) {
    if let ScaleRule::Always(scale) = rule {
        return (scale, ScaleSource::Given);
    }
    if imported.about.input.element == ElementType::Uint8 {
        return (InputScale::Bytes, ScaleSource::ElementType);
    }
    if let Some(scale) = stated(&imported.about.metadata) {
        return (scale, ScaleSource::Metadata);
    }
    match (rule, taken_by_first_operation(&imported.graph)) {
        (ScaleRule::FileOr(scale), _) => (scale, ScaleSource::Given),
        (_, Some(scale)) => (scale, ScaleSource::FirstOperation),
        _ => (InputScale::Unit, ScaleSource::Assumed),
    }
}

/// What metadata say: our own key, or [Windows ML's](https://learn.microsoft.com/windows/ai/windows-ml/).
fn stated(metadata: &[(String, String)]) -> Option<InputScale> {
    if let Some(scale) = find(metadata, KEY).and_then(|text| text.parse().ok()) {
        return Some(scale);
    }
    match find(metadata, "Image.NominalPixelRange")? {
        "NominalRange_0_255" => Some(InputScale::Bytes),
        "Normalized_0_1" | "NominalRange_0_1" => Some(InputScale::Unit),
        "Normalized_1_1" => Some(InputScale::Affine { mean: 0.5, deviation: 0.5 }),
        // Video's levels: 16 is black, 235 is white.
        "NominalRange_16_235" => Some(InputScale::Affine { mean: -16.0 / 219.0, deviation: 1.0 / 219.0 }),
        _ => None,
    }
}

/// What a network must be given that scales its input itself: one that divides by about 255 takes 0 to 255,
/// one that standardises with mean and deviation takes 0 to 1.
fn taken_by_first_operation(graph: &Graph) -> Option<InputScale> {
    let first = graph.nodes().iter().find(|node| !matches!(node.op, Op::Flatten))?;
    match first.op {
        Op::Scale(Scale { scale, .. }) if scale.abs() <= 0.05 => Some(InputScale::Bytes),
        Op::Scale(Scale { scale, shift }) if scale.abs() > 1.0 && shift != 0.0 => Some(InputScale::Unit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Shape;

    #[test]
    fn scales_come_back_from_their_text() {
        for (text, black, white) in [
            ("0..1", 0.0, 1.0),
            ("0..255", 0.0, 255.0),
            ("standardized", -0.424_213, 2.821_486),
            ("0.5,0.5", -1.0, 1.0),
            ("0, 0.25", 0.0, 4.0),
        ] {
            let scale: InputScale = text.parse().unwrap();
            assert_eq!(scale.to_string(), text.replace(' ', ""));
            let op = scale.op();
            let ends = [op.shift, 255.0 * op.scale + op.shift];
            assert!((ends[0] - black).abs() < 1e-5 && (ends[1] - white).abs() < 1e-5, "{text}: {ends:?}");
        }
        for text in ["", "0-1", "0.5", "0.5,0", "a,b", "0.5,nan", "inf,1", "0.5,1e-60"] {
            let error = text.parse::<InputScale>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")) && error.contains("0..255"), "{error}");
        }
    }

    #[test]
    fn metadata_of_other_programs_are_understood() {
        let stated = |key: &str, value: &str| stated(&[(key.into(), value.into())]);
        let range = "Image.NominalPixelRange";
        assert_eq!(stated(range, "NominalRange_0_255"), Some(InputScale::Bytes));
        assert_eq!(stated(range, "Normalized_0_1"), Some(InputScale::Unit));
        assert_eq!(stated(range, "something"), None);
        assert_eq!(stated(KEY, "standardized"), Some(InputScale::Standardized));
        assert_eq!(stated(KEY, "?"), None);
        let video = stated(range, "NominalRange_16_235").map(InputScale::op).unwrap();
        assert!(
            (video.shift - 16.0).abs() < 1e-4 && (255.0 * video.scale + video.shift - 235.0).abs() < 1e-3
        );
    }

    #[test]
    fn a_network_that_scales_by_itself_shows_what_it_takes() {
        let taken = |scale: f32, shift: f32| {
            let mut graph = Graph::new(Shape::map(1, 28, 28));
            graph.then("", Op::Flatten).unwrap();
            graph.then("", Op::Scale(Scale { scale, shift })).unwrap();
            taken_by_first_operation(&graph)
        };
        assert_eq!(taken(1.0 / 255.0, 0.0), Some(InputScale::Bytes));
        assert_eq!(taken(1.0 / 127.5, -1.0), Some(InputScale::Bytes));
        assert_eq!(taken(1.0 / 0.3081, -0.1307 / 0.3081), Some(InputScale::Unit));
        assert_eq!(taken(1.0, 0.0), None);
    }
}
