//! `inkdigit bench`: what this machine does with the networks, as figures that can be compared.

use std::time::{Duration, Instant};

use anyhow::Result;
use inkdigit_nn::exec::Noise;
use inkdigit_nn::{Executor, Graph, Optimizer, OptimizerConfig, Params, exec};
use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};
use inkdigit_train::{Dataset, synth};
use serde::Serialize;

use crate::machine::{self, Machine};
use crate::output::{self, Table, Usage, grouped};
use crate::{examples, peak};

/// Images of a training step: the batch of the recipes that others publish times for.
const TRAINING_BATCH: usize = 100;

/// Batch sizes whose answers are timed.
const BATCHES: [usize; 5] = [1, 8, 64, 256, 1000];

/// Measures this machine
///
/// Says what the machine is and how it is set, measures the most multiply-adds it can do, and then for each
/// network the images trained on in a second, the time one picture takes and the images read in a second
/// over batch sizes. It trains on synthetic digits, so it needs no data. Threads are kept on cores of their
/// own where the system allows it. A GFLOP/s counts two operations for a multiply-add, and for training
/// three passes of the network.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::BENCH)]
pub struct Args {
    /// Numbers of threads to measure with, as 1,2,4; all the machine has if left out.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,

    /// Networks to measure, as lenet,mlp; all if left out.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    network: Vec<String>,

    /// Measure a tenth as long: rougher figures.
    #[arg(long)]
    quick: bool,

    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print CSV, a line for each figure.
    #[arg(long)]
    csv: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    peaks: Vec<Peak>,
    training: Vec<Training>,
    inference: Vec<Inference>,
}

/// The most that fused multiply-adds give.
#[derive(Serialize)]
struct Peak {
    threads: usize,
    pinned: bool,
    gflops: f64,
}

#[derive(Serialize)]
struct Training {
    network: &'static str,
    threads: usize,
    batch_size: usize,
    images_per_second: f64,
    gflops: f64,
    share_of_peak: f64,
}

#[derive(Serialize)]
struct Inference {
    network: &'static str,
    threads: usize,
    batch_size: usize,
    /// The median time of a batch.
    milliseconds: f64,
    images_per_second: f64,
    gflops: f64,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let networks = chosen_networks(&args.network)?;
    let threads: Vec<usize> = match args.threads[..] {
        [] => vec![machine::threads()],
        ref list => list.iter().map(|&count| count as usize).collect(),
    };
    let time = Duration::from_millis(if args.quick { 60 } else { 600 });
    let data = synth::dataset(BATCHES[BATCHES.len() - 1].min(256), 0);
    let mut report = Report { machine: Machine::look(), peaks: vec![], training: vec![], inference: vec![] };
    for &threads in &threads {
        let (pool, pinned) = machine::pinned_pool(threads)?;
        let gflops = peak::gflops(&pool);
        report.peaks.push(Peak { threads, pinned, gflops });
        for &network in &networks {
            output::note(format_args!("measuring {} on {}", network.name(), counted(threads)));
            let bench = Bench::new(network, &data, threads, time)?;
            let training = pool.install(|| bench.training(gflops));
            report.training.push(training);
            for batch in BATCHES {
                report.inference.push(pool.install(|| bench.inference(batch)));
            }
        }
    }
    match (args.json, args.csv) {
        (true, _) => output::json(&report)?,
        (_, true) => output::text(&csv(&report))?,
        _ => print(&report)?,
    }
    Ok(())
}

fn chosen_networks(names: &[String]) -> Result<Vec<BuiltIn>> {
    if names.is_empty() {
        return Ok(BuiltIn::ALL.to_vec());
    }
    let named = |name: &String| match name.parse::<Network>() {
        Ok(Network::BuiltIn(network)) => Ok(network),
        Ok(other) => Err(Usage(format!("{other} can't be measured, expected a network's name")).into()),
        Err(error) => Err(Usage(error.to_string()).into()),
    };
    names.iter().map(named).collect()
}

/// One network on one number of threads.
struct Bench<'a> {
    network: BuiltIn,
    graph: Graph,
    data: &'a Dataset,
    threads: usize,
    time: Duration,
}

impl<'a> Bench<'a> {
    fn new(network: BuiltIn, data: &'a Dataset, threads: usize, time: Duration) -> Result<Self> {
        let graph = networks::build(&Network::BuiltIn(network), Scaling::default())?;
        Ok(Self { network, graph, data, threads, time })
    }

