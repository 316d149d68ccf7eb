//! What libraries say: what is wrong, and nothing of the program's flags and commands.

use crate::source::Source;
use crate::{LIBRARIES, sources_of};

/// Commands of the program, as a message would name them.
const COMMANDS: &[&str] = &[
    "train", "eval", "predict", "read", "display", "layers", "explain", "report", "compare", "data",
    "models", "inspect", "export", "verify", "serve", "bench",
];

/// The flag or command that a text names; none if it names none. `var(--x)` and `--x: y` are CSS's.
fn named(text: &str) -> Option<&str> {
    let of_css = |at: usize| {
        let name = |c: char| c.is_ascii_alphanumeric() || "-_{}".contains(c);
        text[..at].ends_with("var(") || text[at..].trim_start_matches(name).starts_with(':')
    };
    let is_flag = |at: usize| text[at + 2..].starts_with(|c: char| c.is_ascii_lowercase()) && !of_css(at);
    let is_command = |at: usize| {
        let rest = &text[at + "inkdigit ".len()..];
        COMMANDS.contains(&rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default())
    };
    let flag = text.match_indices("--").find(|&(at, _)| is_flag(at));
    let command = || text.match_indices("inkdigit ").find(|&(at, _)| is_command(at));
    flag.or_else(command).map(|(at, _)| &text[at..])
}

#[test]
fn flags_and_commands_are_told_from_other_words() {
    for text in ["with --force", "--from", "see `inkdigit data download`"] {
        assert!(named(text).is_some(), "{text}");
    }
    for text in
        ["fill: var(--ink, #000)", "--series-{number}: {colour};", "a -- b", "inkdigit 0.1.0", "an inkdigit"]
    {
        assert_eq!(named(text), None);
    }
}

#[test]
fn libraries_name_no_flags_and_no_commands() {
    let mut found = Vec::new();
    for (file, text) in LIBRARIES.iter().flat_map(|krate| sources_of(krate)) {
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        for (line, text) in Source::without_tests(&text).texts {
            if let Some(named) = named(&text) {
                found.push(format!("{file}:{line}: {named}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
