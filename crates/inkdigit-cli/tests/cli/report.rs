//! `inkdigit report` and `inkdigit compare`, with a small network trained on synthetic digits.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{fails, folder, inkdigit, json, outcome, stdout, synthetic, text, trained};

/// A copy of the small run, to be changed.
fn copy(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in ["config.yml", "history.csv", "history.jsonl", "machine.json", "model.onnx"] {
        fs::copy(Path::new(trained()).join(file), to.join(file)).unwrap();
    }
}

/// The page that `inkdigit report SUBJECT` writes.
fn report(subject: &str) -> String {
    let folder = folder();
    let out = folder.path().join("page.html");
    stdout(&["report", subject, "--data", synthetic(), "--out", text(&out)]);
    fs::read_to_string(out).unwrap()
}

#[test]
fn a_report_shows_the_run_and_its_model() {
    let page = report(trained());
    for part in [
        "test accuracy",
        "Loss by epoch",
        "Confusion matrix",
        "Reliability diagram",
        "The surest mistakes",
        "among the 100 images held out",
        "inkdigit-net",
        "network: mlp",
        "instruction set",
        "cpu",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("class=\"gap\"") && page.len() < 2 << 20, "{} bytes", page.len());
}

#[test]
fn its_figures_are_those_of_eval() {
    let folder = folder();
    let out = folder.path().join("page.html");
    let told = json(&["report", trained(), "--data", synthetic(), "--out", text(&out), "--json"]);
    let evaluated = json(&["eval", "--model", trained(), "--data", synthetic(), "--json"]);
    assert_eq!(told["test"]["evaluation"], evaluated);
    assert_eq!(
        (told["page"].as_str(), told["validation"]["evaluation"]["images"].as_u64()),
        (out.to_str(), Some(100))
    );
    assert!(told["test"]["reliability"]["ece"].is_number() && told["gaps"].as_array().unwrap().is_empty());
}

#[test]
fn nothing_is_replaced_unasked() {
    let folder = folder();
    let run = folder.path().join("run");
    copy(&run);
    let args = ["report", text(&run), "--data", synthetic()];
    stdout(&args);
    assert!(run.join("report.html").is_file());
    fails(&args, 1, &["report.html", "exists already", "--force"]);
    stdout(&[&args[..], &["--force"]].concat());
}

#[test]
fn of_a_broken_run_there_is_what_can_be_had() {
    let folder = folder();
    let run = folder.path().join("run");
    copy(&run);
    fs::remove_file(run.join("machine.json")).unwrap();
    fs::remove_file(run.join("model.onnx")).unwrap();
    fs::write(run.join("config.yml"), "networc: mlp\n").unwrap();
    let history = fs::read_to_string(run.join("history.jsonl")).unwrap();
    fs::write(run.join("history.jsonl"), &history[..history.len() - 30]).unwrap();
    let page = report(text(&run));
    for part in [
        "line 6 was left out: it is half written",
        "there is no model.onnx",
        "there is no machine.json",
        "unknown key `networc`",
        "there is no model to try on them",
        "Loss by epoch",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fails(&["report", text(&empty)], 1, &["holds no training", "config.yml", "model.onnx"]);
    fails(&["report", "no/such"], 1, &["no model at no/such"]);
}

#[test]
fn a_model_alone_has_a_report() {
    let page = report(text(&Path::new(trained()).join("model.onnx")));
    assert!(page.contains("Report of model") && page.contains("this is a model alone"), "{}", &page[..200]);
    // Data that was named must be there; a report without it is for those who have none.
    fails(&["report", "default", "--data", "no/such"], 1, &["no/such"]);
}

#[test]
fn runs_are_compared() {
    let folder = folder();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for (run, rate) in [(&one, "0.01"), (&two, "0.02")] {
        let flags = ["--network", "mlp", "--epochs", "2", "--validation", "100", "--learning-rate", rate];
        stdout(&[&["train"], &flags[..], &["--data", synthetic(), "--out", text(run)]].concat());
    }
    let out = folder.path().join("both.html");
    let told = stdout(&["compare", text(&one), text(&two), "--out", text(&out)]);
    for part in ["one", "two", "mlp", "learning_rate  0.01  0.02"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("batch_size"), "{told}");
    let page = fs::read_to_string(&out).unwrap();
    assert!(page.contains("one and two compared") && page.matches("class=\"plot\"").count() == 6);
    let told = json(&["compare", text(&one), text(&two), "--json"]);
    assert_eq!(told["runs"][1]["epochs"], 2);
    assert_eq!(told["differences"][0]["values"], serde_json::json!(["0.01", "0.02"]));
    fails(&["compare", text(&one), text(&two), "--out", text(&out)], 1, &["both.html", "--force"]);
    fails(&["compare", text(&one)], 2, &["RUN"]);
    fails(&["compare", text(&one), text(folder.path())], 1, &["holds no training"]);
}

#[test]
fn a_run_that_has_ended_gets_event_files() {
    let folder = folder();
    let events = folder.path().join("events");
    let args = ["report", trained(), "--data", synthetic(), "--tensorboard", text(&events)];
    let told = stdout(&args);
    assert!(told.contains("TensorBoard") && !told.contains("report.html"), "{told}");
    for series in ["train", "validation"] {
        let files: Vec<_> = fs::read_dir(events.join(series)).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        assert!(files[0].file_name().to_string_lossy().starts_with("events.out.tfevents."));
    }
    fails(&args, 1, &["events", "exists already", "--force"]);
    stdout(&[&args[..], &["--force"]].concat());
    assert_eq!(fs::read_dir(events.join("train")).unwrap().count(), 1, "the former file is gone");
}

/// In a browser the page shows without an error, and nothing is wider than a telephone's screen.
#[test]
fn browsers_show_the_pages_without_an_error() {
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|told| told.status.success()))
    else {
        return eprintln!("the pages in a browser are left out: chromium isn't installed");
    };
    let folder = folder();
    let pages = [
        ("report.html", vec!["report", trained()]),
        ("compared.html", vec!["compare", trained(), trained()]),
    ];
    for (name, mut args) in pages {
        let page = folder.path().join(name);
        args.extend(["--out", text(&page)]);
        if args[0] == "report" {
            args.extend(["--data", synthetic()]);
        }
        assert_eq!(outcome(inkdigit(&args)).code, 0);
        for (width, height) in [(1280, 2400), (400, 2400)] {
            let picture = folder.path().join(format!("{name}-{width}.png"));
            let told = Command::new(browser)
                .args([
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--hide-scrollbars",
                    "--enable-logging=stderr",
                    "--v=0",
                ])
                .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
                .arg(format!("--window-size={width},{height}"))
                .arg(format!("--screenshot={}", picture.display()))
                .arg(format!("file://{}", page.display()))
                .output()
                .unwrap();
            let stderr = String::from_utf8_lossy(&told.stderr);
            assert!(told.status.success() && picture.is_file(), "{stderr}");
            assert!(!stderr.contains("CONSOLE"), "{stderr}");
            let picture = image::open(&picture).unwrap().to_rgb8();
            let colours: std::collections::HashSet<_> = picture.pixels().map(|pixel| pixel.0).collect();
            assert!(colours.len() > 50, "something is drawn: {} colours", colours.len());
        }
    }
}
