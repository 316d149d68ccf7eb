use std::sync::LazyLock;

use inkdigit_image::GrayImage;
use inkdigit_image::preprocess::{Trace, Unreadable, preprocess};
use inkdigit_nn::Rng;
use inkdigit_train::synth;

use super::*;
use crate::Recognizer;

/// Digits of the synthetic hand on a page, each at its place.
fn page_of(rows: &[&str], seed: u64) -> (GrayImage, String) {
    let (cell, margin) = (110, 40);
    let columns = rows.iter().map(|row| row.len()).max().unwrap();
    let (width, height) = (columns * cell + 2 * margin, rows.len() * 150 + 2 * margin);
    let mut pixels = vec![235u8; width * height];
    let data = synth::dataset(200, seed);
    for (y, row) in rows.iter().enumerate() {
        for (x, digit) in row.bytes().map(|byte| byte - b'0').enumerate() {
            let nth = (x * 7 + y * 3 + 1) % 20;
            let index = (0..data.len()).filter(|&i| data.labels()[i] == digit).nth(nth).unwrap();
            let image = data.image(index);
            for v in 0..84 {
                for u in 0..84 {
                    let at = (margin + y * 150 + v) * width + margin + x * cell + u;
                    pixels[at] -= (image[v / 3 * 28 + u / 3] as u32 * 200 / 255) as u8;
                }
            }
        }
    }
    (GrayImage::new(width, height, pixels).unwrap(), rows.join("\n"))
}

fn text(picture: &GrayImage) -> String {
    Recognizer::default().read_page(picture).unwrap().text()
}

#[test]
fn a_page_is_read_by_lines_whichever_way_it_lies() {
    let (page, truth) = page_of(&["314159", "2653589", "4736"], 4);
    for quarters in 0..4 {
        let read = Recognizer::default().read_page(&page.turned(quarters)).unwrap();
        let sure: Vec<f32> = read.digits().map(|digit| digit.prediction.probability).collect();
        assert_eq!(read.text(), truth, "turned by {quarters} quarters, {sure:?}");
        assert_eq!(read.turned as usize, (4 - quarters) % 4 * 90);
    }
}

#[test]
fn boxes_are_where_the_digits_are() {
    let (page, _) = page_of(&["4735", "3547"], 4);
    for quarters in 0..4 {
        let picture = page.turned(quarters);
        let read = Recognizer::default().read_page(&picture).unwrap();
        assert_eq!(read.text(), "4735\n3547", "turned by {quarters} quarters");
        for digit in read.digits() {
            let Bounds { left, top, right, bottom } = digit.bounds;
            let crop = picture.crop(left, top, right - left, bottom - top).unwrap();
            let dark = crop.pixels().iter().filter(|&&p| p < 128).count();
            assert!(dark * 20 > crop.pixels().len(), "{:?}", digit.bounds);
            assert!((40..90).contains(&(right - left).max(bottom - top)), "{:?}", digit.bounds);
        }
    }
}

#[test]
fn slanted_lines_are_straightened() {
    let (page, truth) = page_of(&["31415926", "26535897"], 4);
    let (width, height) = (page.width(), page.height() + 300);
    // Every column lower than the one to its left: 12 degrees.
    let mut pixels = vec![235u8; width * height];
    for y in 0..page.height() {
        for x in 0..width {
            pixels[(y + x / 5) * width + x] = page.at(x, y);
        }
    }
    assert_eq!(text(&GrayImage::new(width, height, pixels).unwrap()), truth);
}

