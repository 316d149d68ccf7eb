//! Configurations in YAML, and what is said about a mistake in one.
//!
//! YAML is read once into a tree of [`Node`]s that know their lines; a configuration is made from that, whether it
//! stood in a file, in a model or in a checkpoint.

use inkdigit::Model;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
    let config: TrainConfig = parse(text, file)?;
    config.validate().map_err(|cause| within(file, None, cause))?;
    Ok(config)
}

/// Reads a document, without looking whether what it says makes sense.
pub(super) fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T> {
    let value = Node::parse(text).and_then(|node| T::deserialize(&node));
    value.map_err(|Mistake { line, cause }| within(file, line, *cause))
}

/// An error in a configuration file.
pub(super) fn within(file: &str, line: Option<u64>, cause: Error) -> Error {
    Error::InConfig { file: file.into(), line, source: Box::new(cause) }
}

/// Plain data as YAML, with every field.
pub(super) fn write(config: &impl Serialize) -> String {
    // JSON keeps the order of the fields and every number as it is.
    let json = serde_json::to_string(config).expect("a configuration is plain data, written into memory");
    let node: Node = serde_json::from_str(&json).expect("this is JSON");
    write::yaml(&node)
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
        write(self)
    }
}

#[cfg(test)]
mod tests;
