use inkdigit::page::Line;
use inkdigit::{DigitImage, IMAGE_PIXELS, Prediction, Recognizer};

use super::*;

/// A digit that was read as `value`, whatever else is said of it.
fn digit(value: u8, bounds: [usize; 4], rejected: bool) -> PageDigit {
    let [left, top, right, bottom] = bounds;
    let image = DigitImage::new([0; IMAGE_PIXELS]);
    let prediction = Recognizer::default().classify_one(&image);
    PageDigit {
        bounds: Bounds { left, top, right, bottom },
        prediction: Prediction { digit: value, rejected, ..prediction },
        image,
    }
}

/// A plain picture of 200x120 and what is drawn on it.
fn drawn(level: u8, digits: Vec<PageDigit>, truth: Option<&[Option<u8>]>) -> image::RgbImage {
    let picture = GrayImage::new(200, 120, vec![level; 200 * 120]).unwrap();
    let words = std::iter::once(0..digits.len()).collect();
    let page = Page { lines: vec![Line::of_digits(digits, words)], turned: 0.0 };
    let drawn = image::load_from_memory(&annotate(&picture, &page, truth)).unwrap().to_rgb8();
    assert_eq!(drawn.dimensions(), (200, 120));
    drawn
}

/// How many pixels have this colour in columns `left..right` and rows `top..bottom`.
fn count(picture: &image::RgbImage, [left, top, right, bottom]: [u32; 4], colour: Rgb) -> usize {
    let places = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    places.filter(|&(x, y)| picture.get_pixel(x, y).0 == colour).count()
}

const WHOLE: [u32; 4] = [0, 0, 200, 120];

#[test]
fn the_box_lies_around_the_digit_and_its_value_above() {
    let drawn = drawn(255, vec![digit(7, [80, 50, 110, 90], false)], None);
    let blue = Verdict::Unlabelled.colour();
    // All as thin as can be: lines and outlines of one pixel.
    assert_eq!(count(&drawn, [80, 50, 110, 90], [255; 3]), 30 * 40, "no ink is covered");
    assert_eq!(count(&drawn, [78, 48, 112, 49], blue), 34);
    assert_eq!(count(&drawn, [111, 48, 112, 92], blue), 44);
    assert_eq!(count(&drawn, [78, 48, 112, 92], blue), 2 * (34 + 44) - 4);
    let pixels = glyphs::pixels(glyphs::of(7)).count();
    assert_eq!(count(&drawn, [0, 0, 200, 47], blue), pixels, "the whole value is above");
    assert_eq!(count(&drawn, [0, 92, 200, 120], blue), 0);
}

#[test]
fn colours_say_what_agrees() {
    let digits = || {
        let boxes = [[5, 40, 35, 80], [55, 40, 85, 80], [105, 40, 135, 80], [155, 40, 185, 80]];
        let rejected = [false, false, true, false];
        (0..4).map(|i| digit(i as u8, boxes[i], rejected[i])).collect::<Vec<_>>()
    };
    let around = |i: u32| [50 * i, 0, 50 * (i + 1), 120];
    let drawn_with = drawn(128, digits(), Some(&[Some(0), Some(9), Some(2)]));
    // The last has no label though there are some: nothing agrees with it.
    let verdicts = [Verdict::Right, Verdict::Wrong, Verdict::Rejected, Verdict::Wrong];
    let all = [Verdict::Right, Verdict::Wrong, Verdict::Rejected, Verdict::Unlabelled];
    for (i, verdict) in verdicts.into_iter().enumerate() {
        for other in all {
            let found = count(&drawn_with, around(i as u32), other.colour()) > 0;
            assert_eq!(found, other == verdict, "digit {i}, {other:?}");
        }
    }
    let gray = count(&drawn_with, [100, 0, 150, 37], Verdict::Rejected.colour());
    assert_eq!(gray, glyphs::pixels(&glyphs::UNKNOWN).count(), "a question mark");
    // Dashes leave gaps where the others have lines.
    let right = count(&drawn_with, [3, 38, 37, 82], Verdict::Right.colour());
    let wrong = count(&drawn_with, [53, 38, 87, 82], Verdict::Wrong.colour());
    assert_eq!(right, 2 * (34 + 44) - 4);
    assert!((right / 3..right * 3 / 4).contains(&wrong), "{wrong} of {right}");
    let without = drawn(128, digits(), None);
    assert_eq!(count(&without, WHOLE, Verdict::Right.colour()), 0);
    assert_eq!(count(&without, WHOLE, Verdict::Wrong.colour()), 0);
    assert!(count(&without, around(1), Verdict::Unlabelled.colour()) > 0);
}

