//! Which images come in which batch, and how they get there.

use inkdigit_nn::{NO_CLASS, Rng};
use rayon::prelude::*;

use crate::augment::Augment;
use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::synth::scene::DigitSource;
use crate::synth::{self, CutOuts};
use inkdigit_image::IMAGE_PIXELS;

/// What a stream of random numbers is for; each has a seed of its own, so none repeats another's draws.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Weights = 1,
    Order = 2,
    Augmentation = 3,
    Dropout = 4,
    Synthetic = 5,
    Outliers = 6,
    Scenes = 7,
    ValidationScenes = 8,
    CutOuts = 9,
    Places = 10,
}

/// The seed for one purpose.
pub(crate) fn seed_for(seed: u64, purpose: Purpose) -> u64 {
    Rng::stream(seed, &[purpose as u64]).next_u64()
}

/// Digits cut out of scenes for which one place without a digit is.
const DIGITS_FOR_A_PLACE: usize = 4;

/// The batches of all epochs.
pub(super) struct Batches<'a> {
    data: &'a Dataset,
    /// The images to train on, as indices into the training set.
    images: Vec<usize>,
    size: usize,
    seed: u64,
    augment: Augment,
    synthetic: f32,
    outliers: f32,
    /// Where some are wanted, and their share.
    cut_outs: Option<(CutOuts<'a>, f32)>,
    labels: Vec<u8>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(data: &'a Dataset, images: Vec<usize>, config: &TrainConfig) -> Self {
        let cut_outs = || CutOuts::new(DigitSource::of(data, images.iter().copied()));
        Self {
            data,
            cut_outs: (config.cutouts > 0.0).then(|| (cut_outs(), config.cutouts)),
            images,
            size: config.batch_size,
            seed: config.seed,
            augment: config.augment,
            synthetic: config.synthetic,
            outliers: config.outliers,
            labels: Vec::new(),
        }
    }

    /// All images in the order of this epoch.
    pub(super) fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order = self.images.clone();
        Rng::stream(seed_for(self.seed, Purpose::Order), &[epoch as u64]).shuffle(&mut order);
        order
    }

    /// The batches of an epoch from batch `first`, at most `most` of them.
    pub(super) fn of<'o>(
        &self,
        order: &'o [usize],
        first: usize,
        most: usize,
    ) -> impl Iterator<Item = &'o [usize]> + use<'o> {
        order.chunks(self.size).skip(first).take(most)
    }

    /// How many pictures of digits a batch of so many images has, with those that are drawn for it.
    pub(super) fn digits(&self, images: usize) -> usize {
        images + drawn(images, self.synthetic) + self.cut_out(images)
    }

    /// How many digits are cut out of scenes for a batch of so many images.
    fn cut_out(&self, images: usize) -> usize {
        self.cut_outs.as_ref().map_or(0, |&(_, share)| drawn(images, share))
    }

    /// How many pictures a batch of so many images has, with those that are drawn for it.
    pub(super) fn pictures(&self, images: usize) -> usize {
        self.digits(images) + drawn(images, self.outliers) + self.cut_out(images) / DIGITS_FOR_A_PLACE
    }

    /// The labels of the batch that was last filled.
    pub(super) fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Writes the pixels of a batch, augmented, into `out`, then those drawn for it, and returns the labels of
    /// all.
    ///
    /// # Shapes
    /// - `out`: `[self.pictures(batch.len()), 28, 28]`, 0 to 255
    pub(super) fn fill(&mut self, batch: &[usize], epoch: usize, step: usize, out: &mut [f32]) -> &[u8] {
        let data = self.data;
        let (out, rest) = out.split_at_mut(batch.len() * IMAGE_PIXELS);
        let (synthetic, rest) = rest.split_at_mut(drawn(batch.len(), self.synthetic) * IMAGE_PIXELS);
        let (cut_outs, rest) = rest.split_at_mut(self.cut_out(batch.len()) * IMAGE_PIXELS);
        let (outliers, places) = rest.split_at_mut(drawn(batch.len(), self.outliers) * IMAGE_PIXELS);
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
        self.draw_synthetic(step, synthetic);
        self.draw_cut_outs(step, cut_outs);
        self.draw_outliers(step, outliers);
        self.draw_places(step, places);
        &self.labels
    }

    fn draw_synthetic(&mut self, step: usize, out: &mut [f32]) {
        let (seed, augment) = (seed_for(self.seed, Purpose::Synthetic), self.augment);
        let label = |index: usize| ((step + index) % 10) as u8;
        out.par_chunks_mut(IMAGE_PIXELS).enumerate().for_each(|(index, out)| {
            let mut rng = Rng::stream(seed, &[step as u64, index as u64]);
            let digit = synth::fitted_digit(label(index), &mut rng);
            augment.apply(digit.pixels(), &mut rng, out);
        });
        self.labels.extend((0..out.len() / IMAGE_PIXELS).map(label));
    }

    /// Cut-outs are as their scenes have them: light, lens and pen have changed them already.
    fn draw_cut_outs(&mut self, step: usize, out: &mut [f32]) {
        let Some((cut_outs, _)) = &self.cut_outs else { return };
        let seed = seed_for(self.seed, Purpose::CutOuts);
        let labels = out
            .par_chunks_mut(CutOuts::OF_A_SCENE * IMAGE_PIXELS)
            .enumerate()
            .map(|(index, out)| cut_outs.digits(&mut Rng::stream(seed, &[step as u64, index as u64]), out));
        self.labels.extend(labels.collect::<Vec<_>>().into_iter().flatten());
    }

    fn draw_places(&mut self, step: usize, out: &mut [f32]) {
        let Some((cut_outs, _)) = &self.cut_outs else { return };
        let seed = seed_for(self.seed, Purpose::Places);
        out.par_chunks_mut(CutOuts::OF_A_SCENE * IMAGE_PIXELS).enumerate().for_each(|(index, out)| {
            cut_outs.places(&mut Rng::stream(seed, &[step as u64, index as u64]), out);
        });
        self.labels.extend(std::iter::repeat_n(NO_CLASS, out.len() / IMAGE_PIXELS));
    }

    /// Outliers are augmented as digits are: else what is sharp and clean would be taken for an outlier.
    fn draw_outliers(&mut self, step: usize, out: &mut [f32]) {
        let (seed, augment) = (seed_for(self.seed, Purpose::Outliers), self.augment);
        out.par_chunks_mut(IMAGE_PIXELS).enumerate().for_each(|(index, out)| {
            let mut rng = Rng::stream(seed, &[step as u64, index as u64]);
            let outlier = synth::outlier(&mut rng);
            augment.apply(outlier.pixels(), &mut rng, out);
        });
        self.labels.extend(std::iter::repeat_n(NO_CLASS, out.len() / IMAGE_PIXELS));
    }
}

/// So many pictures are drawn beside so many images.
fn drawn(images: usize, share: f32) -> usize {
    (images as f32 * share).round() as usize
}
