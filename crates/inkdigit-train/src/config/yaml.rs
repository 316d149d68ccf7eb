//! Configurations in YAML, and what is said about a mistake in one.
//!
//! YAML is read once into a tree of [`Node`]s that know their lines; a configuration is made from that, whether it
//! stood in a file, in a model or in a checkpoint.

use serde::Deserialize;

use super::TrainConfig;
use crate::error::{Error, Result};
use mistake::Mistake;

mod mistake;
mod node;
mod read;
mod write;

pub(crate) use node::Node;

/// Reads a configuration; `file` is what messages call it. Fields that aren't given have their defaults.
///
/// # Errors
/// [`Error::InConfig`], which names the file and the line, around [`Error::UnknownName`] (with the nearest
/// known one), [`Error::ConfigSyntax`], and what [`TrainConfig::validate`] finds.
pub fn parse_yaml(text: &str, file: &str) -> Result<TrainConfig> {
    let within = |line, cause| Error::InConfig { file: file.into(), line, source: Box::new(cause) };
    let config = Node::parse(text).and_then(|node| TrainConfig::deserialize(&node));
    let config = config.map_err(|Mistake { line, cause }| within(line, cause))?;
    config.validate().map_err(|cause| within(None, cause))?;
    Ok(config)
}

/// The configuration that a tree of plain data is.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_node(node: &Node) -> Result<TrainConfig> {
    TrainConfig::deserialize(node).map_err(|mistake| mistake.cause)
}

/// The configuration as YAML.
pub(super) fn write(config: &TrainConfig) -> String {
    // JSON keeps the order of the fields and every number as it is.
    let json = serde_json::to_string(config).expect("a configuration is plain data, written into memory");
    let node: Node = serde_json::from_str(&json).expect("this is JSON");
    write::yaml(&node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{BuiltIn, Network};
    use inkdigit::error::with_causes;
    use inkdigit_nn::{OptimizerConfig, Schedule};

    #[test]
    fn what_is_not_said_has_its_default() {
        for text in ["", "# nothing\n", "{}"] {
            assert_eq!(parse_yaml(text, "x.yml").unwrap(), TrainConfig::default(), "{text:?}");
        }
    }

    #[test]
    fn every_form_is_read() {
        let text = "
# a comment
network:
  - conv2d: {channels: 4, kernel: 5}
  - relu
  - max_pool2d:
      kernel: 2
  - batch_norm
  - residual: [tanh]
  - flatten
  - linear: {features: 10}
epochs: 3
batch_size: 32
optimizer: {sgd: {momentum: 0.9}}
learning_rate: 1e-2
schedule: cosine
ema: 0.99
augment: {shift: 2}
";
        let config = parse_yaml(text, "x.yml").unwrap();
        assert!(matches!(&config.network, Network::Layers(layers) if layers.len() == 7));
        assert_eq!((config.epochs, config.batch_size, config.ema), (3.0, 32, Some(0.99)));
        assert!(matches!(config.optimizer, OptimizerConfig::Sgd { momentum: 0.9, nesterov: false, .. }));
        assert!(matches!(config.schedule, Schedule::Cosine { warmup: 0.0, .. }));
        assert_eq!((config.learning_rate, config.augment.shift), (0.01, 2.0));
        let again = parse_yaml(&config.to_yaml(), "again.yml").unwrap();
        assert_eq!(again, config, "{}", config.to_yaml());
    }

    #[test]
    fn mistakes_name_file_line_and_nearest() {
        let cases = [
            (
                "epochs: 1\nlerning_rate: 1",
                "x.yml, line 2: unknown key `lerning_rate`, expected perhaps `learning_rate`",
            ),
            ("network: lenett", "x.yml, line 1: unknown name `lenett`, expected perhaps `lenet`"),
            ("network:\n- flatten\n- rellu", "x.yml, line 3: unknown name `rellu`, expected perhaps `relu`"),
            (
                "network:\n- conv2d:\n    chanels: 3",
                "x.yml, line 3: unknown key `chanels`, expected perhaps `channels`",
            ),
            ("network:\n- flatten\n- linear", "line 3: `features` is missing"),
            ("augment:\n  rotatoin: 3", "x.yml, line 2: unknown key `rotatoin`, expected perhaps `rotation`"),
            ("\noptimizer: adan", "x.yml, line 2: unknown name `adan`, expected perhaps `adam`"),
            (
                "optimizer:\n  adam:\n    beta: 1",
                "x.yml, line 3: unknown key `beta`, expected perhaps `betas`",
            ),
            ("schedule: step", "x.yml, line 1: `every` is missing"),
            ("epochs: many", "x.yml, line 1"),
            ("epochs: 1\nepochs: 2", "x.yml, line 2: duplicate mapping key"),
            ("epochs: [", "x.yml, line 1"),
            ("- 1", "x.yml, line 1"),
            ("batch_size: -1", "x.yml, line 1"),
            ("batch_size: 0", "x.yml: batch_size is 0, expected at least 1"),
            ("learning_rate: .nan", "x.yml: learning_rate is NaN, expected a number above 0"),
            ("epochs: .inf", "x.yml: epochs is inf"),
            ("optimizer: {sgd: {nesterov: true}}", "x.yml: optimizer.sgd.nesterov is true, expected false"),
            ("early_stopping: 2\nvalidation: 0", "x.yml: validation is 0, expected at least 1"),
            ("network: [flatten]", "x.yml: the network gives 784 features"),
        ];
        let mut failures = Vec::new();
        for (text, expected) in cases {
            match parse_yaml(text, "x.yml").map_err(|error| with_causes(&error)) {
                Err(error) if error.contains(expected) => {}
                other => failures.push(format!("{text:?}\n  expected {expected}\n  found    {other:?}")),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn the_default_comes_back_from_yaml() {
        let config = TrainConfig { network: Network::BuiltIn(BuiltIn::Mlp), ..TrainConfig::default() };
        assert_eq!(parse_yaml(&config.to_yaml(), "x.yml").unwrap(), config);
    }
}
