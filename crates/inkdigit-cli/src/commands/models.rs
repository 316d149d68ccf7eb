//! `inkdigit models`: the networks and trained models there are.

use std::path::{Path, PathBuf};

use anyhow::Result;
use inkdigit::Model;
use inkdigit::inspect::parameters;
use inkdigit::model::{self, MODEL_FILE, TRAINED};
use inkdigit_train::TrainConfig;
use inkdigit_train::config::RECIPES;
use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};
use serde::Serialize;

use crate::args::RUNS;
use crate::examples;
use crate::output::{self, Table, grouped};

/// Lists networks and trained models
///
/// Networks are what `inkdigit train --network` takes; trained models are what `--model` takes: those that
/// are part of the program, and those in the folder `runs` here or in another, versions among them. For each it
/// says how many parameters it has, how many multiply-adds a picture takes, and what it is. `inkdigit inspect`
/// prints the layers of one.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::MODELS)]
pub(crate) struct Args {
    /// Folder whose models are listed.
    #[arg(value_name = "DIR", default_value = RUNS)]
    dir: PathBuf,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A network or a trained model in the list.
#[derive(Serialize)]
struct ListedModel {
    name: String,
    trained: bool,
    parameters: usize,
    multiply_adds: u64,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_accuracy: Option<f64>,
}

impl ListedModel {
    fn network(network: BuiltIn) -> Result<Self> {
        let graph = networks::build(&Network::BuiltIn(network), Scaling::default())?;
        Ok(Self {
            name: network.name().into(),
            trained: false,
            parameters: parameters(&graph),
            multiply_adds: graph.multiply_adds(),
            description: network.description().into(),
            validation_accuracy: None,
            test_accuracy: None,
        })
    }

    fn model(name: String, model: &Model) -> Self {
        let about = &model.metadata;
        let network = TrainConfig::of(model).map(|config| format!(", network {}", config.network));
        Self {
            name,
            trained: true,
            parameters: parameters(model.graph()),
            multiply_adds: model.graph().multiply_adds(),
            description: match about.training_images {
                0 => about.origin.clone().unwrap_or_default(),
                images => {
                    format!("trained on {} images{}", grouped(images), network.unwrap_or_default())
                }
            },
            validation_accuracy: about.validation_accuracy,
            test_accuracy: about.test_accuracy,
        }
    }

    fn accuracy(&self) -> String {
        match (self.test_accuracy, self.validation_accuracy) {
            (Some(test), _) => format!("{:.2} % test", 100.0 * test),
            (None, Some(validation)) => format!("{:.2} % validation", 100.0 * validation),
            _ => "-".into(),
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let networks = BuiltIn::ALL.into_iter().map(ListedModel::network).collect::<Result<Vec<_>>>()?;
    let mut models = Vec::new();
    for name in TRAINED {
        models.push(ListedModel::model(name.to_string(), &Model::open(name)?));
    }
    models.extend(
        models_in(&args.dir)
            .iter()
            .filter_map(|name| Some(ListedModel::model(name.clone(), &Model::open(name).ok()?))),
    );
    if args.json {
        let all: Vec<ListedModel> = networks.into_iter().chain(models).collect();
        return Ok(output::json(&all)?);
    }
    let mut table = Table::new(&["network", "parameters", "multiply-adds", "what it is"]);
    for entry in networks {
        let (parameters, work) = (grouped(entry.parameters), grouped(entry.multiply_adds));
        table.row(vec![entry.name, parameters, work, entry.description]);
    }
    output::line(format_args!("{table}\n"))?;
    let mut table = Table::new(&["trained model", "parameters", "multiply-adds", "accuracy", "what it is"]);
    for entry in models {
        let (parameters, work) = (grouped(entry.parameters), grouped(entry.multiply_adds));
        let accuracy = entry.accuracy();
        table.row(vec![entry.name, parameters, work, accuracy, entry.description]);
    }
    output::line(table)?;
    let recipes: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
    output::note(format_args!("\nrecipes for `inkdigit train --recipe`: {}", recipes.join(", ")));
    Ok(())
}

/// What `--model` takes of a folder: its versions, and the trainings and versions in the folders in it. A model
/// that can't be read is left out of the list: whoever names it is told why.
fn models_in(dir: &Path) -> Vec<String> {
    let of_versions = |dir: &Path| -> Vec<String> {
        model::versions(dir).iter().map(|version| format!("{}@{version}", dir.display())).collect()
    };
    let own = of_versions(dir);
    if !own.is_empty() {
        return own;
    }
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let of_folder = |folder: &PathBuf| match folder.join(MODEL_FILE).is_file() {
        true => vec![folder.display().to_string()],
        false => of_versions(folder),
    };
    folders.iter().flat_map(of_folder).collect()
}