#[test]
fn values_stay_on_the_picture() {
    let blue = Verdict::Unlabelled.colour();
    let pixels = glyphs::pixels(glyphs::of(8)).count();
    // At the top the value stands below, in a corner beside its place.
    let top = drawn(255, vec![digit(8, [180, 0, 200, 40], false)], None);
    assert_eq!(count(&top, [0, 43, 200, 120], blue), pixels);
    // A digit that fills the picture has it inside.
    let full = drawn(255, vec![digit(8, [0, 0, 200, 120], false)], None);
    assert_eq!(count(&full, [20, 20, 180, 119], blue), pixels);
}

#[test]
fn values_go_where_nothing_stands() {
    let blue = Verdict::Unlabelled.colour();
    let pixels = |value| glyphs::pixels(glyphs::of(value)).count();
    // Two lines, hardly apart: the lower one's value goes below.
    let digits = vec![digit(1, [80, 20, 100, 50], false), digit(2, [80, 56, 100, 86], false)];
    let lines = drawn(255, digits, None);
    assert_eq!(count(&lines, [0, 0, 200, 17], blue), pixels(1));
    assert_eq!(count(&lines, [0, 89, 200, 120], blue), pixels(2));
    // With a third line close below them, a value there could be taken for the third's.
    let digits =
        [[80, 20, 100, 50], [80, 56, 100, 86], [80, 98, 100, 118]].map(|bounds| digit(1, bounds, false));
    let lines = drawn(255, digits.to_vec(), None);
    let frames = 2 * (24 + 34) - 4;
    assert!(count(&lines, [0, 18, 200, 54], blue) > frames, "the second's value is above");
    // Room for one value between them, which the upper one takes: above it the picture ends.
    let digits = vec![digit(1, [80, 2, 100, 32], false), digit(2, [80, 47, 100, 77], false)];
    let lines = drawn(255, digits, None);
    assert_eq!(count(&lines, [0, 35, 200, 44], blue), pixels(1));
    assert_eq!(count(&lines, [0, 80, 200, 120], blue), pixels(2));
}

#[test]
fn lines_and_values_grow_with_the_digits() {
    let pen = |side, digit| Pen::new(&GrayImage::new(side, 10, vec![0; 10 * side]).unwrap(), vec![digit]);
    let sizes = |pen: Pen| (pen.line, pen.outline, pen.scale);
    assert_eq!(sizes(pen(200, 20)), (1, 1, 1));
    assert_eq!(sizes(pen(4000, 160)), (6, 3, 7));
    assert_eq!(sizes(pen(4000, 32)), (1, 1, 1), "small digits on a large page have thin lines");
    assert_eq!(sizes(pen(500, 400)), (2, 1, 3), "and large ones on a small page too");
}

#[test]
fn dashes_begin_and_end_a_line() {
    for long in 1..60 {
        let side = Bounds { left: 10, top: 5, right: 10 + long, bottom: 6 };
        let dashes = dashes(&side, 4);
        let (first, last) = (dashes[0], dashes[dashes.len() - 1]);
        assert_eq!(first.left, 10, "{long}");
        assert!(last.right == 10 + long || long == 2, "{long}: {last:?}");
        assert!(dashes.iter().all(|dash| dash.width() > 0 && dash.top == 5), "{long}");
        assert!(dashes.windows(2).all(|pair| pair[0].right < pair[1].left), "{long}");
        assert_eq!(dashes.len() > 1, long >= 3, "{long}");
    }
}

#[test]
fn what_lies_outside_is_left_out() {
    let outside = [[300, 10, 330, 50], [10, 200, 40, 240], [50, 20, 40, 60]];
    let drawn = drawn(255, outside.map(|bounds| digit(1, bounds, false)).to_vec(), None);
    assert_eq!(count(&drawn, WHOLE, [255; 3]), 200 * 120);
    let empty = self::drawn(9, vec![], Some(&[Some(1)]));
    assert_eq!(count(&empty, WHOLE, [9; 3]), 200 * 120);
}
