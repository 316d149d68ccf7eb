//! Reads the one digit on a picture.
//!
//!     cargo run --release -p inkdigit --example read_digit [PICTURE]

use inkdigit::{GrayImage, PictureLimits, Recognizer};

/// What is read if no other picture is named.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/synthetic-3.png");

fn main() -> Result<(), inkdigit::Error> {
    let path = std::env::args().nth(1).unwrap_or_else(|| SAMPLE.into());
    let picture = GrayImage::open(&path, PictureLimits::default())?;

    let prediction = Recognizer::default().read_digit(&picture);

    match prediction.reason {
        None => println!("a {} with a probability of {:.3}", prediction.digit, prediction.probability),
        Some(reason) => println!("no digit: {reason}"),
    }
    for (digit, probability) in prediction.ranking().iter().take(3) {
        println!("  {digit}  {probability:.3}");
    }
    Ok(())
}
