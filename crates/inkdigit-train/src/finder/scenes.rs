//! The pictures of a training, each drawn for its place.

use inkdigit::finder::{Class, STRIDE};
use inkdigit_nn::{CentreBox, CentreTargets};
use rayon::prelude::*;

use super::targets::Canvas;
use crate::config::FinderConfig;
use crate::synth::scene::{DigitSource, Scene, SceneConfig, draw};
use crate::train::{Purpose, seed_for};

/// Draws pictures that follow one another; each depends on nothing but its number.
pub(super) struct Scenes<'a> {
    source: DigitSource<'a>,
    config: SceneConfig,
    side: usize,
    seed: u64,
}

/// Pictures, and what the network's maps should be for them.
pub(super) struct Batch {
    /// `[N, side, side]`, 0 to 255.
    pub(super) pixels: Vec<u8>,
    /// `[N, side / 4, side / 4, classes]`
    heat: Vec<f32>,
    /// `[N, side / 4, side / 4]`
    counted: Vec<f32>,
    boxes: Vec<CentreBox>,
}

impl Batch {
    /// What the maps should be.
    pub(super) fn targets(&self) -> CentreTargets<'_> {
        CentreTargets { heat: &self.heat, counted: &self.counted, boxes: &self.boxes }
    }
}

impl<'a> Scenes<'a> {
    pub(super) fn new(source: DigitSource<'a>, config: &FinderConfig, purpose: Purpose) -> Self {
        let seed = seed_for(config.seed, purpose);
        Self { source, config: config.scenes.clone(), side: config.side, seed }
    }

    /// Picture `index`.
    pub(super) fn scene(&self, index: u64) -> Scene {
        draw(&self.source, &self.config, [self.side; 2], self.seed, index)
    }

    /// The targets of one scene.
    pub(super) fn targets_of(&self, scene: &Scene) -> Batch {
        let places = (self.side / STRIDE).pow(2);
        let (mut heat, mut counted) = (vec![0.0; places * Class::COUNT], vec![0.0; places]);
        let boxes = fill(scene, self.side, &mut heat, &mut counted);
        Batch { pixels: scene.picture.pixels().to_vec(), heat, counted, boxes }
    }

    /// The pictures from `first` on, drawn by all threads.
    pub(super) fn batch(&self, first: u64, count: usize) -> Batch {
        let (pixels, places) = (self.side.pow(2), (self.side / STRIDE).pow(2));
        let mut batch = Batch {
            pixels: vec![0; count * pixels],
            heat: vec![0.0; count * places * Class::COUNT],
            counted: vec![0.0; count * places],
            boxes: Vec::new(),
        };
        let pictures =
            batch.pixels.par_chunks_mut(pixels).zip(batch.heat.par_chunks_mut(places * Class::COUNT));
        let boxes: Vec<Vec<CentreBox>> = pictures
            .zip(batch.counted.par_chunks_mut(places))
            .enumerate()
            .map(|(i, ((pixels, heat), counted))| {
                let scene = self.scene(first + i as u64);
                pixels.copy_from_slice(scene.picture.pixels());
                fill(&scene, self.side, heat, counted)
            })
            .collect();
        for (i, boxes) in boxes.into_iter().enumerate() {
            let moved = |found: CentreBox| CentreBox { place: i * places + found.place, ..found };
            batch.boxes.extend(boxes.into_iter().map(moved));
        }
        batch
    }
}

fn fill(scene: &Scene, side: usize, heat: &mut [f32], counted: &mut [f32]) -> Vec<CentreBox> {
    let mut canvas = Canvas { side: side / STRIDE, heat, counted, boxes: Vec::new() };
    canvas.fill(scene);
    canvas.boxes
}
