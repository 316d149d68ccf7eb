//! What describes the training of a finder: a configuration of its own form, which says `task: finder`.

use inkdigit::finder::SIDE_UNIT;
use inkdigit_nn::{CentreWeights, OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

use super::validate::{self, check, not_negative, positive};
use crate::error::Result;
use crate::names;
use crate::networks::finder::{self, FinderWidths};
use crate::synth::scene::{Kind, SceneConfig};

/// The only task of this form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinderTask {
    /// Finds digits anywhere on a picture.
    #[default]
    Finder,
}

/// Everything that decides the result of a finder's training, but for the digits that its pictures are drawn with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinderConfig {
    /// `finder`: tells this form from that of networks that read one digit.
    pub task: FinderTask,
    /// The channels of the network's parts.
    pub network: FinderWidths,
    /// Pictures to train on. Each is drawn for its place in the training, and none is seen twice.
    pub pictures: u64,
    /// Pictures of one batch.
    pub batch_size: usize,
    /// Their sides in pixels, a multiple of 16.
    pub side: usize,
    /// What is drawn.
    pub scenes: SceneConfig,
    /// `sgd`, `adam` or `adamw`, or one of them with its constants.
    #[serde(deserialize_with = "names::named")]
    pub optimizer: OptimizerConfig,
    /// The optimizer's step size; what the schedule multiplies.
    pub learning_rate: f32,
    /// How the learning rate moves; what counts epochs counts evaluations here.
    #[serde(deserialize_with = "names::named")]
    pub schedule: Schedule,
    /// The longest gradient that a step is made by; longer ones are shortened to it. None to take all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f32>,
    /// What the distance of sizes weighs beside the classes.
    pub size_weight: f32,
    /// What the distance of middles weighs beside the classes.
    pub offset_weight: f32,
    /// The decay of an average of the weights, which then is what is evaluated and saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema: Option<f32>,
    /// Decides every random choice: initial weights and pictures.
    pub seed: u64,
    /// Digits held out of the data set: the last ones of each label, in proportion. The pictures that the training
    /// is evaluated on are drawn with them alone.
    pub validation: usize,
    /// Pictures that it is evaluated on; 0 for none.
    pub validation_pictures: usize,
    /// Batches between two evaluations, each of which is recorded.
    pub evaluate_every: usize,
    /// Batches between two checkpoints, besides the one after each evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<usize>,
    /// Whether the weights of the evaluation with the most found right are the result rather than the last ones.
    pub keep_best: bool,
    /// The numbers of the finished finder are rounded to so many significant binary digits; with 8, its file holds
    /// two bytes for each. None leaves all 24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub significant_bits: Option<u32>,
}

impl Default for FinderConfig {
    /// Some hours on two cores.
    fn default() -> Self {
        Self {
            task: FinderTask::Finder,
            network: FinderWidths::default(),
            pictures: 400_000,
            batch_size: 16,
            side: 256,
            scenes: SceneConfig::default(),
            optimizer: OptimizerConfig::AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01 },
            learning_rate: 3e-3,
            schedule: Schedule::OneCycle { rise: 0.1, start_divisor: 25.0, end_divisor: 1e3 },
            clip_norm: Some(5.0),
            size_weight: 0.5,
            offset_weight: 0.5,
            ema: Some(0.999),
            seed: 1,
            validation: 5000,
            validation_pictures: 512,
            evaluate_every: 1000,
            checkpoint_every: Some(250),
            keep_best: true,
            significant_bits: Some(8),
        }
    }
}

impl FinderConfig {
    /// The configuration as a YAML file, with every field.
    pub fn to_yaml(&self) -> String {
        super::yaml::write(self)
    }

    /// Updates of the whole training.
    pub fn steps(&self) -> usize {
        usize::try_from(self.pictures.div_ceil(self.batch_size.max(1) as u64)).unwrap_or(usize::MAX)
    }

    /// What the parts of the loss weigh.
    pub fn weights(&self) -> CentreWeights {
        CentreWeights { size: self.size_weight, offset: self.offset_weight }
    }

    /// Checks what types can't: ranges, and fields that need each other.
    ///
    /// # Errors
    /// [`Error::ConfigValue`](crate::Error::ConfigValue) names the field, its value and what it may be; those of
    /// [`finder::finder`].
    pub fn validate(&self) -> Result<()> {
        let count = |field, value: usize, most: usize, expected| {
            check(field, value, (1..=most).contains(&value), expected)
        };
        let pictures = (1..=1 << 40).contains(&self.pictures);
        check("pictures", self.pictures, pictures, "at least 1, at most 2^40")?;
        count("batch_size", self.batch_size, 4096, "1 to 4096")?;
        let side = self.side.is_multiple_of(SIDE_UNIT) && (2 * SIDE_UNIT..=2048).contains(&self.side);
        check("side", self.side, side, "a multiple of 16 from 32 to 2048")?;
        count("evaluate_every", self.evaluate_every, usize::MAX, "at least 1")?;
        count("checkpoint_every", self.checkpoint_every.unwrap_or(1), usize::MAX, "at least 1")?;
        check(
            "validation_pictures",
            self.validation_pictures,
            self.validation_pictures <= 1 << 16,
            "at most 65536",
        )?;
        if self.validation_pictures > 0 {
            let expected = "at least 1, since validation_pictures are drawn with the digits held out";
            check("validation", self.validation, self.validation > 0, expected)?;
        }
        if let Some(norm) = self.clip_norm {
            positive("clip_norm", norm)?;
        }
        positive("learning_rate", self.learning_rate)?;
        not_negative("size_weight", self.size_weight)?;
        not_negative("offset_weight", self.offset_weight)?;
        validate::ema(self.ema)?;
        validate::significant_bits(self.significant_bits)?;
        validate::optimizer(self.optimizer)?;
        validate::schedule(self.schedule)?;
        self.validate_scenes()?;
        finder::finder(&self.network).map(drop)
    }

    fn validate_scenes(&self) -> Result<()> {
        let SceneConfig { heights, kinds, difficulty, stroked, turned, inverted, .. } = &self.scenes;
        let shares = [
            ("scenes.difficulty", difficulty),
            ("scenes.stroked", stroked),
            ("scenes.turned", turned),
            ("scenes.inverted", inverted),
        ];
        for (field, &value) in shares {
            check(field, value, (0.0..=1.0).contains(&value), "0 to 1")?;
        }
        let weights = kinds.in_order();
        for (kind, weight) in Kind::ALL.into_iter().zip(weights) {
            let fits = weight >= 0.0 && weight.is_finite();
            check("scenes.kinds", format!("{weight} for {kind:?}"), fits, "numbers of 0 or more")?;
        }
        let sum: f32 = weights.iter().sum();
        check("scenes.kinds", sum, sum > 0.0 && sum.is_finite(), "at least one of them above 0")?;
        let least = heights.least >= 4.0 && heights.least <= heights.most;
        check("scenes.heights.least", heights.least, least, "at least 4 and at most heights.most")?;
        check("scenes.heights.most", heights.most, heights.most <= 2048.0, "at most 2048")?;
        let margin = (1.0..=10.0).contains(&heights.margin);
        check("scenes.heights.margin", heights.margin, margin, "1 to 10")
    }
}
