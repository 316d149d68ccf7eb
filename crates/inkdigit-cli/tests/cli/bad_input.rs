//! Every mistake in a file or place: the error names it, says what was found and expected and what to do;
//! the exit code is 1, and nothing half-written stays.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::{failed, fails, folder, inkdigit, outcome, picture, synthetic, text, trained};

/// A copy of the synthetic data with one file changed.
fn spoiled(name: &str, spoil: impl FnOnce(&mut Vec<u8>)) -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    for entry in std::fs::read_dir(synthetic()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    spoil(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// All that reads training data says the same of it.
#[track_caller]
fn refused(data: &Path, parts: &[&str]) {
    fails(&["data", "info", "--data", text(data)], 1, parts);
    fails(&["display", "0", "--train", "--data", text(data)], 1, parts);
    let folder = folder();
    let out = folder.path().join("run");
    fails(&["train", "--data", text(data), "--epochs", "1", "--out", text(&out)], 1, parts);
    assert!(!out.exists(), "nothing is begun with bad data");
}

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

#[test]
fn damaged_idx_files() {
    let (data, path) = spoiled(IMAGES, |bytes| bytes.truncate(1000));
    refused(data.path(), &[text(&path), "truncated", "1000 bytes", "expected 470416", "copy it once more"]);
    let (data, path) = spoiled(IMAGES, |bytes| bytes.push(0));
    refused(data.path(), &[text(&path), "longer than its header says", "470416", "copy it once more"]);
    let (data, path) = spoiled(IMAGES, |bytes| bytes[3] = 9);
    refused(data.path(), &[text(&path), "0x00000809", "expected 0x00000803", "right file"]);
    let (data, path) = spoiled(IMAGES, |bytes| bytes.clear());
    refused(data.path(), &[text(&path), "truncated", "0 bytes"]);
}

#[test]
fn labels_that_do_not_belong_to_the_images() {
    let (data, path) = spoiled(LABELS, |bytes| {
        bytes[4..8].copy_from_slice(&590u32.to_be_bytes());
        bytes.truncate(8 + 590);
    });
    refused(data.path(), &[IMAGES, "600 images", text(&path), "590 labels", "of one set"]);
    let (data, path) = spoiled(LABELS, |bytes| bytes[8 + 5] = 10);
    refused(data.path(), &[text(&path), "label 10 at index 5", "expected 0 to 9", "remove"]);
}

#[test]
fn damaged_csv_files() {
    let row = |values: usize| vec!["7"; values].join(",");
    let cases = [
        (format!("{}\n{}\n", row(785), row(784)), ["line 2", "784 values", "expected 785"]),
        (format!("{}\n{}\n", row(785), row(785).replacen('7', "3.5", 1)), ["line 2", "3.5", "0 to 9"]),
        (format!("{},256\n", row(784)), ["line 1", "256", "0 to 255"]),
    ];
    for (content, parts) in cases {
        let folder = folder();
        let path = folder.path().join("mnist_train.csv");
        std::fs::write(&path, content).unwrap();
        refused(folder.path(), &[&[text(&path), "correct or remove the line"], &parts[..]].concat());
    }
}

#[test]
fn no_data_at_all() {
    let folder = folder();
    let how =
        ["no training data in", text(folder.path()), "inkdigit data download", "--data DIR", "INKDIGIT_DATA"];
    refused(folder.path(), &how);
    let args = ["eval", "--model", trained(), "--data", text(folder.path())];
    fails(&args, 1, &["no test data in", text(folder.path()), "t10k-images"]);
    let nowhere = folder.path().join("nowhere");
    refused(&nowhere, &["no training data in", text(&nowhere)]);
}

#[test]
fn files_that_are_no_pictures() {
    let folder = folder();
    let yuv: Vec<u8> = (0..640 * 480 * 3 / 2).map(|i| (i * 7 % 220) as u8 + 16).collect();
    let mut truncated = std::fs::read(picture(&folder, 0)).unwrap();
    truncated.truncate(truncated.len() / 2);
    let bomb = bmp_header(60_000, 60_000);
    let cases: [(&str, &[u8], &[&str]); 6] = [
        ("notes.png", b"Dear diary", &["not a picture", "expected PNG, JPEG"]),
        ("empty.png", b"", &["not a picture", "expected PNG, JPEG"]),
        ("frame.yuv", &yuv, &["not a picture", "yuv", "convert them to PNG"]),
        ("half.png", &truncated, &["damaged PNG", "copy it once more"]),
        ("bomb.bmp", &bomb, &["60000x60000", "at most 100000000", "scale it down"]),
        ("zero.bmp", &bmp_header(0, 12), &["0x12", "at least 1x1", "save it once more"]),
    ];
    for (name, content, parts) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        fails(&["predict", text(&path), "--model", trained()], 1, &[&[text(&path)], parts].concat());
        let mut command = inkdigit(&["predict", "-", "--model", trained()]);
        command.write_stdin(content);
        failed(outcome(command), &["predict", "-"], 1, &[&["standard input"], parts].concat());
    }
    let missing = folder.path().join("missing.png");
    fails(&["predict", text(&missing), "--model", trained()], 1, &[text(&missing), "check the path"]);
    let large = picture(&folder, 1);
    let args = ["predict", text(&large), "--max-pixels", "100", "--model", trained()];
    fails(&args, 1, &["140x140", "at most 100 pixels"]);
    let answer =
        outcome(inkdigit(&["predict", text(&missing), text(&large), "--json", "--model", trained()]));
    assert_eq!(answer.code, 1);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&answer.stdout).unwrap().len(), 1);
}

