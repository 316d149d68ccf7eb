//! Runs the program in a world of its own, with synthetic data.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use tempfile::TempDir;

/// The program, in an empty folder as home, without the caller's settings: it can't find the real cache.
pub(crate) fn inkdigit(args: &[&str]) -> Command {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| TempDir::new().unwrap()).path();
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkdigit"));
    command.args(args).current_dir(home).env("HOME", home);
    for variable in ["INKDIGIT_DATA", "XDG_CACHE_HOME", "NO_COLOR", "COLORTERM"] {
        command.env_remove(variable);
    }
    command
}

/// What a run ended with.
pub(crate) struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub(crate) fn outcome(mut command: Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().expect("it wasn't killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What it prints; it must succeed.
#[track_caller]
pub(crate) fn stdout(args: &[&str]) -> String {
    let Outcome { code, stdout, stderr } = outcome(inkdigit(args));
    assert_eq!(code, 0, "inkdigit {args:?}\n{stderr}");
    stdout
}

/// The JSON it prints; it must succeed.
#[track_caller]
pub(crate) fn json(args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&stdout(args)).unwrap()
}

/// It must fail with this exit code, on stderr say each of `parts`, and never panic.
#[track_caller]
pub(crate) fn fails(args: &[&str], code: i32, parts: &[&str]) -> Outcome {
    failed(outcome(inkdigit(args)), args, code, parts)
}

/// As [`fails`], for an outcome.
#[track_caller]
pub(crate) fn failed(outcome: Outcome, args: &[&str], code: i32, parts: &[&str]) -> Outcome {
    let stderr = &outcome.stderr;
    assert_eq!(outcome.code, code, "inkdigit {args:?}\n{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "inkdigit {args:?}\nexpected {part:?} in: {stderr}");
    }
    outcome
}

/// A folder for one test.
pub(crate) fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Synthetic digits in IDX form, drawn once: 600 to train on, 100 to test with.
pub(crate) fn synthetic() -> &'static str {
    static DATA: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = DATA.get_or_init(|| {
        let folder = folder();
        let path = folder.path().join("synthetic");
        stdout(&[
            "data",
            "synth",
            "--count",
            "600",
            "--test-count",
            "100",
            "--seed",
            "1",
            "--out",
            text(&path),
        ]);
        (folder, path)
    });
    text(path)
}

/// The run of a network trained on them, once.
pub(crate) fn trained() -> &'static str {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = RUN.get_or_init(|| {
        let folder = folder();
        let path = folder.path().join("run");
        let flags = ["--network", "mlp", "--epochs", "6", "--batch-size", "20", "--validation", "100"];
        let places = ["--data", synthetic(), "--out", text(&path)];
        stdout(&[&["train"][..], &flags, &places].concat());
        (folder, path)
    });
    text(path)
}

/// A picture of digit `id` of the synthetic test set, enlarged.
pub(crate) fn picture(folder: &TempDir, id: usize) -> PathBuf {
    let path = folder.path().join(format!("picture-{id}.png"));
    stdout(&["display", &id.to_string(), "--data", synthetic(), "--save", text(&path), "--scale", "5"]);
    path
}
