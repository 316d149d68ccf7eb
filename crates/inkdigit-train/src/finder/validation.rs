//! How well a network finds on pictures drawn with digits that were held out.

use inkdigit::finder::{Calibration, Find, FindOptions};
use inkdigit::{Finder, GrayImage};
use inkdigit_nn::{CentreWeights, centre_loss};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calibration;
use super::matching::{Counts, Verdict, count, judge};
use super::scenes::Scenes;
use crate::synth::scene::{Kind, Scene};

/// How well pictures were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Mean loss of the pictures.
    pub loss: f64,
    /// The line from logits to probabilities that these pictures ask for; finds are counted by it.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Of all pictures.
    pub all: Counts,
    /// Of each kind of picture that there was.
    pub kinds: Vec<KindCounts>,
}

/// How well pictures of one kind were read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindCounts {
    /// The kind.
    pub kind: Kind,
    /// How many there were.
    pub pictures: usize,
    /// What was found on them.
    pub counts: Counts,
}

/// What is less probable by the network's own word is hardly ever right, and isn't calibrated by.
const LEAST: f32 = 0.02;

/// A look at one picture.
struct Look {
    loss: f64,
    /// Without its picture.
    scene: Scene,
    /// With their probabilities as the network gives them.
    finds: Vec<Find>,
}

/// Looks at so many pictures in the size in which they are drawn, without other copies of them.
pub(super) fn validate(
    finder: &Finder,
    scenes: &Scenes<'_>,
    pictures: usize,
    weights: CentreWeights,
) -> Validation {
    let look = |index| {
        let mut scene = scenes.scene(index);
        let maps = finder.maps(&scene.picture);
        let wanted = scenes.targets_of(&scene);
        let mut slopes = vec![0.0; maps.numbers().len()];
        let loss = centre_loss(maps.numbers(), wanted.targets(), weights, &mut slopes).total();
        let finds = maps.finds(LEAST, Calibration::default());
        scene.picture = GrayImage::new(1, 1, vec![0]).expect("a pixel");
        Look { loss, scene, finds }
    };
    let looks: Vec<Look> = (0..pictures as u64).into_par_iter().map(look).collect();
    let calibration = calibrated(&looks);
    let least = FindOptions::default().threshold;
    let counts: Vec<(Kind, Counts)> = looks
        .iter()
        .map(|Look { scene, finds, .. }| {
            let probable = |find: &&Find| calibration.probability(logit(find.probability)) >= least;
            let finds: Vec<Find> = finds.iter().filter(probable).copied().collect();
            (scene.kind, count(&finds, scene))
        })
        .collect();
    let of_kind = |kind| {
        let of_kind = counts.iter().filter(|look| look.0 == kind);
        let counts = of_kind.clone().fold(Counts::default(), |sum, look| sum.and(look.1));
        KindCounts { kind, pictures: of_kind.count(), counts }
    };
    Validation {
        loss: looks.iter().map(|look| look.loss).sum::<f64>() / pictures.max(1) as f64,
        calibration: Some(calibration),
        all: counts.iter().fold(Counts::default(), |sum, look| sum.and(look.1)),
        kinds: Kind::ALL.map(of_kind).into_iter().filter(|kind| kind.pictures > 0).collect(),
    }
}

/// The line by which what these looks found is as often right as it is probable.
fn calibrated(looks: &[Look]) -> Calibration {
    let judged = looks.iter().flat_map(|Look { scene, finds, .. }| {
        let verdicts = judge(finds, scene).0;
        let judged = finds.iter().zip(verdicts).filter(|(_, verdict)| *verdict != Verdict::Ignored);
        judged.map(|(find, verdict)| (logit(find.probability), verdict == Verdict::Right)).collect::<Vec<_>>()
    });
    calibration::fit(&judged.collect::<Vec<_>>())
}

fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}
