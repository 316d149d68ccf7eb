//! Reading digits one after another, for servers: with buffers that are kept.

use std::fmt;
use std::sync::Arc;

use inkdigit_nn::exec::Executor;

use super::{Prediction, Recognizer};
use crate::model::CLASSES;
use inkdigit_image::DigitImage;

/// Reads digits on the thread that it is called on, and keeps the network's buffers between calls.
/// [`Recognizer::digits`] makes them anew each time, which takes small networks longer than the digit.
///
/// ```
/// use std::sync::Arc;
/// use inkdigit::recognizer::Session;
/// use inkdigit::{DigitImage, Recognizer};
///
/// let recognizer = Arc::new(Recognizer::default());
/// let mut session = Session::new(recognizer.clone());
/// let digits = [DigitImage::new([0; 784]), DigitImage::new([9; 784])];
/// assert_eq!(session.digits(&digits), recognizer.digits(&digits));
/// ```
pub struct Session {
    recognizer: Arc<Recognizer>,
    executor: Executor,
}

impl Session {
    /// Digits that go through the network at once: enough that dense layers use their weights again, few enough
    /// that what lies between layers stays in the processor's cache.
    const BLOCK: usize = 64;

    /// A session with this recognizer.
    pub fn new(recognizer: Arc<Recognizer>) -> Self {
        let executor = Executor::single_threaded(recognizer.model.for_inference().0);
        Self { recognizer, executor }
    }

    /// The recognizer it reads with.
    pub fn recognizer(&self) -> &Arc<Recognizer> {
        &self.recognizer
    }

    /// As [`Recognizer::digits`], to the same bits.
    pub fn digits(&mut self, digits: &[DigitImage]) -> Vec<Prediction> {
        let Recognizer { model, reject_below } = &*self.recognizer;
        let (_, params) = model.for_inference();
        let mut predictions = Vec::with_capacity(digits.len());
        for block in digits.chunks(Self::BLOCK) {
            let pixels = block.iter().flat_map(|digit| digit.pixels());
            for (input, &pixel) in self.executor.input(block.len()).iter_mut().zip(pixels) {
                *input = f32::from(pixel);
            }
            let logits = self.executor.infer(params);
            let probabilities = inkdigit_nn::probabilities(logits, CLASSES, model.metadata.temperature);
            let (rows, _) = probabilities.as_chunks();
            predictions.extend(rows.iter().map(|&row| Prediction::new(row).judged(*reject_below)));
        }
        predictions
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("recognizer", &self.recognizer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::synth;

    #[test]
    fn a_session_reads_as_the_recognizer_does() {
        let recognizer = Arc::new(Recognizer::default());
        let mut session = Session::new(recognizer.clone());
        let digits = synth::dataset(130, 3);
        let digits: Vec<DigitImage> =
            (0..digits.len()).filter_map(|index| digits.get(index)).map(|(digit, _)| digit).collect();
        for count in [1, 130, 0, 64, 65, 2] {
            assert_eq!(session.digits(&digits[..count]), recognizer.digits(&digits[..count]), "{count}");
        }
    }
}
