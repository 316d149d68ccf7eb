//! How well a network finds on pictures drawn with digits that were held out.

use inkdigit::Finder;
use inkdigit::finder::FindOptions;
use inkdigit_nn::{CentreWeights, centre_loss};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::matching::{Counts, compare};
use super::scenes::Scenes;
use crate::synth::scene::Kind;

/// How well pictures were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Mean loss of the pictures.
    pub loss: f64,
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

/// Looks at so many pictures in the size in which they are drawn, without other copies of them.
pub(super) fn validate(
    finder: &Finder,
    scenes: &Scenes<'_>,
    pictures: usize,
    weights: CentreWeights,
) -> Validation {
    let threshold = FindOptions::default().threshold;
    let looks: Vec<(f64, Kind, Counts)> = (0..pictures as u64)
        .into_par_iter()
        .map(|index| {
            let scene = scenes.scene(index);
            let maps = finder.maps(&scene.picture);
            let wanted = scenes.targets_of(&scene);
            let mut slopes = vec![0.0; maps.numbers().len()];
            let loss = centre_loss(maps.numbers(), wanted.targets(), weights, &mut slopes);
            let finds = maps.finds(threshold, finder.metadata.temperature);
            (loss.total(), scene.kind, compare(&finds, &scene))
        })
        .collect();
    let of_kind = |kind| {
        let of_kind = looks.iter().filter(|look| look.1 == kind);
        let counts = of_kind.clone().fold(Counts::default(), |sum, look| sum.and(look.2));
        KindCounts { kind, pictures: of_kind.count(), counts }
    };
    Validation {
        loss: looks.iter().map(|look| look.0).sum::<f64>() / pictures.max(1) as f64,
        all: looks.iter().fold(Counts::default(), |sum, look| sum.and(look.2)),
        kinds: Kind::ALL.map(of_kind).into_iter().filter(|kind| kind.pictures > 0).collect(),
    }
}
