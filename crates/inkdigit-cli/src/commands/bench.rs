//! `inkdigit bench`: what this machine does with the networks, as figures that can be compared.

use std::time::Duration;

use anyhow::Result;
use inkdigit::machine::{self, Machine};
use inkdigit_train::bench::{Bench, InferenceSpeed, TrainingSpeed, peak_gflops};
use inkdigit_train::networks::{BuiltIn, Network};
use inkdigit_train::synth;
use serde::Serialize;

use crate::examples;
use crate::output::{self, Table, Usage, grouped};

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
pub(crate) struct Args {
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
struct BenchReport {
    machine: Machine,
    peaks: Vec<Peak>,
    training: Vec<TrainingSpeed>,
    inference: Vec<InferenceSpeed>,
}

/// The most that fused multiply-adds give.
#[derive(Serialize)]
struct Peak {
    threads: usize,
    pinned: bool,
    gflops: f64,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let networks = chosen_networks(&args.network)?;
    let threads: Vec<usize> = match args.threads[..] {
        [] => vec![machine::threads()],
        ref list => list.iter().map(|&count| count as usize).collect(),
    };
    let time = Duration::from_millis(if args.quick { 60 } else { 600 });
    let data = synth::dataset(BATCHES[BATCHES.len() - 1].min(256), 0);
    let mut report =
        BenchReport { machine: Machine::look(), peaks: vec![], training: vec![], inference: vec![] };
    for &threads in &threads {
        let (pool, pinned) = pinned_pool(threads)?;
        let gflops = pool.install(peak_gflops);
        report.peaks.push(Peak { threads, pinned, gflops });
        for &network in &networks {
            output::note(format_args!("measuring {} on {}", network.name(), counted(threads)));
            let bench = Bench::new(network, &data, time)?;
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

/// A pool of `count` threads, each kept on a core of its own where the system allows it; whether it did.
fn pinned_pool(count: usize) -> Result<(rayon::ThreadPool, bool)> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let pin =
        move |thread: usize| cores.get(thread).is_some_and(|&core| core_affinity::set_for_current(core));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build()?;
    let pinned = pool.broadcast(|context| pin(context.index()));
    Ok((pool, pinned.into_iter().all(|pinned| pinned)))
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

fn print(report: &BenchReport) -> std::io::Result<()> {
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

fn training_table(rows: &[TrainingSpeed]) -> Table {
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

fn inference_table(rows: &[InferenceSpeed]) -> Table {
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
fn csv(report: &BenchReport) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_the_threads_asked_for() {
        let (pool, _) = pinned_pool(2).unwrap();
        assert_eq!(pool.current_num_threads(), 2);
    }
}