#[test]
fn a_lone_digit_has_the_answer_of_a_single_one_and_several_that_of_a_page() {
    let recognizer = Recognizer::default();
    let options = PageOptions { as_digit_if_alone: true, ..PageOptions::default() };
    let upright = PageOptions { turn_upright: false, ..options };
    let read = |picture: &GrayImage, options: &PageOptions| {
        recognizer.read_page_with(picture, options, &mut Trace::off())
    };
    // As it is, and so large that single digits and pages are reduced to different sizes.
    for factor in [1, 8] {
        let (small, _) = page_of(&["5"], 4);
        let (width, height) = (small.width() * factor, small.height() * factor);
        let pixels = (0..width * height).map(|i| small.at(i % width / factor, i / width / factor)).collect();
        let picture = GrayImage::new(width, height, pixels).unwrap();
        let page = read(&picture, &upright).unwrap();
        let digits: Vec<&PageDigit> = page.digits().collect();
        assert_eq!(digits.len(), 1, "{factor} times as large");
        assert_eq!(digits[0].prediction, recognizer.read_digit(&picture), "{factor} times as large");
        assert_eq!(Ok(digits[0].image), preprocess(&picture));
    }
    let (several, _) = page_of(&["47", "35"], 4);
    assert_eq!(read(&several, &options), recognizer.read_page(&several));
    let blank = GrayImage::new(300, 200, vec![240; 60_000]).unwrap();
    assert_eq!(read(&blank, &options), Err(Unreadable::NothingDrawn));
}

#[test]
fn nothing_drawn_and_grain_are_told() {
    let recognizer = Recognizer::default();
    let read = |picture: &GrayImage| recognizer.read_page(picture);
    let blank = GrayImage::new(300, 200, vec![240; 60_000]).unwrap();
    assert_eq!(read(&blank), Err(Unreadable::NothingDrawn));
    assert_eq!(read(&GrayImage::new(1, 1, vec![3]).unwrap()), Err(Unreadable::NothingDrawn));
    let mut rng = Rng::new(3);
    let mut specks = vec![240u8; 600 * 600];
    (0..10_000).for_each(|_| specks[rng.below(600 * 600)] = 20);
    let _ = read(&GrayImage::new(600, 600, specks).unwrap());
}

/// One recognizer for many pages.
static BY_RULES: LazyLock<Recognizer> = LazyLock::new(|| Recognizer::default().finding_by_rules());
static FINDING: LazyLock<Recognizer> = LazyLock::new(Recognizer::default);

proptest::proptest! {
    #[test]
    fn no_page_makes_it_panic(width in 1usize..120, height in 1usize..120, seed in 0u64..) {
        let mut rng = Rng::new(seed);
        // From a few specks to noise everywhere.
        let rare = 1 + rng.below(60);
        let levels = 1 + rng.below(255);
        let level = |rng: &mut Rng| if rng.below(rare) == 0 { rng.below(levels + 1) as u8 } else { 230 };
        let pixels = (0..width * height).map(|_| level(&mut rng)).collect();
        let picture = GrayImage::new(width, height, pixels).unwrap();
        // A finder takes its time on noise.
        let recognizer = if seed % 8 == 0 { &*FINDING } else { &*BY_RULES };
        if let Ok(page) = recognizer.read_page(&picture) {
            for Bounds { left, top, right, bottom } in page.digits().map(|digit| digit.bounds) {
                proptest::prop_assert!(left < right && right <= width && top < bottom && bottom <= height);
            }
        }
    }
}

#[test]
fn a_finder_reads_a_page_whichever_way_it_lies_and_says_where() {
    let recognizer = Recognizer::default();
    let (page, truth) = page_of(&["314159", "2653589", "4736"], 4);
    let upright = recognizer.read_page(&page).unwrap();
    for quarters in 0..4 {
        let picture = page.turned(quarters);
        let read = recognizer.read_page(&picture).unwrap();
        assert_eq!(read.text(), truth, "turned by {quarters} quarters");
        assert_eq!(read.turned as usize, (4 - quarters) % 4 * 90);
        for (digit, same) in read.digits().zip(upright.digits()) {
            // Seen from its own way up, the box is the upright one's, but for whole pixels.
            let (b, u) = (&digit.bounds, &same.bounds);
            let size = if quarters % 2 == 0 { [b.width(), b.height()] } else { [b.height(), b.width()] };
            assert!(size[0].abs_diff(u.width()) <= 2 && size[1].abs_diff(u.height()) <= 2, "{b:?}, {u:?}");
        }
    }
}
