//! `inkdigit inspect`: what a model or network is made of.

use std::path::PathBuf;

use anyhow::Result;
use inkdigit::inspect::{FileInfo, Inspection, LayerInfo, OpsetInfo};
use inkdigit::model::TRAINED;
use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};
use inkdigit_view::diagram;
use serde_json::Value;

use crate::args::SubjectArgs;
use crate::output::{self, Table, grouped};
use crate::{examples, pictures};

/// Shows what a model or network is made of
///
/// Prints where a model comes from (file, opset, producer, metadata, input and outputs), its layers with
/// shapes, parameters and multiply-adds, which layers run as one, and what became of the file's nodes that are
/// no layer of their own. A name that is both a network's and a model's is the model's.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::INSPECT)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,

    /// Write a diagram of the network as an SVG file, with each layer's shape and parameters.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let name = args.subject.name();
    let network = BuiltIn::named(name).filter(|_| !TRAINED.contains(&name));
    let (inspection, graph) = match network {
        Some(network) => {
            let graph = networks::build(&Network::BuiltIn(network), Scaling::default())?;
            (Inspection::of_graph(network.name(), &graph), graph)
        }
        None => {
            let model = args.subject.open()?;
            (Inspection::of_model(name, &model), model.graph().clone())
        }
    };
    if let Some(file) = &args.svg {
        pictures::save(file, diagram::svg_file(name, &graph).as_bytes())?;
        output::note(format_args!("saved {}", file.display()));
    }
    if args.json {
        return Ok(output::json(&inspection)?);
    }
    if let Some(file) = &inspection.file {
        print_file(file)?;
    }
    output::line(layers(&inspection))?;
    let steps: Vec<String> = inspection.steps.iter().map(|step| step.join("+")).collect();
    output::line(format_args!("\nruns as {} steps: {}", steps.len(), steps.join(", ")))?;
    if let Some(file) = inspection.file.filter(|file| !file.fused.is_empty()) {
        output::line(format_args!("\n{}", fused(&file)))?;
    }
    Ok(())
}

fn print_file(file: &FileInfo) -> std::io::Result<()> {
    // ONNX's own operators need no name.
    let opset = |opset: &OpsetInfo| match opset.domain.as_str() {
        "ai.onnx" => opset.version.to_string(),
        domain => format!("{domain} {}", opset.version),
    };
    let opsets: Vec<String> = file.opsets.iter().map(opset).collect();
    let producer =
        if file.producer.is_empty() { "a program that doesn't say its name" } else { &file.producer };
    output::line(format_args!(
        "{}: ONNX format {}, opset {}, {} nodes, {} bytes",
        file.name,
        file.ir_version,
        opsets.join(", "),
        file.nodes,
        grouped(file.bytes)
    ))?;
    output::line(format_args!("written by {producer}"))?;
    let input = &file.input;
    output::line(format_args!(
        "input  {}: {} [{}], pixels {} ({})",
        input.name,
        input.element,
        input.dims.join(", "),
        input.scale,
        input.scale_source
    ))?;
    for found in &file.outputs {
        let head = found.head.map_or("not of the logits, left out".into(), |head| head.replace('_', " "));
        output::line(format_args!("output {}: {head}", found.name))?;
    }
    if !file.metadata.is_empty() {
        output::line("metadata")?;
    }
    for entry in &file.metadata {
        output::line(format_args!("  {}: {}", entry.key, shortened(&entry.value)))?;
    }
    output::line("")
}

/// The first line of a text, or as much of it as a terminal shows well.
fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let first = text.lines().next().unwrap_or_default();
    let cut: String = first.chars().take(MOST).collect();
    if cut.len() < text.len() { format!("{cut}...") } else { cut }
}

fn layers(inspection: &Inspection) -> Table {
    let mut table = Table::new(&["layer", "operation", "constants", "output", "parameters", "multiply-adds"]);
    let mut row = |name: &str, operation: &str, constants, output, parameters: usize, work| {
        let numbers = [grouped(parameters), grouped(work)];
        table.row([[name.into(), operation.into(), constants, output].as_slice(), &numbers].concat());
    };
    row("input", "", String::new(), dims(&inspection.input), 0, 0);
    for layer in &inspection.layers {
        let (constants, output) = (constants(layer), dims(&layer.output));
        row(&layer.name, layer.operation, constants, output, layer.parameters, layer.multiply_adds);
    }
    row("total", "", String::new(), String::new(), inspection.parameters, inspection.multiply_adds);
    table
}

/// `channels 20, kernel 5`: what isn't nothing.
fn constants(layer: &LayerInfo) -> String {
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
    let texts: Vec<String> = layer.constants.as_object().into_iter().flatten().filter_map(text).collect();
    texts.join(", ")
}

/// `20x24x24`, as channels, height, width.
fn dims(dims: &[usize]) -> String {
    dims.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

fn fused(file: &FileInfo) -> Table {
    let mut table = Table::new(&["node", "operator", "into", "how"]);
    for node in &file.fused {
        let into = if node.into.is_empty() { "-" } else { &node.into };
        table.row([&node.node, &node.operator, into, &node.how].map(String::from).to_vec());
    }
    table
}