/// The start of a BMP file of such a size, without its pixels.
fn bmp_header(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for number in [54, 0, 54, 40, width, height, 1 | 24 << 16, 0, 0, 2835, 2835, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file
}

#[test]
fn configurations_with_mistakes() {
    let cases: [(&str, &[&str]); 8] = [
        ("learning_rat: 0.1\n", &["line 1", "learning_rat", "learning_rate"]),
        ("epochs: 3\nbach_size: 10\n", &["line 2", "bach_size", "batch_size"]),
        ("epochs: soon\n", &["line 1"]),
        ("network: lenat\n", &["line 1", "lenat", "lenet"]),
        ("optimizer: {sgd: {momentom: 0.9}}\n", &["momentom", "momentum"]),
        ("epochs: [3\n", &["my.yml"]),
        ("batch_size: 0\n", &["batch_size", "0", "at least 1"]),
        ("network: [flatten, linear: {features: 10}, max_pool2d: {kernel: 2}]\n", &["pool1", "10 features"]),
    ];
    for (yaml, parts) in cases {
        let folder = folder();
        let path = folder.path().join("my.yml");
        std::fs::write(&path, yaml).unwrap();
        let out = folder.path().join("run");
        let args = ["train", "--config", text(&path), "--data", synthetic(), "--out", text(&out)];
        fails(&args, 1, &[&["my.yml"], parts].concat());
        assert!(!out.exists());
    }
    fails(
        &["train", "--config", "no/such.yml", "--data", synthetic()],
        1,
        &["no/such.yml", "check the path"],
    );
}

#[test]
fn flags_with_mistakes_are_usage_errors() {
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--recipe", "fats"], &["fats", "fast"]),
        (&["--network", "lenat"], &["lenat", "lenet"]),
        (&["--optimizer", "adm"], &["adm", "adam"]),
        (&["--schedule", "one-cycle"], &["one-cycle", "one_cycle"]),
        (&["--batch-size", "0"], &["batch_size", "at least 1"]),
        (&["--label-smoothing", "1.5"], &["label_smoothing", "1.5", "below 1"]),
        (&["--recipe", "fast", "--config", "my.yml"], &["--recipe", "--config"]),
    ];
    for (flags, parts) in cases {
        fails(&[&["train", "--data", synthetic()], flags].concat(), 2, parts);
    }
}

#[test]
fn places_that_cannot_be_written() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "a file is no folder").unwrap();
    let below = text(&file).to_string() + "/below";
    let png = below.clone() + ".png";
    let train = ["train", "--epochs", "1", "--network", "mlp", "--validation", "0"];
    let cases: [&[&str]; 5] = [
        &[&train[..], &["--data", synthetic(), "--out", &below]].concat(),
        &["data", "synth", "--count", "10", "--out", &below],
        &["data", "convert", "--to", "csv", "--data", synthetic(), "--out", &below],
        &["display", "0", "--data", synthetic(), "--save", &png],
        &["eval", "--model", trained(), "--data", synthetic(), "--probabilities", &(below.clone() + ".npy")],
    ];
    for args in cases {
        fails(args, 1, &[text(&file), "choose"]);
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"a file is no folder");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_stdout_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_inkdigit"));
    command.arg("models").stdout(full).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: ") && stderr.to_lowercase().contains("no space left"), "{stderr}");
}

#[test]
fn models_that_are_none() {
    let folder = folder();
    let path = folder.path().join("notes.onnx");
    std::fs::write(&path, "Dear diary").unwrap();
    let with = |model: &str, parts: &[&str]| {
        fails(&["predict", "1", "--data", synthetic(), "--model", model], 1, parts);
        fails(&["eval", "--data", synthetic(), "--model", model], 1, parts);
    };
    with(text(&path), &[text(&path), "not an ONNX model"]);
    with("no/such/model", &["no/such/model", "an ONNX file", "default"]);
    with(text(folder.path()), &[text(folder.path()), "model.onnx", "--resume"]);
    let mut model = std::fs::read(format!("{}/model.onnx", trained())).unwrap();
    model.truncate(model.len() - 100);
    std::fs::write(&path, model).unwrap();
    with(text(&path), &[text(&path), "damaged"]);
    let version = format!("{}@7", folder.path().display());
    with(&version, &["no version 7", "DIR/1/model.onnx"]);
}
