//! `inkdigit models`: the networks and trained models there are, and what they are made of.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use inkdigit::Model;
use inkdigit::config::RECIPES;
use inkdigit::model::{MODEL_FILE, TRAINED};
use inkdigit::networks::{self, BuiltIn, Network, Scaling};
use inkdigit_nn::{Graph, Node, Shape};
use serde::Serialize;

use crate::args::RUNS;
use crate::examples;
use crate::output::{self, Table, grouped};

/// Lists networks and trained models
///
/// Networks are what `inkdigit train --network` takes; trained models are what `--model` takes: those that
/// are part of the program, and those in the folder `runs` here. For each it says how many parameters it
/// has, how many multiply-adds a picture takes, and what it is. `models show` prints the layers of one.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::MODELS, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    Show(ShowArgs),
}

/// Prints the layers of a network or model with their shapes
#[derive(clap::Args, Debug)]
struct ShowArgs {
    /// A network's name, a model's file, or a training run's folder.
    name: String,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    match args.command {
        None => list(args.json),
        Some(Command::Show(show)) => self::show(&show),
    }
}

/// A network or a trained model in the list.
#[derive(Serialize)]
struct Entry {
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

impl Entry {
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
        let network = about.train_config().map(|config| format!(", network {}", config.network));
        Self {
            name,
            trained: true,
            parameters: parameters(model.graph()),
            multiply_adds: model.graph().multiply_adds(),
            description: format!(
                "trained on {} images{}",
                grouped(about.training_images as u64),
                network.unwrap_or_default()
            ),
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

fn list(json: bool) -> Result<()> {
    let networks = BuiltIn::ALL.into_iter().map(Entry::network).collect::<Result<Vec<_>>>()?;
    let mut models = Vec::new();
    for name in TRAINED {
        models.push(Entry::model(name.to_string(), &Model::open(name)?));
    }
    models.extend(runs_here());
    if json {
        let all: Vec<Entry> = networks.into_iter().chain(models).collect();
        return Ok(output::json(&all)?);
    }
    let mut table = Table::new(&["network", "parameters", "multiply-adds", "what it is"]);
    for entry in networks {
        let (parameters, work) = (grouped(entry.parameters as u64), grouped(entry.multiply_adds));
        table.row(vec![entry.name, parameters, work, entry.description]);
    }
    output::line(format_args!("{table}\n"))?;
    let mut table = Table::new(&["trained model", "parameters", "multiply-adds", "accuracy", "what it is"]);
    for entry in models {
        let (parameters, work) = (grouped(entry.parameters as u64), grouped(entry.multiply_adds));
        let accuracy = entry.accuracy();
        table.row(vec![entry.name, parameters, work, accuracy, entry.description]);
    }
    output::line(table)?;
    let recipes: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
    output::note(format_args!("\nrecipes for `inkdigit train --recipe`: {}", recipes.join(", ")));
    Ok(())
}

/// Finished trainings in the folder that `inkdigit train` writes to, oldest name first. A model that can't
/// be read is left out here: whoever names it is told why.
fn runs_here() -> Vec<Entry> {
    let mut folders: Vec<_> =
        std::fs::read_dir(RUNS).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let model = |folder: &Path| Some(Entry::model(folder.display().to_string(), &Model::open(folder).ok()?));
    folders
        .iter()
        .filter(|folder| folder.join(MODEL_FILE).is_file())
        .filter_map(|folder| model(folder))
        .collect()
}

/// What `models show` prints.
#[derive(Serialize)]
struct Layers {
    name: String,
    parameters: usize,
    multiply_adds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<inkdigit::model::Metadata>,
    layers: Vec<LayerRow>,
}

#[derive(Serialize)]
struct LayerRow {
    name: String,
    operation: &'static str,
    constants: serde_json::Value,
    output: Vec<usize>,
    parameters: usize,
    multiply_adds: u64,
}

impl LayerRow {
    fn new(node: &Node) -> Result<Self> {
        let constants = match serde_json::to_value(&node.op)? {
            serde_json::Value::Object(map) => map.into_iter().next().map(|(_, constants)| constants),
            _ => None,
        };
        Ok(Self {
            name: node.name.clone(),
            operation: node.op.name(),
            constants: constants.unwrap_or_default(),
            output: node.output_shape.dims(),
            parameters: parameters_of(node),
            multiply_adds: node.op.multiply_adds(node.input_shape, node.output_shape),
        })
    }

    /// `channels 20, kernel 5`: what isn't nothing.
    fn constants(&self) -> String {
        use serde_json::Value;
        let text = |(key, value): (&String, &Value)| match value {
            Value::Null | Value::Bool(false) => None,
            Value::Bool(true) => Some(key.clone()),
            Value::String(text) => Some(format!("{key} {text}")),
            // They are float32, and should look it.
            Value::Number(number) if number.is_f64() => {
                let number = number.as_f64().unwrap_or_default() as f32;
                (number != 0.0).then(|| format!("{key} {number}"))
            }
            Value::Number(number) if number.as_u64() == Some(0) => None,
            other => Some(format!("{key} {other}")),
        };
        let texts: Vec<String> = self.constants.as_object().into_iter().flatten().filter_map(text).collect();
        texts.join(", ")
    }
}

fn show(args: &ShowArgs) -> Result<()> {
    // A name that is both is the trained model's, as with `--model`.
    let network = BuiltIn::named(&args.name).filter(|_| !TRAINED.contains(&args.name.as_str()));
    let (graph, model) = match network {
        Some(network) => (networks::build(&Network::BuiltIn(network), Scaling::default())?, None),
        None => {
            let model = Model::open(&args.name)?;
            (model.graph().clone(), Some(model))
        }
    };
    if let (Some(model), false) = (&model, args.json) {
        let about = Entry::model(args.name.clone(), model);
        output::line(format_args!("{} (accuracy: {})\n", about.description, about.accuracy()))?;
    }
    let shown = Layers {
        name: args.name.clone(),
        parameters: parameters(&graph),
        multiply_adds: graph.multiply_adds(),
        metadata: model.map(|model| model.metadata),
        layers: graph.nodes().iter().map(LayerRow::new).collect::<Result<_>>()?,
    };
    if args.json {
        output::json(&shown)?
    } else {
        output::line(shown.table(graph.input_shape()))?
    }
    Ok(())
}

impl Layers {
    fn table(&self, input: Shape) -> Table {
        let mut table =
            Table::new(&["layer", "operation", "constants", "output", "parameters", "multiply-adds"]);
        let mut row = |name: &str, operation: &str, constants, output, parameters: usize, work| {
            let numbers = [grouped(parameters as u64), grouped(work)];
            table.row([[name.into(), operation.into(), constants, output].as_slice(), &numbers].concat());
        };
        row("input", "", String::new(), dims(&input.dims()), 0, 0);
        for layer in &self.layers {
            let (constants, output) = (layer.constants(), dims(&layer.output));
            row(&layer.name, layer.operation, constants, output, layer.parameters, layer.multiply_adds);
        }
        row("total", "", String::new(), String::new(), self.parameters, self.multiply_adds);
        table
    }
}

/// `20x24x24`, as channels, height, width.
fn dims(dims: &[usize]) -> String {
    dims.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

fn parameters(graph: &Graph) -> usize {
    graph.nodes().iter().map(parameters_of).sum()
}

/// Running statistics aren't counted: nothing is learned by them.
fn parameters_of(node: &Node) -> usize {
    let trainable = node.param_specs().into_iter().filter(|spec| spec.trainable);
    trainable.map(|spec| spec.shape.iter().product::<usize>()).sum()
}
