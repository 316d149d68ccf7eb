//! The settings of a training and their defaults.

use inkdigit_nn::{OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

use super::changes::Changes;
use crate::augment::Augment;
use crate::names;
use crate::networks::{BuiltIn, Network, Scaling};

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
    /// Digits cut out of drawn scenes as a finder cuts them out of people's pictures, beside the images of each
    /// batch, as a share of it: with a neighbour's ink, a frame, a pattern behind them. A quarter as many places
    /// without a digit come with them.
    pub cutouts: f32,
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
            cutouts: 0.0,
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
