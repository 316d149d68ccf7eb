//! Real pictures (`INKDIGIT_PICTURES`, a folder with `singles/<digit>/*`, `pages/*` beside their `.txt`, and
//! `mnister/own_[1-9].png`). Where the variable isn't set, the tests say that they were left out.

use std::path::{Path, PathBuf};

use inkdigit::{GrayImage, PictureLimits, Recognizer};
use inkdigit_train::data;

/// What MNISTER's own pictures show, by name.
const MNISTER: [u8; 9] = [4, 3, 0, 7, 2, 5, 1, 6, 8];

fn pictures() -> Option<PathBuf> {
    let folder = std::env::var_os("INKDIGIT_PICTURES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: INKDIGIT_PICTURES is not set");
    }
    folder
}

fn open(path: &Path) -> GrayImage {
    GrayImage::open(path, PictureLimits::default()).unwrap()
}

#[test]
fn single_digits_are_read() {
    let Some(folder) = pictures() else { return };
    let recognizer = Recognizer::default();
    let files = data::folder::list(&folder.join("singles")).unwrap();
    let is_wrong = |(path, label): &&(PathBuf, u8)| recognizer.read_digit(&open(path)).digit != *label;
    let wrong: Vec<_> = files.iter().filter(is_wrong).collect();
    println!("{} of {} single digits read right", files.len() - wrong.len(), files.len());
    assert!(!files.is_empty() && 50 * wrong.len() <= files.len(), "more than 2 % wrong: {wrong:?}");
}

#[test]
fn digits_on_dark_and_on_squared_paper_are_read() {
    let Some(folder) = pictures() else { return };
    let recognizer = Recognizer::default();
    let read: Vec<u8> = (1..=9)
        .map(|number| folder.join(format!("mnister/own_{number}.png")))
        .map(|path| recognizer.read_digit(&open(&path)).digit)
        .collect();
    assert_eq!(read, MNISTER);
}

#[test]
fn pages_are_read_line_by_line() {
    let Some(folder) = pictures() else { return };
    let recognizer = Recognizer::default();
    let mut pages = 0;
    for entry in std::fs::read_dir(folder.join("pages")).unwrap() {
        let path = entry.unwrap().path();
        let truth = path.with_extension("txt");
        if path == truth {
            continue;
        }
        let truth = std::fs::read_to_string(truth).unwrap();
        let page = recognizer.read_page(&open(&path)).unwrap();
        let lines: Vec<&str> = truth.split_whitespace().collect();
        assert_eq!(page.text(), lines.join("\n"), "{}", path.display());
        pages += 1;
    }
    assert!(pages > 0, "no pages in {}", folder.display());
}

#[test]
fn letters_are_rejected_and_digits_are_not() {
    let Some(folder) = pictures() else { return };
    let recognizer = Recognizer::default();
    let rejected = |path: &Path| recognizer.read_digit(&open(path)).rejected;
    let letters: Vec<PathBuf> =
        std::fs::read_dir(folder.join("nondigits")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let taken: Vec<_> = letters.iter().filter(|path| !rejected(path)).collect();
    // One is an F whose bars are so faint that a 1 is left.
    assert!(letters.len() >= 10 && 10 * taken.len() <= letters.len(), "taken for digits: {taken:?}");
    let digits = data::folder::list(&folder.join("singles")).unwrap();
    let lost = digits.iter().filter(|(path, _)| rejected(path)).count();
    println!(
        "{} of {} non-digits taken for digits, {lost} of {} digits rejected",
        taken.len(),
        letters.len(),
        digits.len()
    );
    assert!(50 * lost <= digits.len(), "{lost} of {} digits rejected", digits.len());
}
