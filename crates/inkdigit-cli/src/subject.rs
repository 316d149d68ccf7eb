//! The one digit that a command is about: on a picture, or of the data set.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace, preprocess_with};
use inkdigit::{DigitImage, GrayImage, PictureLimits};
use inkdigit_train::Split;

use crate::args::DataArgs;
use crate::commands::display;

/// Which digit a command is about.
#[derive(clap::Args, Debug)]
pub(crate) struct DigitArgs {
    /// Picture with one digit; `-` is standard input, a bare number a digit of the data set.
    #[arg(value_name = "PICTURE", required_unless_present = "id")]
    picture: Option<PathBuf>,

    /// Digit of the data set, counted from 0.
    #[arg(long, value_name = "N", conflicts_with = "picture")]
    id: Option<usize>,

    /// Take the digit of the data set from the training set instead of the test set.
    #[arg(long)]
    train: bool,

    /// How ink is told from paper: auto, otsu, sauvola, or the level from 0 to 255 at which ink begins.
    #[arg(long, value_name = "HOW", default_value_t = Threshold::Auto)]
    threshold: Threshold,

    /// Refuse pictures of more pixels than this before decoding them.
    #[arg(long, value_name = "N", default_value_t = PictureLimits::default().max_pixels)]
    max_pixels: u64,

    #[command(flatten)]
    data: DataArgs,
}

/// A digit.
pub(crate) struct Digit {
    /// What it is called.
    pub name: String,
    /// The digit as networks see it.
    pub image: DigitImage,
    /// What it is, where that is known.
    pub label: Option<u8>,
}

impl DigitArgs {
    /// The picture's file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.picture.as_deref().filter(|path| self.number().is_none() && path.as_os_str() != "-")
    }

    /// Reads the digit.
    ///
    /// # Errors
    /// Those of the picture or the data set; and where there is nothing on the picture that could be a digit.
    pub(crate) fn open(&self) -> Result<Digit> {
        if let Some(id) = self.number() {
            let split = if self.train { Split::Train } else { Split::Test };
            let display::Chosen { id, digit, label } =
                display::choose(&self.data.open(split)?, Some(id), split)?;
            let name = format!("number {id} of the {} set", split.name());
            return Ok(Digit { name, image: digit, label: Some(label) });
        }
        let limits = PictureLimits::pixels(self.max_pixels);
        let (name, picture) = match self.file() {
            Some(path) => (path.display().to_string(), GrayImage::open(path, limits)?),
            None => {
                let (name, mut bytes) = ("standard input", Vec::new());
                std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
                let picture = GrayImage::decode(&bytes, limits).map_err(|error| error.in_file(name))?;
                (name.into(), picture)
            }
        };
        let options = PreprocessOptions { threshold: self.threshold, ..PreprocessOptions::default() };
        let image = preprocess_with(&picture, &options, &mut Trace::off())
            .map_err(|reason| anyhow!("{name}: {reason}; expected a picture of one digit"))?;
        Ok(Digit { name, image, label: None })
    }

    /// The number in the data set, where it is one. A file may be called by a number, too.
    fn number(&self) -> Option<usize> {
        let of_name = |path: &PathBuf| path.to_str()?.parse().ok().filter(|_| !path.exists());
        self.id.or_else(|| self.picture.as_ref().and_then(of_name))
    }
}
