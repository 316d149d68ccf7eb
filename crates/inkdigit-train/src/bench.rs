//! How fast a machine trains and reads, network by network, and how fast it could be at most.

use std::hint::black_box;
use std::time::{Duration, Instant};

use inkdigit_image::{IMAGE_PIXELS, to_floats};
use inkdigit_nn::exec::Noise;
use inkdigit_nn::machine::{FMA_BURST, fma_burst};
use inkdigit_nn::{Executor, Graph, Optimizer, OptimizerConfig, Params, exec};
use serde::Serialize;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::networks::{self, BuiltIn, Network, Scaling};

/// Images of a training step: the batch of the recipes that others publish times for.
const TRAINING_BATCH: usize = 100;

/// How fast a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingSpeed {
    /// The network's name.
    pub network: &'static str,
    /// Threads it was trained on.
    pub threads: usize,
    /// Images of a step.
    pub batch_size: usize,
    /// Images trained on in a second.
    pub images_per_second: f64,
    /// Two operations for each multiply-add of three passes of the network, in thousand millions a second.
    pub gflops: f64,
    /// The same as a share of the most that the threads reach.
    pub share_of_peak: f64,
}

/// How fast a network answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InferenceSpeed {
    /// The network's name.
    pub network: &'static str,
    /// Threads it answered on.
    pub threads: usize,
    /// Images of a batch.
    pub batch_size: usize,
    /// The median time of a batch.
    pub milliseconds: f64,
    /// Images read in a second.
    pub images_per_second: f64,
    /// Two operations for each multiply-add, in thousand millions a second.
    pub gflops: f64,
}

/// The most GFLOP/s (two for a multiply-add, without any memory) that all threads of the current pool reach
/// together: the best of several measurements, since everything that disturbs one makes it slower. What networks
/// reach is a share of it.
pub fn peak_gflops() -> f64 {
    let mut best = 0.0f64;
    for _ in 0..20 {
        let start = Instant::now();
        let bursts = rayon::broadcast(|_| black_box(fma_burst(black_box(1.0)))).len();
        best = best.max(2e-9 * (bursts as u64 * FMA_BURST) as f64 / start.elapsed().as_secs_f64());
    }
    best
}

/// Measures one network, on the threads of the pool that it is called in.
///
/// ```
/// use std::time::Duration;
/// use inkdigit_train::bench::{Bench, peak_gflops};
/// use inkdigit_train::{networks::BuiltIn, synth};
///
/// let data = synth::dataset(100, 0);
/// let bench = Bench::new(BuiltIn::Mlp, &data, Duration::from_millis(1))?;
/// let training = bench.training(peak_gflops());
/// assert!(training.images_per_second > 0.0);
/// assert_eq!(bench.inference(8).batch_size, 8);
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
#[derive(Debug)]
pub struct Bench<'a> {
    network: BuiltIn,
    graph: Graph,
    data: &'a Dataset,
    time: Duration,
}

impl<'a> Bench<'a> {
    /// A benchmark on these images, which are repeated to fill batches. Each figure takes about `time`.
    ///
    /// # Errors
    /// [`Error::EmptyData`].
    pub fn new(network: BuiltIn, data: &'a Dataset, time: Duration) -> Result<Self> {
        if data.is_empty() {
            return Err(Error::EmptyData { file: "the data to measure with".into() });
        }
        let graph = networks::build(&Network::BuiltIn(network), Scaling::default())?;
        Ok(Self { network, graph, data, time })
    }

    /// Whole training steps: fill the batch, forward, loss, backward, update. `peak` is what the pool reaches at
    /// most: [`peak_gflops`].
    pub fn training(&self, peak: f64) -> TrainingSpeed {
        let mut params = Params::init(&self.graph, 0);
        let config = OptimizerConfig::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 };
        let mut optimizer = Optimizer::new(config, &params);
        let mut grads = vec![0.0; params.data().len()];
        let mut executor = Executor::new(&self.graph);
        let labels: Vec<u8> = self.data.labels().iter().cycle().take(TRAINING_BATCH).copied().collect();
        let mut step = 0;
        let times = measure(self.time, || {
            self.fill(executor.input(TRAINING_BATCH));
            executor.train(&params, Noise { seed: 0, step });
            executor.loss(&labels, 0.0);
            executor.backward(&params, &mut grads);
            executor.update_running_statistics(&mut params);
            optimizer.step(&mut params, &grads, 1e-3);
            step += 1;
        });
        // The mean, not the median: a training waits for its slow steps too.
        let images_per_second = TRAINING_BATCH as f64 / mean(&times);
        let gflops = 3.0 * self.gflops(images_per_second);
        TrainingSpeed {
            network: self.network.name(),
            threads: rayon::current_num_threads(),
            batch_size: TRAINING_BATCH,
            images_per_second,
            gflops,
            share_of_peak: gflops / peak,
        }
    }

    /// Answers to batches of a size.
    pub fn inference(&self, batch_size: usize) -> InferenceSpeed {
        let params = Params::init(&self.graph, 0);
        // A few pictures through an executor that stays, as a server has it; many as the library reads them,
        // a block for each thread at a time.
        let times = if batch_size <= exec::BLOCK {
            let mut executor = match batch_size {
                1 => Executor::single_threaded(&self.graph),
                _ => Executor::new(&self.graph),
            };
            measure(self.time / 2, || {
                self.fill(executor.input(batch_size));
                executor.infer(&params);
            })
        } else {
            let mut images = vec![0.0; batch_size * self.graph.input_shape().len()];
            self.fill(&mut images);
            measure(self.time / 2, || {
                exec::infer(&self.graph, &params, &images).expect("whole images");
            })
        };
        let seconds = median(times);
        let images_per_second = batch_size as f64 / seconds;
        InferenceSpeed {
            network: self.network.name(),
            threads: if batch_size == 1 { 1 } else { rayon::current_num_threads() },
            batch_size,
            milliseconds: 1e3 * seconds,
            images_per_second,
            gflops: self.gflops(images_per_second),
        }
    }

    fn fill(&self, batch: &mut [f32]) {
        let images = (0..self.data.len()).cycle().map(|index| self.data.image(index));
        let inputs = batch.chunks_exact_mut(IMAGE_PIXELS);
        inputs.zip(images).for_each(|(input, image)| to_floats(image, input));
    }

    fn gflops(&self, images_per_second: f64) -> f64 {
        2e-9 * self.graph.multiply_adds() as f64 * images_per_second
    }
}

/// Seconds of each call of `work`, called for about `time` and at least three times, warmed up before.
fn measure(time: Duration, mut work: impl FnMut()) -> Vec<f64> {
    work();
    work();
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || start.elapsed() < time {
        let before = Instant::now();
        work();
        times.push(before.elapsed().as_secs_f64());
    }
    times
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_beyond_what_plain_code_does() {
        let found = peak_gflops();
        assert!(found > 1.0 && found < 10_000.0, "{found}");
    }
}
