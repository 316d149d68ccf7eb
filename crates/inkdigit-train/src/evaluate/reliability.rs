//! Whether probabilities mean what they say: of the images read with 90 %, are 90 % read right?
//!
//! The reliability diagram and the expected calibration error, as Guo, Pleiss, Sun and Weinberger have them
//! ("On calibration of modern neural networks", arXiv 1706.04599).

use serde::{Deserialize, Serialize};

use super::Reading;

/// As many bins as the paper takes.
pub const BINS: usize = 15;

/// How far probabilities can be relied on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Equal parts of the range from 0 to 1, lowest first.
    pub bins: Vec<Bin>,
    /// The expected calibration error: the mean distance of confidence from accuracy over the bins, each
    /// weighed by its images.
    pub ece: f64,
    /// The mean confidence of all readings.
    pub confidence: f64,
}

/// The readings of one range of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Readings are above this...
    pub lower: f64,
    /// ...up to and with this.
    pub upper: f64,
    /// How many readings there are.
    pub images: usize,
    /// Their mean confidence; `None` for an empty bin.
    pub confidence: Option<f64>,
    /// The share of them that is right.
    pub accuracy: Option<f64>,
}

/// The reliability of these readings, in `bins` equal parts.
///
/// # Panics
/// If `bins` is 0.
pub fn reliability(readings: &[Reading], bins: usize) -> Reliability {
    assert!(bins > 0, "at least one bin");
    let mut sums = vec![(0usize, 0.0, 0usize); bins];
    for reading in readings {
        // The bins are closed above, so that a confidence of 1 has one: (m / M, (m + 1) / M].
        let bin = (f64::from(reading.probability) * bins as f64).ceil() as usize;
        let (images, confidence, right) = &mut sums[bin.clamp(1, bins) - 1];
        *images += 1;
        *confidence += f64::from(reading.probability);
        *right += usize::from(reading.is_right());
    }
    let all = readings.len().max(1) as f64;
    let ece = sums.iter().map(|&(_, confidence, right)| (confidence - right as f64).abs() / all).sum();
    let confidence = sums.iter().map(|(_, confidence, _)| confidence / all).sum();
    let bin = |(place, (images, confidence, right)): (usize, (usize, f64, usize))| {
        let mean = |sum: f64| (images > 0).then(|| sum / images as f64);
        Bin {
            lower: place as f64 / bins as f64,
            upper: (place + 1) as f64 / bins as f64,
            images,
            confidence: mean(confidence),
            accuracy: mean(right as f64),
        }
    };
    Reliability { bins: sums.into_iter().enumerate().map(bin).collect(), ece, confidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(probability: f32, right: bool) -> Reading {
        Reading { index: 0, label: u8::from(!right), digit: 0, probability, label_probability: 0.0 }
    }

    #[test]
    fn the_error_is_the_weighed_distance_of_confidence_from_accuracy() {
        // 0.9 claimed and 0.5 right, in a bin of two; 0.3 claimed and 0 right, in a bin of one.
        let found = reliability(&[reading(0.9, true), reading(0.9, false), reading(0.3, false)], 10);
        assert!((found.ece - (2.0 * 0.4 + 0.3) / 3.0).abs() < 1e-6, "{}", found.ece);
        assert!((found.confidence - 0.7).abs() < 1e-6);
        let bin = found.bins[8];
        assert_eq!((bin.images, bin.accuracy), (2, Some(0.5)), "0.9 is the upper end of the ninth");
        assert_eq!((found.bins[9].images, found.bins[9].accuracy), (0, None));
    }

    #[test]
    fn the_ends_of_the_range_have_bins() {
        let found = reliability(&[reading(0.0, false), reading(1.0, true)], BINS);
        assert_eq!((found.bins[0].images, found.bins[BINS - 1].images), (1, 1));
        assert_eq!(found.ece, 0.0);
        assert_eq!(reliability(&[], 3).ece, 0.0);
    }
}
