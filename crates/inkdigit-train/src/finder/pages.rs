//! How well pictures are read whose text is known: each has a `.txt` of its name beside it, or shows one digit and
//! lies in a folder that is called by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use inkdigit::labels::{Pair, align};
use inkdigit::page::Line;
use inkdigit::preprocess::{PreprocessOptions, Trace};
use inkdigit::{GrayImage, PictureLimits, Recognizer};
use rayon::prelude::*;
use serde::Serialize;

use crate::error::{Error, Result};

/// Endings of pictures.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// How well pictures were read. Marks aren't counted, and doubtful digits count as not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageCounts {
    /// Pictures.
    pub pictures: usize,
    /// Digits that stand on them.
    pub digits: usize,
    /// Digits that were read right, in their lines and in order.
    pub right: usize,
    /// Digits that were taken for others.
    pub wrong: usize,
    /// Digits that weren't found.
    pub missed: usize,
    /// Digits that were read where none stands.
    pub invented: usize,
    /// Lines with digits.
    pub lines: usize,
    /// Lines that were read without a mistake.
    pub whole_lines: usize,
    /// Pictures that were read without a mistake.
    pub whole_pictures: usize,
}

impl PageCounts {
    fn add(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.digits += other.digits;
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.invented += other.invented;
        self.lines += other.lines;
        self.whole_lines += other.whole_lines;
        self.whole_pictures += other.whole_pictures;
    }
}

/// A picture and what stands on it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    picture: PathBuf,
    truth: TruthOf,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TruthOf {
    /// The text in this file.
    Text(PathBuf),
    /// One digit.
    Digit(u8),
}

/// Reads all pictures below `folder` that have a text beside them, and those of one digit in folders called by it
/// (0 to 9). The counts are by the folder that each lies in, named from `folder` on; that itself is `.`.
///
/// # Errors
/// [`Error::Library`] for folders, texts and pictures that can't be read; [`Error::EmptyData`] if there are none.
pub fn evaluate_pages(recognizer: &Recognizer, folder: &Path) -> Result<BTreeMap<String, PageCounts>> {
    let mut pictures = Vec::new();
    collect(folder, &mut pictures)?;
    pictures.sort();
    if pictures.is_empty() {
        return Err(Error::EmptyData { file: folder.display().to_string() });
    }
    let read = |known: &Known| {
        let picture = GrayImage::open(&known.picture, PictureLimits::default())?;
        let parent = known.picture.parent();
        let (kind, counts) = match &known.truth {
            TruthOf::Text(text) => {
                let truth = fs::read_to_string(text).map_err(|cause| Error::read(text, cause))?;
                (parent, compare(&read_lines(recognizer, &picture), &truth_lines(&truth)))
            }
            TruthOf::Digit(digit) => {
                let options = PreprocessOptions::default();
                let read = recognizer.read_digit_with(&picture, &options, &mut Trace::off());
                let lines: Vec<Vec<u8>> = if read.rejected { vec![] } else { vec![vec![read.digit]] };
                (parent.and_then(Path::parent), compare(&lines, &[vec![*digit]]))
            }
        };
        let kind =
            kind.and_then(|kind| kind.strip_prefix(folder).ok()).map(|kind| kind.display().to_string());
        Ok((kind.filter(|kind| !kind.is_empty()).unwrap_or_else(|| ".".into()), counts))
    };
    let counted: Vec<(String, PageCounts)> = pictures.par_iter().map(read).collect::<Result<_>>()?;
    let mut kinds: BTreeMap<String, PageCounts> = BTreeMap::new();
    for (kind, counts) in counted {
        kinds.entry(kind).or_default().add(counts);
    }
    Ok(kinds)
}

/// Pictures below a folder of which is known what stands on them.
fn collect(folder: &Path, pictures: &mut Vec<Known>) -> Result<()> {
    let digit =
        folder.file_name().and_then(|name| name.to_str()?.parse::<u8>().ok()).filter(|&digit| digit < 10);
    for entry in fs::read_dir(folder).map_err(|cause| Error::read(folder, cause))? {
        let entry = entry.map_err(|cause| Error::read(folder, cause))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|cause| Error::read(folder, cause))?);
        if kind.is_dir() {
            collect(&path, pictures)?;
            continue;
        }
        let is_picture = path.extension().is_some_and(|end| PICTURES.iter().any(|picture| end == *picture));
        let text = path.with_extension("txt");
        let truth = if text.is_file() { Some(TruthOf::Text(text)) } else { digit.map(TruthOf::Digit) };
        if is_picture && let Some(truth) = truth {
            pictures.push(Known { picture: path, truth });
        }
    }
    Ok(())
}

/// The digits of each line that has any.
fn truth_lines(text: &str) -> Vec<Vec<u8>> {
    let digits = |line: &str| line.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    text.lines().map(digits).filter(|line: &Vec<u8>| !line.is_empty()).collect()
}

