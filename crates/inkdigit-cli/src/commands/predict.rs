//! `inkdigit predict`: pictures in, digits out.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use inkdigit::answer::DigitAnswer;
use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace};
use inkdigit::{FoundDigit, GrayImage, PictureLimits, Prediction, Recognizer, Rejection};
use inkdigit_train::{Dataset, Split};

use crate::args::{DataArgs, FinderArgs, ModelArgs};
use crate::commands::display;
use crate::examples;
use crate::labels::{self, Row, TableKind};
use crate::output::{self, Told, Usage};
use crate::pictures;
use crate::terminal::{self, Shades};

/// Reads the digit on a picture
///
/// Takes PNG, JPEG, GIF, BMP and WebP pictures of any size with one digit each, dark on light or light on
/// dark. A number that isn't a file is the number of a digit in the data set; without anything it takes any
/// digit of the test set. What is no digit is said to be none, with the reason: nothing drawn, too faint, no
/// digit found, or too unsure. A picture that can't be read doesn't stop the others.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::PREDICT)]
pub(crate) struct Args {
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

    /// Call what is less probable than this no digit: 0 for nothing. Unless told otherwise it is 0.7, and 0.5 for what
    /// was found among other things.
    #[arg(long, value_name = "P")]
    reject_below: Option<f32>,

    /// With --rules, how ink is told from paper: auto, otsu, sauvola, or the level from 0 to 255 at which ink begins.
    #[arg(long, value_name = "HOW", default_value_t = Threshold::Auto, requires = "rules", conflicts_with = "finder")]
    threshold: Threshold,

    /// Print JSON: a list with an object for each picture.
    #[arg(long, conflicts_with = "display")]
    json: bool,

    /// Compare with a file of labels, one for each picture in order.
    #[arg(long, value_name = "FILE", conflicts_with = "display")]
    labels: Option<PathBuf>,

    /// Print a row for each picture, or the totals only.
    #[arg(long, value_enum, default_value = "full", requires = "labels")]
    table: TableKind,

    /// Write the picture of each stage of preprocessing into this folder.
    #[arg(long, value_name = "DIR")]
    debug: Option<PathBuf>,

    /// Refuse pictures of more pixels than this before decoding them.
    #[arg(long, value_name = "N", default_value_t = PictureLimits::default().max_pixels)]
    max_pixels: u64,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    finder: FinderArgs,

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

impl Input {
    /// What it is called before it is known better.
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".into(),
            Self::Id(id) => id.map_or("any digit".into(), |id| format!("number {id}")),
        }
    }
}

/// A digit to read.
struct NamedDigit {
    /// The file's name, or the data set's part and number.
    name: String,
    id: Option<usize>,
    label: Option<u8>,
    /// What was found.
    found: FoundDigit,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let inputs = inputs(&args);
    let reader = Reader::new(&args, &inputs)?;
    let labels = labels(&args, inputs.len())?;
    if let Some(folder) = &args.debug {
        pictures::make_folder(folder)?;
    }
    let (mut answers, mut read, mut failures) = (Vec::new(), Vec::new(), 0);
    for (place, (input, stem)) in inputs.iter().zip(stems(&inputs)).enumerate() {
        let mut trace = if args.debug.is_some() { Trace::on() } else { Trace::off() };
        let start = Instant::now();
        let outcome = reader.read(input, &mut trace);
        let took = start.elapsed();
        let digit = match outcome {
            Ok(digit) => digit,
            Err(error) => {
                output::error(&error);
                failures += 1;
                read.push(ReadPicture { name: input.name(), prediction: None, took });
                continue;
            }
        };
        if let Some(folder) = &args.debug {
            pictures::save_stages(folder, &stem, &trace)?;
        }
        if digit.found.others > 0 {
            let (name, digits) = (&digit.name, 1 + digit.found.others);
            output::note(format_args!(
                "{name}: {digits} digits stand on it, the surest is told; `inkdigit read` reads them all"
            ));
        }
        if args.json {
            let NamedDigit { name: file, id, label, found: FoundDigit { prediction, .. } } = digit;
            let label = labels.as_ref().and_then(|labels| labels.get(place).copied()).or(label);
            answers.push(DigitAnswer { file, prediction, id, label });
        } else if labels.is_none() {
            print(&args, inputs.len() > 1, &digit)?;
        } else {
            read.push(ReadPicture { name: digit.name, prediction: Some(digit.found.prediction), took });
        }
    }
    if args.json {
        output::json(&answers)?;
    } else if let Some(labels) = &labels {
        compare(&read, labels, args.table)?;
    }
    if failures > 0 { Err(Told.into()) } else { Ok(()) }
}

/// What reads one input after another.
struct Reader<'a> {
    args: &'a Args,
    recognizer: Recognizer,
    /// Empty if no input is of it.
    data: Dataset,
    split: Split,
}

