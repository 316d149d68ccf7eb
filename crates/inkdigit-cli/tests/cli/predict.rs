//! `inkdigit predict`, with a small network trained on synthetic digits.

use crate::support::{
    failed, fails, folder, inkdigit, json, outcome, picture, stdout, synthetic, text, trained,
};

/// What the plain output begins with.
const START: &str = "The recognized result is ";

#[test]
fn one_picture_gets_one_line() {
    let folder = folder();
    let path = picture(&folder, 5);
    let said = stdout(&["predict", text(&path), "--model", trained()]);
    assert!(said.starts_with(START) && said.contains(" and the probability is 0."), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let folder = folder();
    let path = picture(&folder, 6);
    let mut command = inkdigit(&["predict", "-", "--model", trained()]);
    command.write_stdin(std::fs::read(&path).unwrap());
    let piped = outcome(command);
    assert_eq!(piped.code, 0, "{}", piped.stderr);
    assert_eq!(piped.stdout, stdout(&["predict", text(&path), "--model", trained()]));
}

#[test]
fn several_pictures_are_named_and_failures_do_not_stop_them() {
    let folder = folder();
    let (first, last) = (picture(&folder, 1), picture(&folder, 2));
    let broken = folder.path().join("notes.txt");
    std::fs::write(&broken, "no picture").unwrap();
    let args = ["predict", text(&first), text(&broken), text(&last), "--model", trained()];
    let told = fails(&args, 1, &["notes.txt is not a picture", "PNG"]);
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", told.stdout);
    assert!(lines[0].contains("picture-1.png: ") && lines[1].contains("picture-2.png: "), "{lines:?}");
    assert!(lines.iter().all(|line| line.contains(START)), "{lines:?}");
}

#[test]
fn json_is_a_list_of_answers() {
    let folder = folder();
    let (first, last) = (picture(&folder, 1), picture(&folder, 2));
    let answers = json(&["predict", text(&first), text(&last), "--model", trained(), "--json"]);
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 2);
    for (answer, path) in answers.iter().zip([&first, &last]) {
        assert_eq!(answer["file"], text(path));
        assert_eq!(answer["rejected"], false);
        let probabilities: Vec<f64> =
            answer["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
        assert_eq!(probabilities.len(), 10);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-4, "{probabilities:?}");
        let digit = answer["digit"].as_u64().unwrap() as usize;
        assert_eq!(answer["probability"].as_f64().unwrap(), probabilities[digit]);
        assert!(probabilities.iter().all(|&p| p <= probabilities[digit]));
    }
}

#[test]
fn digits_of_the_data_set_come_with_their_label() {
    let by_flag = stdout(&["predict", "--id", "7", "--data", synthetic(), "--model", trained()]);
    assert!(by_flag.starts_with(START) && by_flag.contains("number 7 of the test set"), "{by_flag}");
    assert!(by_flag.contains("labelled"), "{by_flag}");
    assert_eq!(stdout(&["predict", "7", "--data", synthetic(), "--model", trained()]), by_flag);
    let any =
        stdout(&["predict", "--train", "--data", synthetic(), "--model", trained(), "--reject-below", "0"]);
    assert!(any.starts_with(START) && any.contains("of the training set"), "{any}");
    let answer = json(&["predict", "7", "--data", synthetic(), "--model", trained(), "--json"]);
    assert_eq!(answer[0]["id"], 7);
    assert!(answer[0]["label"].as_u64().unwrap() < 10);
    fails(&["predict", "100", "--data", synthetic(), "--model", trained()], 1, &["no number 100", "0 to 99"]);
}

#[test]
fn a_file_named_by_a_number_is_a_file() {
    let folder = folder();
    std::fs::copy(picture(&folder, 4), folder.path().join("7")).unwrap();
    let mut command = inkdigit(&["predict", "7", "--model", trained()]);
    command.current_dir(folder.path());
    let told = outcome(command);
    assert!(told.code == 0 && told.stdout.starts_with(START), "{}{}", told.stdout, told.stderr);
}

