//! Single readings: what an image was taken for, and how surely.

use serde::{Deserialize, Serialize};

use inkdigit::CLASSES;

/// What one image of a data set was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which image of the set, from 0.
    pub index: usize,
    /// What it is said to be.
    pub label: u8,
    /// What it was taken for.
    pub digit: u8,
    /// The probability of that: the reading's confidence.
    pub probability: f32,
    /// The probability of the label.
    pub label_probability: f32,
}

impl Reading {
    /// Whether the image was taken for what it is said to be.
    pub fn is_right(&self) -> bool {
        self.digit == self.label
    }
}

/// The readings of a data set, in its order.
///
/// # Shapes
/// - `probabilities`: `[N, 10]`
/// - `labels`: `[N]`, 0 to 9
///
/// # Panics
/// If the lengths don't fit, or a label is above 9.
pub fn readings(probabilities: &[f32], labels: &[u8]) -> Vec<Reading> {
    assert_eq!(probabilities.len(), labels.len() * CLASSES, "a row for each label");
    let rows = probabilities.chunks_exact(CLASSES).zip(labels).enumerate();
    rows.map(|(index, (row, &label))| {
        let digit = inkdigit_nn::argmax(row);
        Reading {
            index,
            label,
            digit: digit as u8,
            probability: row[digit],
            label_probability: row[usize::from(label)],
        }
    })
    .collect()
}

/// At most `most` wrong readings, the surest first.
pub fn confident_mistakes(readings: &[Reading], most: usize) -> Vec<Reading> {
    let mut found: Vec<_> = readings.iter().filter(|reading| !reading.is_right()).copied().collect();
    found.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    found.truncate(most);
    found
}

/// At most `most` right readings, the least sure first.
pub fn unsure_hits(readings: &[Reading], most: usize) -> Vec<Reading> {
    let mut found: Vec<_> = readings.iter().filter(|reading| reading.is_right()).copied().collect();
    found.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row with two digits in it.
    fn row(first: (usize, f32), second: (usize, f32)) -> [f32; CLASSES] {
        let mut row = [0.0; CLASSES];
        (row[first.0], row[second.0]) = (first.1, second.1);
        row
    }

    #[test]
    fn mistakes_and_hits_come_in_the_order_of_their_confidence() {
        let rows = [
            row((3, 0.6), (5, 0.4)),
            row((3, 0.9), (5, 0.1)),
            row((7, 0.8), (1, 0.2)),
            row((7, 0.7), (1, 0.3)),
        ];
        let readings = readings(&rows.concat(), &[5, 5, 7, 7]);
        assert_eq!((readings[0].digit, readings[0].label_probability), (3, 0.4));
        let places = |found: Vec<Reading>| found.iter().map(|reading| reading.index).collect::<Vec<_>>();
        assert_eq!(places(confident_mistakes(&readings, 9)), [1, 0]);
        assert_eq!(places(unsure_hits(&readings, 1)), [3]);
    }
}
