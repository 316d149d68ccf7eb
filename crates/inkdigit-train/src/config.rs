//! What describes a training: one file, whose every default stands in [`TrainConfig`] and nowhere else.
//!
//! A configuration is read from YAML ([`parse_yaml`]), from a shipped [`recipe`], or from the defaults; the
//! program's flags then overwrite fields ([`TrainConfig::change`]), [`TrainConfig::validate`] checks the whole, and
//! the training saves it beside its results.

mod changes;
mod finder;
mod recipes;
mod stages;
mod task;
mod train_config;
mod validate;
mod yaml;

pub use changes::Changes;
pub use finder::{FinderConfig, FinderTask};
pub use recipes::{RECIPES, Recipe, recipe};
pub use task::Task;
pub use train_config::TrainConfig;
pub use yaml::parse_yaml;
pub(crate) use yaml::{Node, from_node};