    /// Whole training steps: fill the batch, forward, loss, backward, update.
    fn training(&self, peak: f64) -> Training {
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
        Training {
            network: self.network.name(),
            threads: self.threads,
            batch_size: TRAINING_BATCH,
            images_per_second,
            gflops,
            share_of_peak: gflops / peak,
        }
    }

    fn inference(&self, batch_size: usize) -> Inference {
        let params = Params::init(&self.graph, 0);
        // A few pictures through an executor that stays, as a server has it; many as the library reads them,
        // a block for each thread at a time.
        let times = if batch_size <= 64 {
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
        Inference {
            network: self.network.name(),
            threads: if batch_size == 1 { 1 } else { self.threads },
            batch_size,
            milliseconds: 1e3 * seconds,
            images_per_second,
            gflops: self.gflops(images_per_second),
        }
    }

    fn fill(&self, batch: &mut [f32]) {
        for (value, &pixel) in batch.iter_mut().zip(self.data.images().iter().cycle()) {
            *value = pixel as f32;
        }
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

fn print(report: &Report) -> std::io::Result<()> {
    let machine = &report.machine;
    let unknown = || "unknown".to_string();
    let cores = machine.cores.map_or(String::new(), |cores| format!("{cores} cores, "));
    output::line(format_args!("processor        {}", machine.cpu.clone().unwrap_or_else(unknown)))?;
    output::line(format_args!(
        "                 {cores}{} threads, {}",
        machine.threads, machine.instruction_set
    ))?;
    let turbo = machine.turbo.map_or_else(unknown, |on| if on { "on" } else { "off" }.to_string());
    let governor = machine.governor.clone().unwrap_or_else(unknown);
    output::line(format_args!("frequency        governor {governor}, turbo {turbo}"))?;
    for peak in &report.peaks {
        output::line(format_args!(
            "peak             {:.0} GFLOP/s of fused multiply-adds on {}{}",
            peak.gflops,
            counted(peak.threads),
            if peak.pinned { ", pinned" } else { "" }
        ))?;
    }

    output::line(format_args!("\n{}\n", training_table(&report.training)))?;
    output::line(inference_table(&report.inference))
}

fn training_table(rows: &[Training]) -> Table {
    let mut table = Table::new(&["training", "threads", "batch", "images/s", "GFLOP/s", "of peak"]);
    for row in rows {
        table.row(vec![
            row.network.into(),
            row.threads.to_string(),
            row.batch_size.to_string(),
            grouped(row.images_per_second as u64),
            format!("{:.1}", row.gflops),
            format!("{:.0} %", 100.0 * row.share_of_peak),
        ]);
    }
    table
}

fn inference_table(rows: &[Inference]) -> Table {
    let mut table = Table::new(&["inference", "threads", "batch", "ms", "images/s", "GFLOP/s"]);
    for row in rows {
        table.row(vec![
            row.network.into(),
            row.threads.to_string(),
            row.batch_size.to_string(),
            format!("{:.3}", row.milliseconds),
            grouped(row.images_per_second as u64),
            format!("{:.1}", row.gflops),
        ]);
    }
    table
}

fn counted(threads: usize) -> String {
    if threads == 1 { "1 thread".into() } else { format!("{threads} threads") }
}

/// A line for each figure, the machine in each, so that files of several machines can be put together.
fn csv(report: &Report) -> String {
    let cpu = report.machine.cpu.clone().unwrap_or_default().replace([',', '"'], " ");
    let end = format!("{},{cpu}", report.machine.instruction_set);
    let mut text =
        "measured,network,threads,batch_size,milliseconds,images_per_second,gflops,instruction_set,cpu\n"
            .to_string();
    for row in &report.peaks {
        text += &format!("peak,,{},,,,{:.3},{end}\n", row.threads, row.gflops);
    }
    for row in &report.training {
        let milliseconds = 1e3 * row.batch_size as f64 / row.images_per_second;
        text += &format!(
            "training,{},{},{},{milliseconds:.5},{:.1},{:.3},{end}\n",
            row.network, row.threads, row.batch_size, row.images_per_second, row.gflops
        );
    }
    for row in &report.inference {
        text += &format!(
            "inference,{},{},{},{:.5},{:.1},{:.3},{end}\n",
            row.network, row.threads, row.batch_size, row.milliseconds, row.images_per_second, row.gflops
        );
    }
    text
}
