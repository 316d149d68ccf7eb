//! `inkdigit data synth`: digits, pages and what is no digit, all drawn by the program.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use inkdigit::{GrayImage, atomic};
use inkdigit_nn::Rng;
use inkdigit_train::synth::{self, Outlier, PageConfig, Sheet, SyntheticPage};
use inkdigit_train::{Dataset, Split};
use rayon::prelude::*;
use serde::Serialize;

use super::{FolderFormat, make_parent, write_parts};
use crate::examples;
use crate::output::{self, Usage, grouped};

/// Draws synthetic digits, pages, letters, outliers
///
/// Writes digits drawn by the program (strokes with varied shape, slant, jitter and pen) as IDX files into
/// a new folder: enough to try everything without a download. They are synthetic: a network trained on
/// them reads real handwriting less well.
///
/// With --pages, pages of numbers as PNG pictures instead, each with its truth: NAME.txt holds the digits, a
/// row a line, NAME.json also their boxes and how the page was made. With --letters or --outliers, pictures
/// of what is no digit.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DATA_SYNTH)]
pub(super) struct Args {
    /// Digits to train on.
    #[arg(long, value_name = "N", default_value_t = 6000)]
    count: usize,

    /// Digits to test with; a sixth of the others if left out.
    #[arg(long, value_name = "N")]
    test_count: Option<usize>,

    /// Pages of numbers, with shadows, rules, frames, touching digits.
    #[arg(long, value_name = "N", group = "other", conflicts_with_all = ["count", "test_count"])]
    pages: Option<usize>,

    /// Pages from clean scans (0) to what one can just read (1); any if left out.
    #[arg(long, value_name = "0..1", requires = "pages", value_parser = share)]
    difficulty: Option<f32>,

    /// The size of every page in pixels; sizes vary if left out.
    #[arg(long, value_name = "WxH", requires = "pages", value_parser = size)]
    size: Option<(usize, usize)>,

    /// What is printed on every page; varies if left out.
    #[arg(long, value_enum, requires = "pages")]
    sheet: Option<PrintedSheet>,

    /// Letters that don't look like digits: dark on light, in various sizes.
    #[arg(long, value_name = "N", group = "other", conflicts_with_all = ["count", "test_count"])]
    letters: Option<usize>,

    /// What is no digit, in MNIST's form: letters, scribbles, half digits, blots, noise and others in
    /// turn.
    #[arg(long, value_name = "N", group = "other", conflicts_with_all = ["count", "test_count"])]
    outliers: Option<usize>,

    /// The same seed draws the same pictures.
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// The new folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What is printed on a page.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum PrintedSheet {
    /// Nothing.
    Plain,
    /// A rule below each line.
    Ruled,
    /// Squared paper.
    Squared,
    /// Rows of cells, a digit in each.
    Cells,
    /// A box for each digit.
    Boxes,
    /// A frame around each number.
    Frames,
}

impl PrintedSheet {
    fn sheet(self) -> Sheet {
        match self {
            Self::Plain => Sheet::Plain,
            Self::Ruled => Sheet::Ruled,
            Self::Squared => Sheet::Squared,
            Self::Cells => Sheet::Cells,
            Self::Boxes => Sheet::Boxes,
            Self::Frames => Sheet::Frames,
        }
    }
}

