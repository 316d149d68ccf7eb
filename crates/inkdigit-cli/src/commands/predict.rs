//! `inkdigit predict`: pictures in, digits out.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result};
use inkdigit::{DigitImage, GrayImage, Model, PictureLimits, Split, preprocess};
use serde::Serialize;

use crate::args::{DataArgs, ModelArgs};
use crate::commands::display;
use crate::examples;
use crate::output::{self, Told};
use crate::terminal::{self, Shades};

/// Reads the digit on a picture
///
/// Takes PNG, JPEG, GIF, BMP and WebP pictures of any size with one digit each, dark on light or light on
/// dark. A number that isn't a file is the number of a digit in the data set; without anything it takes any
/// digit of the test set. A picture that can't be read doesn't stop the others.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::PREDICT)]
pub struct Args {
    /// Pictures; `-` is standard input, a bare number a digit of the data set.
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,

    /// Digit of the data set, counted from 0; may be given several times.
    #[arg(long = "id", value_name = "N")]
    ids: Vec<usize>,

    /// Take digits of the data set from the training set instead of the test set.
    #[arg(long)]
    train: bool,

    /// Draw what the network sees, in the terminal.
    #[arg(long)]
    display: bool,

    /// Print the K likeliest digits with their probabilities.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=10))]
    top: Option<u8>,

    /// Print JSON: a list with an object for each picture.
    #[arg(long, conflicts_with = "display")]
    json: bool,

    /// Refuse pictures of more pixels than this before decoding them.
    #[arg(long, value_name = "N", default_value_t = PictureLimits::default().max_pixels)]
    max_pixels: u64,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    data: DataArgs,
}

/// Where a digit comes from.
enum Input {
    File(PathBuf),
    Stdin,
    /// A number of the data set; none for any.
    Id(Option<usize>),
}

/// A digit to read.
struct Subject {
    /// The file's name, or the data set's part and number.
    name: String,
    id: Option<usize>,
    label: Option<u8>,
    /// What the network sees; none where nothing is drawn.
    digit: Option<DigitImage>,
}

/// What `--json` says of a picture.
#[derive(Serialize)]
struct Answer {
    file: String,
    digit: Option<u8>,
    probability: Option<f32>,
    probabilities: Option<[f32; 10]>,
    rejected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<u8>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let inputs = inputs(&args);
    let recognizer = Model::open(&args.model.model)?;
    let (mut answers, mut failures) = (Vec::new(), 0);
    let split = if args.train { Split::Train } else { Split::Test };
    let mut data = None;
    let only = inputs.len() == 1;
    for input in &inputs {
        let subject = match input {
            Input::Id(id) => {
                // Read once, and only if it is needed.
                let data = match &mut data {
                    Some(data) => data,
                    none => none.insert(args.data.open(split)?),
                };
                of_data(display::choose(data, *id, split)?, split)
            }
            Input::File(path) => of_file(path, args.max_pixels),
            Input::Stdin => of_stdin(args.max_pixels),
        };
        match subject.and_then(|subject| Ok((read(&recognizer, &subject)?, subject))) {
            Ok((prediction, subject)) if args.json => answers.push(answer(subject, prediction)),
            Ok((prediction, subject)) => print(&args, only, &subject, prediction.as_ref())?,
            Err(error) => {
                output::error(&error);
                failures += 1;
            }
        }
    }
    if args.json {
        output::json(&answers)?;
    }
    if failures > 0 { Err(Told.into()) } else { Ok(()) }
}

fn inputs(args: &Args) -> Vec<Input> {
    let of_picture = |path: &PathBuf| {
        let number = path.to_str().and_then(|name| name.parse().ok());
        match number {
            Some(id) if !path.exists() => Input::Id(Some(id)),
            _ if path.as_os_str() == "-" => Input::Stdin,
            _ => Input::File(path.clone()),
        }
    };
    let mut inputs: Vec<Input> = args.pictures.iter().map(of_picture).collect();
    inputs.extend(args.ids.iter().map(|&id| Input::Id(Some(id))));
    if inputs.is_empty() {
        inputs.push(Input::Id(None));
    }
    inputs
}

fn of_file(path: &PathBuf, max_pixels: u64) -> Result<Subject> {
    let picture = GrayImage::open(path, PictureLimits::pixels(max_pixels))?;
    Ok(of_picture(path.display().to_string(), &picture))
}

fn of_stdin(max_pixels: u64) -> Result<Subject> {
    let name = "standard input";
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    let picture = GrayImage::decode(&bytes, PictureLimits::pixels(max_pixels));
    Ok(of_picture("-".into(), &picture.map_err(|error| error.in_file(name))?))
}

fn of_picture(name: String, picture: &GrayImage) -> Subject {
    Subject { name, id: None, label: None, digit: preprocess::preprocess(picture) }
}

fn of_data(chosen: display::Chosen, split: Split) -> Result<Subject> {
    let display::Chosen { id, digit, label } = chosen;
    let name = format!("number {id} of the {} set", split.name());
    Ok(Subject { name, id: Some(id), label: Some(label), digit: Some(digit) })
}

struct Prediction {
    digit: u8,
    probability: f32,
    probabilities: [f32; 10],
}

fn read(model: &Model, subject: &Subject) -> Result<Option<Prediction>> {
    let Some(digit) = &subject.digit else { return Ok(None) };
    let probabilities = model.probabilities(digit.pixels());
    let probabilities: [f32; 10] = std::array::from_fn(|i| probabilities[i]);
    let digit = (0..10).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b])).unwrap_or(0);
    Ok(Some(Prediction { digit: digit as u8, probability: probabilities[digit], probabilities }))
}

fn answer(subject: Subject, prediction: Option<Prediction>) -> Answer {
    Answer {
        file: subject.name,
        digit: prediction.as_ref().map(|p| p.digit),
        probability: prediction.as_ref().map(|p| p.probability),
        probabilities: prediction.as_ref().map(|p| p.probabilities),
        rejected: prediction.is_none(),
        id: subject.id,
        label: subject.label,
    }
}

fn print(args: &Args, only: bool, subject: &Subject, prediction: Option<&Prediction>) -> Result<()> {
    // Which picture an answer belongs to is clear where there is one alone.
    let name = if only { String::new() } else { format!("{}: ", subject.name) };
    match prediction {
        Some(Prediction { digit, probability, .. }) => output::line(format_args!(
            "{name}The recognized result is {digit} and the probability is {probability:.3}"
        ))?,
        None => output::line(format_args!("{name}No digit is recognized: nothing is drawn there"))?,
    }
    if let Some(label) = subject.label {
        output::line(format_args!("{}: a {label}", subject.name))?;
    }
    if let (Some(top), Some(prediction)) = (args.top, prediction) {
        let mut order: Vec<usize> = (0..10).collect();
        let by = |&digit: &usize| -prediction.probabilities[digit];
        order.sort_by(|a, b| by(a).total_cmp(&by(b)));
        for &digit in &order[..top as usize] {
            output::line(format_args!("  {digit}  {:.3}", prediction.probabilities[digit]))?;
        }
    }
    if let (true, Some(digit)) = (args.display, &subject.digit) {
        output::text(&terminal::draw(digit, Shades::of_stdout()))?;
    }
    Ok(())
}
