//! Real people's digits to write with.

use crate::data::Dataset;

/// Digits of a data set, found by their label. Give it what may be trained on, and nothing else.
#[derive(Clone, Debug)]
pub struct DigitSource<'a> {
    data: &'a Dataset,
    by_label: [Vec<u32>; 10],
}

impl<'a> DigitSource<'a> {
    /// All digits of `data`; it may be empty, then every digit is drawn by strokes of our own.
    pub fn new(data: &'a Dataset) -> Self {
        Self::of(data, 0..data.len())
    }

    /// Those digits of `data` that have these indices.
    ///
    /// # Panics
    /// If there is no such digit.
    pub fn of(data: &'a Dataset, indices: impl IntoIterator<Item = usize>) -> Self {
        let mut by_label: [Vec<u32>; 10] = Default::default();
        for index in indices {
            by_label[data.labels()[index] as usize].push(index as u32);
        }
        Self { data, by_label }
    }

    /// How many there are of this label.
    pub fn count(&self, label: u8) -> usize {
        self.by_label[label as usize].len()
    }

    /// The pixels of one of them: `[28, 28]`, 0 ground to 255 ink.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn pixels(&self, label: u8, index: usize) -> &'a [u8] {
        self.data.image(self.by_label[label as usize][index] as usize)
    }
}
