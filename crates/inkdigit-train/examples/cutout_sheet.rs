//! Draws a sheet of what the digit network learns of cut-outs: digits in the upper half, places without one below.
//!
//!     cargo run --release -p inkdigit-train --example cutout_sheet -- OUT.png [SEED] [MNIST]
//!
//! MNIST is a folder with its training images; without it digits are synthetic.

use std::path::Path;
use std::time::Instant;

use inkdigit::{GrayImage, IMAGE_PIXELS, IMAGE_SIDE, atomic};
use inkdigit_nn::Rng;
use inkdigit_train::synth::scene::DigitSource;
use inkdigit_train::synth::{self, CutOuts};
use inkdigit_train::{Split, data};

const COLUMNS: usize = 5 * CutOuts::OF_A_SCENE;
const ROWS: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, rest @ ..] = &arguments[..] else { return Err("OUT.png [SEED] [MNIST]".into()) };
    let seed: u64 = rest.first().map_or(Ok(1), |seed| seed.parse())?;
    let data = match rest.get(1) {
        Some(folder) => data::open(Path::new(folder), Split::Train)?,
        None => synth::dataset(2000, 1),
    };
    let cut_outs = CutOuts::new(DigitSource::new(&data));
    let mut images = vec![0.0; 2 * ROWS * COLUMNS * IMAGE_PIXELS];
    let (digits, places) = images.split_at_mut(ROWS * COLUMNS * IMAGE_PIXELS);
    let rng = |index: usize| Rng::stream(seed, &[index as u64]);
    let start = Instant::now();
    for (index, out) in digits.chunks_exact_mut(CutOuts::OF_A_SCENE * IMAGE_PIXELS).enumerate() {
        cut_outs.digits(&mut rng(index), out);
    }
    for (index, out) in places.chunks_exact_mut(CutOuts::OF_A_SCENE * IMAGE_PIXELS).enumerate() {
        cut_outs.places(&mut rng(index), out);
    }
    println!("{} cut-outs in {:.2?} on one core", 2 * ROWS * COLUMNS, start.elapsed());
    let (width, height) = (COLUMNS * IMAGE_SIDE, 2 * ROWS * IMAGE_SIDE);
    let mut pixels = vec![0; width * height];
    for (place, image) in images.chunks_exact(IMAGE_PIXELS).enumerate() {
        let (top, left) = (place / COLUMNS * IMAGE_SIDE, place % COLUMNS * IMAGE_SIDE);
        for (y, row) in image.chunks_exact(IMAGE_SIDE).enumerate() {
            let out = &mut pixels[(top + y) * width + left..][..IMAGE_SIDE];
            out.iter_mut().zip(row).for_each(|(out, &level)| *out = level as u8);
        }
    }
    let sheet = GrayImage::new(width, height, pixels)?;
    atomic::write_file(Path::new(out), |file| file.write_all(&sheet.to_png()))?;
    Ok(())
}
