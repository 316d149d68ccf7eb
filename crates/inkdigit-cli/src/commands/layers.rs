//! `inkdigit layers`: what every layer of a model makes of a digit, as pictures.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use inkdigit::activations::{Filters, first_filters};
use inkdigit::{Error, Prediction, Recognizer, activations};
use inkdigit_nn::{Node, Tensor};
use inkdigit_view::overview::{self, Walkthrough};
use inkdigit_view::tiles::Range;
use inkdigit_view::{ColorMap, layers, words};
use rayon::prelude::*;
use serde::Serialize;

use crate::args::ModelArgs;
use crate::examples;
use crate::out_folder::{self, File, safe_name};
use crate::output::{self, Table};
use crate::subject::{Digit, DigitArgs};

/// Shows what every layer makes of a digit
///
/// Writes a picture of each layer's output into a folder: maps side by side, vectors folded, in colours whose
/// range stands below; the filters the network begins with; all layers on one picture, overview.png; and
/// overview.html, one page without need of any other file, which tells the image's way through the network in
/// words. The folder has to be new or empty.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::LAYERS)]
pub(crate) struct Args {
    #[command(flatten)]
    digit: DigitArgs,

    /// Folder for the pictures.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Draw this layer alone, without overview; may be given several times.
    #[arg(long = "layer", value_name = "NAME")]
    layers: Vec<String>,

    /// The colours of numbers.
    #[arg(long, value_name = "NAME", default_value = ColorMap::default().name(), value_parser = color_map())]
    colormap: ColorMap,

    /// Write into a folder with other files in it, and replace those of the same names.
    #[arg(long)]
    force: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArgs,
}

/// What `--json` says.
#[derive(Serialize)]
struct DrawnLayers<'a> {
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<u8>,
    prediction: &'a Prediction,
    layers: &'a [Drawn],
    /// All files, in the folder that was named.
    files: Vec<&'a str>,
}

/// A layer's picture.
#[derive(Serialize)]
struct Drawn {
    layer: String,
    operation: &'static str,
    /// `[C, H, W]` or `[features]`.
    shape: Vec<usize>,
    /// The smallest of its numbers, and the largest.
    low: f32,
    high: f32,
    file: String,
    #[serde(skip)]
    told: String,
}

fn color_map() -> impl TypedValueParser<Value = ColorMap> {
    PossibleValuesParser::new(ColorMap::NAMES).map(|name| ColorMap::named(&name).expect("a possible value"))
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let model = args.model.open()?;
    let nodes = model.graph().nodes();
    let known = |name: &String| nodes.iter().any(|node| node.name == *name);
    if let Some(found) = args.layers.iter().find(|name| !known(name)) {
        let known = nodes.iter().map(|node| node.name.clone()).collect();
        return Err(Error::NoSuchLayer { found: found.clone(), known }.into());
    }
    let Digit { name, image, label } = args.digit.open()?;
    let values = activations(&model, &image);
    let filters = first_filters(&model).filter(|_| args.layers.is_empty());
    let recognizer = Recognizer::new(model);
    let prediction = recognizer.classify_one(&image);

    let graph = recognizer.model().graph();
    let wanted = |node: &Node| args.layers.is_empty() || args.layers.contains(&node.name);
    let all = graph.nodes().iter().zip(&values).enumerate();
    let chosen: Vec<_> = all.filter(|(_, (node, _))| wanted(node)).collect();
    let drawn: Vec<Drawn> =
        chosen.iter().map(|(place, (node, values))| described(*place + 1, node, values)).collect();
    let way = Walkthrough {
        image_name: &file_name(&name),
        // A path says nothing to whom the page is shown.
        model_name: &file_name(&args.model.model),
        digit: &image,
        graph,
        values: &values,
        filters: filters.as_ref(),
        prediction: &prediction,
        colors: args.colormap,
    };
    // Most of the time is spent packing pictures: all at once.
    let pictures = chosen.par_iter().zip(&drawn).map(|((_, (node, values)), drawn)| {
        (drawn.file.clone(), layers::layer(node, values.data(), args.colormap).to_png())
    });
    let (mut files, others): (Vec<File>, Vec<File>) =
        rayon::join(|| pictures.collect(), || if args.layers.is_empty() { whole(&way) } else { Vec::new() });
    files.extend(others);
    out_folder::write(&args.out, &files, args.force)?;

    if args.json {
        let files = files.iter().map(|(name, _)| name.as_str()).collect();
        let answer = DrawnLayers { image: &name, label, prediction: &prediction, layers: &drawn, files };
        return Ok(output::json(&answer)?);
    }
    output::line(table(&drawn))?;
    output::note(format_args!("{} files in {}", files.len(), args.out.display()));
    Ok(())
}

/// The last part of a path; a text that isn't a path stays as it is.
fn file_name(text: &str) -> String {
    let last = Path::new(text).file_name();
    last.map_or_else(|| text.into(), |name| name.to_string_lossy().into_owned())
}

/// What isn't one layer's: the image, the filters and the overviews.
fn whole(way: &Walkthrough<'_>) -> Vec<File> {
    let filters = |filters: &Filters| {
        let name = format!("filters-{}.png", safe_name(&filters.layer));
        (name, layers::filters(filters, way.colors).to_png())
    };
    let ((png, html), mut files) = rayon::join(
        || rayon::join(|| overview::png(way), || overview::html(way)),
        || {
            let input = layers::input(way.digit, way.colors).to_png();
            [Some(("00-input.png".to_string(), input)), way.filters.map(filters)]
                .into_iter()
                .flatten()
                .collect::<Vec<File>>()
        },
    );
    files.push(("overview.png".into(), png));
    files.push(("overview.html".into(), html.into_bytes()));
    files
}

fn described(number: usize, node: &Node, values: &Tensor) -> Drawn {
    let Range { low, high } = Range::of(values.data());
    Drawn {
        layer: node.name.clone(),
        operation: node.op.name(),
        shape: node.output_shape.dims(),
        low,
        high,
        // Numbered, so that folders list them in the order they run.
        file: format!("{number:02}-{}.png", safe_name(&node.name)),
        told: format!("{}, {}", words::kind(&node.op), words::shape(node.output_shape)),
    }
}

fn table(drawn: &[Drawn]) -> Table {
    let mut table = Table::new(&["file", "layer", "what", "from", "to"]);
    for Drawn { layer, low, high, file, told, .. } in drawn {
        table.row(vec![file.clone(), layer.clone(), told.clone(), words::short(*low), words::short(*high)]);
    }
    table
}
