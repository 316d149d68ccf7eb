//! `inkdigit read`: pictures with many digits in, their text out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use inkdigit::page::{Line, PageDigit};
use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace};
use inkdigit::{GrayImage, Page, PageOptions, PictureLimits, Recognizer, atomic};
use inkdigit_view::annotate;
use serde::Serialize;

use crate::args::ModelArgs;
use crate::examples;
use crate::output::{self, Table, Told, Usage};

/// Reads the digits on pages
///
/// Takes photographs and scans with any number of digits, on plain, ruled or squared paper or in boxes, turned
/// any way. Prints the digits line by line. A page that can't be read doesn't stop the others.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::READ)]
pub struct Args {
    /// Pictures of pages.
    #[arg(value_name = "PAGE", required = true)]
    pages: Vec<PathBuf>,

    /// Print JSON: a list with an object for each page.
    #[arg(long, conflicts_with = "labels")]
    json: bool,

    /// How ink is told from paper: auto, otsu, sauvola, or the level from 0 to 255 at which ink begins.
    #[arg(long, value_name = "HOW", default_value_t = Threshold::Auto)]
    threshold: Threshold,

    /// Reject what is read with a lower probability.
    #[arg(long, value_name = "P", default_value_t = PageOptions::default().reject_below)]
    reject_below: f32,

    /// Digits that go through the network at once.
    #[arg(long, value_name = "N", default_value_t = PageOptions::default().batch_size, value_parser = at_least_one)]
    batch_size: usize,

    /// Compare with a file of labels, digits with blanks or line ends between them or without.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,

    /// The order in which labels stand.
    #[arg(long, value_enum, default_value = "reading", requires = "labels")]
    label_order: LabelOrder,

    /// Print a row for each digit, or the totals only.
    #[arg(long, value_enum, default_value = "full", requires = "labels")]
    table: TableKind,

    /// Draw what was read on the page, as a PNG picture; for several pages, into this folder.
    ///
    /// A box around each digit, its value above: blue, or with --labels green where they agree, red and dashed
    /// where not. What was rejected is gray. A folder that exists gets PAGE-annotated.png for each page.
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,

    /// Write what the network sees of each digit into this folder.
    #[arg(long, value_name = "DIR")]
    crops: Option<PathBuf>,

    /// Write the picture of each stage into this folder.
    #[arg(long, value_name = "DIR")]
    debug: Option<PathBuf>,

    /// Refuse pictures of more pixels than this before decoding them.
    #[arg(long, value_name = "N", default_value_t = PictureLimits::default().max_pixels)]
    max_pixels: u64,

    #[command(flatten)]
    model: ModelArgs,
}

/// The order of labels.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LabelOrder {
    /// From the first line to the last, as one reads.
    Reading,
    /// As MNISTER wants them: from the bottom of the page up.
    Mnister,
}

/// How much of the comparison is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TableKind {
    /// All of it.
    Full,
    /// The totals.
    None,
}

