//! `inkdigit display`: a digit of the data set, in the terminal and as a PNG file.

use std::path::PathBuf;

use anyhow::Result;
use inkdigit::image::{DigitImage, GrayImage, IMAGE_SIDE};
use inkdigit::{Dataset, Split, atomic};

use crate::args::DataArgs;
use crate::examples;
use crate::output::{self, Usage};
use crate::terminal::{self, Shades};

/// Shows a digit of the data set
///
/// Prints the label of a digit of the test set and draws the digit in the terminal: in shades of gray where
/// it has them, with characters elsewhere. Without an ID it takes any. It can save the picture as well.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DISPLAY)]
pub struct Args {
    /// Which digit, counted from 0; any if left out.
    id: Option<usize>,

    /// Take it from the training set instead of the test set.
    #[arg(long)]
    train: bool,

    /// Write it as a PNG file; to digit-ID.png in this folder if no FILE is named.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    save: Option<Option<PathBuf>>,

    /// Pixels of the PNG file for each pixel of the digit.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..))]
    scale: u8,

    #[command(flatten)]
    data: DataArgs,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let split = if args.train { Split::Train } else { Split::Test };
    let data = args.data.open(split)?;
    let Chosen { id, digit, label } = choose(&data, args.id, split)?;
    output::line(format_args!("number {id} of the {} set: a {label}", split.name()))?;
    output::text(&terminal::draw(&digit, Shades::of_stdout()))?;
    if let Some(file) = args.save {
        let file = file.unwrap_or_else(|| format!("digit-{id}.png").into());
        let png = enlarged(&digit, args.scale as usize)?.to_png();
        atomic::write_file(&file, |out| out.write_all(&png))?;
        output::note(format_args!("saved {}", file.display()));
    }
    Ok(())
}

/// A digit of a data set.
pub struct Chosen {
    /// Its number.
    pub id: usize,
    /// Its picture.
    pub digit: DigitImage,
    /// What it is.
    pub label: u8,
}

/// Digit `id` of the data, or any.
///
/// # Errors
/// [`Usage`] if there is no such digit.
pub fn choose(data: &Dataset, id: Option<usize>, split: Split) -> Result<Chosen> {
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
fn enlarged(digit: &DigitImage, scale: usize) -> inkdigit::Result<GrayImage> {
    let side = IMAGE_SIDE * scale;
    let pixel = |i: usize| digit.pixels()[i / side / scale * IMAGE_SIDE + i % side / scale];
    GrayImage::new(side, side, (0..side * side).map(pixel).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

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
