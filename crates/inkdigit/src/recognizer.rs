//! Reading: the façade that the program, the server, the browser and Python go through.

use std::sync::Arc;

use inkdigit_image::preprocess::{PreprocessOptions, Trace, Unreadable, as_mnist, preprocess_with};
use inkdigit_image::{Bounds, DigitImage, GrayImage};

use crate::finder::Finder;
use crate::model::Model;
use crate::page::{self, Eye, Page, PageOptions};
use crate::prediction::Prediction;

mod classifier;

pub use classifier::Classifier;

/// Below this probability a picture isn't taken for a digit, unless something else is asked for. Networks that
/// were trained with outliers are far below it for letters and blots.
pub const REJECT_BELOW: f32 = 0.7;

/// Reads digits with one model.
///
/// ```
/// use inkdigit::{GrayImage, Recognizer};
///
/// // A dark stroke on light paper.
/// let mut pixels = vec![250; 100 * 100];
/// (20..80).for_each(|y| pixels[y * 100 + 48..y * 100 + 54].fill(20));
/// let recognizer = Recognizer::default();
/// let prediction = recognizer.read_digit(&GrayImage::new(100, 100, pixels)?);
/// assert!(prediction.digit == 1 && !prediction.rejected);
///
/// let blank = recognizer.read_digit(&GrayImage::new(100, 100, vec![250; 100 * 100])?);
/// assert_eq!(blank.reason.unwrap().to_string(), "nothing drawn");
/// # Ok::<(), inkdigit::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recognizer {
    model: Model,
    finding: Option<Finding>,
    reject_below: f32,
}

/// A finder, and what reads with it. Through pointers, so that a program that gives no recognizer a finder isn't
/// linked with what only finders need: in the browser that is 19 kB to download.
#[derive(Clone, Debug)]
struct Finding {
    finder: Arc<Finder>,
    read: page::ReadFound,
    alone: page::FindAlone,
}

/// The one digit of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundDigit {
    /// What it was read as.
    pub prediction: Prediction,
    /// What the network saw; none where there was nothing to see.
    pub image: Option<DigitImage>,
    /// Where it stands on the picture; known where a finder found it.
    pub bounds: Option<Bounds>,
    /// How many other digits stand beside it: with any, the picture is a page.
    pub others: usize,
}

