//! `inkdigit read`: pictures with many digits in, their text out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use inkdigit::answer::PageAnswer;
use inkdigit::labels::{Labels, Pair, align};
use inkdigit::page::{TextOptions, Unsure};
use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace, Unreadable};
use inkdigit::{GrayImage, Page, PageOptions, PictureLimits, Recognizer, Rejection};
use inkdigit_view::annotate;

use crate::args::{FinderArgs, ModelArgs};
use crate::examples;
use crate::labels::{self, Row, TableKind};
use crate::output::{self, Told, Usage};
use crate::pictures;

/// Reads the digits on pages
///
/// Takes photographs and scans with any number of digits, on plain, ruled or squared paper or in boxes, turned
/// any way. Prints the digits line by line, `?` for one that is doubtful. A page that can't be read doesn't stop
/// the others.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::READ)]
pub(crate) struct Args {
    /// Pictures of pages.
    #[arg(value_name = "PAGE", required = true)]
    pages: Vec<PathBuf>,

    /// Print JSON: a list with an object for each page.
    #[arg(long, conflicts_with = "labels")]
    json: bool,

    /// Print a blank between words: digits with wide gaps before and after them.
    #[arg(long, conflicts_with_all = ["json", "labels"])]
    words: bool,

    /// Print the marks among the digits as well: - / . , : + ( ) =.
    ///
    /// Without it a blank stands where a mark parted two numbers.
    #[arg(long, conflicts_with_all = ["json", "labels"])]
    marks: bool,

    /// What is printed for digits that are doubtful: a question mark, or nothing.
    #[arg(long, value_enum, default_value = "mark", conflicts_with_all = ["json", "labels"])]
    unsure: UnsureKind,

    /// With --rules, how ink is told from paper: auto, otsu, sauvola, or the level from 0 to 255 at which ink begins.
    #[arg(long, value_name = "HOW", default_value_t = Threshold::Auto, requires = "rules", conflicts_with = "finder")]
    threshold: Threshold,

    /// Reject what is read with a lower probability; 0.5 unless told otherwise, with --rules 0.7.
    #[arg(long, value_name = "P")]
    reject_below: Option<f32>,

    /// With --rules, digits that go through the network at once.
    #[arg(long, value_name = "N", default_value_t = PageOptions::default().batch_size, value_parser = at_least_one, requires = "rules", conflicts_with = "finder")]
    batch_size: usize,

    /// Compare with a file of labels: one a line, or a line for each line of the pages.
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

    #[command(flatten)]
    finder: FinderArgs,
}

/// What stands for doubtful digits.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum UnsureKind {
    /// A question mark.
    Mark,
    /// Nothing.
    Omit,
}

/// The order of labels.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LabelOrder {
    /// From the first line to the last, as one reads.
    Reading,
    /// As MNISTER wants them: from the bottom of the page up.
    Mnister,
}

