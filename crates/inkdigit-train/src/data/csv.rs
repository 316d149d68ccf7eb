//! CSV with a row for each image: the label, then 784 pixels from 0 to 255. A header line is recognised by
//! not being numbers.
//!
//! Parsed by hand and on all cores, since MNIST so written is 110 MB of small whole numbers.

use std::io::{self, Write};

use rayon::prelude::*;

use super::Dataset;
use crate::error::{Error, Result};
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE};

/// Values in a row.
const ROW: usize = 1 + IMAGE_PIXELS;

/// How much text one task parses.
const CHUNK: usize = 1 << 20;

/// Reads the rows of one CSV file; empty lines are skipped.
///
/// # Errors
/// [`Error::CsvRowLength`], [`Error::CsvNumber`]; `file` is the name they give.
pub fn read(file: &str, text: &[u8]) -> Result<Dataset> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let first_line = text.split_inclusive(|&b| b == b'\n').next().unwrap_or_default();
    // A name starts with a letter; anything else that isn't a number is a mistake to be told.
    let is_header = first_line.iter().find(|b| !b" \"".contains(b)).is_some_and(u8::is_ascii_alphabetic);
    let (rows, lines_before) = if is_header { (&text[first_line.len()..], 1) } else { (text, 0) };

    let parts: Vec<Result<Part>> = chunks(rows).into_par_iter().map(|rows| parse(file, rows)).collect();
    let (mut images, mut labels, mut lines) = (Vec::new(), Vec::new(), lines_before);
    for part in parts {
        let part = part.map_err(|error| error.moved_down(lines))?;
        images.extend_from_slice(&part.images);
        labels.extend_from_slice(&part.labels);
        lines += part.lines;
    }
    Dataset::new(images, labels)
}

