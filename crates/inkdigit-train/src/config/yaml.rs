//! Configurations in YAML, and what is said about a mistake in one.
//!
//! YAML is read once into a tree of [`Node`]s that know their lines; a configuration is made from that, whether it
//! stood in a file, in a model or in a checkpoint.

use inkdigit::Model;
use serde::Deserialize;

use super::train_config::TrainConfig;
use crate::error::{Error, Result};
use mistake::Mistake;

mod mistake;
mod node;
mod read;
mod write;

pub(crate) use node::Node;

/// Reads a configuration; `file` is what messages call it. Fields that aren't given have their defaults.
///
/// ```
/// use inkdigit_train::config;
///
/// let config = config::parse_yaml("network: mlp\nepochs: 3\n", "my.yml")?;
/// assert_eq!((config.epochs, config.batch_size), (3.0, 100));
/// let mistake = config::parse_yaml("network: mlp\nepoch: 3\n", "my.yml").unwrap_err();
/// assert!(inkdigit::error::with_causes(&mistake).starts_with("my.yml, line 2: unknown key `epoch`"));
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
///
/// # Errors
/// [`Error::InConfig`], which names the file and the line, around [`Error::UnknownName`] (with the nearest
/// known one), [`Error::ConfigSyntax`], and what [`TrainConfig::validate`] finds.
pub fn parse_yaml(text: &str, file: &str) -> Result<TrainConfig> {
    let within = |line, source| Error::InConfig { file: file.into(), line, source };
    let config = Node::parse(text).and_then(|node| TrainConfig::deserialize(&node));
    let config = config.map_err(|Mistake { line, cause }| within(line, cause))?;
    config.validate().map_err(|cause| within(None, Box::new(cause)))?;
    Ok(config)
}

/// The configuration that a tree of plain data is.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_node(node: &Node) -> Result<TrainConfig> {
    TrainConfig::deserialize(node).map_err(|mistake| *mistake.cause)
}

impl TrainConfig {
    /// The configuration that a model was trained with; none if there was none, or if another version of Inkdigit
    /// wrote it in a form that isn't known here.
    pub fn of(model: &Model) -> Option<Self> {
        from_node(&Node::deserialize(&model.metadata.config).ok()?).ok()
    }

    /// The configuration as a YAML file, with every field.
    pub fn to_yaml(&self) -> String {
        // JSON keeps the order of the fields and every number as it is.
        let json = serde_json::to_string(self).expect("a configuration is plain data, written into memory");
        let node: Node = serde_json::from_str(&json).expect("this is JSON");
        write::yaml(&node)
    }
}

#[cfg(test)]
mod tests;
