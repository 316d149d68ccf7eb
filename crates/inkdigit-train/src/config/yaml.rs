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
mod tests;
