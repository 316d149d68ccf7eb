//! What stands in the files, read back.

use inkdigit_train::train::{self, Flow, Outcome, Run, TrainData, TrainOptions};
use inkdigit_train::{config, evaluate, synth};
use prost::Message;

use super::proto::{Event, GraphDef, Value, What};
use super::{EventFile, Moment, Series, TrainingLog};

/// The events of a file, its frames taken off.
fn events(mut bytes: &[u8]) -> Vec<Event> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        found.push(Event::decode(&bytes[12..12 + length]).unwrap());
        bytes = &bytes[12 + length + 4..];
    }
    found
}

/// The names in a file's summaries with the steps they have values at.
fn tags(events: &[Event]) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    for event in events {
        if let Some(What::Summary(summary)) = &event.what {
            found.extend(summary.value.iter().map(|value| (value.tag.clone(), event.step)));
        }
    }
    found
}

fn count(tags: &[(String, i64)], tag: &str) -> usize {
    tags.iter().filter(|(found, _)| found == tag).count()
}

#[test]
fn a_file_begins_with_its_version_and_grows() {
    let mut file = EventFile::new(10.5);
    let first = file.take();
    file.scalars(Moment { wall_time: 11.0, step: 3 }, &[("loss", 0.5), ("accuracy", 0.25)]);
    let events = events(&[first, file.take()].concat());
    assert_eq!(events[0].what, Some(What::FileVersion("brain.Event:2".into())));
    assert_eq!((events[0].wall_time, events[1].wall_time, events[1].step), (10.5, 11.0, 3));
    let Some(What::Summary(summary)) = &events[1].what else { panic!("a summary") };
    assert_eq!(summary.value[1].value, Some(Value::Simple(0.25)));
    assert!(file.take().is_empty());
}

#[test]
fn a_training_leaves_curves_pictures_histograms_and_its_network() {
    let config = "network: mlp\nepochs: 2\nbatch_size: 20\nvalidation: 40\ntest_each_epoch: true\n";
    let config = config::parse_yaml(config, "test").unwrap();
    let (data, test) = (synth::dataset(140, 1), synth::dataset(30, 2));
    let (mut log, mut time) = (TrainingLog::default(), 0.0);
    let mut observer = |event: &train::Event<'_>| {
        time += 1.0;
        log.record(event, time);
        Flow::Continue
    };
    let data = TrainData { train: &data, test: Some(&test) };
    let outcome = train::train(&config, data, &TrainOptions::default(), &mut observer).unwrap();
    let Outcome::Finished(trained) = outcome else { panic!("it ends") };
    let held_out = train::validation_images(data.train, 40).unwrap();
    let appraisal = evaluate::appraise(&trained.model, &held_out, 9).unwrap();
    log.mistakes(Series::Validation, &held_out, &appraisal.mistakes, 99.0);

    let files: Vec<_> = log.take().map(|(series, bytes)| (series, events(&bytes))).collect();
    let [(Series::Train, learned), (Series::Validation, validated), (Series::Test, tested)] = &files[..]
    else {
        panic!("three files")
    };
    let graph = learned.iter().find_map(|event| match &event.what {
        Some(What::GraphDef(bytes)) => Some(GraphDef::decode(&bytes[..]).unwrap()),
        _ => None,
    });
    assert_eq!(graph.unwrap().node.len(), trained.model.graph().nodes().len() + 1);
    let (learned, validated) = (tags(learned), tags(validated));
    for tag in ["loss", "accuracy", "learning_rate", "images_per_second"] {
        assert_eq!(count(&learned, tag), 10, "{tag}");
    }
    // The first update, and the last of either epoch.
    for tag in ["inputs", "filters", "weights/fc1/weight", "gradients/fc2/bias"] {
        let steps: Vec<i64> =
            learned.iter().filter(|(found, _)| found == tag).map(|(_, step)| *step).collect();
        assert_eq!(steps, [1, 5, 10], "{tag}");
    }
    assert_eq!(validated[..2], [("loss".into(), 5), ("accuracy".into(), 5)]);
    assert_eq!(count(&validated, "mistakes"), 1, "the network is hardly trained");
    assert_eq!(tags(tested), [("accuracy".into(), 5), ("accuracy".into(), 10)]);
}

#[test]
fn a_run_that_has_ended_is_told_by_epoch() {
    let record = |epoch: usize| {
        let text = format!(
            r#"{{"epoch":{epoch},"train_seconds":2.0,"train_loss":0.5,"train_accuracy":0.9,"validation_loss":null,"validation_accuracy":null,"learning_rate":0.1,"images_per_second":100}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let mut run = Run::of_model("m", inkdigit::Model::default());
    run.history = vec![record(1), record(2)];
    let steps = run.steps().unwrap()[1] as i64;
    let images = synth::dataset(10, 4);
    let mut log = TrainingLog::of_run(&run, Some(&images), 1000.0);
    let files: Vec<_> = log.take().collect();
    assert_eq!(files.len(), 1, "nothing was evaluated");
    let events = events(&files[0].1);
    let tags = tags(&events);
    assert_eq!((count(&tags, "loss"), count(&tags, "inputs"), count(&tags, "filters")), (2, 1, 1));
    assert!(tags.contains(&("loss".into(), steps)) && count(&tags, "gradients/conv1/weight") == 1);
    assert_eq!((events[0].wall_time, events.last().unwrap().wall_time), (996.0, 1000.0));
}
