//! Any bytes as a picture, from the file to the text: refused with an error, or read as a digit and as a page,
//! with boxes that lie on the picture.
//!
//! Most changed bytes of a file fail a checksum long before a pixel is seen, so what is no picture is taken for
//! bare pixels: the first byte is the width, the rest are rows.
#![no_main]

use std::sync::LazyLock;

use inkdigit::{GrayImage, PictureLimits, Recognizer};

static RECOGNIZER: LazyLock<Recognizer> = LazyLock::new(Recognizer::default);

/// What is larger teaches nothing more and takes long.
const MOST_PIXELS: u64 = 1 << 15;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let decoded = GrayImage::decode(bytes, PictureLimits::pixels(MOST_PIXELS)).ok();
    let Some(picture) = decoded.or_else(|| bare(bytes)) else { return };
    let (width, height) = (picture.width(), picture.height());
    let prediction = RECOGNIZER.read_digit(&picture);
    assert!((prediction.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    if let Ok(page) = RECOGNIZER.read_page(&picture) {
        for digit in page.digits() {
            let b = &digit.bounds;
            assert!(b.left < b.right && b.right <= width && b.top < b.bottom && b.bottom <= height, "{b:?}");
        }
    }
});

/// Rows of gray pixels.
fn bare(bytes: &[u8]) -> Option<GrayImage> {
    let (&width, pixels) = bytes.split_first()?;
    let width = width.max(1) as usize;
    let height = (pixels.len() / width).min(MOST_PIXELS as usize / width);
    GrayImage::new(width, height, pixels[..width * height].to_vec()).ok()
}
