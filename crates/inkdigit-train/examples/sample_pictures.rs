//! Draws the sample pictures of the documentation: ten synthetic digits, a sheet of two hundred, a sheet of
//! what is no digit, and three pages.
//!
//!     cargo run --release -p inkdigit-train --example sample_pictures -- docs/pictures

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use inkdigit::{DigitImage, Error, GrayImage, IMAGE_SIDE, atomic};
use inkdigit_nn::Rng;
use inkdigit_train::synth;
use inkdigit_train::synth::{Outlier, PageConfig, Sheet};
use std::path::Path;

const SEED: u64 = 3;
const COLUMNS: usize = 20;

fn main() -> Result<(), Error> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "docs/pictures".into());
    let folder = Path::new(&folder);
    for digit in 0..10 {
        let picture = synth::digit(digit, &mut Rng::stream(SEED, &[digit as u64]));
        save(&folder.join(format!("synthetic-{digit}.png")), &picture)?;
    }
    save(&folder.join("synthetic-sheet.png"), &sheet(&digits())?)?;
    save(&folder.join("synthetic-outliers.png"), &sheet(&outliers())?)?;
    for (name, printed) in [("page", Sheet::Plain), ("form", Sheet::Cells)] {
        save(&folder.join(format!("synthetic-{name}.png")), &page(printed))?;
    }
    save_jpeg(&folder.join("synthetic-squared.jpg"), &photograph())
}

/// A page of squared paper, badly photographed.
fn photograph() -> GrayImage {
    let mut rng = Rng::stream(905, &[10]);
    let mut config = PageConfig::of_difficulty(0.8, &mut rng);
    (config.width, config.height) = (1200, 900);
    config.paper.sheet = Sheet::Squared;
    synth::page(&config, &mut rng).image
}

/// Twenty of each digit.
fn digits() -> Vec<DigitImage> {
    let data = synth::dataset(10 * COLUMNS, SEED);
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by_key(|&i| data.labels()[i]);
    order.iter().filter_map(|&i| data.get(i)).map(|(digit, _)| digit).collect()
}

/// Twenty of each kind.
fn outliers() -> Vec<DigitImage> {
    let row = |kind: Outlier| (0..COLUMNS as u64).map(move |i| kind.draw(&mut Rng::stream(SEED, &[i])));
    Outlier::ALL.into_iter().flat_map(row).collect()
}

/// A page as photographed on a desk, in the shadow of a hand.
fn page(printed: Sheet) -> GrayImage {
    let mut config = PageConfig { width: 720, height: 480, ..PageConfig::default() };
    config.writing.digit_height = 42.0;
    config.writing.digits = 20;
    config.writing.touching = 0.1;
    config.writing.letters = 0.2;
    config.pen.width = Some(0.09);
    config.pen.roughness = 0.3;
    config.paper.sheet = printed;
    config.paper.level = 215.0;
    config.paper.grain = 2.0;
    config.camera.angle = 2.5;
    config.camera.perspective = 0.06;
    config.camera.desk = 0.03;
    config.camera.uneven_light = 0.3;
    config.camera.shadow = 0.35;
    config.camera.blur = 0.8;
    config.camera.noise = 2.0;
    synth::page(&config, &mut Rng::new(SEED)).image
}

/// The images in rows.
fn sheet(images: &[DigitImage]) -> Result<GrayImage, Error> {
    let (width, height) = (COLUMNS * IMAGE_SIDE, images.len().div_ceil(COLUMNS) * IMAGE_SIDE);
    let mut pixels = vec![0; width * height];
    for (place, image) in images.iter().enumerate() {
        let (top, left) = (place / COLUMNS * IMAGE_SIDE, place % COLUMNS * IMAGE_SIDE);
        for (y, row) in image.pixels().chunks(IMAGE_SIDE).enumerate() {
            pixels[(top + y) * width + left..][..IMAGE_SIDE].copy_from_slice(row);
        }
    }
    Ok(GrayImage::new(width, height, pixels)?)
}

fn save(path: &Path, picture: &GrayImage) -> Result<(), Error> {
    atomic::write_file(path, |out| out.write_all(&picture.to_png()))
}

/// Noise makes PNG files large.
fn save_jpeg(path: &Path, picture: &GrayImage) -> Result<(), Error> {
    let (width, height) = (picture.width() as u32, picture.height() as u32);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 80)
        .encode(picture.pixels(), width, height, ExtendedColorType::L8)
        .expect("a picture fits into memory");
    atomic::write_file(path, |out| out.write_all(&bytes))
}