impl<'a> Reader<'a> {
    fn new(args: &'a Args, inputs: &[Input]) -> Result<Self> {
        if let Some(found) = args.reject_below.filter(|p| !(0.0..=1.0).contains(p)) {
            let text = format!("--reject-below is {found}, expected a probability from 0 to 1");
            return Err(Usage(text).into());
        }
        let recognizer = Recognizer::new(args.model.open()?).rejecting_below(args.reject_below);
        let recognizer = args.finder.equip(recognizer)?;
        let split = if args.train { Split::Train } else { Split::Test };
        let of_data = inputs.iter().any(|input| matches!(input, Input::Id(_)));
        let data = of_data.then(|| args.data.open(split)).transpose()?.unwrap_or_default();
        Ok(Self { args, recognizer, data, split })
    }

    /// The digit of an input.
    fn read(&self, input: &Input, trace: &mut Trace) -> Result<NamedDigit> {
        let options = PreprocessOptions { threshold: self.args.threshold, ..PreprocessOptions::default() };
        let of_picture = |picture: GrayImage, trace: &mut Trace| {
            let found = self.recognizer.find_digit(&picture, &options, trace);
            NamedDigit { name: input.name(), id: None, label: None, found }
        };
        Ok(match input {
            Input::Id(id) => self.of_chosen(display::choose(&self.data, *id, self.split)?),
            Input::File(path) => of_picture(GrayImage::open(path, self.limits())?, trace),
            Input::Stdin => of_picture(self.decode_stdin(input)?, trace),
        })
    }

    fn of_chosen(&self, chosen: display::Chosen) -> NamedDigit {
        let display::Chosen { id, digit, label } = chosen;
        let prediction = self.recognizer.classify_one(&digit);
        NamedDigit {
            name: format!("number {id} of the {} set", self.split.name()),
            id: Some(id),
            label: Some(label),
            found: FoundDigit { prediction, image: Some(digit), bounds: None, others: 0 },
        }
    }

    fn decode_stdin(&self, input: &Input) -> Result<GrayImage> {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        Ok(GrayImage::decode(&bytes, self.limits()).map_err(|error| error.in_file(input.name()))?)
    }

    fn limits(&self) -> PictureLimits {
        PictureLimits::pixels(self.args.max_pixels)
    }
}

/// The labels of the pictures, if there are any; says so if they aren't as many.
fn labels(args: &Args, pictures: usize) -> Result<Option<Vec<u8>>> {
    let Some(path) = &args.labels else { return Ok(None) };
    let labels = labels::open(path)?.all();
    if labels.len() != pictures {
        output::note(format_args!(
            "{}: {} labels for {pictures} pictures: they are compared in order as far as both go",
            path.display(),
            labels.len()
        ));
    }
    Ok(Some(labels))
}

/// A picture that was read, or couldn't be.
struct ReadPicture {
    name: String,
    prediction: Option<Prediction>,
    took: Duration,
}

/// Prints what was read beside what it should have been.
fn compare(read: &[ReadPicture], labels: &[u8], kind: TableKind) -> Result<()> {
    // What has no label can't be wrong.
    let pairs = read.iter().zip(labels);
    let rows = pairs.map(|(read, &label)| Row {
        name: Some(&read.name),
        read: read.prediction.as_ref().filter(|prediction| !prediction.rejected),
        label: Some(label),
        time: read.took,
    });
    labels::print(&rows.collect::<Vec<_>>(), read.iter().map(|read| read.took).sum(), kind)
}

/// What the pictures of each input's stages are called.
fn stems(inputs: &[Input]) -> Vec<String> {
    let names: Vec<PathBuf> = inputs.iter().map(|input| input.name().into()).collect();
    pictures::stems(&names)
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

fn print(args: &Args, named: bool, read: &NamedDigit) -> Result<()> {
    let prediction = &read.found.prediction;
    // Which picture an answer belongs to is clear where there is one alone.
    let name = if named { format!("{}: ", read.name) } else { String::new() };
    let Prediction { digit, probability, .. } = prediction;
    match prediction.reason {
        None => output::line(format_args!(
            "{name}The recognized result is {digit} and the probability is {probability:.3}"
        ))?,
        Some(Rejection::Unsure) => output::line(format_args!(
            "{name}no digit: the likeliest is {digit}, with a probability of {probability:.3}"
        ))?,
        Some(reason) => output::line(format_args!("{name}no digit: {reason}"))?,
    }
    if let Some(label) = read.label {
        output::line(format_args!("{}, labelled {label}", read.name))?;
    }
    for (digit, probability) in prediction.ranking().iter().take(args.top.unwrap_or(0) as usize) {
        output::line(format_args!("  {digit}  {probability:.3}"))?;
    }
    if let (true, Some(digit)) = (args.display, &read.found.image) {
        output::text(&terminal::draw(digit, Shades::of_stdout()))?;
    }
    Ok(())
}
