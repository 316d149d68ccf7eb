//! What describes a training: one file, whose every default stands here and nowhere else.
//!
//! A configuration is read from YAML ([`parse_yaml`]), from a shipped [`recipe`], or from the defaults; the
//! program's flags then overwrite fields, [`TrainConfig::validate`] checks the whole, and the training saves
//! it beside its results.

use inkdigit::Model;
use inkdigit_nn::{OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

use crate::augment::Augment;
use crate::error::{Error, Result};
use crate::names;
use crate::networks::{self, BuiltIn, Network, Scaling};

mod changes;
mod recipes;
mod yaml;

pub use changes::Changes;
pub use recipes::{RECIPES, Recipe, recipe};
pub use yaml::parse_yaml;
pub(crate) use yaml::{Node, from_node};

/// Everything that decides the result of a training, but for the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// The network: a built-in one's name, a list of layers, or a model to go on from: `{from: FILE.onnx}`.
    pub network: Network,
    /// How pixels become the network's input: `unit`, `standard`, `symmetric` or `none`. Not used where the
    /// network is a model's, which has its own.
    pub scaling: Scaling,
    /// Passes over the training images; may be a fraction. Not used where `num_iterations` is given.
    pub epochs: f64,
    /// Batches to train on, in place of a number of epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_iterations: Option<usize>,
    /// Images of one batch; the last one of an epoch may have fewer.
    pub batch_size: usize,
    /// `sgd`, `adam` or `adamw`, or one of them with its constants: `sgd: {momentum: 0.9}`.
    #[serde(deserialize_with = "names::named")]
    pub optimizer: OptimizerConfig,
    /// The optimizer's step size; what the schedule multiplies.
    pub learning_rate: f32,
    /// How the learning rate moves: `constant`, `step`, `exponential`, `cosine` or `one_cycle`, with their
    /// constants.
    #[serde(deserialize_with = "names::named")]
    pub schedule: Schedule,
    /// The share of each label that is spread over all digits.
    pub label_smoothing: f32,
    /// The decay of an average of the weights, which then is what is evaluated and saved; none to take the
    /// weights themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema: Option<f32>,
    /// Random changes of the training images.
    pub augment: Augment,
    /// Synthetic digits beside the images of each batch, as a share of it: ways of writing that the data
    /// hasn't got. They are augmented as the images are.
    pub synthetic: f32,
    /// Pictures of no digit beside the images of each batch, as a share of it: letters, scribbles, noise, pieces
    /// of digits. The network learns to be unsure of them.
    pub outliers: f32,
    /// Decides every random choice: initial weights, order, augmentation and dropout.
    pub seed: u64,
    /// Images held out for validation: the last ones of each digit, in proportion. 0 for none.
    pub validation: usize,
    /// Whether the accuracy on the test images is reported after each epoch. Nothing is chosen by it.
    pub test_each_epoch: bool,
    /// Batches between two checkpoints, besides the one after each epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<usize>,
    /// Epochs without improvement on the validation images after which the training ends early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
    /// Whether the weights of the epoch that was best on the validation images are the result (by accuracy,
    /// then by loss) rather than the last ones.
    pub keep_best: bool,
    /// The numbers of the finished model are rounded to so many significant binary digits: 11 are half
    /// precision's, 8 bfloat16's, which costs no accuracy that could be measured and halves what must be
    /// downloaded. None leaves all 24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub significant_bits: Option<u32>,
    /// Further stages of the training, each as what it does otherwise than the one before. A stage begins with the
    /// weights that were chosen at the end of the one before, and with a new optimizer, average and schedule: it
    /// is what a training from that one's model would be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Changes>,
}

impl Default for TrainConfig {
    /// LeNet as it is taught, trained as one does today: about 99 % in ten epochs.
    fn default() -> Self {
        Self {
            network: Network::BuiltIn(BuiltIn::Lenet),
            scaling: Scaling::Unit,
            epochs: 10.0,
            num_iterations: None,
            batch_size: 100,
            optimizer: OptimizerConfig::AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01 },
            learning_rate: 2e-3,
            schedule: Schedule::OneCycle { rise: 0.3, start_divisor: 25.0, end_divisor: 1e4 },
            label_smoothing: 0.0,
            ema: None,
            augment: Augment::default(),
            synthetic: 0.0,
            outliers: 0.0,
            seed: 1,
            validation: 5000,
            test_each_epoch: false,
            checkpoint_every: None,
            early_stopping: None,
            keep_best: true,
            significant_bits: None,
            then: Vec::new(),
        }
    }
}