/// What `--json` says of a page.
#[derive(Serialize)]
struct Answer {
    file: String,
    text: String,
    lines: Vec<String>,
    turned: f32,
    digits: Vec<Digit>,
    /// Why there is no digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What `--json` says of a digit.
#[derive(Serialize)]
struct Digit {
    digit: u8,
    probability: f32,
    second: u8,
    second_probability: f32,
    /// Column, row, width and height on the picture.
    #[serde(rename = "box")]
    bounds: [usize; 4],
    line: usize,
    rejected: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    if let Some(target) = &args.annotate {
        check_annotations(target, &args.pages)?;
    }
    let recognizer = Recognizer::new(args.model.open()?);
    let labels = args.labels.as_deref().map(read_labels).transpose()?;
    for folder in [&args.crops, &args.debug].into_iter().flatten() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let (mut answers, mut pages, mut failures) = (Vec::new(), Vec::new(), 0);
    let mut time = Duration::ZERO;
    for path in &args.pages {
        match read(&args, &recognizer, path) {
            Ok(Read { page, reason, took }) => {
                time += took;
                if args.json {
                    answers.push(answer(path, &page, reason));
                } else if labels.is_none() {
                    print(&args, path, &page, reason.as_deref())?;
                }
                pages.push((path.as_path(), page));
            }
            Err(error) => {
                output::error(&error);
                failures += 1;
            }
        }
    }
    if args.json {
        output::json(&answers)?;
    }
    if let Some(target) = &args.annotate {
        let truth = labels.as_deref().map(|labels| truth(&pages, labels, args.label_order));
        for (place, (path, page)) in pages.iter().enumerate() {
            // Opened again: labels may need all pages first, too many to keep their pixels meanwhile.
            let picture = GrayImage::open(path, PictureLimits::pixels(args.max_pixels))?;
            let png = annotate(&picture, page, truth.as_ref().map(|truth| truth[place].as_slice()));
            save(&annotation(target, path), &png)?;
        }
    }
    if let Some(labels) = labels {
        let lines = lines(&pages, args.label_order);
        let digits = lines.iter().flat_map(|(_, line)| &line.digits);
        let read: Vec<&PageDigit> = digits.filter(|digit| !digit.prediction.rejected).collect();
        compare(&read, &labels, time, args.table)?;
    }
    if failures > 0 { Err(Told.into()) } else { Ok(()) }
}

/// Whether pictures of these pages can be told apart from each other and from the pages.
fn check_annotations(target: &Path, pages: &[PathBuf]) -> Result<()> {
    if pages.len() > 1 && !target.is_dir() {
        return Err(Usage(format!(
            "found {} pages and --annotate {}, expected one page or a folder that exists",
            pages.len(),
            target.display()
        ))
        .into());
    }
    if let Ok(target) = fs::canonicalize(target)
        && pages.iter().any(|page| fs::canonicalize(page).is_ok_and(|page| page == target))
    {
        return Err(Usage(format!(
            "--annotate {} is the page itself, expected another name",
            target.display()
        ))
        .into());
    }
    Ok(())
}

/// Where the picture of what was read on a page goes.
fn annotation(target: &Path, page: &Path) -> PathBuf {
    if !target.is_dir() {
        return target.to_owned();
    }
    target.join(format!("{}-annotated.png", page.file_stem().unwrap_or_default().to_string_lossy()))
}

/// The lines of all pages in the order of labels, each with its page's number. MNISTER counts pages and lines
/// from the bottom up, and each line from its left.
fn lines<'a>(pages: &'a [(&Path, Page)], order: LabelOrder) -> Vec<(usize, &'a Line)> {
    let pages = pages.iter().enumerate();
    let mut lines: Vec<_> =
        pages.flat_map(|(number, (_, page))| page.lines.iter().map(move |line| (number, line))).collect();
    if matches!(order, LabelOrder::Mnister) {
        lines.reverse();
    }
    lines
}

/// For each page what the labels say of each of its digits, in the order of reading. What was rejected has no
/// label.
fn truth(pages: &[(&Path, Page)], labels: &[u8], order: LabelOrder) -> Vec<Vec<Option<u8>>> {
    let mut labels = labels.iter().copied();
    let mut lines: Vec<(usize, Vec<Option<u8>>)> = lines(pages, order)
        .into_iter()
        .map(|(page, line)| {
            let digits = line.digits.iter();
            (page, digits.map(|d| if d.prediction.rejected { None } else { labels.next() }).collect())
        })
        .collect();
    if matches!(order, LabelOrder::Mnister) {
        lines.reverse();
    }
    let mut truth = vec![Vec::new(); pages.len()];
    for (page, digits) in lines {
        truth[page].extend(digits);
    }
    truth
}

/// A page, and how it went.
struct Read {
    page: Page,
    reason: Option<String>,
    took: Duration,
}

