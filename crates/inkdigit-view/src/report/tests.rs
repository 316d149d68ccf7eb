//! The page as a whole: what must stand on it, and what stands there in place of what is missing.

use inkdigit::Model;
use inkdigit_train::evaluate::appraise;
use inkdigit_train::train::{self, EpochRecord, Gap, Run};
use inkdigit_train::{TrainConfig, synth};

use super::*;

fn run() -> Run {
    let mut run = Run::of_model("a <run>", Model::default());
    let record = |epoch: usize| {
        let text = format!(
            r#"{{"epoch":{epoch},"train_seconds":31.5,"train_loss":{},"train_accuracy":0.9,"validation_loss":0.1,"validation_accuracy":0.9{epoch},"learning_rate":0.001,"images_per_second":20000}}"#,
            1.0 / epoch as f64
        );
        serde_json::from_str::<EpochRecord>(&text).unwrap()
    };
    run.history = vec![record(1), record(2), record(3)];
    run.gaps.clear();
    let machine = serde_json::json!({"cpu": "A & B", "memory": 17179869184u64, "turbo": null});
    run.machine = machine.as_object().cloned();
    run
}

/// Tags that are opened are closed, in order: enough of HTML's grammar for what is written here.
fn is_well_formed(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let name = tag.split([' ', '>', '\n', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        let body = tag.split('>').next().unwrap_or_default();
        let void = ["!DOCTYPE", "meta", "link", "img", "br"].contains(&name) || body.ends_with('/');
        if tag.starts_with('/') {
            match open.pop() {
                Some(last) if last == name => {}
                last => return Err(format!("</{name}> closes {last:?}")),
            }
        } else if !void && !name.starts_with(['!', '?']) {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("not closed: {open:?}")) }
}

#[test]
fn a_report_shows_every_part() {
    let (data, held_out) = (synth::dataset(120, 1), synth::dataset(60, 2));
    let run = run();
    let model = run.model.clone().unwrap();
    let (test, validation) =
        (appraise(&model, &data, SHOWN).unwrap(), appraise(&model, &held_out, 0).unwrap());
    let places: Vec<usize> = (1000..1060).collect();
    let report = Report {
        run: &run,
        test: Ok(Appraised { data: &data, appraisal: &test, places: None }),
        validation: Some(Appraised { data: &held_out, appraisal: &validation, places: Some(&places) }),
        commands: Commands {
            train_again: Some("train <it> again"),
            show_image: Some(|split, index| format!("show {index} {}", split.name())),
        },
        made_by: "made by a test".into(),
    };
    let page = html(&report);
    is_well_formed(&page).unwrap();
    for part in [
        "Report of a &lt;run&gt;",
        "test accuracy",
        "calibration error",
        "93.00 %",
        "1 min 35 s",
        "Loss by epoch",
        "Confusion matrix",
        "Reliability diagram",
        "least sure hits",
        "among the 60 images held out",
        "inkdigit-net",
        "weight_decay",
        "A &amp; B",
        "16.0 GiB",
        "made by a test",
        "<code>train &lt;it&gt; again</code>",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("class=\"plot\"").count(), 5);
    assert!(
        page.matches("<img ").count() >= 24
            && page.matches("<img ").count() == page.matches(" alt=\"").count()
    );
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!page.contains("<script") && !page.contains("turbo"), "and nothing is said of what isn't known");
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
}

#[test]
fn what_is_missing_is_told() {
    let mut run = Run { model: None, config: None, machine: None, history: Vec::new(), ..run() };
    let parts = [train::Part::Config, train::Part::History, train::Part::Machine, train::Part::Model];
    run.gaps = parts.map(|part| Gap { part, why: format!("the {part} <fell> down") }).into();
    let report = Report {
        run: &run,
        test: Err("no <data>".into()),
        validation: None,
        commands: Commands::default(),
        made_by: String::new(),
    };
    let page = html(&report);
    is_well_formed(&page).unwrap();
    for part in ["configuration", "history", "machine", "model"] {
        assert!(page.contains(&format!("the {part} &lt;fell&gt; down.")), "{part}");
    }
    assert!(page.contains("no &lt;data&gt;.") && !page.contains("NaN"));
}

#[test]
fn the_learning_rate_is_that_of_the_schedule() {
    let mut run = run();
    run.config = Some(TrainConfig { epochs: 3.0, learning_rate: 0.5, ..TrainConfig::default() });
    let points = curves::learning_rate(&run);
    let most = points.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    assert!(points.len() == 200 && (most - 0.5).abs() < 0.01, "{most}");
    assert!(points.is_sorted_by_key(|(epoch, _)| *epoch) && points[199].0 > 2.9);
    // Without the number of images only the epochs' own are known.
    run.model = None;
    assert_eq!(
        curves::learning_rate(&run),
        [(1.0, 0.001f32.into()), (2.0, 0.001f32.into()), (3.0, 0.001f32.into())]
    );
}

#[test]
fn times_are_said_as_people_do() {
    let cases = [(2.345, "2.3 s"), (59.96, "1 min 0 s"), (61.0, "1 min 1 s"), (7322.0, "2 h 2 min")];
    for (seconds, text) in cases {
        assert_eq!(duration(seconds), text);
    }
}
