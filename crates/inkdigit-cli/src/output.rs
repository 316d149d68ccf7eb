//! Where text goes: results to stdout, everything else to stderr. Also the outcomes that aren't plain
//! failures.

use std::fmt;
use std::io::{self, Write};

pub(crate) use inkdigit_view::words::grouped;
use serde::Serialize;

use crate::hints;

/// Prints a line of the result.
///
/// # Errors
/// Those of stdout, a reader that left (`inkdigit ... | head -1`) among them.
pub(crate) fn line(text: impl fmt::Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints text that has its line ends, at once.
///
/// # Errors
/// As [`line()`].
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Prints a result as one line of JSON.
///
/// # Errors
/// As [`line()`].
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, value)?;
    stdout.write_all(b"\n")
}

/// Says how things go, on stderr. Nobody listening is no failure.
pub(crate) fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The last line of pages.
pub(crate) fn made_by() -> String {
    format!("Made by Inkdigit {}", env!("CARGO_PKG_VERSION"))
}

/// Says what failed, on stderr, with its causes and what to do.
pub(crate) fn error(error: &anyhow::Error) {
    note(format_args!("error: {}", hints::told_with_context(error)));
}

/// Whether all that failed is that stdout's reader left, as `head` does: that is not an error.
pub(crate) fn reader_left(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// A table: columns as wide as their widest cell, numbers to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| heading.to_string()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let is_number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit()) || cell == "-";
        // A heading stands as the cells below it do.
        let to_the_right = |column: usize| {
            let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column)).peekable();
            cells.peek().is_some() && cells.all(is_number)
        };
        let layout: Vec<(usize, bool)> = (0..columns).map(|c| (width(c), to_the_right(c))).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, &(width, right)) in row.iter().zip(&layout) {
                let gap = if line.is_empty() { "" } else { "  " };
                line += &match right {
                    true => format!("{gap}{cell:>width$}"),
                    false => format!("{gap}{cell:<width$}"),
                };
            }
            let end = if number + 1 == self.rows.len() { "" } else { "\n" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A mistake on the command line: exit code 2.
#[derive(Debug)]
pub(crate) struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The failures were told one by one already: exit code 1, no more words.
#[derive(Debug)]
pub(crate) struct Told;

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failures were told above")
    }
}

impl std::error::Error for Told {}

/// Stopped by Ctrl-C, and all is said: exit code 130.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_align_numbers_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(&["name", "images"]);
        table.row(vec!["lenet".into(), "60000".into()]);
        table.row(vec!["mlp".into(), "5".into()]);
        assert_eq!(table.to_string(), "name   images\nlenet   60000\nmlp         5");
    }

    #[test]
    fn a_reader_that_left_is_told_from_a_failure() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(reader_left(&anyhow::Error::from(broken()).context("while printing")));
        assert!(reader_left(&serde_json::Error::io(broken()).into()));
        assert!(!reader_left(&anyhow::anyhow!("other")));
    }
}
