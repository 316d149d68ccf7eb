//! How well pictures are read of which the text is known.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use inkdigit::Recognizer;
use inkdigit_train::finder::{PageCounts, evaluate_pages};

use crate::output::{self, Table};

/// Reads the pictures below `folder`, and prints a table by folder, or JSON.
pub(super) fn run(recognizer: &Recognizer, folder: &Path, json: bool) -> Result<()> {
    let kinds = evaluate_pages(recognizer, folder)?;
    if json { Ok(output::json(&kinds)?) } else { Ok(output::line(table(&kinds))?) }
}

fn table(kinds: &BTreeMap<String, PageCounts>) -> Table {
    let mut table = Table::new(&[
        "pictures in",
        "pictures",
        "digits",
        "right",
        "share",
        "wrong",
        "missed",
        "invented",
        "lines",
        "whole lines",
        "whole pictures",
    ]);
    for (kind, counts) in kinds {
        let share = match counts.digits {
            0 => "-".into(),
            digits => format!("{:.2} %", 100.0 * counts.right as f64 / digits as f64),
        };
        let before = [counts.pictures, counts.digits, counts.right].map(|count| count.to_string());
        let after = [
            counts.wrong,
            counts.missed,
            counts.invented,
            counts.lines,
            counts.whole_lines,
            counts.whole_pictures,
        ]
        .map(|count| count.to_string());
        table.row([&[kind.clone()][..], &before, &[share], &after].concat());
    }
    table
}