#[test]
fn top_lists_the_likeliest_digits_in_order() {
    let said = stdout(&["predict", "7", "--top", "3", "--data", synthetic(), "--model", trained()]);
    let listed: Vec<f64> = said
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().nth(1)?.parse().ok())
        .collect();
    assert_eq!(listed.len(), 3, "{said}");
    assert!(listed.is_sorted_by(|a, b| a >= b), "{said}");
}

#[test]
fn what_the_network_sees_is_displayed() {
    let said = stdout(&["predict", "7", "--display", "--data", synthetic(), "--model", trained()]);
    assert!(said.lines().count() >= 29 && said.contains('@'), "{said}");
}

#[test]
fn a_blank_picture_is_not_called_a_digit() {
    let folder = folder();
    let path = folder.path().join("blank.bmp");
    std::fs::write(&path, bmp(40, 30)).unwrap();
    assert_eq!(stdout(&["predict", text(&path), "--model", trained()]), "no digit: nothing drawn\n");
    let said = stdout(&["predict", text(&path), "--json"]);
    let answer = &serde_json::from_str::<serde_json::Value>(&said).unwrap()[0];
    assert_eq!((&answer["rejected"], &answer["reason"]), (&true.into(), &"nothing drawn".into()), "{said}");
}

#[test]
fn how_sure_an_answer_must_be_can_be_said() {
    let args = ["predict", "7", "--data", synthetic(), "--model", trained(), "--reject-below"];
    let sure = stdout(&[&args[..], &["0"]].concat());
    assert!(sure.starts_with(START), "{sure}");
    let unsure = stdout(&[&args[..], &["1"]].concat());
    assert!(unsure.starts_with("no digit: the likeliest is 7, with a probability of 0."), "{unsure}");
    let beyond = [&args[..], &["1.5"]].concat();
    failed(outcome(inkdigit(&beyond)), &beyond, 2, &["--reject-below is 1.5", "from 0 to 1"]);
}

/// A white BMP picture of 24 bits a pixel.
fn bmp(width: u32, height: u32) -> Vec<u8> {
    let size = width.div_ceil(4) * 4 * 3 * height;
    let mut file = b"BM".to_vec();
    for number in [54 + size, 0, 54, 40, width, height, 1 | 24 << 16, 0, size, 2835, 2835, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.resize(54 + size as usize, 255);
    file
}

#[test]
fn pictures_are_compared_with_labels_and_their_stages_written() {
    let folder = folder();
    let samples = [3, 7]
        .map(|digit| format!("{}/../../docs/pictures/synthetic-{digit}.png", env!("CARGO_MANIFEST_DIR")));
    let [three, seven] = &samples;
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "3\n1\n").unwrap();
    let debug = folder.path().join("stages");
    let told = stdout(&["predict", three, seven, "--labels", text(&labels), "--debug", text(&debug)]);
    assert!(told.contains("mean accuracy 50.00 %: 1 of 2 right"), "{told}");
    assert_eq!(told.lines().filter(|line| line.contains(" x ")).count(), 1, "{told}");
    let stages: Vec<_> = std::fs::read_dir(&debug).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let of = |name: &str| stages.iter().any(|stage| stage.to_string_lossy() == name);
    assert!(of("synthetic-3-0-picture.png") && of("synthetic-7-0-picture.png"), "{stages:?}");
    // One label too few: told, and the rest still read.
    std::fs::write(&labels, "3").unwrap();
    let outcome = outcome(inkdigit(&["predict", three, seven, "--labels", text(&labels)]));
    assert!(outcome.code == 0 && outcome.stderr.contains("1 labels for 2 pictures"), "{}", outcome.stderr);
    assert_eq!(json(&["predict", three, "--labels", text(&labels), "--json"])[0]["label"], 3);
}
