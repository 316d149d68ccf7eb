//! The string literals of a Rust source, without those in comments: as much of the language's grammar as that takes.

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The line that it begins on, from 1.
    pub(crate) line: usize,
    /// What stands between its quotes, escapes as they are written.
    pub(crate) text: String,
}

/// All string literals of a source, in order.
pub(crate) fn literals(source: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let (length, text) = token(rest, c);
        if let Some(text) = text {
            let line = source[..source.len() - rest.len()].matches('\n').count() + 1;
            found.push(Literal { line, text: text.to_owned() });
        }
        rest = &rest[length..];
    }
    found
}

/// The length of what a source begins with, and what is between its quotes if it is a string.
fn token(source: &str, first: char) -> (usize, Option<&str>) {
    match first {
        '/' if source.starts_with("//") => (source.find('\n').unwrap_or(source.len()), None),
        '/' if source.starts_with("/*") => (block_comment(source), None),
        '"' => quoted(source),
        '\'' => (character(source), None),
        'r' => raw(source).unwrap_or_else(|| (word(source), None)),
        // `b` and `c` before a string are words of their own here; `br` and `cr` are not.
        'b' | 'c' if source[1..].starts_with('r') => match raw(&source[1..]) {
            Some((length, text)) => (length + 1, text),
            None => (word(source), None),
        },
        'b' | 'c' if source[1..].starts_with(['"', '\'']) => (1, None),
        _ if is_part_of_word(first) => (word(source), None),
        _ => (first.len_utf8(), None),
    }
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(source: &str) -> usize {
    source.find(|c| !is_part_of_word(c)).unwrap_or(source.len())
}

/// Comments in blocks hold others.
fn block_comment(source: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let rest = &source[at..];
        let Some(next) = rest.find("/*").into_iter().chain(rest.find("*/")).min() else {
            return source.len();
        };
        depth = if rest[next..].starts_with("/*") { depth + 1 } else { depth - 1 };
        at += next + 2;
        if depth == 0 {
            return at;
        }
    }
}

fn quoted(source: &str) -> (usize, Option<&str>) {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (at + 1, Some(&source[1..at])),
            _ => {}
        }
    }
    (source.len(), None)
}

/// A string between `r"` or `r##"` and the same number of signs.
fn raw(source: &str) -> Option<(usize, Option<&str>)> {
    let signs = source[1..].find(|c| c != '#')?;
    let text = source[1 + signs..].strip_prefix('"')?;
    let length = text.find(&format!("\"{}", "#".repeat(signs)))?;
    Some((1 + signs + 1 + length + 1 + signs, Some(&text[..length])))
}

/// A character's literal, or the sign before a lifetime.
fn character(source: &str) -> usize {
    let mut characters = source.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        // As long as an escape may be, `'\u{10ffff}'`; the escaped one may itself be a quote.
        (Some((_, '\\')), Some(_)) => source[3..].find('\'').map_or(source.len(), |end| 3 + end + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_told_from_comments_characters_and_lifetimes() {
        let cases: [(&str, &[&str]); 11] = [
            (r#"f("a", "b")"#, &["a", "b"]),
            ("// \"no\"\nf(\"yes\")", &["yes"]),
            ("/// \"no\"\n//! \"no\"\nf(\"yes\")", &["yes"]),
            ("/* \"no\" /* in */ \"no\" */ \"yes\"", &["yes"]),
            (r#"f("an \" escape", 'x')"#, &[r#"an \" escape"#]),
            (r###"r#"raw " one"# r"plain""###, &[r#"raw " one"#, "plain"]),
            (r##"b"bytes" br"raw" br#"more"# c"c""##, &["bytes", "raw", "more", "c"]),
            ("f('\"', \"yes\", '\\'', \"and\", '\\u{22}', b'\"')", &["yes", "and"]),
            ("fn f<'a>(x: &'a str) { g(\"yes\") }", &["yes"]),
            ("for_word(\"yes\"); r#type; number(\"b\")", &["yes", "b"]),
            ("\"never ends", &[]),
        ];
        for (source, expected) in cases {
            let found: Vec<String> = literals(source).into_iter().map(|literal| literal.text).collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn literals_know_their_lines() {
        let source = "f(\"a\",\n  \"b\nc\",\n  \"d\")";
        let lines: Vec<usize> = literals(source).into_iter().map(|literal| literal.line).collect();
        assert_eq!(lines, [1, 2, 4]);
    }
}
