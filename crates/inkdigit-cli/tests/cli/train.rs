//! `inkdigit train`, on synthetic digits.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::support::{fails, folder, inkdigit, outcome, stdout, synthetic, text};

/// A small training: 500 images in batches of 20, 100 held out.
const SMALL: [&str; 7] = ["train", "--network", "mlp", "--batch-size", "20", "--validation", "100"];

#[test]
fn a_run_leaves_everything_in_its_folder() {
    let folder = folder();
    let out = folder.path().join("run");
    let args = [&SMALL[..], &["--epochs", "5", "--data", synthetic(), "--out", text(&out)]].concat();
    let told = outcome(inkdigit(&args));
    assert_eq!(told.code, 0, "{}", told.stderr);
    for file in ["config.yml", "history.csv", "history.jsonl", "checkpoint.safetensors", "model.onnx"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    // No terminal: a line every 100 batches (125 there are) and one for each epoch.
    let lines = |start: &str| told.stderr.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((lines("batch "), lines("epoch ")), (1, 5), "{}", told.stderr);
    assert!(told.stderr.contains("images/s") && told.stderr.contains("loss"), "{}", told.stderr);
    assert!(told.stdout.contains("model.onnx"), "{}", told.stdout);
    assert!(told.stderr.contains("inkdigit eval --model"), "{}", told.stderr);

    let history = std::fs::read_to_string(out.join("history.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(history.lines().last().unwrap()).unwrap();
    let keys = "epoch train_seconds train_loss train_accuracy validation_loss validation_accuracy learning_rate \
        images_per_second";
    for key in keys.split_whitespace() {
        assert!(last[key].is_number(), "{key}: {last}");
    }
    assert_eq!(last["epoch"], 5);

    // What is there is neither mixed with nor replaced by another run, unless asked.
    fails(&args, 1, &[text(&out), "already holds a training", "--resume", "--overwrite"]);
    stdout(&[&args[..], &["--overwrite"]].concat());
}

#[test]
fn flags_go_over_the_file_and_the_file_over_defaults() {
    let folder = folder();
    let path = folder.path().join("my.yml");
    std::fs::write(&path, "network: mlp\nbatch_size: 50\nepochs: 3\nvalidation: 60\noptimizer: sgd\n")
        .unwrap();
    let out = folder.path().join("run");
    let flags =
        ["--epochs", "1", "--learning-rate", "0.05", "--schedule", "constant", "--label-smoothing", "0.1"];
    let args = ["train", "--config", text(&path), "--data", synthetic(), "--out", text(&out), "--seed", "9"];
    stdout(&[&args[..], &flags].concat());
    let config = std::fs::read_to_string(out.join("config.yml")).unwrap();
    for line in ["batch_size: 50", "seed: 9", "validation: 60", "network: mlp", "schedule: constant"] {
        assert!(config.lines().any(|found| found == line), "{line}: {config}");
    }
    let number = |key: &str| -> f64 {
        let line = config.lines().find_map(|line| line.strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("{key}: {config}")).parse().unwrap()
    };
    assert_eq!((number("epochs"), number("learning_rate"), number("label_smoothing")), (1.0, 0.05, 0.1));
    // What was resolved is a configuration itself, and gives the same training.
    let again = folder.path().join("again");
    std::fs::copy(out.join("config.yml"), &path).unwrap();
    stdout(&["train", "--config", text(&path), "--data", synthetic(), "--out", text(&again)]);
    same_model(&again, &out);
}

#[test]
fn stages_follow_one_another_and_flags_hold_in_each() {
    let folder = folder();
    let (path, out) = (folder.path().join("my.yml"), folder.path().join("run"));
    let file = "network: mlp\nbatch_size: 50\nepochs: 3\nvalidation: 100\n\
                then:\n- {epochs: 2, learning_rate: 0.0005}\n- batch_size: 25\n";
    std::fs::write(&path, file).unwrap();
    let args = ["train", "--config", text(&path), "--data", synthetic(), "--out", text(&out)];
    let told = outcome(inkdigit(&[&args[..], &["--json"]].concat()));
    assert_eq!(told.code, 0, "{}", told.stderr);
    let best = told.stderr.lines().find_map(|line| line.strip_prefix("stage 3 of 3, from epoch "));
    assert!(matches!(best, Some("4" | "5")), "of the second stage's: {}", told.stderr);
    assert!(told.stderr.contains(": 90 batches of 50"), "30, 20 and 40: {}", told.stderr);
    let summary: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let stages: Vec<_> = summary["history"].as_array().unwrap().iter().map(|epoch| &epoch["stage"]).collect();
    assert_eq!(stages, [1, 1, 1, 2, 2, 3, 3]);

    let page = folder.path().join("report.html");
    stdout(&["report", text(&out), "--out", text(&page), "--data", synthetic()]);
    assert!(std::fs::read_to_string(page).unwrap().contains("of 7</dd>"), "the best epoch");

    let flags = ["--epochs", "1", "--batch-size", "100", "--overwrite"];
    let told = outcome(inkdigit(&[&args[..], &flags].concat()));
    assert!(told.stderr.contains(": 15 batches of 100"), "{}", told.stderr);
    let fails_with = [&args[..], &["--label-smoothing", "2"]].concat();
    fails(&fails_with, 2, &["label_smoothing is 2", "below 1"]);
}

/// Both runs ended with the same model, bit for bit.
#[track_caller]
fn same_model(one: &Path, other: &Path) {
    let (one, other) = (model(one), model(other));
    let differing = one.iter().zip(&other).position(|(a, b)| a != b);
    assert_eq!((differing, one.len()), (None, other.len()), "the first byte that differs, and the lengths");
}

fn model(run: &Path) -> Vec<u8> {
    std::fs::read(run.join("model.onnx")).unwrap()
}

#[test]
fn iterations_replace_epochs_and_threads_change_no_bit() {
    let folder = folder();
    let run = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        let flags = ["--iterations", "30", "--threads", threads, "--data", synthetic(), "--out", text(&out)];
        stdout(&[&SMALL[..], &flags].concat());
        out
    };
    same_model(&run("one", "1"), &run("two", "2"));
    let history = std::fs::read_to_string(folder.path().join("one/history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 2, "30 batches of 25 an epoch: {history}");
}

#[test]
fn runs_get_folders_of_their_own() {
    let folder = folder();
    let run = || {
        let mut command = inkdigit(&[&SMALL[..], &["--iterations", "1", "--data", synthetic()]].concat());
        command.current_dir(folder.path());
        let told = outcome(command);
        assert_eq!(told.code, 0, "{}", told.stderr);
    };
    run();
    run();
    assert!(folder.path().join("runs/mlp-1/model.onnx").is_file());
    assert!(folder.path().join("runs/mlp-2/model.onnx").is_file());
}

#[test]
fn retrain_and_its_save_are_taken_as_elsewhere() {
    let folder = folder();
    let out = folder.path().join("run");
    let flags = ["--iterations", "1", "--save", "--data", synthetic(), "--out", text(&out)];
    let said = stdout(&[&["retrain"], &SMALL[1..], &flags].concat());
    assert!(said.contains(text(&out)), "{said}");
}

#[test]
fn a_loss_that_is_no_number_stops_the_training() {
    let folder = folder();
    let out = folder.path().join("run");
    let wild = ["--optimizer", "sgd", "--schedule", "constant", "--learning-rate", "1e30", "--epochs", "2"];
    let args = [&SMALL[..], &wild, &["--data", synthetic(), "--out", text(&out)]].concat();
    fails(&args, 1, &["step", "lower the learning rate"]);
    assert!(!out.join("model.onnx").exists());
}

#[test]
fn resuming_needs_a_run() {
    let folder = folder();
    fails(&["train", "--resume", text(folder.path()), "--data", synthetic()], 1, &["no checkpoint"]);
    fails(&["train", "--resume", "x", "--epochs", "3"], 2, &["--resume", "--epochs"]);
}

/// Interrupted by Ctrl-C and resumed, it ends with the very bits of one that wasn't.
#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_the_run_goes_on_where_it_was() {
    let folder = folder();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken run"));
    let args = |out: &Path| {
        let flags = ["--epochs", "40", "--data", synthetic(), "--out", text(out)];
        [&SMALL[..], &flags].concat().iter().map(|arg| arg.to_string()).collect::<Vec<_>>()
    };
    let words = args(&whole);
    stdout(&words.iter().map(String::as_str).collect::<Vec<_>>());

    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_inkdigit"))
        .args(args(&broken))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    // Once it trains it is interrupted.
    assert!(stderr.any(|line| line.starts_with("epoch ")));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = stderr.collect();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(130), "{rest:?}");
    let resume = format!("inkdigit train --resume '{}'", broken.display());
    assert!(rest.iter().any(|line| line.contains(&resume)), "{rest:?}");
    assert!(!broken.join("model.onnx").exists());

    stdout(&["train", "--resume", text(&broken), "--data", synthetic()]);
    same_model(&broken, &whole);
}

#[test]
fn training_goes_on_from_a_model() {
    let folder = folder();
    let (first, more) = (folder.path().join("first"), folder.path().join("more"));
    let data = ["--data", synthetic()];
    stdout(&[&SMALL[..], &["--epochs", "3", "--out", text(&first)], &data].concat());
    let quick = ["--epochs", "1", "--learning-rate", "1e-6", "--validation", "100", "--batch-size", "20"];
    let told = outcome(inkdigit(
        &[&["train", "--from", text(&first), "--out", text(&more)], &quick[..], &data].concat(),
    ));
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stderr.contains("training first on"), "{}", told.stderr);
    let config = std::fs::read_to_string(more.join("config.yml")).unwrap();
    assert!(config.contains("from: ") && config.contains(text(&first)), "{config}");
    let accuracy = |run: &Path| {
        let told = stdout(&["eval", "--model", text(run), "--data", synthetic(), "--json"]);
        serde_json::from_str::<serde_json::Value>(&told).unwrap()["accuracy"].as_f64().unwrap()
    };
    assert!((accuracy(&more) - accuracy(&first)).abs() <= 0.02, "hardly anything was learned since");
    // The configuration alone gives the same training again.
    let again = folder.path().join("again");
    stdout(
        &[&["train", "--config", text(&more.join("config.yml")), "--out", text(&again)], &data[..]].concat(),
    );
    same_model(&again, &more);
    stdout(&[&["train", "--resume", text(&more)], &data[..]].concat());

    fails(&["train", "--from", text(&first), "--network", "mlp"], 2, &["--from", "--network"]);
    fails(&["train", "--from", "no/such", "--data", synthetic()], 1, &["no model at no/such"]);
    fails(&["train", "--input-scale", "0..1", "--data", synthetic()], 2, &["--from"]);
}
