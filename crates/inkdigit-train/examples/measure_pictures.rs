//! Measures how a folder of real pictures is read: with the finder, and by rules with each stage in turn switched off.
//!
//!     cargo run --release -p inkdigit-train --example measure_pictures -- FOLDER [--ablation] [--model MODEL]
//!
//! The folder holds what there is of `singles/<digit>/*` (one digit each), `pages/*` with a `.txt` of the same
//! name (the truth, a line for a line), `mnister/own_[1-9].png`, and `nondigits/*`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace};
use inkdigit::{Error, GrayImage, Model, PageOptions, PictureLimits, Prediction, Recognizer};
use inkdigit_train::data;

/// What MNISTER's own pictures show, by name.
const MNISTER: [u8; 9] = [4, 3, 0, 7, 2, 5, 1, 6, 8];

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut model, mut ablation) = (PathBuf::from("."), Model::default(), false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--ablation" => ablation = true,
            "--model" => model = Model::open(arguments.next().unwrap_or_default())?,
            path => folder = path.into(),
        }
    }
    let recognizer = Recognizer::new(model);
    report(&recognizer, &folder, "finder", &PageOptions::default(), true)?;
    let recognizer = recognizer.finding_by_rules();
    report(&recognizer, &folder, "rules", &PageOptions::default(), true)?;
    if ablation {
        let page = PageOptions::default();
        let all = page.preprocess;
        let cases = [
            ("otsu", PreprocessOptions { threshold: Threshold::Otsu, ..all }),
            ("sauvola", PreprocessOptions { threshold: Threshold::Sauvola, ..all }),
            ("shadows stay", PreprocessOptions { even_light: false, ..all }),
            ("ruled lines stay", PreprocessOptions { remove_ruled_lines: false, ..all }),
            ("specks stay", PreprocessOptions { remove_specks: false, ..all }),
            ("pens stay", PreprocessOptions { normalize_pen: false, ..all }),
        ];
        for (name, preprocess) in cases {
            report(&recognizer, &folder, name, &PageOptions { preprocess, ..page }, false)?;
        }
        report(
            &recognizer,
            &folder,
            "pages stay askew",
            &PageOptions { turn_upright: false, ..page },
            false,
        )?;
        report(
            &recognizer,
            &folder,
            "digits stay joined",
            &PageOptions { split_touching: false, ..page },
            false,
        )?;
    }
    Ok(())
}

fn report(
    recognizer: &Recognizer,
    folder: &Path,
    name: &str,
    page: &PageOptions,
    list: bool,
) -> Result<(), Error> {
    println!("{name}:");
    let options = page.preprocess;
    singles(
        recognizer,
        &data::folder::list(&folder.join("singles")).unwrap_or_default(),
        &options,
        "singles",
        list,
    )?;
    let mut own = files(&folder.join("mnister"));
    own.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    let own: Vec<_> = own.into_iter().zip(MNISTER).collect();
    singles(recognizer, &own, &options, "mnister", list)?;
    pages(recognizer, &files(&folder.join("pages")), page, list)?;
    outliers(recognizer, &files(&folder.join("nondigits")), &options)
}

fn pages(recognizer: &Recognizer, files: &[PathBuf], options: &PageOptions, list: bool) -> Result<(), Error> {
    let (mut digits, mut distance, mut seconds, mut count) = (0, 0, 0.0, 0);
    for path in files {
        let Ok(truth) = std::fs::read_to_string(path.with_extension("txt")) else { continue };
        if path.extension().is_some_and(|extension| extension == "txt" || extension == "json") {
            continue;
        }
        let picture = GrayImage::open(path, PictureLimits::default())?;
        let start = Instant::now();
        let page = recognizer.read_page_with(&picture, options, &mut Trace::off());
        seconds += start.elapsed().as_secs_f64();
        let text = page.as_ref().map_or(String::new(), |page| page.text());
        let lines = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n");
        let (truth, text) = (lines(&truth), lines(&text));
        let edits = levenshtein(&text.replace('\n', ""), &truth.replace('\n', ""));
        (digits, distance, count) = (digits + truth.replace('\n', "").len(), distance + edits, count + 1);
        if list && text != truth {
            println!("    {}: {edits} edits, {text:?} for {truth:?}", path.display());
        }
    }
    if count > 0 {
        println!(
            "  pages: {:.4} of {digits} digits on {count} pages, {:.1} ms each",
            1.0 - distance as f64 / digits as f64,
            1e3 * seconds / count as f64,
        );
    }
    Ok(())
}

/// Insertions, deletions and replacements from one text to another.
fn levenshtein(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

fn singles(
    recognizer: &Recognizer,
    files: &[(PathBuf, u8)],
    options: &PreprocessOptions,
    name: &str,
    list: bool,
) -> Result<(), Error> {
    let (mut right, mut seconds, mut sure) = (0, 0.0, Vec::new());
    for (path, label) in files {
        let picture = GrayImage::open(path, PictureLimits::default())?;
        let start = Instant::now();
        let read = read(recognizer, &picture, options);
        seconds += start.elapsed().as_secs_f64();
        match read {
            Some(prediction) if prediction.digit == *label => {
                right += 1;
                sure.push(prediction.probability);
            }
            Some(prediction) if list => {
                println!(
                    "    {} read as {} ({:.2})",
                    path.display(),
                    prediction.digit,
                    prediction.probability
                )
            }
            None if list => println!("    {}: nothing to read", path.display()),
            _ => {}
        }
    }
    if !files.is_empty() {
        sure.sort_by(f32::total_cmp);
        println!(
            "  {name}: {right} of {} right, {:.2} ms each; 2 % of the right ones are less sure than {:.3}",
            files.len(),
            1e3 * seconds / files.len() as f64,
            sure.get(sure.len() / 50).unwrap_or(&0.0),
        );
    }
    Ok(())
}

fn outliers(recognizer: &Recognizer, files: &[PathBuf], options: &PreprocessOptions) -> Result<(), Error> {
    let mut sure = Vec::new();
    for path in files {
        let picture = GrayImage::open(path, PictureLimits::default())?;
        sure.push(read(recognizer, &picture, options).map_or(0.0, |prediction| prediction.probability));
    }
    if !files.is_empty() {
        let below = |threshold: f32| sure.iter().filter(|&&p| p < threshold).count();
        let counts: Vec<String> =
            [0.5, 0.7, 0.9, 0.97].iter().map(|&t| format!("{} below {t}", below(t))).collect();
        println!("  non-digits, of {}: {}", files.len(), counts.join(", "));
    }
    Ok(())
}

fn read(recognizer: &Recognizer, picture: &GrayImage, options: &PreprocessOptions) -> Option<Prediction> {
    let found = recognizer.find_digit(picture, options, &mut Trace::off());
    found.image.map(|_| found.prediction)
}

/// The files of a folder by name; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
