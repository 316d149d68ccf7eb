//! What was read beside what it should have been: the file of labels, and the table.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use inkdigit::Prediction;
use inkdigit::labels::Labels;

use crate::output::{self, Table};

/// How much of the comparison is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableKind {
    /// All of it.
    Full,
    /// The totals.
    None,
}

/// Reads a file of labels.
///
/// # Errors
/// A file that can't be read, or has something else in it than digits.
pub(crate) fn open(path: &Path) -> Result<Labels> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| path.display().to_string())
}

/// A row of the table.
pub(crate) struct Row<'a> {
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
pub(crate) fn print(rows: &[Row<'_>], time: Duration, kind: TableKind) -> Result<()> {
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
