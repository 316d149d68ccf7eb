//! What only real data shows: runs where `INKDIGIT_DATA` names a folder with MNIST.

use std::time::Instant;

use crate::support::{folder, json, stdout, text};

/// MNIST's folder; says so where there is none.
fn mnist() -> Option<String> {
    let data = std::env::var("INKDIGIT_DATA").ok().filter(|data| !data.is_empty());
    if data.is_none() {
        eprintln!("left out: set INKDIGIT_DATA to a folder with MNIST to run this test");
    }
    // The program runs in another folder than the tests.
    data.map(|data| std::fs::canonicalize(data).unwrap().to_str().unwrap().to_string())
}

#[test]
fn mnist_is_known_by_its_checksums() {
    let Some(data) = mnist() else { return };
    let info = json(&["data", "info", "--data", &data, "--json"]);
    assert_eq!(info[0]["known_as"], "MNIST's training images");
    assert_eq!(info[1]["known_as"], "MNIST's test images");
    assert_eq!((&info[0]["images"], &info[1]["images"]), (&60_000.into(), &10_000.into()));
}

#[test]
fn the_fast_recipe_trains_and_its_model_is_taken_everywhere() {
    let Some(data) = mnist() else { return };
    let folder = folder();
    let run = folder.path().join("fast");
    let start = Instant::now();
    stdout(&["train", "--recipe", "fast", "--data", &data, "--out", text(&run)]);
    eprintln!("trained in {:.1} s", start.elapsed().as_secs_f64());
    let told = json(&["eval", "--model", text(&run), "--data", &data, "--json"]);
    assert_eq!(told["images"], 10_000);
    assert!(told["accuracy"].as_f64().unwrap() > 0.98, "{}", told["accuracy"]);
    let answer = json(&["predict", "0", "--model", text(&run), "--data", &data, "--json"]);
    assert_eq!((&answer[0]["digit"], &answer[0]["label"]), (&7.into(), &7.into()));
    let shown = stdout(&["inspect", text(&run)]);
    assert!(shown.contains("conv1"), "{shown}");
}

#[test]
fn the_embedded_model_reads_the_test_set() {
    let Some(data) = mnist() else { return };
    let told = json(&["eval", "--data", &data, "--json"]);
    assert!(told["accuracy"].as_f64().unwrap() > 0.97, "{}", told["accuracy"]);
}
