//! `inkdigit explain`: what on an image speaks for a digit.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use inkdigit::explain::{self, HeatMap, Occluder, Score};
use inkdigit::{IMAGE_SIDE, Prediction, Recognizer};
use inkdigit_view::heat::{self, Heat};
use serde::Serialize;

use crate::args::ModelArgs;
use crate::output::{self, Usage};
use crate::subject::{Digit, DigitArgs};
use crate::{examples, pictures};

/// Shows what on an image speaks for a digit
///
/// Draws the image and two heat maps over it, orange where it speaks for the digit and blue where it speaks
/// against. Occlusion hides a small square of the image at every place and looks how much the digit's score
/// falls (Zeiler and Fergus, 2013). Gradient times input multiplies the score's slope at each pixel with the
/// pixel (Simonyan et al., 2013; Shrikumar et al., 2016).
#[derive(clap::Args, Debug)]
#[command(after_help = examples::EXPLAIN)]
pub(crate) struct Args {
    #[command(flatten)]
    digit: DigitArgs,

    /// PNG file for the picture.
    #[arg(long, value_name = "FILE", required_unless_present = "json")]
    out: Option<PathBuf>,

    /// Explain this digit; the one that was read if left out.
    #[arg(long = "digit", value_name = "D", value_parser = clap::value_parser!(u8).range(0..=9))]
    of: Option<u8>,

    /// Explain the logarithm of the digit's odds, which is about this digit against all others, or its logit alone.
    #[arg(long, value_enum, default_value = "log-odds")]
    score: ScoreName,

    /// The side of the square that occlusion hides pixels with, in pixels; odd.
    #[arg(long, value_name = "PIXELS", default_value_t = 5)]
    square: usize,

    /// The level of that square: 0 for ground, 255 for ink.
    #[arg(long, value_name = "LEVEL", default_value_t = 0)]
    level: u8,

    /// Print JSON, with all numbers of both maps.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArgs,
}

/// [`Score`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScoreName {
    /// The logarithm of the odds of its probability.
    LogOdds,
    /// The network's number for it.
    Logit,
}

impl From<ScoreName> for Score {
    fn from(name: ScoreName) -> Self {
        match name {
            ScoreName::LogOdds => Self::LogOdds,
            ScoreName::Logit => Self::Logit,
        }
    }
}

/// What `--json` says.
#[derive(Serialize)]
struct Explanation<'a> {
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<u8>,
    prediction: &'a Prediction,
    /// The digit that is explained.
    digit: u8,
    score: Score,
    /// Its score for the image.
    value: f32,
    occluder: Occluder,
    /// `[28, 28]`
    occlusion: Vec<&'a [f32]>,
    /// `[28, 28]`
    gradient_times_input: Vec<&'a [f32]>,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    if let (Some(out), Some(picture)) = (&args.out, args.digit.file())
        && let (Ok(target), Ok(picture)) = (fs::canonicalize(out), fs::canonicalize(picture))
        && target == picture
    {
        let file = out.display();
        return Err(Usage(format!("--out {file} is the picture itself; choose another name")).into());
    }
    let occluder = Occluder::new(args.square, args.level).map_err(|error| Usage(error.to_string()))?;
    let recognizer = Recognizer::new(args.model.open()?);
    let Digit { name, image, label } = args.digit.open()?;
    let prediction = recognizer.classify_one(&image);
    let digit = args.of.unwrap_or(prediction.digit);
    let (model, score) = (recognizer.model(), Score::from(args.score));
    let occlusion = explain::occlusion(model, &image, digit, score, occluder);
    let gradient = explain::gradient_times_input(model, &image, digit, score);

    if let Some(out) = &args.out {
        let read = format!("{name}, read as {} ({:.3})", prediction.digit, prediction.probability);
        let of = match score {
            Score::LogOdds => "log-odds",
            Score::Logit => "logit",
        };
        let about = format!("What speaks for a {digit} (orange) and against it (blue), by its {of}");
        let square = format!("occlusion by {0}x{0}", args.square);
        let heats =
            [Heat { name: &square, map: &occlusion }, Heat { name: "gradient times input", map: &gradient }];
        pictures::save(out, &heat::sheet(&read, &about, &image, &heats).to_png())?;
        output::note(format_args!("saved {}", out.display()));
    }
    let value = explain::score(model, &image, digit, score);
    tell(
        &args,
        &Explanation {
            image: &name,
            label,
            prediction: &prediction,
            digit,
            score,
            value,
            occluder,
            occlusion: rows(&occlusion),
            gradient_times_input: rows(&gradient),
        },
    )
}

fn rows(map: &HeatMap) -> Vec<&[f32]> {
    map.chunks_exact(IMAGE_SIDE).collect()
}

fn tell(args: &Args, answer: &Explanation<'_>) -> Result<()> {
    if args.json {
        return Ok(output::json(answer)?);
    }
    let Prediction { digit: read, probability, .. } = answer.prediction;
    output::line(format_args!("{}: read as {read}, with a probability of {probability:.3}", answer.image))?;
    output::line(format_args!(
        "the score of {} is {:.2}; a hidden square changes it by {}",
        answer.digit,
        answer.value,
        range(&answer.occlusion.concat())
    ))?;
    Ok(())
}

/// By how much hiding changes the score, at the most in both directions.
fn range(falls: &[f32]) -> String {
    let most = falls.iter().copied().fold(0.0, f32::max);
    let least = falls.iter().copied().fold(0.0, f32::min);
    format!("{:.2} to {:+.2}", -most, -least)
}
