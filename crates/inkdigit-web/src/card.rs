//! What the page says of a model.

use inkdigit::Model;
use serde::Serialize;

/// A model in a few words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelCard {
    /// What it is called.
    pub name: String,
    /// Numbers that it learned.
    pub parameters: usize,
    /// The share of the test images that it read right, where that was measured.
    pub test_accuracy: Option<f64>,
    /// The model it began as and the program that wrote that one, where it comes from elsewhere.
    pub origin: Option<String>,
}

impl ModelCard {
    /// The card of this model.
    pub fn of(model: &Model) -> Self {
        let specs = model.graph().nodes().iter().flat_map(|node| node.param_specs());
        let learned = specs.filter(|spec| spec.trainable);
        Self {
            name: model.metadata.name.clone(),
            parameters: learned.map(|spec| spec.shape.iter().product::<usize>()).sum(),
            test_accuracy: model.metadata.test_accuracy,
            origin: model.metadata.origin.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_says_how_good_it_is() {
        let card = ModelCard::of(&Model::default());
        assert!(card.parameters > 10_000 && card.test_accuracy.is_some_and(|share| share > 0.99), "{card:?}");
        assert_eq!(card.origin, None);
    }
}
