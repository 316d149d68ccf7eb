//! From logits to probabilities that mean what they say.

use serde::{Deserialize, Serialize};

/// The line that a find's logit goes through before it becomes a probability (J. Platt, "Probabilistic outputs for
/// support vector machines", 1999). A network that learns heat maps, of which nearly all is cold, is too unsure of
/// what it finds; two numbers, fitted on pictures it didn't learn from, mend that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calibration {
    /// What a logit is multiplied by.
    pub slope: f32,
    /// What is added then.
    pub offset: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { slope: 1.0, offset: 0.0 }
    }
}

impl Calibration {
    /// How probable a find with this logit is.
    pub fn probability(&self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(self.slope * logit + self.offset)).exp())
    }
}
