//! Labels that may be wrong, by confident learning (Northcutt, Jiang and Chuang, "Confident learning:
//! estimating uncertainty in dataset labels", arXiv 1911.00068, 2021).
//!
//! A class's threshold is the mean probability that it gets on the images labelled so. An image is taken for a
//! class if its probability for it reaches that threshold; where several do, for the likeliest of them. One that
//! is taken for another class than its label says may be mislabelled: an entry of the confident joint off its
//! diagonal. The probabilities must be of a network that didn't learn from these images.

use serde::{Deserialize, Serialize};

use inkdigit::CLASSES;

/// An image whose label may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelError {
    /// Which image of the set, from 0.
    pub index: usize,
    /// Its label.
    pub label: u8,
    /// What it is taken for with confidence.
    pub likelier: u8,
    /// The probability of that.
    pub probability: f32,
    /// The probability of the label.
    pub label_probability: f32,
}

impl LabelError {
    /// The label's normalized margin, by which they are ranked: the smaller, the more suspect.
    fn margin(&self) -> f32 {
        self.label_probability - self.probability
    }
}

/// The images whose labels may be wrong, the most suspect first.
///
/// # Shapes
/// - `probabilities`: `[N, 10]`
/// - `labels`: `[N]`, 0 to 9
///
/// # Panics
/// If the lengths don't fit, or a label is above 9.
pub fn label_errors(probabilities: &[f32], labels: &[u8]) -> Vec<LabelError> {
    assert_eq!(probabilities.len(), labels.len() * CLASSES, "a row for each label");
    let rows = || probabilities.chunks_exact(CLASSES).zip(labels);
    let mut sums = [(0.0, 0usize); CLASSES];
    for (row, &label) in rows() {
        let (sum, images) = &mut sums[usize::from(label)];
        *sum += f64::from(row[usize::from(label)]);
        *images += 1;
    }
    // A class without images has no threshold, and nothing is taken for it.
    let thresholds = sums.map(|(sum, images)| if images > 0 { sum / images as f64 } else { f64::INFINITY });
    let taken_for = |row: &[f32]| {
        let reaching = (0..CLASSES).filter(|&class| f64::from(row[class]) >= thresholds[class]);
        reaching.max_by(|&a, &b| row[a].total_cmp(&row[b]))
    };
    let mut found: Vec<LabelError> = rows()
        .enumerate()
        .filter_map(|(index, (row, &label))| {
            let likelier = taken_for(row).filter(|&class| class != usize::from(label))?;
            let (probability, label_probability) = (row[likelier], row[usize::from(label)]);
            Some(LabelError { index, label, likelier: likelier as u8, probability, label_probability })
        })
        .collect();
    found.sort_by(|a, b| a.margin().total_cmp(&b.margin()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes, of which the first has this probability.
    fn row(first: f32) -> [f32; CLASSES] {
        let mut row = [0.0; CLASSES];
        (row[0], row[1]) = (first, 1.0 - first);
        row
    }

    #[test]
    fn what_is_surely_another_class_than_its_label_is_suspect() {
        // Thresholds: class 0 (0.9 + 0.8 + 0.1 + 0.45) / 4 = 0.5625, class 1 (0.9 + 0.7 + 0.02) / 3 = 0.54.
        let firsts = [0.9, 0.8, 0.1, 0.45, 0.1, 0.3, 0.98];
        let labels = [0, 0, 0, 0, 1, 1, 1];
        let found = label_errors(&firsts.map(row).concat(), &labels);
        let told: Vec<_> = found.iter().map(|error| (error.index, error.likelier)).collect();
        // Image 3 is class 1 by 0.55, above its threshold; the surest contradiction comes first.
        assert_eq!(told, [(6, 0), (2, 1), (3, 1)]);
        assert_eq!((found[0].label, found[0].probability), (1, 0.98));
    }

    #[test]
    fn a_mistake_without_confidence_is_no_label_error() {
        // Class 1's threshold is 0.9: what is read as 1 with 0.6 isn't taken for it.
        let found = label_errors(&[0.8, 0.4, 0.1].map(row).concat(), &[0, 0, 1]);
        assert_eq!(found, []);
    }

    #[test]
    fn classes_without_images_are_left_out() {
        assert_eq!(label_errors(&[], &[]), []);
        assert_eq!(label_errors(&[0.2].map(row).concat(), &[0]), [], "nothing is known of class 1");
    }
}
