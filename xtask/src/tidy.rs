//! What no compiler checks of the sources: files stay short, and libraries don't speak of the program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::files::{files_below, name};
use crate::literals::{Literal, literals};

/// Lines of a source file, its tests aside. What is longer holds more than one idea.
const LONGEST: usize = 500;

/// Libraries whose messages name no flag and no command of the program: what to do is said by whoever has the
/// flags, so that the server and a program of somebody's own can say their own.
const SPEAK_FOR_THEMSELVES: &[&str] = &[
    "inkdigit-kernels",
    "inkdigit-image",
    "inkdigit-nn",
    "inkdigit-onnx",
    "inkdigit",
    "inkdigit-train",
    "inkdigit-view",
    "inkdigit-serve",
    "inkdigit-web",
];

/// Texts in those libraries that name one all the same, and why.
const MAY_NAME_COMMANDS: &[(&str, &str, &str)] = &[
    (
        "crates/inkdigit-view/src/report.rs",
        "inkdigit train --config FILE",
        "a report is a page of the program's",
    ),
    ("crates/inkdigit-view/src/report/digits.rs", " --train", "a report is a page of the program's"),
    ("crates/inkdigit-view/src/report/digits.rs", "inkdigit display", "a report is a page of the program's"),
    ("crates/inkdigit-view/src/overview/page.rs", "--ground:#fff", "a variable of a page's style"),
    ("crates/inkdigit-view/src/page.rs", "--colour: ", "a variable of a page's style"),
];

/// Checks all sources.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut findings = Vec::new();
    for file in files_below(&root.join("crates"))?.into_iter().chain(files_below(&root.join("xtask"))?) {
        let name = name(root, &file);
        if !name.ends_with(".rs") || !name.contains("/src/") {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        findings.extend(length(&name, &text));
        if SPEAK_FOR_THEMSELVES.iter().any(|library| name.starts_with(&format!("crates/{library}/"))) {
            findings.extend(commands(&name, &text));
        }
    }
    ensure!(findings.is_empty(), "{} findings:\n  {}", findings.len(), findings.join("\n  "));
    Ok(())
}

/// What stands before the tests; nothing in a file of tests.
fn without_tests<'a>(name: &str, text: &'a str) -> &'a str {
    if name.ends_with("/tests.rs") || name.contains("/tests/") {
        return "";
    }
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

fn length(name: &str, text: &str) -> Option<String> {
    let lines = without_tests(name, text).lines().count();
    (lines > LONGEST)
        .then(|| format!("{name} has {lines} lines without its tests, expected at most {LONGEST}: divide it"))
}

fn commands(name: &str, text: &str) -> Vec<String> {
    let named = |Literal { line, text }: Literal| {
        let word = names_a_command(&text)?;
        let reasoned = |(file, part, _): &&(&str, &str, &str)| *file == name && text.contains(part);
        MAY_NAME_COMMANDS.iter().find(reasoned).is_none().then(|| {
            format!("{name}, line {line}: a library's text names `{word}`; let the program add what to do")
        })
    };
    literals(without_tests(name, text)).into_iter().filter_map(named).collect()
}

/// The first flag (`--data`) or command (`inkdigit train`) that a text names.
fn names_a_command(text: &str) -> Option<String> {
    // A page's own variables look like flags.
    let text = text.replace("var(--", "var(");
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "`'\"()[]<>,;:".contains(c)).collect();
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let flag = words.iter().find(|word| {
        word.strip_prefix("--")
            .is_some_and(|flag| flag.starts_with(|c: char| c.is_ascii_lowercase()) && is_word(flag))
    });
    // As code, `inkdigit` is the program; in running text it may be anything.
    let command = || {
        let after = text.split(['`', '>']).find_map(|part| part.strip_prefix("inkdigit "))?;
        let verb = after.split(' ').next().filter(|verb| is_word(verb))?;
        Some(format!("inkdigit {verb}"))
    };
    flag.map(|flag| (*flag).to_owned()).or_else(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_commands_are_found_in_texts() {
        let cases = [
            ("name a folder with `--data DIR`", Some("--data")),
            ("start it with a larger --max-body", Some("--max-body")),
            ("fetch it with `inkdigit data download`", Some("inkdigit data")),
            ("<code>inkdigit display {}</code>", Some("inkdigit display")),
            ("made by inkdigit and others", None),
            ("var(--series-0)", None),
            ("var(--grid, #d0d0d0)", None),
            ("a dash -- as in prose", None),
        ];
        for (text, expected) in cases {
            assert_eq!(names_a_command(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn tests_count_for_no_length_and_speak_as_they_like() {
        let text = "fn f() { g(\"--data\") }\n#[cfg(test)]\nmod tests {\n    const A: &str = \"--out\";\n}\n";
        assert_eq!(commands("crates/x/src/a.rs", text).len(), 1);
        assert_eq!(commands("crates/x/src/a/tests.rs", text).len(), 0);
        let long = "\n".repeat(LONGEST + 1);
        assert!(length("crates/x/src/a.rs", &long).is_some_and(|finding| finding.contains("divide it")));
        assert_eq!(length("crates/x/src/a.rs", &format!("#[cfg(test)]\nmod tests {{{long}}}")), None);
    }
}
