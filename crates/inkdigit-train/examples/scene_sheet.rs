//! Draws a sheet of scenes with what is to be found on them.
//!
//!     cargo run --release -p inkdigit-train --example scene_sheet -- OUT.png [SEED] [KIND] [MNIST]
//!
//! MNIST is a folder with its training images; without it digits are synthetic.

use std::path::Path;

use inkdigit_train::synth::scene::{DigitSource, Kind, KindWeights, SceneConfig, contact_sheet, draw};
use inkdigit_train::{Split, data, synth};

const COLUMNS: usize = 6;
const ROWS: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize| arguments.get(i).map(String::as_str);
    let out = argument(0).unwrap_or("scenes.png");
    let seed = argument(1).unwrap_or("1").parse()?;
    let mut config = SceneConfig::default();
    if let Some(kind) = argument(2).filter(|&kind| kind != "any") {
        let named = |k: &Kind| format!("{k:?}").eq_ignore_ascii_case(kind);
        let kind = Kind::ALL.into_iter().find(named).ok_or("no such kind")?;
        config.kinds = KindWeights::only(kind);
    }
    let data = match argument(3) {
        Some(folder) => data::open(Path::new(folder), Split::Train)?,
        None => synth::dataset(2000, 1),
    };
    let source = DigitSource::new(&data);
    let scenes: Vec<_> =
        (0..(COLUMNS * ROWS) as u64).map(|index| draw(&source, &config, [256, 256], seed, index)).collect();
    contact_sheet(&scenes, COLUMNS).save(out)?;
    Ok(())
}
