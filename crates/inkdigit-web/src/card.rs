//! What the page says of a model.

use inkdigit::{Model, inspect};
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
        Self {
            name: model.metadata.name.clone(),
            parameters: inspect::parameters(model.graph()),
            test_accuracy: model.metadata.test_accuracy,
            origin: model.metadata.origin.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use inkdigit::model::Metadata;
    use inkdigit_nn::Params;
    use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};

    use super::*;

    #[test]
    fn a_card_counts_what_is_learned_and_nothing_else() {
        let graph = networks::build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).expect("a network");
        let metadata = Metadata { name: "zoo".into(), test_accuracy: Some(0.989), ..Metadata::default() };
        let model = Model::new(graph.clone(), Params::init(&graph, 1), metadata).expect("a model");
        let expected =
            ModelCard { name: "zoo".into(), parameters: 5994, test_accuracy: Some(0.989), origin: None };
        assert_eq!(ModelCard::of(&model), expected);
        let card = ModelCard::of(&Model::default());
        assert!(!card.name.is_empty() && card.parameters > 10_000, "{card:?}");
    }
}