fn share(text: &str) -> Result<f32, String> {
    let share: f32 = text.parse().map_err(|_| "expected a number from 0 to 1".to_string())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected 0 to 1".into()) }
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let sides = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let fits = |side: usize| (64..=10_000).contains(&side);
    match sides {
        Some((width, height)) if fits(width) && fits(height) => Ok((width, height)),
        Some(_) => Err("expected sides of 64 to 10000 pixels".into()),
        None => Err("expected two numbers, as in 1280x960".into()),
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<()> {
    match (args.pages, args.letters, args.outliers) {
        (Some(count), ..) => pages(args, positive("--pages", count)?),
        (_, Some(count), _) => letters(args, positive("--letters", count)?),
        (.., Some(count)) => outliers(args, positive("--outliers", count)?),
        _ => digits(args, positive("--count", args.count)?),
    }
}

fn positive(flag: &str, count: usize) -> Result<usize, Usage> {
    if count == 0 { Err(Usage(format!("{flag} is 0, expected at least 1"))) } else { Ok(count) }
}

fn digits(args: &Args, count: usize) -> Result<()> {
    let test_count = args.test_count.unwrap_or(count.div_ceil(6));
    let all = synth::dataset(count + test_count, args.seed);
    let train = all.take(count);
    let test = all.select(&(count..all.len()).collect::<Vec<_>>());
    let parts: Vec<(Split, &Dataset)> = [(Split::Train, &train), (Split::Test, &test)]
        .into_iter()
        .filter(|(_, data)| !data.is_empty())
        .collect();
    write_parts(&args.out, &parts, FolderFormat::Idx, false)?;
    output::line(format_args!(
        "{} synthetic digits to train on and {} to test with written to {}",
        grouped(train.len()),
        grouped(test.len()),
        args.out.display()
    ))?;
    output::note(format_args!("next: inkdigit train --data {}", args.out.display()));
    Ok(())
}

/// What a page's JSON file holds.
#[derive(Serialize)]
struct Truth<'a> {
    file: String,
    text: String,
    #[serde(flatten)]
    page: &'a SyntheticPage,
    made_by: &'a PageConfig,
}

fn pages(args: &Args, count: usize) -> Result<()> {
    let page = |index: usize, dir: &Path| -> inkdigit::Result<usize> {
        let mut rng = Rng::stream(args.seed, &[index as u64]);
        let mut config = match args.difficulty {
            Some(difficulty) => PageConfig::of_difficulty(difficulty, &mut rng),
            None => PageConfig::random(&mut rng),
        };
        (config.width, config.height) = args.size.unwrap_or((config.width, config.height));
        config.paper.sheet = args.sheet.map_or(config.paper.sheet, PrintedSheet::sheet);
        let page = synth::page(&config, &mut rng);

        let name = format!("page-{:0width$}", index + 1, width = digits_of(count));
        let file = format!("{name}.png");
        save(&dir.join(&file), &page.image.to_png())?;
        save(&dir.join(format!("{name}.txt")), page.text().as_bytes())?;
        let truth = Truth { file, text: page.text(), page: &page, made_by: &config };
        let truth = serde_json::to_vec_pretty(&truth).expect("numbers and text can be written as JSON");
        save(&dir.join(format!("{name}.json")), &truth)?;
        Ok(page.lines.iter().map(Vec::len).sum())
    };
    make_parent(&args.out)?;
    let mut digits = 0;
    atomic::write_folder(&args.out, |dir| {
        digits = (0..count).into_par_iter().map(|index| page(index, dir)).sum::<inkdigit::Result<usize>>()?;
        Ok::<(), inkdigit::Error>(())
    })?;
    output::line(format_args!(
        "{} pages with {} digits written to {}",
        grouped(count),
        grouped(digits),
        args.out.display()
    ))?;
    Ok(())
}

fn letters(args: &Args, count: usize) -> Result<()> {
    let letters = synth::letters(false);
    let draw = |index: usize, dir: &Path| {
        let letter = letters[index % letters.len()];
        let picture: GrayImage = synth::sign(letter, &mut Rng::stream(args.seed, &[index as u64]))
            .expect("every listed letter can be drawn");
        // Numbered, since some file systems don't tell A from a.
        let name = format!("{:0width$}-{letter}.png", index + 1, width = digits_of(count));
        save(&dir.join(name), &picture.to_png())
    };
    write_each(args, count, draw)?;
    output::line(format_args!("{} letters written to {}", grouped(count), args.out.display()))?;
    Ok(())
}

fn outliers(args: &Args, count: usize) -> Result<()> {
    let draw = |index: usize, dir: &Path| {
        let kind = Outlier::ALL[index % Outlier::ALL.len()];
        let image = kind.draw(&mut Rng::stream(args.seed, &[index as u64]));
        let name = format!("{:0width$}-{}.png", index + 1, kind.name(), width = digits_of(count));
        save(&dir.join(name), &image.to_png())
    };
    write_each(args, count, draw)?;
    output::line(format_args!("{} outliers written to {}", grouped(count), args.out.display()))?;
    Ok(())
}

/// Fills the new folder with `count` files, on all cores.
fn write_each(
    args: &Args,
    count: usize,
    draw: impl Fn(usize, &Path) -> inkdigit::Result<()> + Sync,
) -> Result<()> {
    make_parent(&args.out)?;
    Ok(atomic::write_folder(&args.out, |dir| {
        (0..count).into_par_iter().try_for_each(|index| draw(index, dir))
    })?)
}

fn save(path: &Path, bytes: &[u8]) -> inkdigit::Result<()> {
    atomic::write_file(path, |out| out.write_all(bytes))
}

/// Decimal digits of the largest file number, so that names sort.
fn digits_of(count: usize) -> usize {
    count.to_string().len().max(3)
}
