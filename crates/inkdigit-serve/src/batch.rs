//! Dynamic batching: digits of different requests wait in one bounded queue, and threads of their own take what
//! is there through the network.
//!
//! A batch is what waits for one model when a thread comes free, up to a number of images: under load batches
//! grow by themselves, without it nobody waits. A delay above zero lets the first image of a batch wait for
//! company. Without a delay, what takes next to no time is computed where the request is: waking another thread
//! and being woken by it takes as long.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use inkdigit::recognizer::Classifier;
use inkdigit::{DigitImage, Prediction};
use tokio::sync::oneshot;

use crate::config::Batching;
use crate::metrics::Metrics;
use crate::models::Loaded;
use crate::problem::Problem;

/// What takes no longer than this isn't worth another thread; nor does it keep other requests of its own thread
/// waiting for a time that anybody notices.
const AT_ONCE: Duration = Duration::from_micros(250);

thread_local! {
    /// The network and its buffers that this thread last read with.
    static CLASSIFIER: Cell<Option<Classifier>> = const { Cell::new(None) };
}

/// Takes digits through networks, those of many requests together.
#[derive(Debug)]
pub(crate) struct Batcher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    rules: Batching,
    metrics: Arc<Metrics>,
    queue: Mutex<Queue>,
    /// Something was put into the queue, or it was closed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Images of all jobs.
    images: usize,
    closed: bool,
}

/// The digits of one request.
#[derive(Debug)]
struct Job {
    model: Arc<Loaded>,
    digits: Vec<DigitImage>,
    arrived: Instant,
    reply: oneshot::Sender<Vec<Prediction>>,
}

impl Batcher {
    /// A batcher with its threads running.
    ///
    /// # Errors
    /// Those of the system, if it has no threads to give.
    pub(crate) fn start(rules: Batching, metrics: Arc<Metrics>) -> std::io::Result<Self> {
        let shared = Shared { rules, metrics, queue: Mutex::default(), changed: Condvar::new() };
        let mut batcher = Self { shared: Arc::new(shared), threads: Vec::new() };
        for number in 0..rules.thread_count() {
            let shared = batcher.shared.clone();
            let builder = std::thread::Builder::new().name(format!("network-{number}"));
            batcher.threads.push(builder.spawn(move || shared.work())?);
        }
        Ok(batcher)
    }

    /// What a model takes these digits for, in their order.
    ///
    /// # Errors
    /// [`Problem::Busy`] if too much waits already; a request of more images than the whole queue has room for
    /// is taken when nothing else waits.
    pub(crate) async fn read(
        &self,
        model: Arc<Loaded>,
        digits: Vec<DigitImage>,
    ) -> Result<Vec<Prediction>, Problem> {
        if digits.is_empty() {
            return Ok(Vec::new());
        }
        if self.shared.rules.delay.is_zero() && model.cost * digits.len() as u32 <= AT_ONCE {
            return self.shared.compute(&model, &digits).ok_or(Problem::Internal);
        }
        let (reply, answer) = oneshot::channel();
        self.put(Job { model, digits, arrived: Instant::now(), reply })?;
        // Threads drop a reply only where the network failed.
        answer.await.map_err(|_| Problem::Internal)
    }

    fn put(&self, job: Job) -> Result<(), Problem> {
        let mut queue = self.shared.lock();
        if queue.closed {
            return Err(Problem::Stopping);
        }
        if queue.images > 0 && queue.images + job.digits.len() > self.shared.rules.queue {
            return Err(Problem::Busy);
        }
        queue.images += job.digits.len();
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.changed.notify_one();
        Ok(())
    }

    /// Images that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.lock().images
    }
}

impl Drop for Batcher {
    /// Finishes what waits.
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(batch) = self.next() {
            self.answer(batch);
        }
    }

    /// The next batch, waited for; none when the queue is closed and empty.
    fn next(&self) -> Option<Vec<Job>> {
        let mut queue = self.lock();
        loop {
            let wait = match queue.jobs.front() {
                None if queue.closed => return None,
                None => Duration::MAX,
                Some(first) => {
                    let due = self.rules.delay.saturating_sub(first.arrived.elapsed());
                    if due.is_zero() || queue.closed || queue.images >= self.rules.max_images {
                        return Some(queue.take(self.rules.max_images));
                    }
                    due
                }
            };
            queue = if wait == Duration::MAX {
                self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.changed.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    /// What the model takes the digits for; none if the network panicked.
    fn compute(&self, model: &Loaded, digits: &[DigitImage]) -> Option<Vec<Prediction>> {
        self.metrics.batch(digits.len());
        let read = catch_unwind(AssertUnwindSafe(|| {
            CLASSIFIER.with(|kept| {
                // Taken out for the time of the work: one that panicked isn't used again.
                let kept = kept.take().filter(|kept| Arc::ptr_eq(kept.recognizer(), &model.recognizer));
                let mut classifier = kept.unwrap_or_else(|| Classifier::new(model.recognizer.clone()));
                let predictions = classifier.classify(digits);
                CLASSIFIER.set(Some(classifier));
                predictions
            })
        }));
        if read.is_err() {
            tracing::error!(model = model.name, version = model.version, "the network panicked");
        }
        read.ok()
    }

    fn answer(&self, mut batch: Vec<Job>) {
        // Whoever has gone away wants no answer.
        batch.retain(|job| !job.reply.is_closed());
        let Some(first) = batch.first() else { return };
        let model = first.model.clone();
        let digits: Vec<DigitImage> = batch.iter().flat_map(|job| &job.digits).copied().collect();
        let Some(mut predictions) = self.compute(&model, &digits) else { return };
        for job in batch.into_iter().rev() {
            let own = predictions.split_off(predictions.len() - job.digits.len());
            // Who left meanwhile is no failure.
            let _ = job.reply.send(own);
        }
    }
}

impl Queue {
    /// Takes the first job, and of those behind it the ones for the same model while they fit.
    fn take(&mut self, max_images: usize) -> Vec<Job> {
        let Some(first) = self.jobs.pop_front() else { return Vec::new() };
        let (id, mut images) = (first.model.id, first.digits.len());
        let mut batch = vec![first];
        let mut place = 0;
        while images < max_images && place < self.jobs.len() {
            let job = &self.jobs[place];
            if job.model.id == id && images + job.digits.len() <= max_images {
                images += job.digits.len();
                batch.extend(self.jobs.remove(place));
            } else {
                place += 1;
            }
        }
        self.images -= images;
        batch
    }
}
