//! Reading: the façade that the program, the server, the browser and Python go through.

use std::sync::Arc;
#[cfg(feature = "finder")]
use std::sync::LazyLock;

use inkdigit_image::preprocess::{
    PreprocessOptions, Trace, Unreadable, as_mnist, preprocess_alone, preprocess_with,
};
use inkdigit_image::{Bounds, DigitImage, GrayImage};

use crate::finder::Finder;
use crate::model::Model;
use crate::page::{self, Eye, Page, PageDigit, PageOptions};
use crate::prediction::Prediction;

mod classifier;

pub use classifier::Classifier;

/// Below this probability a picture isn't taken for a digit, unless something else is asked for. Networks that
/// were trained with outliers are far below it for letters and blots.
pub const REJECT_BELOW: f32 = 0.7;

/// The same for what a finder found: its probability is that of its being there and right, and what is more probable
/// than not is told.
pub const REJECT_FOUND_BELOW: f32 = 0.5;

/// What is the only thing on a picture, and so probably a digit, is looked at no further.
const SURE_ALONE: f32 = 0.95;

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
    look: Option<Look>,
    reject_below: Option<f32>,
}

/// A finder, and what reads with it. Through pointers, so that a program that gives no recognizer a finder isn't
/// linked with what only finders need: in the browser that is 19 kB to download.
#[derive(Clone, Debug)]
struct Finding {
    finder: Source,
    read: page::ReadFound,
    alone: page::FindAlone,
}

/// Where a recognizer's finder is.
#[derive(Clone, Debug)]
enum Source {
    /// In the library. Most pictures of one digit are read without it, and it takes a while to load.
    #[cfg(feature = "finder")]
    Shipped,
    Given(Arc<Finder>),
}

/// What looks at cut-outs instead of the model.
#[derive(Clone, Debug)]
enum Look {
    /// The network that this library ships.
    #[cfg(feature = "finder")]
    Shipped,
    Given(Arc<Model>),
}

/// The network that this library ships, loaded when it is first asked for.
#[cfg(feature = "finder")]
static LOOK: LazyLock<Model> = LazyLock::new(|| {
    Model::from_bytes(include_bytes!("../models/look.onnx"), "the embedded second look")
        .expect("the embedded second look is read by a test")
});

impl Look {
    fn model(&self) -> &Model {
        match self {
            #[cfg(feature = "finder")]
            Self::Shipped => &LOOK,
            Self::Given(model) => model,
        }
    }
}

impl Finding {
    fn with(finder: Source) -> Self {
        Self { finder, read: page::read_with_finder, alone: page::alone }
    }

    fn finder(&self) -> &Finder {
        match &self.finder {
            #[cfg(feature = "finder")]
            Source::Shipped => Finder::shipped(),
            Source::Given(finder) => finder,
        }
    }
}

/// Whether a picture is read without a finder.
enum Sole {
    /// As this digit.
    Digit(PageDigit),
    /// No: this is all that stands on it, but it isn't surely a digit.
    Perhaps(DigitImage),
    /// No: there is nothing, or more.
    No,
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
    /// A recognizer with this model, which reads single digits and what was found on pages; beside the model that is
    /// shipped stands a network of its own for what was found. It finds digits
    /// with the finder that is shipped, too, unless that was left out (the feature `finder`): then it goes by rules
    /// until it is given one.
    ///
    /// ```no_run
    /// use inkdigit::{Model, Recognizer};
    ///
    /// let recognizer = Recognizer::new(Model::open("mnist-8.onnx")?);
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    pub fn new(model: Model) -> Self {
        #[cfg(feature = "finder")]
        let finding = Some(Finding::with(Source::Shipped));
        #[cfg(not(feature = "finder"))]
        let finding = None;
        #[cfg(feature = "finder")]
        let look = model.is_shipped().then_some(Look::Shipped);
        #[cfg(not(feature = "finder"))]
        let look = None;
        Self { model, finding, look, reject_below: None }
    }

    /// The same recognizer, which rejects what is less probable than this, on pages and elsewhere: 0 for
    /// nothing, 1 for all that it isn't sure of beyond doubt. Without a number it is [`REJECT_BELOW`], and for what a finder
    /// found [`REJECT_FOUND_BELOW`].
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
    pub fn rejecting_below(self, probability: impl Into<Option<f32>>) -> Self {
        Self { reject_below: probability.into(), ..self }
    }

