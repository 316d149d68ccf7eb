//! A [`Node`] as YAML in block style, as people write it.

use super::node::{Node, Value};
use super::read::is_text;

/// The text of a file.
pub(super) fn yaml(node: &Node) -> String {
    let mut out = String::new();
    write(node, 0, &mut out);
    out
}

/// Writes a node whose lines are indented by so much, but for the first, which begins where `out` ends.
fn write(node: &Node, indent: usize, out: &mut String) {
    let next_line = |out: &mut String| out.push_str(&" ".repeat(indent));
    match &node.value {
        Value::Scalar { text, plain } => {
            out.push_str(&scalar(text, *plain));
            out.push('\n');
        }
        Value::List(items) if items.is_empty() => out.push_str("[]\n"),
        Value::Map(entries) if entries.is_empty() => out.push_str("{}\n"),
        Value::List(items) => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    next_line(out);
                }
                out.push_str("- ");
                write(item, indent + 2, out);
            }
        }
        Value::Map(entries) => {
            for (place, (key, value)) in entries.iter().enumerate() {
                if place > 0 {
                    next_line(out);
                }
                out.push_str(&scalar(&key.to_string(), false));
                out.push(':');
                // A list isn't indented below its key, a map is.
                let deeper = match &value.value {
                    Value::List(items) if !items.is_empty() => Some(indent),
                    Value::Map(entries) if !entries.is_empty() => Some(indent + 2),
                    Value::Scalar { .. } | Value::List(_) | Value::Map(_) => None,
                };
                out.push_str(if deeper.is_some() { "\n" } else { " " });
                out.push_str(&" ".repeat(deeper.unwrap_or(0)));
                write(value, deeper.unwrap_or(indent), out);
            }
        }
    }
}

/// A scalar as it must stand there to be read as what it is.
fn scalar(text: &str, plain: bool) -> String {
    if plain {
        // YAML 1.1 takes 1e-8 for text.
        return match text.split_once('e') {
            Some((digits, exponent)) if !digits.contains('.') && digits.parse::<i64>().is_ok() => {
                format!("{digits}.0e{exponent}")
            }
            _ => text.into(),
        };
    }
    let starts_well = text.starts_with(|c: char| c.is_alphanumeric() || "./_".contains(c));
    let is_plain = |c: char| c.is_alphanumeric() || " ./_+-@%()".contains(c);
    if starts_well && !text.ends_with(' ') && text.chars().all(is_plain) && is_text(text) {
        return text.into();
    }
    quoted(text)
}

/// Text between quotation marks, whatever it is.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // What isn't printed, to YAML: controls, marks of byte order, what ends lines elsewhere.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let texts = [
            "lenet",
            "runs/my run-1/model.onnx",
            "C:\\runs\\model.onnx",
            "a: b",
            "# a",
            "a #b",
            "",
            " ",
            "a ",
            "~",
            "null",
            "true",
            "no",
            "3",
            "0x10",
            "1e5",
            ".5",
            ".inf",
            "-",
            "- a",
            "--- a",
            "...",
            "it's",
            "\"",
            "é ü 数字",
            "a\nb",
            "a\tb",
            "\u{7f}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{ffff}",
            "😀",
            "{a",
            "[",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "a,b",
            "a]",
            "?",
            "? a",
            ":",
            "<<",
            "=",
            "1_0",
            "2020-01-01",
            "./a",
            "a/",
        ];
        for text in texts {
            let scalar =
                |text: &str| Node { line: 0, value: Value::Scalar { text: text.into(), plain: false } };
            let map = Value::Map(vec![(scalar("from"), scalar(text))]);
            let written = yaml(&Node { line: 0, value: Value::List(vec![Node { line: 0, value: map }]) });
            let found = Node::parse(&written).unwrap_or_else(|mistake| panic!("{written:?}: {mistake}"));
            let Value::List(items) = &found.value else { panic!("{written:?}") };
            let Value::Map(entries) = &items[0].value else { panic!("{written:?}") };
            assert_eq!(
                serde::Deserialize::deserialize(&entries[0].1).ok(),
                Some(text.to_string()),
                "{written:?}"
            );
        }
    }
}
