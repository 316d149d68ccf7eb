//! Reading digits one after another, for servers: with buffers that are kept.

use std::fmt;
use std::sync::Arc;

use inkdigit_nn::exec::{self, Executor};

use super::Recognizer;
use crate::prediction::Prediction;
use inkdigit_image::{DigitImage, IMAGE_PIXELS, to_floats};

/// Reads digits on the thread that it is called on, and keeps the network's buffers between calls.
/// [`Recognizer::classify`] makes them anew each time, which takes small networks longer than the digit.
///
/// ```
/// use std::sync::Arc;
/// use inkdigit::recognizer::Classifier;
/// use inkdigit::{DigitImage, Recognizer};
///
/// let recognizer = Arc::new(Recognizer::default());
/// let mut classifier = Classifier::new(recognizer.clone());
/// let digits = [DigitImage::new([0; 784]), DigitImage::new([9; 784])];
/// assert_eq!(classifier.classify(&digits), recognizer.classify(&digits));
/// ```
pub struct Classifier {
    recognizer: Arc<Recognizer>,
    executor: Executor,
}

impl Classifier {
    /// Digits that go through the network at once: the engine's own number.
    pub const BLOCK: usize = exec::BLOCK;

    /// A classifier with this recognizer.
    pub fn new(recognizer: Arc<Recognizer>) -> Self {
        let executor = Executor::single_threaded(recognizer.model.for_inference().0);
        Self { recognizer, executor }
    }

    /// The recognizer it reads with.
    pub fn recognizer(&self) -> &Arc<Recognizer> {
        &self.recognizer
    }

    /// As [`Recognizer::classify`], to the same bits.
    pub fn classify(&mut self, digits: &[DigitImage]) -> Vec<Prediction> {
        let model = &self.recognizer.model;
        let (_, params) = model.for_inference();
        let mut predictions = Vec::with_capacity(digits.len());
        for block in digits.chunks(Self::BLOCK) {
            let inputs = self.executor.input(block.len()).chunks_exact_mut(IMAGE_PIXELS);
            inputs.zip(block).for_each(|(input, digit)| to_floats(digit.pixels(), input));
            let probabilities = model.calibrated(self.executor.infer(params));
            predictions.extend(self.recognizer.judged(&probabilities));
        }
        predictions
    }
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classifier").field("recognizer", &self.recognizer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::synth;

    #[test]
    fn a_classifier_reads_as_the_recognizer_does() {
        let recognizer = Arc::new(Recognizer::default());
        let mut classifier = Classifier::new(recognizer.clone());
        let digits = synth::dataset(130, 3);
        let digits: Vec<DigitImage> =
            (0..digits.len()).filter_map(|index| digits.get(index)).map(|(digit, _)| digit).collect();
        for count in [1, 130, 0, 64, 65, 2] {
            assert_eq!(
                classifier.classify(&digits[..count]),
                recognizer.classify(&digits[..count]),
                "{count}"
            );
        }
    }
}
