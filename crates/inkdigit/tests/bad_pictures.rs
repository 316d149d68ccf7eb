//! Pictures that are broken, hostile or empty: told so in words or read, never a panic, never more time or
//! memory than they justify.

use std::path::Path;
use std::time::{Duration, Instant};

use inkdigit::{GrayImage, Page, PictureError, PictureLimits, Recognizer, Rejection};

/// Reads a picture as a page, with the finder; one without digits has no lines.
fn page(picture: &GrayImage) -> Page {
    page_by(&Recognizer::default(), picture)
}

fn page_by(recognizer: &Recognizer, picture: &GrayImage) -> Page {
    let page = recognizer.read_page(picture).unwrap_or_default();
    for digit in page.digits() {
        let b = &digit.bounds;
        assert!(b.left < b.right && b.right <= picture.width(), "{b:?}");
        assert!(b.top < b.bottom && b.bottom <= picture.height(), "{b:?}");
    }
    page
}

/// Black rectangles `[left, top, width, height]` on white.
fn drawn(width: usize, height: usize, rectangles: impl Iterator<Item = [usize; 4]>) -> GrayImage {
    let mut pixels = vec![255; width * height];
    for [left, top, columns, rows] in rectangles {
        (top..top + rows).for_each(|y| pixels[y * width + left..][..columns].fill(0));
    }
    GrayImage::new(width, height, pixels).unwrap()
}

#[test]
fn what_fuzzing_found_telling_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/read");
    // What a finder does hardly depends on what is on the picture: some of them are enough for it.
    let (finding, rules) = (Recognizer::default(), Recognizer::default().finding_by_rules());
    let mut read = 0;
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for (place, file) in files.iter().enumerate() {
        let recognizer = if place % 20 == 0 { &finding } else { &rules };
        let page = |picture: &GrayImage| page_by(recognizer, picture);
        let bytes = std::fs::read(file).unwrap();
        if let Ok(picture) = GrayImage::decode(&bytes, PictureLimits::default()) {
            recognizer.read_digit(&picture);
            page(&picture);
            read += 1;
        }
        // The fuzzer's other way to take the same bytes.
        if let Some((&width, pixels)) = bytes.split_first()
            && let width = width.max(1) as usize
            && let height = (pixels.len() / width).min(400)
            && let Ok(picture) = GrayImage::new(width, height, pixels[..width * height].to_vec())
        {
            page(&picture);
        }
    }
    assert!(read >= 10, "{read}");
}

#[test]
fn the_smallest_pictures_have_nothing_on_them() {
    for (width, height) in [(1, 1), (1, 40), (40, 1), (2, 2)] {
        for level in [0, 128, 255] {
            let picture = GrayImage::new(width, height, vec![level; width * height]).unwrap();
            let told = Recognizer::default().read_digit(&picture);
            assert_eq!(told.reason, Some(Rejection::NothingDrawn), "{width}x{height} of {level}");
            assert_eq!(page(&picture).text(), "");
        }
    }
}

#[test]
fn a_picture_of_a_billion_pixels_is_refused_before_it_is_decoded() {
    // The beginning of a PNG file is enough: its header with the checksum, and where pixels would start.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x75\x30\0\0\x75\x30\x08\0\0\0\0".to_vec();
    png.extend(0x434c_a766u32.to_be_bytes());
    png.extend(b"\0\0\x10\0IDAT\x78\x9c");
    let start = Instant::now();
    let error = GrayImage::decode(&png, PictureLimits::default()).unwrap_err();
    let PictureError::TooManyPixels { width: 30_000, height: 30_000, limit, .. } = error else {
        panic!("{error}")
    };
    assert!(error.to_string().contains(&limit.to_string()), "{error}");
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn ten_thousand_specks_are_no_digits_and_take_no_longer_than_a_page() {
    let dust = (0..10_000).map(|i| [i % 100 * 20 + i * 7 % 13, i / 100 * 20 + i * 5 % 11, 3, 3]);
    let start = Instant::now();
    assert_eq!(page(&drawn(2000, 2000, dust)).text(), "");
    // As many small bars might be digits, or two each: some are looked at, not all.
    let bars = (0..10_000).map(|i| [i % 100 * 20 + 3, i / 100 * 20 + 3, 6, 12]);
    assert!(page(&drawn(2000, 2000, bars)).digits().count() < 10_000);
    // Not a measurement: what runs away takes minutes.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
