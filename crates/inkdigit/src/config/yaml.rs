//! Configurations in YAML, and what is said about a mistake in one.

use serde_saphyr::Error as YamlError;

use super::TrainConfig;
use crate::error::{Error, Result};

/// Reads a configuration; `file` is what messages call it. Fields that aren't given have their defaults.
///
/// # Errors
/// [`Error::InConfig`], which names the file and the line, around [`Error::UnknownName`] (with the nearest
/// known one), [`Error::ConfigSyntax`], and what [`TrainConfig::validate`] finds.
pub fn parse_yaml(text: &str, file: &str) -> Result<TrainConfig> {
    let within = |line, cause| Error::InConfig { file: file.into(), line, cause: Box::new(cause) };
    // A file of comments alone, or an empty one, changes no default.
    let empty = text.lines().all(|line| matches!(line.trim().chars().next(), None | Some('#')));
    let config = if empty {
        TrainConfig::default()
    } else {
        serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line()).filter(|&line| line > 0);
            within(line, explain(error.without_snippet()))
        })?
    };
    config.validate().map_err(|cause| within(None, cause))?;
    Ok(config)
}

fn explain(error: &YamlError) -> Error {
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => Error::unknown("key", field, expected),
        YamlError::SerdeUnknownVariant { variant, expected, .. } => Error::unknown("name", variant, expected),
        YamlError::SerdeMissingField { field, .. } => {
            Error::ConfigSyntax { cause: format!("`{field}` is missing") }
        }
        other => Error::ConfigSyntax { cause: without_place(&other.to_string()) },
    }
}

/// The message without the place, which is told before it.
fn without_place(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let cut = [" at line ", " (line "].iter().filter_map(|place| first.find(place)).min();
    first[..cut.unwrap_or(first.len())].trim_start_matches("error: ").to_string()
}

/// The configuration as YAML.
pub(super) fn write(config: &TrainConfig) -> String {
    serde_saphyr::to_string(config).expect("a configuration is plain data, written into memory")
}
