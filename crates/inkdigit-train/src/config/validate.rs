//! What types can't check.

use inkdigit_nn::{OptimizerConfig, Schedule};

use super::train_config::TrainConfig;
use crate::error::{Error, Result};
use crate::networks::{self, Network};

impl TrainConfig {
    /// Checks what types can't: ranges, fields that need each other, and that the network's shapes fit.
    ///
    /// # Errors
    /// [`Error::ConfigValue`] names the field, its value and what it may be, in [`Error::InStage`] if it is that of
    /// a later stage; those of [`networks::build`].
    pub fn validate(&self) -> Result<()> {
        for (number, stage) in (1..).zip(self.stages()) {
            let in_stage = |source| Error::InStage { stage: number, source: Box::new(source) };
            settings(&stage).map_err(|error| if number == 1 { error } else { in_stage(error) })?;
        }
        match &self.network {
            // Looked at when it is opened: an interrupted training goes on without the file.
            Network::From(_) => Ok(()),
            network => networks::build(network, self.scaling).map(drop),
        }
    }
}

fn settings(config: &TrainConfig) -> Result<()> {
    let epochs = config.epochs;
    check("epochs", epochs, epochs > 0.0 && epochs <= 1e6, "a number above 0, at most 1000000")?;
    count("num_iterations", config.num_iterations)?;
    count("batch_size", Some(config.batch_size))?;
    check("batch_size", config.batch_size, config.batch_size <= 1 << 16, "at most 65536")?;
    count("checkpoint_every", config.checkpoint_every)?;
    count("early_stopping", config.early_stopping)?;
    if config.early_stopping.is_some() {
        let expected = "at least 1, since early_stopping goes by the validation images";
        check("validation", config.validation, config.validation > 0, expected)?;
    }
    significant_bits(config.significant_bits)?;
    positive("learning_rate", config.learning_rate)?;
    share("label_smoothing", config.label_smoothing)?;
    let shares =
        [("synthetic", config.synthetic), ("outliers", config.outliers), ("cutouts", config.cutouts)];
    for (field, value) in shares {
        check(field, value, (0.0..=4.0).contains(&value), "0 to 4")?;
    }
    ema(config.ema)?;
    optimizer(config.optimizer)?;
    schedule(config.schedule)
}

pub(super) fn significant_bits(bits: Option<u32>) -> Result<()> {
    bits.map_or(Ok(()), |bits| check("significant_bits", bits, (4..=24).contains(&bits), "from 4 to 24"))
}

pub(super) fn ema(decay: Option<f32>) -> Result<()> {
    let expected = "above 0 and below 1, or nothing";
    decay.map_or(Ok(()), |decay| check("ema", decay, 0.0 < decay && decay < 1.0, expected))
}

pub(super) fn optimizer(optimizer: OptimizerConfig) -> Result<()> {
    match optimizer {
        OptimizerConfig::Sgd { momentum, nesterov, weight_decay } => {
            share("optimizer.sgd.momentum", momentum)?;
            let fits = !nesterov || momentum > 0.0;
            check("optimizer.sgd.nesterov", nesterov, fits, "false, or a momentum above 0 beside it")?;
            not_negative("optimizer.sgd.weight_decay", weight_decay)
        }
        OptimizerConfig::Adam { betas, epsilon, weight_decay }
        | OptimizerConfig::AdamW { betas, epsilon, weight_decay } => {
            betas.into_iter().try_for_each(|beta| share("optimizer.betas", beta))?;
            positive("optimizer.epsilon", epsilon)?;
            not_negative("optimizer.weight_decay", weight_decay)
        }
    }
}

pub(super) fn schedule(schedule: Schedule) -> Result<()> {
    match schedule {
        Schedule::Constant => Ok(()),
        Schedule::Step { every, factor } => {
            positive("schedule.step.every", every)?;
            positive("schedule.step.factor", factor)
        }
        Schedule::Exponential { factor } => positive("schedule.exponential.factor", factor),
        Schedule::Cosine { warmup, floor } => {
            share("schedule.cosine.warmup", warmup)?;
            not_negative("schedule.cosine.floor", floor)
        }
        Schedule::OneCycle { rise, start_divisor, end_divisor } => {
            share("schedule.one_cycle.rise", rise)?;
            positive("schedule.one_cycle.start_divisor", start_divisor)?;
            positive("schedule.one_cycle.end_divisor", end_divisor)
        }
    }
}

fn share(field: &'static str, value: f32) -> Result<()> {
    check(field, value, (0.0..1.0).contains(&value), "0 or more, below 1")
}

pub(super) fn positive(field: &'static str, value: f32) -> Result<()> {
    check(field, value, value > 0.0 && value.is_finite(), "a number above 0")
}

pub(super) fn not_negative(field: &'static str, value: f32) -> Result<()> {
    check(field, value, value >= 0.0 && value.is_finite(), "a number of 0 or more")
}

fn count(field: &'static str, value: Option<usize>) -> Result<()> {
    check(field, value.unwrap_or(1), value != Some(0), "at least 1")
}

pub(super) fn check(
    field: &'static str,
    found: impl ToString,
    fits: bool,
    expected: &'static str,
) -> Result<()> {
    if fits { Ok(()) } else { Err(Error::ConfigValue { field, found: found.to_string(), expected }) }
}
