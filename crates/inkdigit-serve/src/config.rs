//! What a server is told when it starts: how much it takes, how it batches, whom it answers.

use std::time::Duration;

use inkdigit::model::ScaleRule;
use inkdigit::recognizer::Classifier;

use crate::token::Token;

/// How a server works.
#[derive(Clone, Debug)]
pub struct Config {
    /// How much it takes.
    pub limits: Limits,
    /// How digits go through the network together.
    pub batching: Batching,
    /// What every request must show, health checks and the drawing page aside; none lets everybody in.
    pub token: Option<Token>,
    /// The origins whose pages may call the server from a browser, `*` for all; none by default.
    pub cors: Vec<String>,
    /// What is less probable isn't taken for a digit; none for what recognizers do by themselves.
    pub reject_below: Option<f32>,
    /// The range that models from elsewhere take pixels in, where their files don't say.
    pub scale: ScaleRule,
    /// Whether each request is logged, and not only what went wrong.
    pub access_log: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            batching: Batching::default(),
            token: None,
            cors: Vec::new(),
            reject_below: None,
            scale: ScaleRule::File,
            access_log: false,
        }
    }
}

/// How much a server takes before it refuses.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one request's body, also after it is unpacked.
    pub max_body: usize,
    /// Bytes of all bodies that are held at once.
    pub max_held: usize,
    /// Pixels of a picture.
    pub max_pixels: u64,
    /// Pictures in one request.
    pub max_pictures: usize,
    /// Connections that are open at once.
    pub max_connections: usize,
    /// From a request's first line to its answer.
    pub request_time: Duration,
    /// For a request's head to arrive, and for a connection to lie idle.
    pub header_time: Duration,
    /// For what is under way to finish after the server was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 16 << 20,
            max_held: 512 << 20,
            // Half of what `inkdigit read` takes by default: several are decoded at once here.
            max_pixels: 50_000_000,
            max_pictures: 256,
            max_connections: 16_384,
            request_time: Duration::from_secs(30),
            header_time: Duration::from_secs(30),
            grace: Duration::from_secs(20),
        }
    }
}

/// How digits of different requests go through the network together.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// The most images of a batch.
    pub max_images: usize,
    /// How long the first image of a batch waits for others.
    pub delay: Duration,
    /// The most images that wait; who comes later is told to come again.
    pub queue: usize,
    /// Threads that compute; 0 for one for each core.
    pub threads: usize,
}

impl Default for Batching {
    fn default() -> Self {
        // Waiting for others pays on machines where a batch is much cheaper than its
        // images one by one; on the processors measured here it isn't.
        Self { max_images: Classifier::BLOCK, delay: Duration::ZERO, queue: 4096, threads: 0 }
    }
}

impl Batching {
    /// The threads that compute.
    pub(crate) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}