/// A page that was read.
struct ReadPage<'a> {
    path: &'a Path,
    /// What its pictures are called.
    stem: String,
    page: Page,
    took: Duration,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    if let Some(target) = &args.annotate {
        check_annotations(target, &args.pages)?;
    }
    let recognizer = Recognizer::new(args.model.open()?).rejecting_below(args.reject_below);
    let recognizer = args.finder.equip(recognizer)?;
    let labels = args.labels.as_deref().map(labels::open).transpose()?;
    for folder in [&args.crops, &args.debug].into_iter().flatten() {
        pictures::make_folder(folder)?;
    }
    let (mut answers, mut pages, mut failures) = (Vec::new(), Vec::new(), 0);
    for (path, stem) in args.pages.iter().zip(pictures::stems(&args.pages)) {
        match read(&args, &recognizer, path, &stem) {
            Ok((page, took)) => {
                if args.json {
                    answers.push(PageAnswer::new(path.display().to_string(), page.as_ref().map_err(|e| *e)));
                } else if labels.is_none() {
                    print(&args, path, &page)?;
                }
                // A page without digits is no failure.
                pages.push(ReadPage { path, stem, page: page.unwrap_or_default(), took });
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
    let compared = labels.map(|labels| compare(&pages, &labels, args.label_order));
    if let Some(target) = &args.annotate {
        let truth = compared.as_ref().map(|compared| compared.truth(&pages));
        for (place, ReadPage { path, stem, page, .. }) in pages.iter().enumerate() {
            // Opened again: labels may need all pages first, too many to keep their pixels meanwhile.
            let picture = GrayImage::open(path, PictureLimits::pixels(args.max_pixels))?;
            let png = annotate(&picture, page, truth.as_ref().map(|truth| truth[place].as_slice()));
            pictures::save(&annotation(target, stem), &png)?;
        }
    }
    if let Some(compared) = compared {
        compared.print(&pages, args.table)?;
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
fn annotation(target: &Path, stem: &str) -> PathBuf {
    if target.is_dir() { target.join(format!("{stem}-annotated.png")) } else { target.to_owned() }
}

/// Reads a page; how long that took, decoding not counted.
fn read(
    args: &Args,
    recognizer: &Recognizer,
    path: &Path,
    stem: &str,
) -> Result<(Result<Page, Unreadable>, Duration)> {
    let picture = GrayImage::open(path, PictureLimits::pixels(args.max_pixels))?;
    let options = PageOptions {
        preprocess: PreprocessOptions { threshold: args.threshold, ..PreprocessOptions::default() },
        batch_size: args.batch_size,
        ..PageOptions::default()
    };
    let mut trace = if args.debug.is_some() { Trace::on() } else { Trace::off() };
    let start = Instant::now();
    let page = recognizer.read_page_with(&picture, &options, &mut trace);
    let took = start.elapsed();
    if let Some(folder) = &args.debug {
        pictures::save_stages(folder, stem, &trace)?;
    }
    if let (Some(folder), Ok(page)) = (&args.crops, &page) {
        for (number, digit) in page.digits().enumerate() {
            let name = format!("{stem}-{number:03}-{}.png", digit.prediction.digit);
            pictures::save(&folder.join(name), &digit.image.to_png())?;
        }
    }
    Ok((page, took))
}

fn print(args: &Args, path: &Path, page: &Result<Page, Unreadable>) -> Result<()> {
    if args.pages.len() > 1 {
        output::line(format_args!("{}:", path.display()))?;
    }
    let unsure = match args.unsure {
        UnsureKind::Mark => Unsure::Mark,
        UnsureKind::Omit => Unsure::Omit,
    };
    let text = page
        .as_ref()
        .map(|page| page.text_with(&TextOptions { marks: args.marks, words: args.words, unsure }));
    match text {
        Ok(text) if !text.is_empty() => output::line(text)?,
        // Whatever there was, was rejected.
        Ok(_) => output::note(format_args!("{}: {}", path.display(), Rejection::NoDigitFound)),
        Err(reason) => output::note(format_args!("{}: {}", path.display(), Rejection::from(*reason))),
    }
    Ok(())
}

/// Where a digit stands: the number of its page, and its place among that page's digits.
type DigitPlace = (usize, usize);

/// The digits of all pages with their labels, in the order of labels.
struct Compared {
    pairs: Vec<Pair<DigitPlace>>,
}

/// Puts labels to the digits that were read. What was rejected gets none.
fn compare(pages: &[ReadPage], labels: &Labels, order: LabelOrder) -> Compared {
    let digit =
        |&(page, place): &DigitPlace| pages[page].page.digits().nth(place).map_or(0, |d| d.prediction.digit);
    let lines = lines(pages, order);
    let by_line = lines.len() == labels.rows.len();
    let (lines, rows) = match by_line {
        true => (lines, labels.rows.clone()),
        false => (vec![lines.concat()], vec![labels.all()]),
    };
    let mut pairs = Vec::new();
    for (number, (line, row)) in lines.into_iter().zip(&rows).enumerate() {
        if line.len() != row.len() {
            let place = if by_line { format!("line {} of the labels: ", number + 1) } else { String::new() };
            output::note(format_args!(
                "{place}{} digits were read, but there are {} labels: they are compared so that most agree",
                line.len(),
                row.len()
            ));
        }
        pairs.extend(align(line, row, digit));
    }
    Compared { pairs }
}

/// The lines of all pages in the order of labels, those without a digit left out. MNISTER counts pages and
/// lines from the bottom up, and each line from its left.
fn lines(pages: &[ReadPage], order: LabelOrder) -> Vec<Vec<DigitPlace>> {
    let mut lines = Vec::new();
    for (number, ReadPage { page, .. }) in pages.iter().enumerate() {
        let mut place = 0;
        for line in &page.lines {
            let digits = line.digits.iter().enumerate();
            let read = digits.filter(|(_, digit)| !digit.prediction.rejected);
            lines.push(read.map(|(nth, _)| (number, place + nth)).collect::<Vec<DigitPlace>>());
            place += line.digits.len();
        }
    }
    lines.retain(|line| !line.is_empty());
    if matches!(order, LabelOrder::Mnister) {
        lines.reverse();
    }
    lines
}

impl Compared {
    /// For each page the label of each of its digits.
    fn truth(&self, pages: &[ReadPage]) -> Vec<Vec<Option<u8>>> {
        let mut truth: Vec<_> = pages.iter().map(|read| vec![None; read.page.digits().count()]).collect();
        for pair in &self.pairs {
            if let Some((page, place)) = pair.read {
                truth[page][place] = pair.label;
            }
        }
        truth
    }

    /// Prints the table. The time of a digit is its share of its page's.
    fn print(&self, pages: &[ReadPage], kind: TableKind) -> Result<()> {
        let row = |pair: &Pair<DigitPlace>| {
            let read =
                pair.read.and_then(|(page, place)| Some((page, pages[page].page.digits().nth(place)?)));
            let share = |page: usize| pages[page].took / pages[page].page.digits().count().max(1) as u32;
            Row {
                name: None,
                read: read.map(|(_, digit)| &digit.prediction),
                label: pair.label,
                time: read.map_or(Duration::ZERO, |(page, _)| share(page)),
            }
        };
        let rows: Vec<Row> = self.pairs.iter().map(row).collect();
        labels::print(&rows, pages.iter().map(|read| read.took).sum(), kind)
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("found {text:?}, expected a whole number from 1 on")),
        Ok(number) => Ok(number),
    }
}