    /// The same recognizer, which finds digits with this finder, anywhere on a picture. Options that rules are set by
    /// (how ink is told from paper, whether touching digits are cut, how many go through the network at once) are none
    /// of a finder's.
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
        Self { finding: Some(Finding::with(Source::Given(finder))), ..self }
    }

    /// The same recognizer, which reads what a finder found with this network, trained on cut-outs (the recipe `look`),
    /// instead of with its model.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use inkdigit::{Model, Recognizer};
    ///
    /// let recognizer = Recognizer::default().looking_with(Arc::new(Model::open("runs/look-1")?));
    /// # Ok::<(), inkdigit::Error>(())
    /// ```
    #[must_use]
    pub fn looking_with(self, look: Arc<Model>) -> Self {
        Self { look: Some(Look::Given(look)), ..self }
    }

    /// The same recognizer, which finds digits by rules: quickly, and on clean pictures of digits that don't touch as
    /// well as a finder.
    ///
    /// ```
    /// use inkdigit::Recognizer;
    ///
    /// assert!(Recognizer::default().finding_by_rules().finder().is_none());
    /// ```
    #[must_use]
    pub fn finding_by_rules(self) -> Self {
        Self { finding: None, ..self }
    }

    /// Its finder, if it has one.
    pub fn finder(&self) -> Option<&Finder> {
        self.finding.as_ref().map(Finding::finder)
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
        let Some(finding) = &self.finding else {
            return self.digit_by_rules(picture, options, trace);
        };
        let found = match self.sole(picture, trace) {
            Sole::Digit(digit) => Ok((digit, 0)),
            Sole::Perhaps(image) => (finding.alone)(self.eye(finding), picture, Some(image), options, trace),
            Sole::No => (finding.alone)(self.eye(finding), picture, None, options, trace),
        };
        let found = found.map(|(PageDigit { bounds, prediction, image }, others)| FoundDigit {
            prediction,
            image: Some(image),
            bounds: Some(bounds),
            others,
        });
        found.unwrap_or_else(|reason| FoundDigit {
            prediction: Prediction::of_nothing(reason),
            image: None,
            bounds: None,
            others: 0,
        })
    }

    fn digit_by_rules(
        &self,
        picture: &GrayImage,
        options: &PreprocessOptions,
        trace: &mut Trace,
    ) -> FoundDigit {
        let (prediction, image) = match preprocess_with(picture, options, trace) {
            Ok(image) => (self.classify_one(&image), Some(image)),
            Err(reason) => (Prediction::of_nothing(reason), None),
        };
        FoundDigit { prediction, image, bounds: None, others: 0 }
    }

    /// The digit of a picture that needs no finder: one that has MNIST's form, or surely shows nothing but one digit on
    /// even ground.
    fn sole(&self, picture: &GrayImage, trace: &mut Trace) -> Sole {
        trace.add("picture", || picture.clone());
        if let Some(image) = as_mnist(picture) {
            let bounds = Bounds { left: 0, top: 0, right: picture.width(), bottom: picture.height() };
            return Sole::Digit(PageDigit { bounds, prediction: self.classify_one(&image), image });
        }
        let Some((image, bounds)) = preprocess_alone(picture, trace) else { return Sole::No };
        let prediction = self.classify_one(&image);
        match prediction.probability >= SURE_ALONE {
            true => Sole::Digit(PageDigit { bounds, prediction, image }),
            false => Sole::Perhaps(image),
        }
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
    /// assert_eq!(trace.stages()[0].0, "picture");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_page_with(
        &self,
        picture: &GrayImage,
        options: &PageOptions,
        trace: &mut Trace,
    ) -> Result<Page, Unreadable> {
        let Some(finding) = &self.finding else {
            return page::read_by_rules(&|digits| self.classify(digits), picture, options, trace);
        };
        match self.sole(picture, trace) {
            Sole::Digit(digit) => Ok(Page::of_one(digit)),
            Sole::Perhaps(_) | Sole::No => (finding.read)(self.eye(finding), picture, options, trace),
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
        Eye {
            finder: finding.finder(),
            model: &self.model,
            look: self.look.as_ref().map(Look::model),
            reject_below: self.reject_below.unwrap_or(REJECT_FOUND_BELOW),
        }
    }

    /// What rows of probabilities say, `[N, 10]`.
    fn judged(&self, probabilities: &[f32]) -> impl Iterator<Item = Prediction> {
        let (rows, _) = probabilities.as_chunks();
        let reject_below = self.reject_below.unwrap_or(REJECT_BELOW);
        rows.iter().map(move |&row| Prediction::new(row, reject_below))
    }
}

impl Default for Recognizer {
    /// A recognizer with the model, the finder and the second look that this library ships.
    fn default() -> Self {
        Self::new(Model::default())
    }
}
