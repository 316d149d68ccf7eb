//! What all requests share, and what they have done with pictures and digits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use bytes::Bytes;
use hyper::http::request::Parts;
use inkdigit::preprocess::{PreprocessOptions, Trace, Unreadable, as_mnist, preprocess_with};
use inkdigit::{DigitImage, FoundDigit, GrayImage, PictureLimits, Prediction};

use crate::batch::Batcher;
use crate::body::{self, Held, Received};
use crate::config::Config;
use crate::metrics::Metrics;
use crate::models::{Changes, Loaded, Models};
use crate::pool::Pool;
use crate::problem::Problem;

/// A server without its socket: models, queues, counters.
#[derive(Debug)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) models: Models,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) batcher: Batcher,
    pub(crate) pool: Pool,
    held: Held,
    stopping: AtomicBool,
}

/// An encoded picture and its name.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

impl Picture {
    pub(crate) fn decode(&self, max_pixels: u64) -> Result<GrayImage, Problem> {
        let decoded = GrayImage::decode(&self.bytes, PictureLimits::pixels(max_pixels));
        Ok(decoded.map_err(|error| error.in_file(&self.name))?)
    }
}

/// What a request wants to be read.
#[derive(Debug)]
pub(crate) enum Images {
    /// Pictures of any kind.
    Pictures(Vec<Picture>),
    /// Digits in the network's form already.
    Digits(Vec<DigitImage>),
}

/// The digit of a picture, or why there is none.
pub(crate) type Seen = Result<DigitImage, Unreadable>;

impl Server {
    /// A server with its threads running.
    ///
    /// # Errors
    /// Those of the system, if it has no threads to give.
    pub fn new(config: Config, models: Models) -> std::io::Result<Self> {
        let metrics = Arc::new(Metrics::default());
        let batcher = Batcher::start(config.batching, metrics.clone())?;
        let pool = Pool::new(config.batching.thread_count(), config.limits.max_pictures);
        let (held, stopping) = (Held::default(), AtomicBool::new(false));
        Ok(Self { config, models, metrics, batcher, pool, held, stopping })
    }

    /// Looks at the models' files and reads what is new; says so in the log and the metrics.
    pub fn reload(&self) -> Changes {
        let changes = self.models.refresh();
        for (model, version) in &changes.loaded {
            tracing::info!(model, version, "model loaded");
        }
        for (model, version, cause) in &changes.failed {
            tracing::warn!(model, version, cause, "model can't be loaded");
        }
        for (model, version) in &changes.removed {
            tracing::info!(model, version, "model removed");
        }
        self.metrics.reloaded(&changes);
        changes
    }

    /// From now on the server says that it isn't ready, so that balancers send requests elsewhere.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether requests are welcome: a model is there, and the server isn't stopping.
    pub fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed) && self.models.current().is_ready()
    }

    /// The request's head, and its whole body within the limits.
    pub(crate) async fn receive(&self, request: Request) -> Result<(Parts, Received), Problem> {
        let (parts, body) = request.into_parts();
        let received = body::read(&parts.headers, body, &self.config.limits, &self.held).await?;
        Ok((parts, received))
    }

    /// The digit of each picture as the network will see it.
    pub(crate) async fn look(
        &self,
        pictures: Vec<Picture>,
        options: PreprocessOptions,
    ) -> Result<Vec<Seen>, Problem> {
        let limit = self.config.limits.max_pictures;
        if pictures.len() > limit {
            return Err(Problem::TooManyPictures { found: pictures.len(), limit });
        }
        let max_pixels = self.config.limits.max_pixels;
        let look = move |picture: &Picture| {
            let gray = picture.decode(max_pixels)?;
            Ok(preprocess_with(&gray, &options, &mut Trace::off()))
        };
        self.pool.run(move || pictures.iter().map(look).collect()).await?
    }

    /// The digit of each picture, wherever on it, as a recognizer finds it. Pictures that have MNIST's form already
    /// needn't be looked for.
    pub(crate) async fn find(
        &self,
        model: &Arc<Loaded>,
        pictures: Vec<Picture>,
    ) -> Result<Vec<FoundDigit>, Problem> {
        let limit = self.config.limits.max_pictures;
        if pictures.len() > limit {
            return Err(Problem::TooManyPictures { found: pictures.len(), limit });
        }
        let (max_pixels, finding) = (self.config.limits.max_pixels, model.clone());
        let find = move |picture: &Picture| {
            let gray = picture.decode(max_pixels)?;
            Ok(match as_mnist(&gray) {
                Some(digit) => Err(digit),
                None => {
                    Ok(finding.recognizer.find_digit(&gray, &PreprocessOptions::default(), &mut Trace::off()))
                }
            })
        };
        let looked: Vec<Result<FoundDigit, DigitImage>> =
            self.pool.run(move || pictures.iter().map(find).collect::<Result<_, Problem>>()).await??;
        // What needn't be looked for goes through the network with other requests' digits.
        let digits = looked.iter().filter_map(|looked| looked.as_ref().err()).copied().collect();
        let mut read = self.batcher.read(model.clone(), digits).await?.into_iter();
        let found = looked.into_iter().map(|looked| match looked {
            Ok(found) => Ok(found),
            Err(image) => {
                let prediction = read.next().ok_or(Problem::Internal)?;
                Ok(FoundDigit { prediction, image: Some(image), bounds: None, others: 0 })
            }
        });
        found.collect()
    }

    /// What a model takes each picture for; those without a digit on them are told without it.
    pub(crate) async fn judge(&self, model: &Arc<Loaded>, seen: &[Seen]) -> Result<Vec<Prediction>, Problem> {
        let digits = seen.iter().flatten().copied().collect();
        let mut read = self.batcher.read(model.clone(), digits).await?.into_iter();
        let predictions = seen.iter().map(|seen| match seen {
            Ok(_) => read.next().ok_or(Problem::Internal),
            Err(reason) => Ok(Prediction::of_nothing(*reason)),
        });
        predictions.collect()
    }
}
