//! Pictures of kinds that others' programs fell short on (`INKDIGIT_CASES`: `pictures/KIND/*_LABEL.*`, and
//! `pages/*.png`) and amounts of cheques (`INKDIGIT_PICTURES`: `cheques/*.jpg` beside their `.txt`). What is asserted is
//! what was reached. Where a variable isn't set, its tests say that they were left out.

use std::path::{Path, PathBuf};

use inkdigit::page::TextOptions;
use inkdigit::{GrayImage, PictureLimits, Recognizer};

/// What stands on the pages that have no text beside them.
const PAGES: [(&str, &str); 6] = [
    ("date_slash", "17/03/2024"),
    ("decimal", "3.14\n27.5\n100.05"),
    ("phone", "+49 30 901820\n(030) 555 0199\n555-0100"),
    ("sum", "12+34=46"),
    ("tight_350488", "350488"),
    ("seg_all", "0123456789"),
];

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: {variable} is not set");
    }
    folder
}

fn open(path: &Path) -> GrayImage {
    GrayImage::open(path, PictureLimits::default()).unwrap()
}

/// The files of a folder, in their order, but for texts.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end != "txt")).collect();
    files.sort();
    files
}

/// The number that a file's name ends in: `paper_020_2.png` shows a 2.
fn label(path: &Path) -> u8 {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let digit = stem.rsplit(|sign: char| !sign.is_ascii_digit()).find(|part| part.len() == 1);
    digit.unwrap_or_else(|| panic!("{stem} ends in no digit")).parse().unwrap()
}

#[test]
fn single_digits_are_read_wherever_they_are() {
    let Some(folder) = folder("INKDIGIT_CASES") else { return };
    let recognizer = Recognizer::default();
    let kinds = ["table", "frame", "tight", "screenshot", "underline", "noise", "thin"];
    for kind in kinds {
        let files = pictures(&folder.join("pictures").join(kind));
        let right = |path: &&PathBuf| {
            let read = recognizer.read_digit(&open(path));
            !read.rejected && read.digit == label(path)
        };
        let wrong: Vec<&PathBuf> = files.iter().filter(|path| !right(path)).collect();
        println!("{kind}: {} of {}", files.len() - wrong.len(), files.len());
        assert!(!files.is_empty() && wrong.is_empty(), "{kind}: {wrong:?}");
    }
}

#[test]
fn digits_of_eight_by_eight_pixels_are_read() {
    let Some(folder) = folder("INKDIGIT_CASES") else { return };
    let folder = folder.join("pictures/digits8x8");
    let recognizer = Recognizer::default();
    let labels = std::fs::read_to_string(folder.join("labels.txt")).unwrap();
    let labels: Vec<u8> =
        labels.split_whitespace().filter_map(|word| word.parse().ok().filter(|&label| label < 10)).collect();
    let files = pictures(&folder);
    assert_eq!(labels.len(), files.len());
    let read = files.iter().map(|path| recognizer.read_digit(&open(path)));
    let right = read.zip(&labels).filter(|(read, label)| !read.rejected && read.digit == **label).count();
    println!("{right} of {} digits of 8x8 pixels", files.len());
    assert!(100 * right >= 80 * files.len(), "{right} of {}", files.len());
}

#[test]
fn dates_decimals_telephone_numbers_and_form_cells_come_out_whole() {
    let Some(folder) = folder("INKDIGIT_CASES") else { return };
    let (folder, recognizer) = (folder.join("pages"), Recognizer::default());
    let text = |name: &str| {
        let page = recognizer.read_page(&open(&folder.join(format!("{name}.png")))).unwrap();
        page.text_with(&TextOptions { marks: true, words: true, ..TextOptions::default() })
    };
    for (name, truth) in PAGES {
        assert_eq!(text(name), truth, "{name}");
    }
    let cells = pictures(&folder).into_iter().filter(|path| path.with_extension("txt").exists());
    let mut count = 0;
    for path in cells {
        let truth = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let without_blanks = |text: &str| text.split_whitespace().collect::<String>();
        let read = text(path.file_stem().unwrap().to_str().unwrap());
        assert_eq!(without_blanks(&read), without_blanks(&truth), "{}", path.display());
        count += 1;
    }
    assert!(count >= 4, "{count} pages of cells");
}

#[test]
fn amounts_of_cheques_are_read() {
    let Some(folder) = folder("INKDIGIT_PICTURES") else { return };
    let recognizer = Recognizer::default();
    let files = pictures(&folder.join("cheques"));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let whole = files.iter().filter(|path| {
        let truth = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        recognizer.read_page(&open(path)).is_ok_and(|page| digits(&page.text()) == digits(&truth))
    });
    let whole = whole.count();
    println!("{whole} of {} amounts read whole", files.len());
    assert!(!files.is_empty() && 100 * whole >= 65 * files.len(), "{whole} of {}", files.len());
}
