//! Which images come in which batch, and how they get there.

use inkdigit_nn::Rng;

use crate::augment::Augment;
use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::image::IMAGE_PIXELS;

/// What a stream of random numbers is for; each has a seed of its own, so none repeats another's draws.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Weights = 1,
    Order = 2,
    Augmentation = 3,
    Dropout = 4,
}

/// The seed for one purpose.
pub(super) fn seed_for(seed: u64, purpose: Purpose) -> u64 {
    Rng::stream(seed, &[purpose as u64]).next_u64()
}

/// The batches of all epochs.
pub(super) struct Batches {
    /// The images to train on, as indices into the training set.
    images: Vec<usize>,
    size: usize,
    seed: u64,
    augment: Augment,
    labels: Vec<u8>,
}

impl Batches {
    pub(super) fn new(images: Vec<usize>, config: &TrainConfig) -> Self {
        Self {
            images,
            size: config.batch_size,
            seed: config.seed,
            augment: config.augment,
            labels: Vec::new(),
        }
    }

    /// How many images there are.
    pub(super) fn images(&self) -> usize {
        self.images.len()
    }

    /// How many batches an epoch has.
    pub(super) fn per_epoch(&self) -> usize {
        self.images.len().div_ceil(self.size)
    }

    /// All images in the order of this epoch.
    pub(super) fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order = self.images.clone();
        Rng::stream(seed_for(self.seed, Purpose::Order), &[epoch as u64]).shuffle(&mut order);
        order
    }

    /// The batches of an epoch from batch `first`, at most `most` of them.
    pub(super) fn of<'a>(
        &self,
        order: &'a [usize],
        first: usize,
        most: usize,
    ) -> impl Iterator<Item = &'a [usize]> + use<'a> {
        order.chunks(self.size).skip(first).take(most)
    }

    /// Writes the pixels of a batch, augmented, into `out` and returns its labels.
    ///
    /// # Shapes
    /// - `out`: `[batch.len(), 28, 28]`, 0 to 255
    pub(super) fn fill(&mut self, data: &Dataset, batch: &[usize], epoch: usize, out: &mut [f32]) -> &[u8] {
        if self.augment.is_off() {
            // Some microseconds: less than waking another thread.
            for (out, &index) in out.chunks_exact_mut(IMAGE_PIXELS).zip(batch) {
                for (out, &pixel) in out.iter_mut().zip(data.image(index)) {
                    *out = pixel as f32;
                }
            }
        } else {
            let seed = seed_for(self.seed, Purpose::Augmentation);
            self.augment.fill_batch(data, batch, seed, epoch as u64, out);
        }
        self.labels.clear();
        self.labels.extend(batch.iter().map(|&index| data.labels()[index]));
        &self.labels
    }
}
