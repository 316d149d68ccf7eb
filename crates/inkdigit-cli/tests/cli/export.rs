//! `inkdigit export`, and `--model` with what it writes.

use crate::support::{fails, folder, inkdigit, json, outcome, stdout, synthetic, text, trained};

fn evaluated(model: &str) -> serde_json::Value {
    json(&["eval", "--model", model, "--data", synthetic(), "--json"])
}

#[test]
fn an_exported_model_reads_as_before() {
    let folder = folder();
    let expected = evaluated(trained());
    for (opset, flags) in
        [("7", &[][..]), ("12", &["--probabilities"]), ("21", &["--uint8-input", "--keep-batch-norm"])]
    {
        let file = folder.path().join(format!("opset{opset}.onnx"));
        let place = ["--out", text(&file), "--opset", opset];
        let said = json(&[&["export", trained(), "--json"], &place[..], flags].concat());
        assert_eq!((&said["file"], said["opset"].to_string()), (&text(&file).into(), opset.to_string()));
        assert_eq!(evaluated(text(&file)), expected, "opset {opset}");
    }
    fails(&["export", "--out", "x.onnx", "--opset", "6"], 2, &["7..=21"]);
    fails(&["export"], 2, &["--out", "--to"]);
    fails(&["export", "--to", "digits"], 2, &["--version"]);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = folder();
    let file = folder.path().join("digits.onnx");
    let args = ["export", trained(), "--out", text(&file)];
    stdout(&args);
    let before = std::fs::read(&file).unwrap();
    fails(&args, 1, &[text(&file), "exists already", "--force"]);
    stdout(&[&args[..], &["--force"]].concat());
    assert_eq!(std::fs::read(&file).unwrap(), before, "the same model, the same bytes");
    let below = format!("{}/below.onnx", text(&file));
    fails(&["export", "--out", &below], 1, &["below.onnx", "choose"]);
}

#[test]
fn versions_are_numbered_and_the_newest_is_taken() {
    let folder = folder();
    let dir = folder.path().join("digits");
    stdout(&["export", trained(), "--to", text(&dir), "--version", "9", "--with-test-data", "1"]);
    stdout(&["export", "--to", text(&dir), "--version", "10"]);
    assert!(dir.join("9/test_data_set_0/input_0.pb").is_file());
    fails(
        &["export", "--to", text(&dir), "--version", "10"],
        1,
        &["exists already", "a version never changes"],
    );
    fails(&["export", "--to", text(&dir), "--version", "10", "--force"], 2, &["--force"]);
    let images = |model: &str| json(&["inspect", model, "--json"])["metadata"]["training_images"].clone();
    assert_eq!(images(text(&dir)), 55_000, "the built-in model was written last");
    assert_eq!(images(&format!("{}@9", text(&dir))), 500);
    fails(&["eval", "--model", &format!("{}@3", text(&dir))], 1, &["no version 3", "9, 10"]);
}

#[test]
fn test_data_go_beside_the_model_or_into_an_archive() {
    let folder = folder();
    let file = folder.path().join("digits.onnx");
    let args = ["export", trained(), "--out", text(&file), "--with-test-data", "2"];
    assert!(stdout(&args).contains("2 test data sets"));
    let verified = json(&["verify", text(&file), "--json"]);
    assert_eq!(verified.as_array().unwrap().len(), 2);
    stdout(&[&args[..], &["--data", synthetic(), "--force"]].concat());
    fails(&[&args[..5], &["101", "--data", synthetic(), "--force"]].concat(), 2, &["100 pictures", "101"]);

    let archive = folder.path().join("zoo.tar.gz");
    stdout(&["export", trained(), "--with-test-data", "1", "--tar", "--out", text(&archive)]);
    let list = std::process::Command::new("tar").arg("-tzf").arg(&archive).output().unwrap();
    let names = String::from_utf8(list.stdout).unwrap();
    let expected = ["zoo/model.onnx", "zoo/test_data_set_0/input_0.pb", "zoo/test_data_set_0/output_0.pb"];
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
    fails(&["export", "--tar", "--out", "zoo.zip"], 2, &["zoo.zip", ".tar.gz"]);
}

/// A network from elsewhere: ours with all that it says of itself taken away.
#[test]
fn files_from_elsewhere_are_read_in_the_range_that_is_given() {
    let folder = folder();
    let file = folder.path().join("foreign.onnx");
    stdout(&["export", trained(), "--out", text(&file)]);
    let mut bytes = std::fs::read(&file).unwrap();
    // Keys of the same length that nobody knows.
    for key in ["inkdigit", "input_range", "Image.NominalPixelRange", "temperature"] {
        let places: Vec<usize> =
            (0..bytes.len() - key.len()).filter(|&at| bytes[at..].starts_with(key.as_bytes())).collect();
        places.iter().for_each(|&at| bytes[at] = b'?');
    }
    std::fs::write(&file, bytes).unwrap();
    let eval = |flags: &[&str]| {
        let told = outcome(inkdigit(
            &[&["eval", "--model", text(&file), "--data", synthetic(), "--json"], flags].concat(),
        ));
        assert_eq!(told.code, 0, "{}", told.stderr);
        (serde_json::from_str::<serde_json::Value>(&told.stdout).unwrap(), told.stderr)
    };
    // Its own first operation divides by 255. The temperature is gone with the metadata, and changes no digit.
    let (own, told) = eval(&[]);
    assert_eq!((&own["confusion"], told.as_str()), (&evaluated(trained())["confusion"], ""));
    let (given, _) = eval(&["--input-scale", "0..255"]);
    assert_eq!(given, own);
    let (other, _) = eval(&["--input-scale", "standardized"]);
    assert_ne!(other, own);
    let probe = ["eval", "--model", text(&file), "--data", synthetic(), "--probe-scale"];
    let told = stdout(&probe);
    assert!(
        told.contains("0..255 fits") && told.contains("standardized") && told.contains("0.5,0.5"),
        "{told}"
    );
    let probes = json(&[&probe[..], &["--json"]].concat());
    assert_eq!((&probes["fits"], &probes["probes"][1]["input_scale"]), (&"0..255".into(), &"0..255".into()));
    fails(&["eval", "--input-scale", "0..2"], 2, &["0..2", "standardized"]);
}

#[test]
fn what_the_file_says_goes_before_the_flag() {
    let args = ["eval", "--model", trained(), "--data", synthetic(), "--json", "--input-scale", "0..1"];
    let told = outcome(inkdigit(&args));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told.stdout).unwrap(), evaluated(trained()));
    assert!(told.stderr.contains("--input-scale isn't used"), "{}", told.stderr);
}
