//! Threads for work that takes longer than a digit: decoding pictures, reading pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Runs a few pieces of work at once and lets a bounded number wait.
#[derive(Debug)]
pub(crate) struct Pool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Pool {
    pub(crate) fn new(threads: usize, most_waiting: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(threads)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// What `work` gives. It goes on to its end even if nobody waits for it any more, and keeps its place
    /// until then.
    ///
    /// # Errors
    /// [`Problem::Busy`] if too much waits, [`Problem::Internal`] if the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = Slot::take(&self.waiting, self.most_waiting)?;
                self.permits.clone().acquire_owned().await.map_err(|_| Problem::Stopping)?
            }
        };
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Problem::Internal)
    }
}

/// A place in the queue, left when it is dropped.
struct Slot<'a>(&'a AtomicUsize);

impl<'a> Slot<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Problem> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= most { Err(Problem::Busy) } else { Ok(place) }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_finds_no_place_is_sent_away() {
        let pool = Arc::new(Pool::new(1, 1));
        let (go, gate) = mpsc::channel::<()>();
        let spawn = |gate: mpsc::Receiver<()>| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.run(move || gate.recv().is_ok()).await })
        };
        let first = spawn(gate);
        while pool.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let (go_too, gate) = mpsc::channel();
        let second = spawn(gate);
        while pool.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| ()).await, Err(Problem::Busy)));
        go.send(()).unwrap();
        go_too.send(()).unwrap();
        assert!(first.await.unwrap().unwrap() && second.await.unwrap().unwrap());
        assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
        assert!(matches!(pool.run(|| panic!("in a test")).await, Err::<(), _>(Problem::Internal)));
        assert!(pool.run(|| ()).await.is_ok(), "a panic gives its place back");
    }
}
