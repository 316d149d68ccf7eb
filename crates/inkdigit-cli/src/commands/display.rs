//! `inkdigit display`: digits of the data set, in the terminal and as PNG files.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use inkdigit::{PictureError, Prediction, Recognizer};
use inkdigit_image::{DigitImage, GrayImage, IMAGE_SIDE};
use inkdigit_train::{Dataset, Split};
use inkdigit_view::sheet::{self, CaptionedDigit};
use inkdigit_view::values;
use serde::Serialize;

use crate::args::{DataArgs, ModelArgs};
use crate::output::{self, Usage};
use crate::terminal::{self, Shades};
use crate::{examples, pictures};

/// Shows digits of the data set
///
/// Draws a digit of the test set in the terminal, with its label: in shades of gray where the terminal has them,
/// with characters elsewhere. Without an ID it takes any. --values writes each pixel's value into its square,
/// --grid shows many at once, --label and --mistakes choose which. All of it can be saved as a picture.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DISPLAY)]
pub(crate) struct Args {
    /// Which digit, counted from 0; any if left out. With --grid, the first one of the sheet.
    id: Option<usize>,

    /// Take it from the training set instead of the test set.
    #[arg(long)]
    train: bool,

    /// Write it as a PNG file; to digit-ID.png or digits.png in this folder if no FILE is named.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    save: Option<Option<PathBuf>>,

    /// Pixels of the PNG file for each pixel of the digit: 10 if left out, 3 on a sheet.
    #[arg(long, value_name = "N", conflicts_with = "values", value_parser = clap::value_parser!(u8).range(1..))]
    scale: Option<u8>,

    /// Write each pixel's value, 0 to 255, into its square.
    #[arg(long, conflicts_with = "grid")]
    values: bool,

    /// Show a sheet of many digits, COLUMNSxROWS.
    #[arg(long, value_name = "CxR")]
    grid: Option<Grid>,

    /// Only digits with this label.
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u8).range(0..=9))]
    label: Option<u8>,

    /// Only digits that the model takes for others, the surest mistakes first.
    #[arg(long)]
    mistakes: bool,

    /// Print JSON; with --values, all pixels too.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    data: DataArgs,
}

/// Columns and rows of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    columns: usize,
    rows: usize,
}

impl Grid {
    /// The most columns and rows: as many digits as the test set has.
    const MOST: usize = 100;
}

/// The most pixels of a sheet: what a picture may have that is read here.
const MOST_PIXELS: usize = 100_000_000;

impl FromStr for Grid {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let size = |text: &str| text.parse().ok().filter(|size| (1..=Self::MOST).contains(size));
        let sizes = text.split_once('x').and_then(|(columns, rows)| Some((size(columns)?, size(rows)?)));
        let (columns, rows) =
            sizes.ok_or_else(|| format!("expected COLUMNSxROWS, each 1 to {}, as in 10x10", Self::MOST))?;
        Ok(Self { columns, rows })
    }
}

/// A digit of a data set.
pub(crate) struct Chosen {
    /// Its number.
    pub id: usize,
    /// Its picture.
    pub digit: DigitImage,
    /// What it is.
    pub label: u8,
}

/// A digit, with what it was read as where that was asked for.
struct Shown {
    chosen: Chosen,
    read: Option<Prediction>,
}

/// What `--json` says of a digit.
#[derive(Serialize)]
struct DisplayedDigit {
    id: usize,
    label: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    prediction: Option<Prediction>,
    /// `[28, 28]`
    #[serde(skip_serializing_if = "Option::is_none")]
    pixels: Option<Vec<Vec<u8>>>,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let split = if args.train { Split::Train } else { Split::Test };
    check_size(&args)?;
    let data = args.data.open(split)?;
    let shown = match args.grid {
        Some(grid) => several(&args, &data, split, grid.columns * grid.rows)?,
        None => vec![one(&args, &data, split)?],
    };
    if args.json {
        let answers: Vec<DisplayedDigit> = shown.iter().map(|shown| answer(shown, args.values)).collect();
        output::json(&answers)?;
    } else {
        tell(&args, &shown, split)?;
    }
    let Some(file) = &args.save else { return Ok(()) };
    let name = || match args.grid {
        Some(_) => "digits.png".into(),
        None => format!("digit-{}.png", shown[0].chosen.id).into(),
    };
    let file = file.clone().unwrap_or_else(name);
    pictures::save(&file, &png(&args, &shown)?)?;
    output::note(format_args!("saved {}", file.display()));
    Ok(())
}

