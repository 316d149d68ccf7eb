//! Help, usage errors, and readers that leave early.

use crate::support::{Outcome, fails, outcome, stdout, synthetic};

const COMMANDS: [&[&str]; 21] = [
    &[],
    &["train"],
    &["eval"],
    &["predict"],
    &["read"],
    &["display"],
    &["layers"],
    &["explain"],
    &["report"],
    &["compare"],
    &["data"],
    &["data", "download"],
    &["data", "info"],
    &["data", "convert"],
    &["data", "synth"],
    &["models"],
    &["inspect"],
    &["export"],
    &["verify"],
    &["serve"],
    &["bench"],
];

#[test]
fn every_command_explains_itself_with_examples() {
    for command in COMMANDS {
        let help = stdout(&[command, &["--help"]].concat());
        let examples = help.split_once("Examples:").map(|(_, after)| after).unwrap_or_default();
        let count = examples.lines().filter(|line| line.contains("inkdigit ")).count();
        assert!(count >= 2, "{command:?}: {help}");
        assert!(help.lines().next().is_some_and(|line| line.len() > 10), "{command:?}: {help}");
    }
}

#[test]
fn examples_are_command_lines_the_program_takes() {
    // Whoever renames a flag must rename it in the examples: their flags have to be in that command's help.
    for command in COMMANDS {
        let help = stdout(&[command, &["--help"]].concat());
        let examples = help.split_once("Examples:").map(|(_, after)| after).unwrap_or_default();
        for line in examples.lines().filter(|line| line.trim_start().starts_with("inkdigit ")) {
            let words: Vec<&str> = line.split_whitespace().skip(1).take_while(|word| *word != "|").collect();
            let named =
                COMMANDS.iter().filter(|c| !c.is_empty() && words.starts_with(c)).max_by_key(|c| c.len());
            let Some(named) = named else { continue };
            let own = stdout(&[named, &["--help"][..]].concat());
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                assert!(own.contains(flag), "{line}: `{flag}` is unknown to {named:?}");
            }
        }
    }
}

#[test]
fn usage_errors_exit_with_2() {
    fails(&["predict", "--tap", "3"], 2, &["--tap", "--top"]);
    fails(&["pradict"], 2, &["pradict", "predict"]);
    fails(&["predict", "--top", "11"], 2, &["11", "1..=10"]);
    fails(&[], 2, &["Usage: inkdigit"]);
    fails(&["eval", "--split", "tests"], 2, &["tests", "test"]);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let Outcome { code, stderr, .. } = outcome(shell(&format!(
        "set -o pipefail; {} data info --json --data {} | head -c 1 > /dev/null",
        env!("CARGO_BIN_EXE_inkdigit"),
        synthetic()
    )));
    assert_eq!((code, stderr.as_str()), (0, ""));
    let closed = outcome(shell(&format!(
        "set -o pipefail; {} models 2> /dev/null | true",
        env!("CARGO_BIN_EXE_inkdigit")
    )));
    assert_eq!((closed.code, closed.stderr.as_str()), (0, ""));
}

fn shell(script: &str) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new("bash");
    command.args(["-c", script]).current_dir(std::env::temp_dir());
    command
}