/// Writes a data set with a header line: `label`, then `1x1` to `28x28` (row by column), as the usual
/// published files have it.
///
/// # Errors
/// Those of `writer`.
pub fn write(mut writer: impl Write, data: &Dataset) -> io::Result<()> {
    let mut line = String::from("label");
    for pixel in 0..IMAGE_PIXELS {
        line += &format!(",{}x{}", pixel / IMAGE_SIDE + 1, pixel % IMAGE_SIDE + 1);
    }
    line.push('\n');
    writer.write_all(line.as_bytes())?;
    let numbers: Vec<String> = (0..256).map(|n| n.to_string()).collect();
    for (image, &label) in data.images().chunks_exact(IMAGE_PIXELS).zip(data.labels()) {
        line.clear();
        line += &numbers[label as usize];
        for &pixel in image {
            line.push(',');
            line += &numbers[pixel as usize];
        }
        line.push('\n');
        writer.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Whole lines in pieces of about `CHUNK` bytes.
fn chunks(mut text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let from = CHUNK.min(text.len());
        let end = text[from..].iter().position(|&b| b == b'\n').map_or(text.len(), |at| from + at + 1);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

struct Part {
    images: Vec<u8>,
    labels: Vec<u8>,
    lines: usize,
}

fn parse(file: &str, rows: &[u8]) -> Result<Part> {
    // Rows of MNIST take 1800 bytes on average, never fewer than two a value.
    let capacity = rows.len() / (2 * ROW) + 1;
    let mut part = Part {
        images: Vec::with_capacity(capacity * IMAGE_PIXELS),
        labels: Vec::with_capacity(capacity),
        lines: 0,
    };
    for row in rows.split_inclusive(|&b| b == b'\n') {
        part.lines += 1;
        let row = row.trim_ascii();
        if row.is_empty() {
            continue;
        }
        let mut values = [0; ROW];
        let parsed = plain_row(row, &mut values).or_else(|| tolerant_row(row, &mut values));
        if parsed.is_none() || values[0] > 9 {
            return Err(explain(file, part.lines, row));
        }
        part.labels.push(values[0]);
        part.images.extend_from_slice(&values[1..]);
    }
    Ok(part)
}

/// The fast way: exactly `ROW` numbers of at most three digits, separated by single commas.
fn plain_row(row: &[u8], values: &mut [u8; ROW]) -> Option<()> {
    let mut at = 0;
    for (i, value) in values.iter_mut().enumerate() {
        if i > 0 {
            if row.get(at) != Some(&b',') {
                return None;
            }
            at += 1;
        }
        let start = at;
        let mut number = 0u32;
        while let Some(digit) = row.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
            number = number * 10 + digit as u32;
            at += 1;
            if at - start > 3 {
                return None;
            }
        }
        if at == start || number > 255 {
            return None;
        }
        *value = number as u8;
    }
    (at == row.len()).then_some(())
}

/// The tolerant way, for spaces and quotation marks around values.
fn tolerant_row(row: &[u8], values: &mut [u8; ROW]) -> Option<()> {
    let mut fields = row.split(|&b| b == b',');
    for value in values.iter_mut() {
        *value = number(fields.next()?)?;
    }
    fields.next().is_none().then_some(())
}

fn number(field: &[u8]) -> Option<u8> {
    let field = field.trim_ascii();
    let field = field.strip_prefix(b"\"").and_then(|f| f.strip_suffix(b"\"")).unwrap_or(field);
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// What is wrong with a row that couldn't be parsed.
fn explain(file: &str, line: usize, row: &[u8]) -> Error {
    let file = file.to_string();
    let fields: Vec<&[u8]> = row.split(|&b| b == b',').collect();
    if fields.len() != ROW {
        return Error::CsvRowLength { file, line, found: fields.len(), expected: ROW };
    }
    let largest = |i: usize| if i == 0 { 9 } else { 255 };
    let fits = |(i, field): (usize, &&[u8])| number(field).is_some_and(|n| n as u32 <= largest(i));
    let wrong = fields.iter().enumerate().position(|field| !fits(field)).unwrap_or(0);
    let found: String = String::from_utf8_lossy(fields[wrong]).trim().chars().take(20).collect();
    Error::CsvNumber { file, line, column: wrong + 1, found, largest: largest(wrong) }
}

impl Error {
    /// The same error, `lines` further down in the file.
    fn moved_down(mut self, lines: usize) -> Self {
        if let Self::CsvRowLength { line, .. } | Self::CsvNumber { line, .. } = &mut self {
            *line += lines;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        let pixels = (0..3 * IMAGE_PIXELS).map(|i| (i * 7 % 256) as u8).collect();
        Dataset::new(pixels, vec![4, 0, 9]).unwrap()
    }

    fn text(data: &Dataset) -> String {
        let mut text = Vec::new();
        write(&mut text, data).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_every_dialect() {
        let text = text(&data());
        let rows = text.split_once('\n').unwrap().1;
        let cases = [
            ("with header", text.clone()),
            ("without", rows.to_string()),
            ("windows", text.replace('\n', "\r\n")),
            ("byte order mark", format!("\u{feff}{text}")),
            ("no last newline, empty lines", rows.trim_end().replace('\n', "\n\n")),
            ("spaces", rows.replace(',', ", ")),
            ("quoted header", text.replacen("label", "\"label\"", 1)),
        ];
        for (name, text) in cases {
            assert_eq!(read("a.csv", text.as_bytes()).expect(name), data(), "{name}");
        }
    }

    #[test]
    fn wrong_rows_are_named_by_line_and_value() {
        let text = text(&data());
        let lines: Vec<&str> = text.lines().collect();
        let join = |third: String| [lines[0], lines[1], &third, lines[3]].join("\n");
        let cases = [
            (join(lines[2].replacen(",", ",1,", 1)), "a.csv, line 3: 786 values, expected 785"),
            (join("1,2,3".into()), "line 3: 3 values"),
            (
                join(lines[2].replacen("0,", "12,", 1)),
                "value 1: found `12`, expected a whole number from 0 to 9",
            ),
            (
                join(lines[2].replacen(",16,", ",x16,", 1)),
                "found `x16`, expected a whole number from 0 to 255",
            ),
            (join(lines[2].replacen(",16,", ",256,", 1)), "found `256`"),
            (join(lines[2].replacen(",16,", ",,", 1)), "found ``"),
        ];
        for (text, expected) in cases {
            let error = read("a.csv", text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn lines_are_counted_across_chunks() {
        let row = format!("5{}\n", ",255".repeat(IMAGE_PIXELS));
        let good = 2 * CHUNK / row.len() + 5;
        let text = row.repeat(good) + "5,1\n";
        let error = read("big.csv", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("line {}:", good + 1)), "{error}");
    }
}
