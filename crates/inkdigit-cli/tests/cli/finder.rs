//! `inkdigit train` of a finder, and what is done with it, on synthetic digits.

use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{fails, folder, inkdigit, json, outcome, picture, stdout, synthetic, text};

const SMALL: &str = "task: finder
network: {half: 4, quarter: 8, eighth: 8, sixteenth: 8, head: 8}
pictures: 40
batch_size: 4
side: 64
scenes: {kinds: {single: 1, lines: 1}}
validation: 100
validation_pictures: 6
evaluate_every: 5
";

/// The run of a very small finder, once.
fn run() -> &'static str {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = RUN.get_or_init(|| {
        let folder = folder();
        let (config, out) = (folder.path().join("small.yml"), folder.path().join("run"));
        std::fs::write(&config, SMALL).unwrap();
        let args = ["train", "--config", text(&config), "--data", synthetic(), "--out", text(&out)];
        let told = outcome(inkdigit(&args));
        assert_eq!(told.code, 0, "{}", told.stderr);
        assert!(told.stderr.contains("drawn with 500 digits: 10 updates of 4"), "{}", told.stderr);
        assert_eq!(told.stderr.matches("held out: loss").count(), 2, "{}", told.stderr);
        assert!(told.stdout.contains("the finder is"), "{}", told.stdout);
        assert!(told.stderr.contains("--pages FOLDER"), "{}", told.stderr);
        (folder, out)
    });
    text(path)
}

#[test]
fn a_run_leaves_everything_in_its_folder() {
    let out = PathBuf::from(run());
    for file in ["config.yml", "history.csv", "history.jsonl", "checkpoint.safetensors", "model.onnx"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let history = std::fs::read_to_string(out.join("history.csv")).unwrap();
    let columns: Vec<usize> = history.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(columns, [14; 3], "{history}");
    let config = std::fs::read_to_string(out.join("config.yml")).unwrap();
    assert!(config.contains("task: finder") && config.contains("pictures: 40"), "{config}");
}

#[test]
fn a_finder_is_inspected() {
    let told = stdout(&["inspect", run()]);
    for part in ["task: finder", "labels: 0123456789-/.,:+()=", "[batch, 1, height, width]", "23x64x64"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn pages_are_counted_by_folder() {
    let folder = folder();
    let pages = folder.path().join("pages/singles");
    std::fs::create_dir_all(&pages).unwrap();
    std::fs::rename(picture(&folder, 3), pages.join("a.png")).unwrap();
    std::fs::write(pages.join("a.txt"), "37\n").unwrap();
    let pages = folder.path().join("pages");
    let told = json(&["eval", "--finder", run(), "--pages", text(&pages), "--json"]);
    let counts = &told["singles"];
    assert_eq!((&counts["pictures"], &counts["digits"], &counts["lines"]), (&1.into(), &2.into(), &1.into()));
    let told = stdout(&["eval", "--finder", run(), "--pages", text(&pages)]);
    assert!(told.contains("invented") && told.contains("singles"), "{told}");
    // By rules, without a finder; and a picture of one digit in a folder of that name.
    let label = folder.path().join("pages/own/3");
    std::fs::create_dir_all(&label).unwrap();
    std::fs::rename(picture(&folder, 3), label.join("b.png")).unwrap();
    let told = json(&["eval", "--pages", text(&pages), "--json"]);
    assert_eq!((&told["singles"]["pictures"], &told["own"]["digits"]), (&1.into(), &1.into()));
    fails(
        &["eval", "--finder", "default", "--pages", text(&pages)],
        1,
        &["default is no model", "finds none"],
    );
    let empty = folder.path().join("pages/singles");
    std::fs::remove_file(empty.join("a.txt")).unwrap();
    fails(&["eval", "--finder", run(), "--pages", text(&empty)], 1, &["holds no images"]);
}

#[test]
fn digits_are_found_with_a_finder() {
    let folder = folder();
    let picture = picture(&folder, 3);
    // It learned next to nothing: what it says is of the right form, no more can be asked.
    let args = ["read", text(&picture), "--finder", run(), "--json"];
    let page = &json(&args)[0];
    assert!(page["marks"].is_array() && page["text_with_marks"].is_string(), "{page}");
    let answer = &json(&["predict", text(&picture), "--finder", run(), "--json"])[0];
    assert!(answer["digit"].as_u64().unwrap() < 10, "{answer}");
    for flags in [&["--marks"][..], &["--unsure", "omit"], &["--words", "--marks"]] {
        stdout(&[&["read", text(&picture), "--finder", run()][..], flags].concat());
    }
    // A digit of a data set is where it has to be already.
    let of_data = ["predict", "7", "--data", synthetic(), "--json"];
    assert_eq!(json(&[&of_data[..], &["--finder", run()]].concat()), json(&of_data));
    // What only rules use isn't passed over in silence.
    for flags in [["--threshold", "otsu"], ["--batch-size", "8"]] {
        let args = [&["read", text(&picture), "--finder", run()][..], &flags].concat();
        fails(&args, 2, &[flags[0], "cannot be used with"]);
    }
    let args = ["predict", text(&picture), "--finder", run(), "--threshold", "otsu"];
    fails(&args, 2, &["--threshold", "cannot be used with"]);
    fails(&["read", text(&picture), "--finder", "nowhere"], 1, &["nowhere"]);
    fails(&["predict", text(&picture), "--finder", text(&picture)], 1, &["not an ONNX model"]);
}

#[test]
fn a_training_under_way_has_a_finder() {
    let folder = folder();
    let dir = folder.path().join("run");
    std::fs::create_dir(&dir).unwrap();
    for file in ["config.yml", "checkpoint.safetensors"] {
        std::fs::copy(PathBuf::from(run()).join(file), dir.join(file)).unwrap();
    }
    let picture = picture(&folder, 3);
    let told = outcome(inkdigit(&["read", text(&picture), "--finder", text(&dir)]));
    assert!(told.code == 0 && told.stderr.contains(" of 10 updates is taken"), "{}", told.stderr);
}

#[test]
fn a_finder_is_exported() {
    let folder = folder();
    let out = folder.path().join("finder.onnx");
    stdout(&["export", run(), "--out", text(&out)]);
    let saved = PathBuf::from(run()).join("model.onnx");
    assert!(std::fs::read(&out).unwrap() == std::fs::read(saved).unwrap());
    fails(&["export", run(), "--out", text(&out)], 1, &["exists"]);
    let told = json(&["export", run(), "--out", text(&out), "--force", "--json"]);
    assert_eq!(told["bytes"], std::fs::metadata(&out).unwrap().len());
    fails(&["export", run(), "--out", text(&out), "--uint8-input"], 2, &["--uint8-input isn't for finders"]);
}

#[test]
fn comparing_leaves_finders_out() {
    fails(&["compare", run(), run()], 1, &["is the training of a finder", "inkdigit inspect"]);
    fails(&["report", run()], 1, &["is the training of a finder"]);
}

#[test]
fn what_makes_no_sense_for_a_finder_is_refused() {
    for flags in [&["--epochs", "3"][..], &["--network", "mlp"], &["--watch"], &["--from", "default"]] {
        let args = [&["train", "--recipe", "finder", "--data", synthetic()][..], flags].concat();
        fails(&args, 2, &[flags[0], "this trains a finder"]);
    }
    let args = ["train", "--recipe", "finder", "--data", synthetic(), "--batch-size", "0"];
    fails(&args, 2, &["batch_size is 0"]);
    fails(&["eval", "--model", run(), "--data", synthetic()], 1, &["model.onnx is no model: it is a finder"]);
}
