//! What each stage made of a picture, for those who want to see where it went wrong.

use crate::GrayImage;

/// Collects the stages' pictures, where somebody wants them.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    wanted: bool,
    stages: Vec<(&'static str, GrayImage)>,
}

impl Trace {
    /// A trace that keeps nothing and costs nothing.
    pub fn off() -> Self {
        Self::default()
    }

    /// A trace that keeps the picture of every stage.
    pub fn on() -> Self {
        Self { wanted: true, stages: Vec::new() }
    }

    /// Adds a stage's picture; it is only made if it is wanted.
    pub fn add(&mut self, name: &'static str, picture: impl FnOnce() -> GrayImage) {
        if self.wanted {
            self.stages.push((name, picture()));
        }
    }

    /// The stages so far, by name, in their order.
    pub fn stages(&self) -> &[(&'static str, GrayImage)] {
        &self.stages
    }
}
