//! `inkdigit layers` and `inkdigit explain`: pictures of what a network does with a digit.

use std::path::Path;

use crate::support::{fails, folder, json, picture, stdout, synthetic, text, trained};

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_layer_has_a_picture_and_all_have_an_overview() {
    let folder = folder();
    let (digit, out) = (picture(&folder, 3), folder.path().join("new/layers"));
    let told = json(&["layers", text(&digit), "--out", text(&out), "--model", trained(), "--json"]);
    let layers = told["layers"].as_array().unwrap();
    assert_eq!(layers[2]["layer"], "fc1");
    assert_eq!((&layers[2]["file"], &layers[2]["shape"]), (&"03-fc1.png".into(), &serde_json::json!([128])));
    assert!(layers[2]["low"].as_f64() < layers[2]["high"].as_f64());
    let names = files(&out);
    for name in ["00-input.png", "03-fc1.png", "filters-fc1.png", "overview.html", "overview.png"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    assert_eq!(told["files"].as_array().unwrap().len(), names.len());
    for name in names.iter().filter(|name| name.ends_with(".png")) {
        let drawn = image::open(out.join(name)).unwrap().to_rgb8();
        assert!(drawn.width() > 200 && drawn.height() > 90, "{name}: {:?}", drawn.dimensions());
    }
    let page = std::fs::read_to_string(out.join("overview.html")).unwrap();
    assert!(page.contains("<h2>fc3</h2>") && page.contains("data:image/png;base64,"), "{}", page.len());
    let table =
        stdout(&["layers", "--id", "3", "--data", synthetic(), "--out", text(&folder.path().join("b"))]);
    assert!(table.contains("conv1") && table.contains("5×5 convolution"), "{table}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = folder();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let place = ["layers", "--id", "0", "--data", synthetic(), "--out", text(&out), "--model", trained()];
    stdout(&place);
    let own = out.join("own.txt");
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(out.join("overview.html"), "old").unwrap();
    fails(&place, 1, &["out is not empty", "--force"]);
    assert_eq!(std::fs::read(out.join("overview.html")).unwrap(), b"old");
    stdout(&[&place[..], &["--force", "--colormap", "cividis"]].concat());
    assert_ne!(std::fs::read(out.join("overview.html")).unwrap(), b"old");
    assert_eq!(std::fs::read(&own).unwrap(), b"mine");
}

#[test]
fn one_layer_is_drawn_alone_and_an_unknown_one_named() {
    let folder = folder();
    let out = folder.path().join("one");
    let place = ["layers", "--id", "0", "--data", synthetic(), "--out", text(&out), "--model", trained()];
    fails(&[&place[..], &["--layer", "conv9"]].concat(), 1, &["`conv9`", "fc1", "fc3"]);
    fails(&[&place[..], &["--colormap", "jet"]].concat(), 2, &["jet", "viridis", "cividis"]);
    assert!(!out.exists());
    stdout(&[&place[..], &["--layer", "fc1", "--layer", "relu2"]].concat());
    assert_eq!(files(&out), ["03-fc1.png", "06-relu2.png"]);
    fails(&["layers", "--out", text(&out)], 2, &["PICTURE"]);
    fails(&["layers", "999", "--data", synthetic(), "--out", text(&out)], 2, &["no number 999", "0 to 99"]);
}

#[test]
fn a_digit_is_explained_by_heat_maps() {
    let folder = folder();
    let out = folder.path().join("why.png");
    let told = stdout(&["explain", "--id", "3", "--data", synthetic(), "--out", text(&out)]);
    assert!(told.contains("read as") && told.contains("score of"), "{told}");
    let drawn = image::open(&out).unwrap().to_rgb8();
    assert!(drawn.width() > 900, "three images beside each other: {:?}", drawn.dimensions());
    let told =
        json(&["explain", "--id", "3", "--data", synthetic(), "--digit", "8", "--json", "--square", "3"]);
    assert_eq!(
        (&told["digit"], &told["occluder"]["side"], &told["score"]),
        (&8.into(), &3.into(), &"log_odds".into())
    );
    for map in ["occlusion", "gradient_times_input"] {
        let rows = told[map].as_array().unwrap();
        assert!(rows.len() == 28 && rows.iter().all(|row| row.as_array().unwrap().len() == 28), "{map}");
    }
    // What is said is said of the digit that was asked for.
    let probability = told["prediction"]["probabilities"][8].as_f64().unwrap();
    let expected = (probability / (1.0 - probability)).ln();
    assert!((told["value"].as_f64().unwrap() - expected).abs() < 0.05 * expected.abs().max(1.0), "{told}");
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let folder = folder();
    let digit = picture(&folder, 3);
    let before = std::fs::read(&digit).unwrap();
    fails(&["explain", text(&digit), "--out", text(&digit)], 2, &["the picture itself", "another name"]);
    assert_eq!(std::fs::read(&digit).unwrap(), before);
    fails(&["explain", text(&digit)], 2, &["--out"]);
    fails(&["explain", text(&digit), "--json", "--square", "4"], 2, &["4 pixels", "odd"]);
    fails(&["explain", text(&digit), "--json", "--digit", "10"], 2, &["10", "0..=9"]);
    let blank = folder.path().join("blank.png");
    std::fs::write(&blank, inkdigit::GrayImage::new(30, 30, vec![250; 900]).unwrap().to_png()).unwrap();
    fails(&["explain", text(&blank), "--json"], 1, &["blank.png: nothing drawn", "one digit"]);
    fails(&["explain", text(&folder.path().join("none.png")), "--json"], 1, &["none.png"]);
}
