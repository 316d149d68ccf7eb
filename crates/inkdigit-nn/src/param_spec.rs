//! One parameter of an operation before it has a place in the arena: its name, its shape, how it starts.

use serde::{Deserialize, Serialize};

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
    /// Uniform in +-bound.
    Uniform {
        /// Half the width of the interval.
        bound: f32,
    },
    /// Normal with this deviation.
    Normal {
        /// The standard deviation.
        deviation: f32,
    },
}

/// One parameter of one layer, before it has a place in the arena.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// The name within its layer: `weight`, `bias`, `running_mean`, ...
    pub name: &'static str,
    /// Row-major dimensions.
    pub shape: Vec<usize>,
    /// How it starts.
    pub init: Init,
    /// False for running statistics, which no optimizer touches.
    pub trainable: bool,
}

impl ParamSpec {
    /// How many numbers it has.
    pub fn numbers(&self) -> usize {
        self.shape.iter().product()
    }
}
