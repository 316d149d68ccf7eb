//! Says how fast a finder is trained and how fast it reads.
//!
//!     cargo run --release -p inkdigit-train --example finder_bench -- [PICTURES]

use std::hint::black_box;
use std::time::Instant;

use inkdigit::GrayImage;
use inkdigit::finder::{FindOptions, Finder, FinderMetadata};
use inkdigit_nn::exec::Noise;
use inkdigit_nn::{Executor, Params, Rng, Shape};
use inkdigit_train::networks::finder::{FinderWidths, finder};
use inkdigit_train::synth;
use inkdigit_train::synth::scene::{DigitSource, SceneConfig, draw};

/// The fastest of some runs, in milliseconds: what other programs do at the same time only adds.
fn fastest(mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        run();
        1e3 * start.elapsed().as_secs_f64()
    };
    (0..5).map(once).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pictures: usize = std::env::args().nth(1).map_or(Ok(16), |count| count.parse())?;
    rayon::scope(|_| measure(pictures).map_err(|error| error.to_string()))?;
    Ok(())
}

fn measure(pictures: usize) -> Result<(), Box<dyn std::error::Error>> {
    let graph = finder(&FinderWidths::default())?;
    let params = Params::init(&graph, 1);
    let (data, config) = (synth::dataset(2000, 1), SceneConfig::default());
    let source = DigitSource::new(&data);
    let drawing = fastest(|| {
        (0..pictures as u64).for_each(|i| drop(black_box(draw(&source, &config, [256; 2], 1, i))));
    });
    println!("draws {pictures} pictures on one core in {drawing:.0} ms");

    let large = graph.resized(Shape::map(1, 256, 256))?;
    let mut executor = Executor::new(&large);
    let mut rng = Rng::new(1);
    executor.input(pictures).iter_mut().for_each(|x| *x = rng.uniform(0.0, 255.0));
    let forward = fastest(|| {
        executor.train(&params, Noise { seed: 0, step: 0 });
    });
    executor.output_and_gradient().1.fill(1e-3);
    let mut grads = vec![0.0; params.data().len()];
    let backward = fastest(|| executor.backward(&params, &mut grads));
    let gflop = 2e-9 * large.multiply_adds() as f64 * pictures as f64;
    println!(
        "learns from {pictures} on {} threads: forward {forward:.0} ms, {:.0} GFLOP/s; backward {backward:.0} ms, \
         {:.0} GFLOP/s",
        rayon::current_num_threads(),
        1e3 * gflop / forward,
        2e3 * gflop / backward
    );

    let finder = Finder::new(graph, params, FinderMetadata::default())?;
    let (folded, folded_params) = finder.for_inference();
    for side in [128, 192, 256, 320, 512] {
        let graph = folded.resized(Shape::map(1, side, side))?;
        let gflop = 2e-9 * graph.multiply_adds() as f64;
        let (mut one, mut all) = (Executor::single_threaded(&graph), Executor::new(&graph));
        for executor in [&mut one, &mut all] {
            executor.input(1).iter_mut().for_each(|x| *x = rng.uniform(0.0, 255.0));
        }
        let single = fastest(|| {
            black_box(one.infer(folded_params));
        });
        let many = fastest(|| {
            black_box(all.infer(folded_params));
        });
        println!(
            "{side}x{side} again and again: on one thread {single:.1} ms, {:.0} GFLOP/s; on all {many:.1} ms",
            1e3 * gflop / single
        );
    }
    println!("file of {} bytes", finder.to_bytes()?.len());
    for (width, height) in [(256, 256), (1280, 800)] {
        let pixels = (0..width * height).map(|_| rng.below(256) as u8).collect();
        let picture = GrayImage::new(width, height, pixels)?;
        let maps = fastest(|| drop(black_box(finder.maps(&picture))));
        let find = fastest(|| drop(black_box(finder.find(&picture, &FindOptions::default()))));
        println!("{width}x{height}: maps {maps:.1} ms, all sizes {find:.1} ms");
    }
    Ok(())
}