/// Pixels of a sheet for each of a digit, unless something else is asked for.
const SHEET_SCALE: u8 = 3;

/// Refuses a sheet that would take all memory.
fn check_size(args: &Args) -> Result<()> {
    let (Some(grid), Some(scale), Some(_)) = (args.grid, args.scale, &args.save) else { return Ok(()) };
    let side = IMAGE_SIDE * usize::from(scale);
    let pixels = grid.columns * grid.rows * side * side;
    if pixels > MOST_PIXELS {
        let text = format!(
            "a sheet of {}x{} digits with --scale {scale} has {pixels} pixels, expected at most {MOST_PIXELS}: \
             choose a smaller --scale or --grid",
            grid.columns, grid.rows
        );
        return Err(Usage(text).into());
    }
    Ok(())
}

fn png(args: &Args, shown: &[Shown]) -> Result<Vec<u8>> {
    let digit = &shown[0].chosen.digit;
    let scale = |usual: u8| usize::from(args.scale.unwrap_or(usual));
    Ok(match args.grid {
        Some(grid) => {
            let entries: Vec<CaptionedDigit> = shown.iter().map(entry).collect();
            sheet::contact_sheet(&entries, grid.columns, scale(SHEET_SCALE)).to_png()
        }
        None if args.values => values::values(digit).to_png(),
        None => enlarged(digit, scale(10))?.to_png(),
    })
}

fn entry(shown: &Shown) -> CaptionedDigit {
    let Chosen { id, digit, label } = &shown.chosen;
    let (caption, marked) = match &shown.read {
        Some(read) => (format!("{label} as {}", read.digit), true),
        None => (format!("{label} #{id}"), false),
    };
    CaptionedDigit { digit: *digit, caption, marked }
}

fn answer(Shown { chosen, read }: &Shown, pixels: bool) -> DisplayedDigit {
    let rows = || chosen.digit.pixels().chunks_exact(IMAGE_SIDE).map(<[u8]>::to_vec).collect();
    DisplayedDigit { id: chosen.id, label: chosen.label, prediction: read.clone(), pixels: pixels.then(rows) }
}

fn tell(args: &Args, shown: &[Shown], split: Split) -> Result<()> {
    let shades = Shades::of_stdout();
    if args.grid.is_some() {
        let digits: Vec<(DigitImage, String)> =
            shown.iter().map(|shown| (shown.chosen.digit, entry(shown).caption)).collect();
        return Ok(output::text(&terminal::draw_many(&digits, shades, terminal::width()))?);
    }
    let Shown { chosen: Chosen { id, digit, label }, read } = &shown[0];
    let read = match read {
        Some(read) => format!(", read as {} with a probability of {:.3}", read.digit, read.probability),
        None => String::new(),
    };
    output::line(format_args!("number {id} of the {} set: a {label}{read}", split.name()))?;
    let drawn =
        if args.values { terminal::write_values(digit, shades) } else { terminal::draw(digit, shades) };
    Ok(output::text(&drawn)?)
}

/// The one digit to show.
fn one(args: &Args, data: &Dataset, split: Split) -> Result<Shown> {
    let choosy = args.label.is_some() || args.mistakes;
    if args.id.is_some() && choosy {
        let text =
            "a number, --label and --mistakes each choose a digit: name one of them, or add --grid CxR";
        return Err(Usage(text.into()).into());
    }
    if !choosy {
        return Ok(Shown { chosen: choose(data, args.id, split)?, read: None });
    }
    let mut candidates = candidates(args, data, split, 0)?;
    // The surest mistake; of a label, any.
    let place = if args.mistakes { 0 } else { any_below(candidates.len()) };
    Ok(candidates.swap_remove(place))
}

/// The digits of a sheet.
fn several(args: &Args, data: &Dataset, split: Split, most: usize) -> Result<Vec<Shown>> {
    let first = args.id.unwrap_or(0);
    choose(data, Some(first), split)?;
    let mut shown = candidates(args, data, split, first)?;
    shown.truncate(most);
    Ok(shown)
}