fn read(args: &Args, recognizer: &Recognizer, path: &Path) -> Result<Read> {
    let picture = GrayImage::open(path, PictureLimits::pixels(args.max_pixels))?;
    let options = PageOptions {
        preprocess: PreprocessOptions { threshold: args.threshold, ..PreprocessOptions::default() },
        reject_below: args.reject_below,
        batch_size: args.batch_size,
        ..PageOptions::default()
    };
    let mut trace = if args.debug.is_some() { Trace::on() } else { Trace::off() };
    let start = Instant::now();
    let page = recognizer.page_traced(&picture, &options, &mut trace);
    let took = start.elapsed();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if let Some(folder) = &args.debug {
        for (number, (stage, picture)) in trace.stages().iter().enumerate() {
            save(&folder.join(format!("{stem}-{number}-{stage}.png")), &picture.to_png())?;
        }
    }
    // A page without digits is no failure.
    let (page, reason) = match page {
        Ok(page) => (page, None),
        Err(reason) => (Page { lines: Vec::new(), turned: 0.0 }, Some(reason.to_string())),
    };
    if let Some(folder) = &args.crops {
        for (number, digit) in page.digits().enumerate() {
            let name = format!("{stem}-{number:03}-{}.png", digit.prediction.digit);
            save(&folder.join(name), &digit.image.to_png())?;
        }
    }
    Ok(Read { page, reason, took })
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(atomic::write_file(path, |out| out.write_all(bytes))?)
}

fn print(args: &Args, path: &Path, page: &Page, reason: Option<&str>) -> Result<()> {
    if args.pages.len() > 1 {
        output::line(format_args!("{}:", path.display()))?;
    }
    let text = page.text();
    if text.is_empty() {
        output::note(format_args!("{}: {}", path.display(), reason.unwrap_or("no digit found")));
        return Ok(());
    }
    Ok(output::line(text)?)
}

fn answer(path: &Path, page: &Page, reason: Option<String>) -> Answer {
    let digits = page.lines.iter().enumerate().flat_map(|(line, digits)| {
        digits.digits.iter().map(move |digit| {
            let (second, second_probability) = digit.prediction.ranking()[1];
            let b = &digit.bounds;
            Digit {
                digit: digit.prediction.digit,
                probability: digit.prediction.probability,
                second,
                second_probability,
                bounds: [b.left, b.top, b.width(), b.height()],
                line,
                rejected: digit.prediction.rejected,
            }
        })
    });
    Answer {
        file: path.display().to_string(),
        text: page.text(),
        lines: page.lines.iter().map(|line| line.text()).collect(),
        turned: page.turned,
        digits: digits.collect(),
        reason,
    }
}

/// The digits of a file of labels.
fn read_labels(path: &Path) -> Result<Vec<u8>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut labels = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for character in line.chars().filter(|character| !character.is_whitespace()) {
            let Some(digit) = character.to_digit(10) else {
                bail!("{}: found {character:?} in line {}, expected digits", path.display(), number + 1);
            };
            labels.push(digit as u8);
        }
    }
    Ok(labels)
}

/// Prints what was read beside what it should have been. The time of a digit is its share of its pages'.
fn compare(read: &[&PageDigit], labels: &[u8], time: Duration, kind: TableKind) -> Result<()> {
    if read.len() != labels.len() {
        output::note(format_args!(
            "{} digits were read, but there are {} labels: they are compared in order as far as both go",
            read.len(),
            labels.len()
        ));
    }
    let each = 1e3 * time.as_secs_f64() / read.len().max(1) as f64;
    let mut table = Table::new(&["digit", "read", "error", "probability", "ms", "second", "its probability"]);
    let mut right = 0;
    for (digit, label) in read.iter().zip(labels) {
        let prediction = &digit.prediction;
        let (second, second_probability) = prediction.ranking()[1];
        right += usize::from(prediction.digit == *label);
        table.row(vec![
            label.to_string(),
            prediction.digit.to_string(),
            if prediction.digit == *label { "" } else { "x" }.to_string(),
            format!("{:.3}", prediction.probability),
            format!("{each:.2}"),
            second.to_string(),
            format!("{second_probability:.3}"),
        ]);
    }
    if kind == TableKind::Full {
        output::line(table)?;
    }
    let count = labels.len().max(read.len());
    let accuracy = 100.0 * right as f64 / count.max(1) as f64;
    Ok(output::line(format_args!(
        "{right} of {count} right, {accuracy:.2} %, in {:.1} ms",
        1e3 * time.as_secs_f64()
    ))?)
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("found {text:?}, expected a whole number from 1 on")),
        Ok(number) => Ok(number),
    }
}
