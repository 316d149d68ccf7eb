//! `inkdigit data`: what it writes can be read back as the same digits.

use std::io::{BufRead, BufReader, Write};

use crate::support::{fails, folder, inkdigit, json, outcome, stdout, synthetic, text};

#[test]
fn info_tells_both_parts() {
    let info = json(&["data", "info", "--data", synthetic(), "--json"]);
    assert_eq!(info[0]["split"], "training");
    assert_eq!(info[0]["images"], 600);
    assert_eq!(info[1]["images"], 100);
    assert_eq!(info[0]["counts"].as_array().unwrap().len(), 10);
    assert!(info[0]["known_as"].is_null(), "synthetic digits are not MNIST");
    let mean = info[0]["mean"].as_f64().unwrap();
    assert!(mean > 0.02 && mean < 0.4, "{mean}");
    let text = stdout(&["data", "info", "--data", synthetic()]);
    assert!(text.starts_with("training set: 600 digits\n"), "{text}");
}

#[test]
fn the_variable_names_data_and_the_flag_goes_before_it() {
    let mut command = inkdigit(&["data", "info", "--json"]);
    let told = outcome({
        command.env("INKDIGIT_DATA", synthetic());
        command
    });
    assert_eq!(told.code, 0, "{}", told.stderr);
    let mut command = inkdigit(&["data", "info", "--json", "--data", "no/such/folder"]);
    command.env("INKDIGIT_DATA", synthetic());
    let told = outcome(command);
    assert!(told.code == 1 && told.stderr.contains("no/such/folder"), "{}", told.stderr);
}

#[test]
fn every_form_holds_the_same_digits() {
    let folder = folder();
    let original = sums(synthetic());
    for (form, flags) in [("idx", &["--gzip"][..]), ("csv", &[]), ("idx", &[]), ("png", &[])] {
        let out = folder.path().join(format!("{form}{}", flags.len()));
        let args =
            [&["data", "convert", "--to", form, "--out", text(&out), "--data", synthetic()], flags].concat();
        let said = stdout(&args);
        assert!(said.contains("700 digits"), "{said}");
        // Pictures come back by label, so their order and checksum differ: their numbers and ink don't.
        let found = sums(text(&out));
        match form {
            "png" => assert_eq!((&found.1, &found.2), (&original.1, &original.2)),
            _ => assert_eq!(found, original, "{form}"),
        }
        // What exists is never overwritten.
        fails(&args, 1, &[text(&out), "not empty", "choose a new folder"]);
    }
}

/// Checksum, counts and mean of both parts.
fn sums(data: &str) -> (String, String, String) {
    let info = json(&["data", "info", "--json", "--data", data]);
    let both = |key: &str| format!("{} {}", info[0][key], info[1][key]);
    (both("sha256"), both("counts"), both("mean"))
}

#[test]
fn one_part_can_be_converted_alone() {
    let folder = folder();
    let out = folder.path().join("csv");
    stdout(&[
        "data",
        "convert",
        "--to",
        "csv",
        "--split",
        "test",
        "--out",
        text(&out),
        "--data",
        synthetic(),
    ]);
    assert!(out.join("mnist_test.csv").exists() && !out.join("mnist_train.csv").exists());
    let info = json(&["data", "info", "--json", "--data", text(&out)]);
    assert_eq!(info.as_array().unwrap().len(), 1);
    let gzip = ["data", "convert", "--to", "csv", "--gzip", "--out", "x", "--data", synthetic()];
    fails(&gzip, 2, &["--gzip", "idx"]);
}

#[test]
fn the_same_seed_draws_the_same_digits() {
    let folder = folder();
    let draw = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let said = stdout(&["data", "synth", "--count", "30", "--seed", seed, "--out", text(&out)]);
        assert!(said.contains("30 synthetic digits") && said.contains("and 5 to test"), "{said}");
        sums(text(&out)).0
    };
    let first = draw("a", "3");
    assert_eq!(draw("b", "3"), first);
    assert_ne!(draw("c", "4"), first);
    fails(&["data", "synth", "--count", "0", "--out", "x"], 2, &["--count is 0", "at least 1"]);
}