impl TrainConfig {
    /// The configuration that a model was trained with; none if there was none, or if another version of Inkdigit
    /// wrote it in a form that isn't known here.
    pub fn of(model: &Model) -> Option<Self> {
        yaml::from_node(&yaml::Node::deserialize(&model.metadata.config).ok()?).ok()
    }

    /// The configuration as a YAML file, with every field.
    pub fn to_yaml(&self) -> String {
        yaml::write(self)
    }

    /// Checks what types can't: ranges, fields that need each other, and that the network's shapes fit.
    ///
    /// # Errors
    /// [`Error::ConfigValue`] names the field, its value and what it may be, in [`Error::InStage`] if it is that of
    /// a later stage; those of [`networks::build`].
    pub fn validate(&self) -> Result<()> {
        for (number, stage) in (1..).zip(self.stages()) {
            let in_stage = |source| Error::InStage { stage: number, source: Box::new(source) };
            stage.validate_settings().map_err(|error| if number == 1 { error } else { in_stage(error) })?;
        }
        match &self.network {
            // Looked at when it is opened: an interrupted training goes on without the file.
            Network::From(_) => Ok(()),
            network => networks::build(network, self.scaling).map(drop),
        }
    }

    fn validate_settings(&self) -> Result<()> {
        let share =
            |field, value: f32| check(field, value, (0.0..1.0).contains(&value), "0 or more, below 1");
        let positive =
            |field, value: f32| check(field, value, value > 0.0 && value.is_finite(), "a number above 0");
        let not_negative = |field, value: f32| {
            check(field, value, value >= 0.0 && value.is_finite(), "a number of 0 or more")
        };
        let count =
            |field, value: Option<usize>| check(field, value.unwrap_or(1), value != Some(0), "at least 1");

        check(
            "epochs",
            self.epochs,
            self.epochs > 0.0 && self.epochs <= 1e6,
            "a number above 0, at most 1000000",
        )?;
        count("num_iterations", self.num_iterations)?;
        count("batch_size", Some(self.batch_size))?;
        check("batch_size", self.batch_size, self.batch_size <= 1 << 16, "at most 65536")?;
        count("checkpoint_every", self.checkpoint_every)?;
        count("early_stopping", self.early_stopping)?;
        if self.early_stopping.is_some() {
            let expected = "at least 1, since early_stopping goes by the validation images";
            check("validation", self.validation, self.validation > 0, expected)?;
        }
        if let Some(bits) = self.significant_bits {
            check("significant_bits", bits, (4..=24).contains(&bits), "from 4 to 24")?;
        }
        positive("learning_rate", self.learning_rate)?;
        share("label_smoothing", self.label_smoothing)?;
        for (field, value) in [("synthetic", self.synthetic), ("outliers", self.outliers)] {
            check(field, value, (0.0..=4.0).contains(&value), "0 to 4")?;
        }
        if let Some(decay) = self.ema {
            check("ema", decay, 0.0 < decay && decay < 1.0, "above 0 and below 1, or nothing")?;
        }
        match self.optimizer {
            OptimizerConfig::Sgd { momentum, nesterov, weight_decay } => {
                share("optimizer.sgd.momentum", momentum)?;
                let fits = !nesterov || momentum > 0.0;
                check("optimizer.sgd.nesterov", nesterov, fits, "false, or a momentum above 0 beside it")?;
                not_negative("optimizer.sgd.weight_decay", weight_decay)?;
            }
            OptimizerConfig::Adam { betas, epsilon, weight_decay }
            | OptimizerConfig::AdamW { betas, epsilon, weight_decay } => {
                betas.into_iter().try_for_each(|beta| share("optimizer.betas", beta))?;
                positive("optimizer.epsilon", epsilon)?;
                not_negative("optimizer.weight_decay", weight_decay)?;
            }
        }
        match self.schedule {
            Schedule::Constant => {}
            Schedule::Step { every, factor } => {
                positive("schedule.step.every", every)?;
                positive("schedule.step.factor", factor)?;
            }
            Schedule::Exponential { factor } => positive("schedule.exponential.factor", factor)?,
            Schedule::Cosine { warmup, floor } => {
                share("schedule.cosine.warmup", warmup)?;
                not_negative("schedule.cosine.floor", floor)?;
            }
            Schedule::OneCycle { rise, start_divisor, end_divisor } => {
                share("schedule.one_cycle.rise", rise)?;
                positive("schedule.one_cycle.start_divisor", start_divisor)?;
                positive("schedule.one_cycle.end_divisor", end_divisor)?;
            }
        }
        Ok(())
    }
}

fn check(field: &'static str, found: impl ToString, fits: bool, expected: &'static str) -> Result<()> {
    if fits { Ok(()) } else { Err(Error::ConfigValue { field, found: found.to_string(), expected }) }
}
