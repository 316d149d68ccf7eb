//! Reads all digits of a page, with their places.
//!
//!     cargo run --release -p inkdigit --example read_page [PICTURE]

use inkdigit::{GrayImage, PictureLimits, Recognizer};

/// What is read if no other picture is named.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/synthetic-page.png");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| SAMPLE.into());
    let picture = GrayImage::open(&path, PictureLimits::default())?;

    // What is less probable than this is rejected: letters, blots.
    let recognizer = Recognizer::default().rejecting_below(0.9);
    let page = recognizer.read_page(&picture)?;

    println!("{}", page.text_by_words());
    for digit in page.digits().filter(|digit| !digit.prediction.rejected) {
        let (bounds, read) = (digit.bounds, &digit.prediction);
        println!(
            "{} at column {} of row {}, {}x{} pixels, with a probability of {:.3}",
            read.digit,
            bounds.left,
            bounds.top,
            bounds.width(),
            bounds.height(),
            read.probability
        );
    }
    Ok(())
}
