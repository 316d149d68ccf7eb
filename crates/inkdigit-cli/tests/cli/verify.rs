//! `inkdigit verify`.

use std::path::{Path, PathBuf};

use crate::support::{fails, folder, json, stdout, text, trained};

fn exported(folder: &Path) -> PathBuf {
    let file = folder.join("digits.onnx");
    stdout(&["export", trained(), "--probabilities", "--with-test-data", "2", "--out", text(&file)]);
    file
}

#[test]
fn equal_outputs_pass_and_others_fail() {
    let folder = folder();
    let file = exported(folder.path());
    let told = stdout(&["verify", text(&file), "--tolerance", "0", "--relative", "0"]);
    assert!(told.contains("logits") && told.contains("probabilities") && !told.contains("differs"), "{told}");
    let sets = [0, 1].map(|index| folder.path().join(format!("test_data_set_{index}")));
    // The other picture's answer.
    std::fs::copy(sets[1].join("output_0.pb"), sets[0].join("output_0.pb")).unwrap();
    let told = fails(&["verify", text(&file)], 1, &["beyond the tolerance", "0.001"]);
    assert_eq!(told.stdout.matches("differs").count(), 1, "{}", told.stdout);
    stdout(&["verify", text(&file), text(&sets[1])]);
    stdout(&["verify", text(&file), text(folder.path()), "--tolerance", "1e6"]);
    let compared = json(&["verify", text(&file), text(&sets[1]), "--json"]);
    assert_eq!(
        (&compared[0]["outputs"][0]["absolute"], &compared[0]["outputs"][1]["passed"]),
        (&0.0.into(), &true.into())
    );
}

#[test]
fn folders_without_test_data_are_named() {
    let folder = folder();
    let file = exported(folder.path());
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    fails(&["verify", text(&file), text(&empty)], 1, &[text(&empty), "input_0.pb"]);
    fails(&["verify", text(&file), "no/such"], 1, &["no/such"]);
    fails(&["verify", "default"], 2, &["default", "FOLDER"]);
    fails(&["verify", text(&file), "--tolerance=-1"], 2, &["0 or more"]);
    let set = folder.path().join("test_data_set_0");
    std::fs::write(set.join("input_0.pb"), "no tensor").unwrap();
    fails(&["verify", text(&file), text(&set)], 1, &["input_0.pb", "not a tensor"]);
}