impl Recognizer {
    /// A recognizer with this model; [`Recognizer::default`] has the one that this library ships.
    ///
    /// ```no_run
    /// use inkdigit::{Model, Recognizer};
    ///
    /// let recognizer = Recognizer::new(Model::open("mnist-8.onnx")?);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn new(model: Model) -> Self {
        Self { model, finding: None, reject_below: REJECT_BELOW }
    }

    /// The same recognizer, which rejects what is less probable than this, on pages and elsewhere: 0 for
    /// nothing, 1 for all that it isn't sure of beyond doubt. It is [`REJECT_BELOW`] without it.
    ///
    /// ```
    /// use inkdigit::{DigitImage, Recognizer};
    ///
    /// // Nothing is no digit, and nobody can be sure of it.
    /// let nothing = [DigitImage::new([0; 784])];
    /// assert!(Recognizer::default().rejecting_below(1.0).classify(&nothing)[0].rejected);
    /// assert!(!Recognizer::default().rejecting_below(0.0).classify(&nothing)[0].rejected);
    /// ```
    #[must_use]
    pub fn rejecting_below(self, probability: f32) -> Self {
        Self { reject_below: probability, ..self }
    }

    /// The same recognizer, which finds digits with this finder, anywhere on a picture. Without one they are found
    /// by rules. Options that rules are set by (how ink is told from paper, whether touching digits are cut, how many
    /// go through the network at once) are none of a finder's.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use inkdigit::{Finder, Recognizer};
    ///
    /// let finder = Finder::open("finder.onnx")?;
    /// let recognizer = Recognizer::default().finding_with(Arc::new(finder));
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    #[must_use]
    pub fn finding_with(self, finder: Arc<Finder>) -> Self {
        let finding = Finding { finder, read: page::read_with_finder, alone: page::alone };
        Self { finding: Some(finding), ..self }
    }

    /// Its finder, if it has one.
    pub fn finder(&self) -> Option<&Finder> {
        self.finding.as_ref().map(|finding| &*finding.finder)
    }

    /// Its model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Reads the one digit on a picture of any size, dark on light or light on dark.
    ///
    /// ```
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// assert_eq!(Recognizer::default().read_digit(&picture).digit, 3);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn read_digit(&self, picture: &GrayImage) -> Prediction {
        self.read_digit_with(picture, &PreprocessOptions::default(), &mut Trace::off())
    }

    /// As [`Recognizer::read_digit`], with options, and the picture of each stage.
    ///
    /// ```
    /// use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace};
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// let options = PreprocessOptions { threshold: Threshold::Otsu, ..PreprocessOptions::default() };
    /// let prediction = Recognizer::default().read_digit_with(&picture, &options, &mut Trace::off());
    /// assert_eq!(prediction.digit, 3);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn read_digit_with(
        &self,
        picture: &GrayImage,
        options: &PreprocessOptions,
        trace: &mut Trace,
    ) -> Prediction {
        self.find_digit(picture, options, trace).prediction
    }

    /// As [`Recognizer::read_digit_with`], with all that is known of the digit. A 28x28 picture that is what MNIST's
    /// rule makes is read as it is.
    ///
    /// ```
    /// use inkdigit::preprocess::{PreprocessOptions, Trace};
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// let found =
    ///     Recognizer::default().find_digit(&picture, &PreprocessOptions::default(), &mut Trace::off());
    /// assert_eq!((found.prediction.digit, found.others), (3, 0));
    /// println!("{}", found.image.unwrap().to_ascii());
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn find_digit(
        &self,
        picture: &GrayImage,
        options: &PreprocessOptions,
        trace: &mut Trace,
    ) -> FoundDigit {
        let seen = |image| FoundDigit {
            prediction: self.classify_one(&image),
            image: Some(image),
            bounds: None,
            others: 0,
        };
        let found = match (as_mnist(picture), &self.finding) {
            (Some(image), _) => Ok(seen(image)),
            (None, None) => preprocess_with(picture, options, trace).map(seen),
            (None, Some(finding)) => (finding.alone)(self.eye(finding), picture, options, trace).map(
                |(page::PageDigit { bounds, prediction, image }, others)| FoundDigit {
                    prediction,
                    image: Some(image),
                    bounds: Some(bounds),
                    others,
                },
            ),
        };
        found.unwrap_or_else(|reason| FoundDigit {
            prediction: Prediction::of_nothing(reason),
            image: None,
            bounds: None,
            others: 0,
        })
    }

    /// Reads all digits of a picture, in reading order.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    ///
    /// ```
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-page.png", PictureLimits::default())?;
    /// let page = Recognizer::default().read_page(&picture)?;
    /// println!("{}", page.text_by_words());
    /// let sure = page.digits().filter(|digit| digit.prediction.probability > 0.99).count();
    /// assert!(sure > 20, "{sure}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_page(&self, picture: &GrayImage) -> Result<Page, Unreadable> {
        self.read_page_with(picture, &PageOptions::default(), &mut Trace::off())
    }

    /// As [`Recognizer::read_page`], with options, and the picture of each stage.
    ///
    /// # Errors
    /// [`Unreadable`], where nothing on the picture could be a digit.
    ///
    /// ```
    /// use inkdigit::preprocess::Trace;
    /// use inkdigit::{GrayImage, PageOptions, PictureLimits, Recognizer};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-page.png", PictureLimits::default())?;
    /// let options = PageOptions { turn_upright: false, ..PageOptions::default() };
    /// let mut trace = Trace::on();
    /// let page = Recognizer::default().read_page_with(&picture, &options, &mut trace)?;
    /// assert_eq!(page.turned, 0.0);
    /// assert_eq!(trace.stages()[0].0, "page");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_page_with(
        &self,
        picture: &GrayImage,
        options: &PageOptions,
        trace: &mut Trace,
    ) -> Result<Page, Unreadable> {
        match &self.finding {
            Some(finding) => (finding.read)(self.eye(finding), picture, options, trace),
            None => page::read_by_rules(&|digits| self.classify(digits), picture, options, trace),
        }
    }

    /// Reads digits that are in the networks' form already: 28x28, bright ink (255) on dark (0), 20 pixels
    /// long and centred by mass, as [`preprocess_with`] makes them and data sets store them. A
    /// [`Classifier`] does the same again and again with less effort.
    ///
    /// ```
    /// use inkdigit::{GrayImage, PictureLimits, Recognizer, preprocess::preprocess};
    ///
    /// let picture = GrayImage::open("../../docs/pictures/synthetic-3.png", PictureLimits::default())?;
    /// let digit = preprocess(&picture)?;
    /// let predictions = Recognizer::default().classify(&[digit, digit]);
    /// assert_eq!(predictions.len(), 2);
    /// assert_eq!(predictions[0].digit, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classify(&self, digits: &[DigitImage]) -> Vec<Prediction> {
        let pixels: Vec<u8> = digits.iter().flat_map(|digit| *digit.pixels()).collect();
        self.judged(&self.model.probabilities(&pixels)).collect()
    }

    /// Reads one digit that is in the networks' form already; see [`Recognizer::classify`].
    ///
    /// ```
    /// use inkdigit::{DigitImage, Recognizer};
    ///
    /// let mut pixels = [0; 784];
    /// (4..24).for_each(|y| pixels[y * 28 + 13..y * 28 + 15].fill(255));
    /// assert_eq!(Recognizer::default().classify_one(&DigitImage::new(pixels)).digit, 1);
    /// ```
    pub fn classify_one(&self, digit: &DigitImage) -> Prediction {
        let probabilities = self.model.probabilities(digit.pixels());
        self.judged(&probabilities).next().expect("a row for the one digit")
    }

    fn eye<'a>(&'a self, finding: &'a Finding) -> Eye<'a> {
        Eye { finder: &finding.finder, model: &self.model, reject_below: self.reject_below }
    }

    /// What rows of probabilities say, `[N, 10]`.
    fn judged(&self, probabilities: &[f32]) -> impl Iterator<Item = Prediction> {
        let (rows, _) = probabilities.as_chunks();
        rows.iter().map(|&row| Prediction::new(row, self.reject_below))
    }
}

impl Default for Recognizer {
    /// A recognizer with the model that this library ships.
    fn default() -> Self {
        Self::new(Model::default())
    }
}
