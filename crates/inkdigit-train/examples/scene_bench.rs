//! Says how many scenes one core draws in a second, in all and of each kind.
//!
//!     cargo run --release -p inkdigit --example scene_bench -- [MNIST]

use std::path::Path;
use std::time::Instant;

use inkdigit_train::synth::scene::{DigitSource, Kind, KindWeights, SceneConfig, draw};
use inkdigit_train::{Split, data, synth};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = match std::env::args().nth(1) {
        Some(folder) => data::open(Path::new(&folder), Split::Train)?,
        None => synth::dataset(2000, 1),
    };
    let source = DigitSource::new(&data);
    let measure = |name: &str, config: &SceneConfig, count: u64| {
        let (start, mut marks, mut slowest) = (Instant::now(), 0, 0.0f64);
        for index in 0..count {
            let began = Instant::now();
            marks += draw(&source, config, [256, 256], 1, index).marks.len();
            slowest = slowest.max(began.elapsed().as_secs_f64());
        }
        let each = start.elapsed().as_secs_f64() / count as f64;
        let marks = marks as f64 / count as f64;
        println!(
            "{name:10} {:6.0} scenes/s  {:6.2} ms, at most {:6.1} ms  {marks:5.1} marks",
            1.0 / each,
            1e3 * each,
            1e3 * slowest
        );
    };
    measure("all", &SceneConfig::default(), 1000);
    for kind in Kind::ALL {
        let config = SceneConfig { kinds: KindWeights::only(kind), ..SceneConfig::default() };
        measure(&format!("{kind:?}"), &config, 150);
    }
    Ok(())
}
