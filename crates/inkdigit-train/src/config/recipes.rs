//! The recipes that are shipped: the files in this crate's `configs/`, which also stand as examples.

use super::Task;
use crate::error::{Error, Result};

/// A shipped configuration.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// What `--recipe` takes.
    pub name: &'static str,
    /// What it does, in one line.
    pub description: &'static str,
    /// The file.
    pub yaml: &'static str,
}

macro_rules! recipes {
    ($($name:literal: $description:literal),* $(,)?) => {
        &[$(Recipe {
            name: $name,
            description: $description,
            yaml: include_str!(concat!("../../configs/", $name, ".yml")),
        }),*]
    };
}

/// All recipes.
pub const RECIPES: &[Recipe] = recipes! {
    "default": "the embedded model: augmented, less so at the end, chosen on a validation split",
    "fast": "99 % in the shortest time",
    "mxnet-mlp": "MXNet's tutorial, the dense network: at least 97.5 %",
    "mxnet-lenet": "MXNet's tutorial, LeNet: at least 98.8 %",
    "cntk-103d": "CNTK's tutorial 103D, the network of the ONNX model zoo: at least 98.9 %",
    "keras-cnn": "Keras's introduction: at least 99.0 %",
    "deep-mnist": "TensorFlow's deep MNIST for experts, 20 000 iterations: at least 99.2 %",
    "look": "the second look at what a finder found: cut-outs as they come",
    "finder": "finds digits anywhere on a picture: pages, forms, single digits; hours",
    "tensorflow-demo": "the TensorFlow demo's 5000 iterations, with a checkpoint every 1000",
};

/// The configuration of a recipe.
///
/// ```
/// use inkdigit_train::config::{self, Task};
///
/// let Task::Digits(config) = config::recipe("default")? else { panic!("it reads single digits") };
/// assert_eq!(config.stages().len(), 2);
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] with the nearest known one.
pub fn recipe(name: &str) -> Result<Task> {
    let found = RECIPES.iter().find(|recipe| recipe.name == name).ok_or_else(|| {
        let known: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
        Error::unknown("recipe", name, &known)
    })?;
    Task::parse(found.yaml, found.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_recipes_are_sound_and_say_what_they_are() {
        for shipped in RECIPES {
            let task = recipe(shipped.name).unwrap_or_else(|error| panic!("{error}"));
            assert!(shipped.yaml.starts_with("# "), "{} tells what it reproduces", shipped.name);
            let yaml = match &task {
                Task::Digits(config) => config.to_yaml(),
                Task::Finder(config) => config.to_yaml(),
            };
            assert_eq!(Task::parse(&yaml, shipped.name).unwrap(), task);
        }
        let error = recipe("mnist-deep").unwrap_err().to_string();
        assert!(error.starts_with("unknown recipe `mnist-deep`, expected perhaps `"), "{error}");
    }
}
