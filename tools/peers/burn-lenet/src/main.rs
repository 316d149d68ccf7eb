//! Trains LeNet (20-50-500, tanh) on MNIST with burn's flex backend, as a peer for Inkdigit's benchmarks.
//!
//! The work is that of `inkdigit train --recipe mxnet-lenet` and of `tools/peers/torch_train.py lenet`:
//! two valid 5x5 convolutions, each with tanh and a 2x2 max pooling, one hidden layer of 500, batches of
//! 100 shuffled images in [0, 1], plain SGD with rate 0.1. The clock runs over the training loop alone,
//! copying the batches into tensors included.
//!
//! usage: burn-lenet DATA_DIR [--batches N | --epochs N]
//!
//! `--batches N` times N batches of the first epoch, after two that warm up, and extrapolates to an epoch.
//! Threads: `RAYON_NUM_THREADS`, all cores by default.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

const PIXELS: usize = 28 * 28;
const BATCH: usize = 100;
const LEARNING_RATE: f64 = 0.1;

/// The first batches pay for thread start and cold caches, which an epoch would not notice.
const WARM_UP: usize = 2;

#[derive(Module, Debug)]
struct LeNet {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    hidden: Linear,
    output: Linear,
}

impl LeNet {
    fn new(device: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([1, 20], [5, 5]).init(device),
            conv2: Conv2dConfig::new([20, 50], [5, 5]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            hidden: LinearConfig::new(800, 500).init(device),
            output: LinearConfig::new(500, 10).init(device),
        }
    }

    /// Logits `[N, 10]` of images `[N, 1, 28, 28]`.
    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(self.conv1.forward(images).tanh());
        let x = self.pool.forward(self.conv2.forward(x).tanh());
        let x = self.hidden.forward(x.flatten(1, 3)).tanh();
        self.output.forward(x)
    }
}

/// One split of MNIST, kept as the bytes of its files.
struct Split {
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Split {
    fn open(folder: &Path, name: &str) -> Result<Self, Box<dyn Error>> {
        let images = read_idx(&folder.join(format!("{name}-images-idx3-ubyte.gz")), 16)?;
        let labels = read_idx(&folder.join(format!("{name}-labels-idx1-ubyte.gz")), 8)?;
        if images.len() != labels.len() * PIXELS {
            return Err(
                format!("{name}: {} bytes of images for {} labels", images.len(), labels.len()).into()
            );
        }
        Ok(Self { images, labels })
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    /// Images `[N, 1, 28, 28]` in [0, 1] and labels `[N]` at the places in `order`.
    fn batch(&self, order: &[usize], device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
        let pixels: Vec<f32> = order
            .iter()
            .flat_map(|&i| &self.images[i * PIXELS..(i + 1) * PIXELS])
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        let labels: Vec<i64> = order.iter().map(|&i| i64::from(self.labels[i])).collect();
        (
            Tensor::from_data(TensorData::new(pixels, [order.len(), 1, 28, 28]), device),
            Tensor::from_data(TensorData::new(labels, [order.len()]), device),
        )
    }
}

fn read_idx(path: &Path, header: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes)?;
    if bytes.len() < header {
        return Err(format!("{}: {} bytes, shorter than its header", path.display(), bytes.len()).into());
    }
    bytes.drain(..header);
    Ok(bytes)
}

/// A permutation of `0..count`: Fisher and Yates over a 64-bit linear congruential generator.
fn shuffled(count: usize, state: &mut u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        order.swap(i, (*state >> 33) as usize % (i + 1));
    }
    order
}

fn accuracy(net: &LeNet, split: &Split, device: &Device) -> f64 {
    let order: Vec<usize> = (0..split.len()).collect();
    let mut right = 0;
    for batch in order.chunks(1000) {
        let (images, labels) = split.batch(batch, device);
        let guesses = net.forward(images).argmax(1).flatten::<1>(0, 1);
        right += guesses.equal(labels).int().sum().into_scalar::<i64>();
    }
    right as f64 / split.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (folder, limit, epochs) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] => (folder, None, 1),
        [folder, "--batches", n] => (folder, Some(n.parse::<usize>()?), 1),
        [folder, "--epochs", n] => (folder, None, n.parse::<usize>()?),
        _ => return Err("usage: burn-lenet DATA_DIR [--batches N | --epochs N]".into()),
    };
    let train = Split::open(Path::new(folder), "train")?;
    let test = Split::open(Path::new(folder), "t10k")?;

    let plain = Device::flex();
    let device = plain.clone().autodiff();
    device.seed(0);
    let mut net = LeNet::new(&device);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut sgd = SgdConfig::new().init();
    let mut seed = 0;

    for epoch in 0..epochs {
        let order = shuffled(train.len(), &mut seed);
        let batches = train.len().div_ceil(BATCH);
        let warm_up = if limit.is_some() { WARM_UP } else { 0 };
        let last = limit.map_or(batches, |n| batches.min(n + warm_up));
        let mut start = Instant::now();
        for (step, batch) in order.chunks(BATCH).take(last).enumerate() {
            if step == warm_up {
                start = Instant::now();
            }
            let (images, labels) = train.batch(batch, &device);
            let loss = cross_entropy.forward(net.forward(images), labels);
            let grads = GradientsParams::from_grads(loss.backward(), &net);
            net = sgd.step(LEARNING_RATE, net, grads);
        }
        let seconds = start.elapsed().as_secs_f64();
        if limit.is_some() {
            let timed = last - warm_up;
            let whole = seconds / timed as f64 * batches as f64;
            println!("lenet {timed} batches {seconds:.3} s  epoch extrapolated {whole:.2} s");
        } else {
            let accuracy = accuracy(&net.clone().valid(), &test, &plain);
            println!("lenet epoch {epoch} train {seconds:.3} s  accuracy {accuracy:.4}");
        }
    }
    Ok(())
}
