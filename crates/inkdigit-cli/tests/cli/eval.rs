//! `inkdigit eval`, with a small network trained on synthetic digits.

use crate::support::{fails, folder, json, stdout, synthetic, text, trained};

#[test]
fn an_evaluation_adds_up() {
    let told = json(&["eval", "--model", trained(), "--data", synthetic(), "--json"]);
    assert_eq!(told["images"], 100);
    let confusion: Vec<Vec<u64>> = serde_json::from_value(told["confusion"].clone()).unwrap();
    let all: u64 = confusion.iter().flatten().sum();
    let right: u64 = (0..10).map(|digit| confusion[digit][digit]).sum();
    assert_eq!(all, 100);
    assert!((told["accuracy"].as_f64().unwrap() - right as f64 / 100.0).abs() < 1e-9, "{told}");
    assert!(right > 40, "the network learned something: {right} of 100");
    assert!(told["loss"].as_f64().unwrap() > 0.0);
    assert_eq!(told["per_digit"].as_array().unwrap().len(), 10);
    let row: u64 = confusion[3].iter().sum();
    let recall = told["per_digit"][3]["recall"].as_f64().unwrap();
    assert!((recall - confusion[3][3] as f64 / row as f64).abs() < 1e-6, "rows are what the digits are");
}

#[test]
fn tables_tell_the_same() {
    let told = stdout(&["eval", "--model", trained(), "--data", synthetic()]);
    for part in ["accuracy", "loss", "precision", "recall", "100 images"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn every_split_can_be_evaluated() {
    let images = |split: &str| {
        json(&["eval", "--model", trained(), "--data", synthetic(), "--split", split, "--json"])["images"]
            .clone()
    };
    assert_eq!(images("test"), 100);
    assert_eq!(images("train"), 500, "without those held out");
    assert_eq!(images("validation"), 100);
}

#[test]
fn probabilities_are_written_as_numpy_and_csv() {
    let folder = folder();
    let (npy, csv) = (folder.path().join("p.npy"), folder.path().join("p.csv"));
    for file in [&npy, &csv] {
        stdout(&["eval", "--model", trained(), "--data", synthetic(), "--probabilities", text(file)]);
    }
    let npy = std::fs::read(npy).unwrap();
    assert!(
        npy.starts_with(b"\x93NUMPY") && npy.windows(9).any(|part| part == b"(100, 10,"),
        "shape (100, 10)"
    );
    let floats: Vec<f32> = npy[npy.len() - 4000..]
        .chunks(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let csv = std::fs::read_to_string(csv).unwrap();
    let written: Vec<f32> =
        csv.lines().flat_map(|line| line.split(',').map(|p| p.parse().unwrap())).collect();
    assert_eq!(written, floats, "the same numbers in both forms");
    for row in floats.chunks(10) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{row:?}");
    }
    let args = ["eval", "--model", trained(), "--data", synthetic(), "--probabilities", "p.txt"];
    fails(&args, 2, &["p.txt", ".npy", ".csv"]);
}