#[test]
fn pages_come_with_their_truth() {
    let folder = folder();
    let draw = |name: &str, flags: &[&str]| {
        let out = folder.path().join(name);
        let args = ["data", "synth", "--pages", "3", "--size", "400x300", "--out", text(&out)];
        let said = stdout(&[&args[..], flags].concat());
        assert!(said.starts_with("3 pages with "), "{said}");
        out
    };
    let out = draw("a", &["--sheet", "ruled", "--difficulty", "0.2"]);
    for number in 1..=3 {
        let read = |end: &str| std::fs::read(out.join(format!("page-00{number}.{end}"))).unwrap();
        let truth: serde_json::Value = serde_json::from_slice(&read("json")).unwrap();
        let rows = String::from_utf8(read("txt")).unwrap();
        assert_eq!(truth["text"], rows);
        let lines = truth["lines"].as_array().unwrap();
        assert_eq!(rows.lines().count(), lines.len());
        for (row, line) in rows.lines().zip(lines) {
            let digits: String = line.as_array().unwrap().iter().map(|d| d["digit"].to_string()).collect();
            assert_eq!(row, digits);
            let width = line[0]["box"][2].as_u64().unwrap();
            assert!((1..400).contains(&width), "{width}");
        }
        assert_eq!(truth["made_by"]["paper"]["sheet"], "ruled");
        let picture = inkdigit::GrayImage::decode(&read("png"), inkdigit::PictureLimits::default()).unwrap();
        assert_eq!((picture.width(), picture.height()), (400, 300));
    }
    let same = |other: &std::path::Path| {
        std::fs::read(out.join("page-002.png")).unwrap() == std::fs::read(other.join("page-002.png")).unwrap()
    };
    assert!(same(&draw("b", &["--sheet", "ruled", "--difficulty", "0.2"])));
    assert!(!same(&draw("c", &["--sheet", "ruled", "--difficulty", "0.2", "--seed", "1"])));
}

#[test]
fn what_is_no_digit_is_written_too() {
    let folder = folder();
    let out = folder.path().join("outliers");
    let said = stdout(&["data", "synth", "--outliers", "22", "--out", text(&out)]);
    assert!(said.starts_with("22 outliers"), "{said}");
    let names =
        std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with("-scribble.png")).count(), 2);
    let out = folder.path().join("letters");
    stdout(&["data", "synth", "--letters", "30", "--out", text(&out)]);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 30);
}

#[test]
fn flags_of_pages_go_with_pages_alone() {
    let synth = |flags: &[&'static str]| [&["data", "synth", "--out", "x"], flags].concat();
    fails(&synth(&["--pages", "0"]), 2, &["--pages is 0", "at least 1"]);
    fails(&synth(&["--size", "100x100"]), 2, &["--pages"]);
    fails(&synth(&["--pages", "1", "--letters", "1"]), 2, &["cannot be used with"]);
    fails(&synth(&["--pages", "1", "--count", "5"]), 2, &["cannot be used with"]);
    fails(&synth(&["--pages", "1", "--size", "100"]), 2, &["1280x960"]);
    fails(&synth(&["--pages", "1", "--size", "30000x30000"]), 2, &["64 to 10000"]);
    fails(&synth(&["--pages", "1", "--difficulty", "2"]), 2, &["0 to 1"]);
}

#[test]
fn digits_are_displayed_and_saved() {
    let folder = folder();
    let shown = stdout(&["display", "3", "--data", synthetic()]);
    assert!(shown.starts_with("number 3 of the test set: a "), "{shown}");
    assert_eq!(shown.lines().count(), 29, "plain characters, a line for each row");
    assert!(!shown.contains('\x1b'), "a pipe gets no colours");
    let any = stdout(&["display", "--train", "--data", synthetic()]);
    assert!(any.starts_with("number ") && any.contains("of the training set"), "{any}");

    let mut command = inkdigit(&["display", "3", "--data", synthetic(), "--save", "--scale", "2"]);
    command.current_dir(folder.path());
    assert_eq!(outcome(command).code, 0);
    let png = std::fs::read(folder.path().join("digit-3.png")).unwrap();
    // Width and height stand in the header of every PNG.
    assert_eq!((&png[16..20], &png[20..24]), (&[0, 0, 0, 56][..], &[0, 0, 0, 56][..]));
    fails(&["display", "100", "--data", synthetic()], 2, &["no number 100", "0 to 99"]);
}

#[test]
fn a_mirror_without_the_files_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = format!("http://{}/mnist/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let folder = folder();
    let args = ["data", "download", "--mirror", &mirror, "--out", text(folder.path())];
    let told = fails(&args, 1, &["cannot download", "404", &mirror, "--data DIR"]);
    assert!(told.stderr.contains("downloading MNIST into"), "{}", told.stderr);
    assert_eq!(told.stdout, "");
}