/// The digits from `first` on that are asked for, mistakes with the surest first.
fn candidates(args: &Args, data: &Dataset, split: Split, first: usize) -> Result<Vec<Shown>> {
    let wanted = |chosen: &Chosen| args.label.is_none_or(|label| chosen.label == label);
    let chosen = |id: usize| data.get(id).map(|(digit, label)| Chosen { id, digit, label });
    let chosen: Vec<Chosen> = (first..data.len()).filter_map(chosen).filter(wanted).collect();
    let shown = if args.mistakes {
        // Nothing is rejected here: what matters is which digit it would be.
        let recognizer = Recognizer::new(args.model.open()?).rejecting_below(0.0);
        let digits: Vec<DigitImage> = chosen.iter().map(|chosen| chosen.digit).collect();
        let read = recognizer.classify(&digits).into_iter().map(Some);
        let pairs = chosen.into_iter().zip(read).map(|(chosen, read)| Shown { chosen, read });
        let is_wrong =
            |shown: &Shown| shown.read.as_ref().is_some_and(|read| read.digit != shown.chosen.label);
        let mut wrong: Vec<Shown> = pairs.filter(is_wrong).collect();
        let sureness = |shown: &Shown| shown.read.as_ref().map_or(0.0, |read| read.probability);
        wrong.sort_by(|a, b| sureness(b).total_cmp(&sureness(a)));
        wrong
    } else {
        chosen.into_iter().map(|chosen| Shown { chosen, read: None }).collect()
    };
    if shown.is_empty() {
        let what = if args.mistakes { "no mistake of the model" } else { "no digit" };
        let label = args.label.map_or(String::new(), |label| format!(" labelled {label}"));
        anyhow::bail!("there is {what}{label} in the {} set from number {first} on", split.name());
    }
    Ok(shown)
}

/// Digit `id` of the data, or any.
///
/// # Errors
/// [`Usage`] if there is no such digit.
pub(crate) fn choose(data: &Dataset, id: Option<usize>, split: Split) -> Result<Chosen> {
    let id = id.unwrap_or_else(|| any_below(data.len()));
    let (digit, label) = data.get(id).ok_or_else(|| {
        let last = data.len().saturating_sub(1);
        Usage(format!("there is no number {id} in the {} set, expected 0 to {last}", split.name()))
    })?;
    Ok(Chosen { id, digit, label })
}

/// A number below `count` that nobody can foresee: nothing here has to be repeated.
fn any_below(count: usize) -> usize {
    use std::hash::{BuildHasher, RandomState};
    (RandomState::new().hash_one(count) % count.max(1) as u64) as usize
}

/// The digit with each pixel as a square.
fn enlarged(digit: &DigitImage, scale: usize) -> std::result::Result<GrayImage, PictureError> {
    let side = IMAGE_SIDE * scale;
    let pixel = |i: usize| digit.pixels()[i / side / scale * IMAGE_SIDE + i % side / scale];
    GrayImage::new(side, side, (0..side * side).map(pixel).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_columns_and_rows() {
        assert_eq!("10x8".parse(), Ok(Grid { columns: 10, rows: 8 }));
        for text in ["", "10", "0x3", "3x0", "101x1", "axb", "3x3x3", "-1x2"] {
            assert!(text.parse::<Grid>().unwrap_err().contains("10x10"), "{text}");
        }
    }

    #[test]
    fn enlarging_makes_squares_of_pixels() {
        let mut pixels = [0; IMAGE_SIDE * IMAGE_SIDE];
        pixels[2 * IMAGE_SIDE + 5] = 200;
        let large = enlarged(&DigitImage::new(pixels), 3).unwrap();
        assert_eq!((large.width(), large.height()), (84, 84));
        for (x, y, level) in [(15, 6, 200), (17, 8, 200), (14, 6, 0), (18, 8, 0), (15, 9, 0)] {
            assert_eq!(large.at(x, y), level, "({x}, {y})");
        }
        assert_eq!(large.pixels().iter().filter(|&&p| p == 200).count(), 9);
    }
}
