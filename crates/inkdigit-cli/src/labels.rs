//! What was read beside what it should have been: the file of labels, and the table.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use inkdigit::Prediction;

use crate::output::{self, Table};

/// How much of the comparison is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableKind {
    /// All of it.
    Full,
    /// The totals.
    None,
}

/// The digits of a file of labels, row by row.
pub struct Labels {
    /// Each row that has any.
    pub rows: Vec<Vec<u8>>,
}

impl Labels {
    /// Reads a file of digits: one a line, or a line for each line of a page, with or without blanks between.
    ///
    /// # Errors
    /// A file that can't be read, or has something else in it than digits.
    pub fn open(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut rows = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let mut row = Vec::new();
            for character in line.chars().filter(|character| !character.is_whitespace()) {
                let Some(digit) = character.to_digit(10) else {
                    bail!("{}: found {character:?} in line {}, expected digits", path.display(), number + 1);
                };
                row.push(digit as u8);
            }
            if !row.is_empty() {
                rows.push(row);
            }
        }
        Ok(Self { rows })
    }

    /// All labels in their order.
    pub fn all(&self) -> Vec<u8> {
        self.rows.concat()
    }
}

/// A digit that was read and its label. Of a digit that nobody labelled, and a label for which nothing was
/// read, one is missing.
pub struct Pair<T> {
    /// What was read.
    pub read: Option<T>,
    /// What it should be.
    pub label: Option<u8>,
}

/// Puts labels to digits, in order. Where there are more of one than of the other, those stay alone that leave
/// the fewest mistakes (Levenshtein's alignment): a digit that was overlooked doesn't shift all that follow.
pub fn align<T>(read: Vec<T>, labels: &[u8], digit: impl Fn(&T) -> u8) -> Vec<Pair<T>> {
    if read.len() == labels.len() {
        let pairs = read.into_iter().zip(labels);
        return pairs.map(|(read, &label)| Pair { read: Some(read), label: Some(label) }).collect();
    }
    let digits: Vec<u8> = read.iter().map(digit).collect();
    let width = labels.len() + 1;
    // The fewest mistakes from each place to the end.
    let mut costs = vec![0usize; (digits.len() + 1) * width];
    for i in (0..=digits.len()).rev() {
        for j in (0..=labels.len()).rev() {
            let both = (i < digits.len() && j < labels.len())
                .then(|| costs[(i + 1) * width + j + 1] + usize::from(digits[i] != labels[j]));
            let digit_alone = (i < digits.len()).then(|| costs[(i + 1) * width + j] + 1);
            let label_alone = (j < labels.len()).then(|| costs[i * width + j + 1] + 1);
            costs[i * width + j] = [both, digit_alone, label_alone].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let (mut pairs, mut j) = (Vec::new(), 0);
    let mut read = read.into_iter().enumerate().peekable();
    while read.peek().is_some() || j < labels.len() {
        let place = read.peek().map_or(digits.len(), |&(i, _)| i);
        let cost = costs[place * width + j];
        let fits = place < digits.len()
            && j < labels.len()
            && cost == costs[(place + 1) * width + j + 1] + usize::from(digits[place] != labels[j]);
        let overlooked = !fits && j < labels.len() && cost == costs[place * width + j + 1] + 1;
        let label = (fits || overlooked).then(|| labels[j]);
        j += usize::from(label.is_some());
        let digit = if overlooked { None } else { read.next().map(|(_, digit)| digit) };
        pairs.push(Pair { read: digit, label });
    }
    pairs
}

/// A row of the table.
pub struct Row<'a> {
    /// The picture's name, where each row is a picture.
    pub name: Option<&'a str>,
    /// What was read; none if nothing was, or it was rejected.
    pub read: Option<&'a Prediction>,
    /// What it should be.
    pub label: Option<u8>,
    /// How long reading it took.
    pub time: Duration,
}

impl Row<'_> {
    fn is_right(&self) -> bool {
        self.read.is_some_and(|read| Some(read.digit) == self.label)
    }

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let second = self.read.map(|read| read.ranking()[1]);
        let name = self.name.map(str::to_string);
        let cells = [
            or_dash(self.label.map(|label| label.to_string())),
            or_dash(self.read.map(|read| read.digit.to_string())),
            if self.is_right() { "" } else { "x" }.to_string(),
            or_dash(self.read.map(|read| format!("{:.3}", read.probability))),
            format!("{:.2}", milliseconds(self.time)),
            or_dash(second.map(|(digit, _)| digit.to_string())),
            or_dash(second.map(|(_, probability)| format!("{probability:.3}"))),
        ];
        name.into_iter().chain(cells).collect()
    }
}

/// Prints the rows, and how many are right in how much time.
///
/// # Errors
/// Those of stdout.
pub fn print(rows: &[Row<'_>], time: Duration, kind: TableKind) -> Result<()> {
    if kind == TableKind::Full && !rows.is_empty() {
        let named = rows.iter().any(|row| row.name.is_some());
        let headings = ["digit", "read", "error", "probability", "ms", "second", "its probability"];
        let headings: Vec<&str> = named.then_some("picture").into_iter().chain(headings).collect();
        let mut table = Table::new(&headings);
        rows.iter().for_each(|row| table.row(row.cells()));
        output::line(table)?;
    }
    let right = rows.iter().filter(|row| row.is_right()).count();
    let accuracy = 100.0 * right as f64 / rows.len().max(1) as f64;
    Ok(output::line(format_args!(
        "mean accuracy {accuracy:.2} %: {right} of {} right, total time {:.1} ms",
        rows.len(),
        milliseconds(time)
    ))?)
}

fn milliseconds(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(read: &[u8], labels: &[u8]) -> String {
        let pairs = align(read.to_vec(), labels, |&digit| digit);
        let name = |digit: Option<u8>| digit.map_or("-".into(), |digit| digit.to_string());
        let words = pairs.into_iter().map(|pair| format!("{}{}", name(pair.read), name(pair.label)));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn as_many_labels_as_digits_are_compared_in_order() {
        assert_eq!(aligned(&[1, 2, 3], &[2, 3, 1]), "12 23 31");
        assert_eq!(aligned(&[], &[]), "");
    }

    #[test]
    fn a_digit_that_was_overlooked_shifts_nothing() {
        assert_eq!(aligned(&[1, 3, 4], &[1, 2, 3, 4]), "11 -2 33 44");
        assert_eq!(aligned(&[1, 2, 7, 3], &[1, 2, 3]), "11 22 7- 33");
        assert_eq!(aligned(&[1, 9], &[1, 2, 3]), "11 92 -3");
        assert_eq!(aligned(&[], &[5]), "-5");
        assert_eq!(aligned(&[5], &[]), "5-");
    }
}
