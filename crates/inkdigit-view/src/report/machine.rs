//! What a run was trained on.

use inkdigit_train::train::{Part, Run};
use serde_json::Value;

use crate::page::{HtmlPage, rows};
use crate::words;

pub(super) fn section(page: &mut HtmlPage, run: &Run) {
    page.heading("Machine");
    let Some(machine) = &run.machine else {
        return page.gap(run.gap(Part::Machine).unwrap_or("nothing is known of it"));
    };
    let told =
        machine.iter().filter_map(|(name, value)| Some((name.replace('_', " "), words_of(name, value)?)));
    page.add(rows(&told.collect::<Vec<_>>()));
}

/// A value as people read it; none where the machine didn't tell it.
fn words_of(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.into()),
        Value::Number(bytes) if name == "memory" => {
            Some(format!("{:.1} GiB", bytes.as_f64().unwrap_or_default() / (1u64 << 30) as f64))
        }
        Value::Number(number) => Some(number.as_u64().map_or(number.to_string(), words::grouped)),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
