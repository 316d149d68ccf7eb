//! Draws the sample pictures of the documentation: ten synthetic digits, and a sheet of a hundred.
//!
//!     cargo run --release -p inkdigit --example sample_pictures -- docs/pictures

use inkdigit::{GrayImage, atomic, synth};
use inkdigit_nn::Rng;
use std::path::Path;

const SEED: u64 = 3;

fn main() -> Result<(), inkdigit::Error> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "docs/pictures".into());
    let folder = Path::new(&folder);
    for digit in 0..10 {
        let picture = synth::digit(digit, &mut Rng::stream(SEED, &[digit as u64]));
        save(&folder.join(format!("synthetic-{digit}.png")), &picture)?;
    }
    save(&folder.join("synthetic-sheet.png"), &sheet(10, 20)?)
}

/// `rows` by `columns` digits in the networks' form, their labels in order.
fn sheet(rows: usize, columns: usize) -> Result<GrayImage, inkdigit::Error> {
    let data = synth::dataset(rows * columns, SEED);
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by_key(|&i| data.labels()[i]);
    let side = inkdigit::IMAGE_SIDE;
    let mut pixels = vec![0; rows * columns * side * side];
    for (place, &i) in order.iter().enumerate() {
        let (top, left) = (place / columns * side, place % columns * side);
        for (y, row) in data.image(i).chunks(side).enumerate() {
            pixels[(top + y) * columns * side + left..][..side].copy_from_slice(row);
        }
    }
    GrayImage::new(columns * side, rows * side, pixels)
}

fn save(path: &Path, picture: &GrayImage) -> Result<(), inkdigit::Error> {
    atomic::write_file(path, |out| out.write_all(&picture.to_png()))
}
