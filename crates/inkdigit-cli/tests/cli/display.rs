//! `inkdigit display`.

use crate::support::{fails, folder, json, stdout, synthetic, text, trained};

#[test]
fn values_are_written_and_drawn() {
    let folder = folder();
    let out = folder.path().join("values.png");
    let told = stdout(&["display", "3", "--data", synthetic(), "--values", "--save", text(&out)]);
    let mut lines = told.lines();
    assert!(lines.next().unwrap().contains("number 3 of the test set"));
    let rows: Vec<Vec<u8>> =
        lines.map(|line| line.split_whitespace().map(|value| value.parse().unwrap()).collect()).collect();
    assert!(rows.len() == 28 && rows.iter().all(|row| row.len() == 28), "{told}");
    let shown = json(&["display", "3", "--data", synthetic(), "--values", "--json"]);
    assert_eq!(shown[0]["pixels"], serde_json::json!(rows));
    let drawn = image::open(&out).unwrap().to_luma8();
    assert!(drawn.width() > 28 * 28, "{:?}", drawn.dimensions());
}

#[test]
fn sheets_show_many_of_one_label() {
    let folder = folder();
    let out = folder.path().join("fours.png");
    let told = json(&["display", "--grid", "4x2", "--label", "4", "--data", synthetic(), "--json"]);
    let labels: Vec<_> =
        told.as_array().unwrap().iter().map(|digit| digit["label"].as_u64().unwrap()).collect();
    assert_eq!(labels, [4; 8]);
    let sheet = ["display", "--grid", "4x2", "--label", "4", "--data", synthetic()];
    let shown = stdout(&[&sheet[..], &["--save", text(&out), "--scale", "2"]].concat());
    assert_eq!(shown.matches("4 #").count(), 8, "{shown}");
    // Characters where there is no terminal, and two digits in 80 columns of them.
    assert!(!shown.contains('\x1b') && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert_eq!(image::open(&out).unwrap().width(), 24 + 4 * 56 + 3 * 8);
    let from = json(&["display", "95", "--grid", "10x10", "--data", synthetic(), "--json"]);
    assert_eq!((from.as_array().unwrap().len(), &from[0]["id"]), (5, &95.into()));
}

#[test]
fn mistakes_are_the_models_and_come_surest_first() {
    let of_model = ["display", "--mistakes", "--data", synthetic(), "--train", "--model", trained()];
    let told = json(&[&of_model[..], &["--grid", "5x5", "--json"]].concat());
    let mistakes = told.as_array().unwrap();
    assert!(!mistakes.is_empty(), "a network of a second makes mistakes");
    let sureness: Vec<_> =
        mistakes.iter().map(|digit| digit["prediction"]["probability"].as_f64().unwrap()).collect();
    assert!(sureness.is_sorted_by(|a, b| a >= b), "{sureness:?}");
    assert!(mistakes.iter().all(|digit| digit["prediction"]["digit"] != digit["label"]));
    let one = stdout(&of_model);
    assert!(one.contains("read as"), "{one}");
}

#[test]
fn what_cannot_be_shown_is_told() {
    let data = ["--data", synthetic()];
    let fails = |flags: &[&str], code, parts: &[&str]| {
        fails(&[&["display"], flags, &data[..]].concat(), code, parts);
    };
    fails(&["--grid", "0x3"], 2, &["0x3", "10x10"]);
    fails(&["3", "--label", "4"], 2, &["--label", "--grid"]);
    fails(&["--values", "--grid", "2x2"], 2, &["--values", "--grid"]);
    fails(&["100", "--grid", "2x2"], 2, &["no number 100", "0 to 99"]);
    fails(&["--grid", "100x100", "--scale", "255", "--save"], 2, &["100x100", "--scale 255", "100000000"]);
    fails(&["--label", "12"], 2, &["12", "0..=9"]);
}