fn read_lines(recognizer: &Recognizer, picture: &GrayImage) -> Vec<Vec<u8>> {
    let page = recognizer.read_page(picture).unwrap_or_default();
    let sure = |line: &Line| {
        let sure = line.digits.iter().filter(|digit| !digit.prediction.rejected);
        sure.map(|digit| digit.prediction.digit).collect()
    };
    page.lines.iter().map(sure).filter(|line: &Vec<u8>| !line.is_empty()).collect()
}

/// Puts lines that were read to those that stand there, in order, so that the fewest mistakes are left; a line that
/// was overlooked or invented shifts nothing.
fn compare(read: &[Vec<u8>], truth: &[Vec<u8>]) -> PageCounts {
    let aligned = |r: usize, t: usize| align(read[r].clone(), &truth[t], |&digit| digit);
    let mistakes = |pairs: &[Pair<u8>]| pairs.iter().filter(|pair| pair.read != pair.label).count();
    let costs: Vec<Vec<usize>> =
        (0..read.len()).map(|r| (0..truth.len()).map(|t| mistakes(&aligned(r, t))).collect()).collect();
    // The fewest mistakes from each place to the end.
    let mut least = vec![vec![0usize; truth.len() + 1]; read.len() + 1];
    for r in (0..=read.len()).rev() {
        for t in (0..=truth.len()).rev() {
            let both = (r < read.len() && t < truth.len()).then(|| costs[r][t] + least[r + 1][t + 1]);
            let invented = (r < read.len()).then(|| read[r].len() + least[r + 1][t]);
            let overlooked = (t < truth.len()).then(|| truth[t].len() + least[r][t + 1]);
            least[r][t] = [both, invented, overlooked].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let digits = truth.iter().map(Vec::len).sum();
    let mut counts = PageCounts { pictures: 1, digits, lines: truth.len(), ..PageCounts::default() };
    let (mut r, mut t) = (0, 0);
    while r < read.len() || t < truth.len() {
        let fits = r < read.len() && t < truth.len();
        if fits && least[r][t] == costs[r][t] + least[r + 1][t + 1] {
            let pairs = aligned(r, t);
            counts.whole_lines += usize::from(mistakes(&pairs) == 0);
            for Pair { read, label } in pairs {
                match (read, label) {
                    (Some(read), Some(label)) if read == label => counts.right += 1,
                    (Some(_), Some(_)) => counts.wrong += 1,
                    (Some(_), None) => counts.invented += 1,
                    (None, _) => counts.missed += 1,
                }
            }
            (r, t) = (r + 1, t + 1);
        } else if r < read.len() && least[r][t] == read[r].len() + least[r + 1][t] {
            counts.invented += read[r].len();
            r += 1;
        } else {
            counts.missed += truth[t].len();
            t += 1;
        }
    }
    counts.whole_pictures = usize::from(counts.right == digits && counts.invented == 0);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_to_those_that_stand_there() {
        let lines = |text: &str| truth_lines(text);
        let cases = [
            ("12 34\n567", "1234\n567", [7, 7, 0, 0, 0, 2, 2, 1]),
            // The first line was overlooked, the last one invented.
            ("888\n567\n42", "567\n42\n9", [8, 5, 0, 3, 1, 3, 2, 0]),
            // One wrong, one missed, one invented.
            ("1234\n567", "1934\n5678", [7, 6, 1, 0, 1, 2, 0, 0]),
            ("17/03\n\nno digits", "", [4, 0, 0, 4, 0, 1, 0, 0]),
            ("", "", [0, 0, 0, 0, 0, 0, 0, 1]),
        ];
        for (truth, read, expected) in cases {
            let c = compare(&lines(read), &lines(truth));
            let found =
                [c.digits, c.right, c.wrong, c.missed, c.invented, c.lines, c.whole_lines, c.whole_pictures];
            assert_eq!(found, expected, "{truth:?} read as {read:?}");
        }
    }

    #[test]
    fn only_pictures_of_which_the_text_is_known_are_collected() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("forms/deep")).unwrap();
        fs::create_dir_all(dir.path().join("singles/7")).unwrap();
        for file in [
            "a.txt",
            "a.png",
            "b.png",
            "c.txt",
            "forms/d.txt",
            "forms/d.jpg",
            "forms/deep/e.txt",
            "singles/7/f.png",
            "singles/7/labels.csv",
        ] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let mut pictures = Vec::new();
        collect(dir.path(), &mut pictures).unwrap();
        pictures.sort();
        let found: Vec<_> = pictures
            .iter()
            .map(|known| (known.picture.strip_prefix(dir.path()).unwrap(), known.truth == TruthOf::Digit(7)))
            .collect();
        let path = Path::new;
        assert_eq!(
            found,
            [(path("a.png"), false), (path("forms/d.jpg"), false), (path("singles/7/f.png"), true)]
        );
    }
}
