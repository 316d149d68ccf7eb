//! Trainings as a whole: the same bits however they are interrupted, and what they leave in their folder.

use std::fs;
use std::path::Path;

use inkdigit::Model;
use inkdigit::model::Metadata;
use inkdigit_nn::ops::{Linear, Quantize};
use inkdigit_nn::{Graph, Op, Params, Shape};
use inkdigit_train::config::Task;
use inkdigit_train::networks::{Network, Scaling, Start};
use inkdigit_train::train::{self, Event, Flow, Outcome, Silent, TrainData, TrainOptions, Trained};
use inkdigit_train::{Dataset, Error, TrainConfig, config, data, evaluate, synth};

/// A small network with everything that draws random numbers or keeps a state of its own.
const EVERYTHING: &str = "
network:
- conv2d: {channels: 6, kernel: 5, bias: false}
- batch_norm
- relu
- max_pool2d: {kernel: 4}
- flatten
- dropout: {rate: 0.25}
- linear: {features: 10}
epochs: 3
batch_size: 16
optimizer: adamw
learning_rate: 0.01
schedule: one_cycle
label_smoothing: 0.05
ema: 0.9
augment: {shift: 2, rotation: 10, elastic: 0.5, thickness: 0.3}
synthetic: 0.25
outliers: 0.2
cutouts: 0.3
validation: 40
";

fn everything() -> TrainConfig {
    config::parse_yaml(EVERYTHING, "everything").unwrap()
}

/// 210 images of which 170 are trained on: 11 batches an epoch, the last one smaller.
fn digits() -> Dataset {
    synth::dataset(210, 1)
}

fn run(config: &TrainConfig, data: &Dataset, out: Option<&Path>, threads: usize) -> Trained {
    let options = options(out, threads);
    match train::train(config, TrainData { train: data, test: None }, &options, &mut Silent).unwrap() {
        Outcome::Finished(trained) => *trained,
        stopped => panic!("{stopped:?}"),
    }
}

fn options(out: Option<&Path>, threads: usize) -> TrainOptions {
    let name = Some("test".into());
    TrainOptions { out: out.map(Path::to_owned), threads: Some(threads), name, ..TrainOptions::default() }
}

/// Stops after these updates.
fn stopping_at(steps: &[usize]) -> impl FnMut(&Event<'_>) -> Flow + Send {
    move |event: &Event<'_>| match event {
        Event::Batch(report) if steps.contains(&report.step) => Flow::Stop,
        _ => Flow::Continue,
    }
}

/// What must be the same: all but the time it took.
fn result(trained: &Trained) -> (Vec<u8>, Vec<String>, usize) {
    let timeless = trained.history.iter().cloned().map(|mut record| {
        (record.train_seconds, record.images_per_second) = (0.0, 0.0);
        format!("{record:?}")
    });
    (trained.model.to_bytes().unwrap(), timeless.collect(), trained.epoch)
}

#[test]
fn an_interrupted_training_comes_to_the_same_bits() {
    let (config, data) = (everything(), digits());
    let expected = result(&run(&config, &data, None, 1));
    // In mid-epoch, after an epoch's last batch, twice, and after the very last update; with other threads.
    for stops in [&[17][..], &[11], &[3, 25], &[33]] {
        let dir = tempfile::tempdir().unwrap();
        let set = TrainData { train: &data, test: None };
        let mut outcome =
            train::train(&config, set, &options(Some(dir.path()), 2), &mut stopping_at(stops)).unwrap();
        let mut interruptions = 0;
        while let Outcome::Stopped { dir: stopped, step, steps } = outcome {
            assert_eq!((stopped.as_deref(), step, steps), (Some(dir.path()), stops[interruptions], 33));
            assert!(Model::open(dir.path()).is_err(), "no model before the end");
            interruptions += 1;
            outcome =
                train::resume(dir.path(), set, Some(1), &mut stopping_at(&stops[interruptions..])).unwrap();
        }
        assert_eq!(interruptions, stops.len());
        let Outcome::Finished(trained) = outcome else { unreachable!() };
        assert!(result(&trained) == expected, "stopped at {stops:?}: other bits");
        assert!(fs::read(dir.path().join("model.onnx")).unwrap() == expected.0);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let (config, data) = (everything(), digits());
    let expected = result(&run(&config, &data, None, 1));
    assert!(result(&run(&config, &data, None, 2)) == expected, "2 threads");
    assert!(result(&run(&config, &data, None, 5)) == expected, "5 threads");
    let other = TrainConfig { seed: 2, ..config };
    assert!(result(&run(&other, &data, None, 1)) != expected, "another seed, another result");
}

#[test]
fn a_crash_continues_from_the_last_checkpoint() {
    let (mut config, data) = (everything(), digits());
    config.checkpoint_every = Some(4);
    let expected = result(&run(&config, &data, None, 2));
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    // Keeps the state of step 16 (epoch 2) and lets the training go on past it, as a crash would lose it.
    let mut keep = |event: &Event<'_>| {
        if let Event::Checkpoint { path, step: 16 } = event {
            fs::copy(path, &kept).unwrap();
        }
        Flow::Continue
    };
    let out = dir.path().join("run");
    let set = TrainData { train: &data, test: None };
    train::train(&config, set, &options(Some(&out), 1), &mut keep).unwrap();
    fs::rename(&kept, out.join(train::CHECKPOINT_FILE)).unwrap();
    let Outcome::Finished(trained) = train::resume(&out, set, None, &mut Silent).unwrap() else { panic!() };
    assert!(result(&trained) == expected);
    let lines = fs::read_to_string(out.join(train::HISTORY_CSV)).unwrap().lines().count();
    assert_eq!(lines, 1 + 3, "no epoch is told twice");
}

#[test]
fn the_folder_holds_all_that_is_promised() {
    let (config, data) = (everything(), digits());
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs/first");
    let trained = run(&config, &data, Some(&out), 1);
    assert_eq!(train::saved_config(&out).unwrap(), config);
    let json = fs::read_to_string(out.join(train::HISTORY_JSONL)).unwrap();
    let records: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 3);
    for key in
        "epoch train_seconds train_loss train_accuracy validation_loss validation_accuracy learning_rate \
                images_per_second"
            .split_whitespace()
    {
        assert!(records.iter().all(|record| record[key].is_number()), "{key}: {json}");
    }
    let csv = fs::read_to_string(out.join(train::HISTORY_CSV)).unwrap();
    assert!(csv.lines().all(|line| line.split(',').count() == 9), "{csv}");
    assert_eq!(trained.path.as_deref(), Some(&*out.join("model.onnx")));
    assert_eq!(TrainConfig::of(&Model::open(&out).unwrap()), Some(config.clone()));

    let set = TrainData { train: &data, test: None };
    let again = train::train(&config, set, &options(Some(&out), 1), &mut Silent).unwrap_err();
    assert!(matches!(again, Error::RunExists { .. }), "{again}");
    let replacing = TrainOptions { overwrite: true, ..options(Some(&out), 1) };
    train::train(&config, set, &replacing, &mut Silent).unwrap();
    // A finished training that is continued is finished again.
    let Outcome::Finished(finished) = train::resume(&out, set, None, &mut Silent).unwrap() else { panic!() };
    assert!(result(&finished) == result(&trained));
}

#[test]
fn the_best_epoch_is_kept_and_patience_ends() {
    let data = digits();
    let mut config = TrainConfig { epochs: 40.0, early_stopping: Some(2), ..everything() };
    (config.ema, config.schedule, config.augment) =
        (None, inkdigit_nn::Schedule::Constant, Default::default());
    let trained = run(&config, &data, None, 1);
    assert!(trained.stopped_early && trained.history.len() < 40);
    assert_eq!(trained.epoch + 2, trained.history.len());
    let best = &trained.history[trained.epoch - 1];
    let accuracies = trained.history.iter().filter_map(|record| record.validation_accuracy);
    assert_eq!(best.validation_accuracy, accuracies.reduce(f64::max));
    let held = train::validation_images(&data, config.validation).unwrap();
    let evaluation = evaluate(&trained.model, &held).unwrap();
    assert_eq!(Some(evaluation.accuracy), best.validation_accuracy, "the model is that epoch's");
    assert_eq!(trained.model.metadata.validation_accuracy, best.validation_accuracy);

    // Interrupted in the last epoch: the best one, before it, and the patience used up are remembered.
    let dir = tempfile::tempdir().unwrap();
    let set = TrainData { train: &data, test: None };
    let stops = [11 * trained.history.len() - 4];
    train::train(&config, set, &options(Some(dir.path()), 1), &mut stopping_at(&stops)).unwrap();
    let Outcome::Finished(resumed) = train::resume(dir.path(), set, None, &mut Silent).unwrap() else {
        panic!()
    };
    assert!(result(&resumed) == result(&trained));

    let last =
        run(&TrainConfig { validation: 0, early_stopping: None, epochs: 2.0, ..config }, &data, None, 1);
    assert_eq!((last.epoch, last.model.metadata.validation_accuracy), (2, None));
}

#[test]
fn a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint() {
    let data = digits();
    let config = TrainConfig { learning_rate: 1e30, checkpoint_every: Some(1), ..everything() };
    let config = TrainConfig { optimizer: Default::default(), schedule: Default::default(), ..config };
    let dir = tempfile::tempdir().unwrap();
    let set = TrainData { train: &data, test: None };
    let error = train::train(&config, set, &options(Some(dir.path()), 1), &mut Silent).unwrap_err();
    let Error::Diverged { step, epoch: 1, checkpoint, .. } = &error else { panic!("{error}") };
    assert!(error.to_string().contains(&format!("after step {step}")), "{error}");
    assert!(*step < 10 && checkpoint.as_deref().is_none_or(Path::exists), "{error}");
    assert!(Model::open(dir.path()).is_err());
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let (config, data) = (TrainConfig { epochs: 1.0, ..everything() }, digits());
    let dir = tempfile::tempdir().unwrap();
    let set = TrainData { train: &data, test: None };
    let error = train::resume(dir.path(), set, None, &mut Silent).unwrap_err();
    assert!(matches!(error, Error::NoCheckpoint { .. }), "{error}");

    run(&config, &data, Some(dir.path()), 1);
    let other = synth::dataset(210, 2);
    let error =
        train::resume(dir.path(), TrainData { train: &other, test: None }, None, &mut Silent).unwrap_err();
    assert!(matches!(error, Error::OtherData { .. }), "{error}");

    let path = dir.path().join(train::CHECKPOINT_FILE);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = train::resume(dir.path(), set, None, &mut Silent).unwrap_err();
    assert!(matches!(error, Error::CheckpointTruncated { .. }), "{error}");
    fs::copy(dir.path().join("model.onnx"), &path).unwrap();
    let error = train::resume(dir.path(), set, None, &mut Silent).unwrap_err();
    assert!(error.to_string().contains("is no checkpoint"), "{error}");

    // Interrupted before its first checkpoint: begins again.
    fs::remove_file(&path).unwrap();
    assert!(matches!(train::resume(dir.path(), set, None, &mut Silent).unwrap(), Outcome::Finished(_)));
}

#[test]
fn bad_beginnings_are_refused_before_anything_is_written() {
    let data = digits();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let start = |config: &TrainConfig, out: &Path| {
        let set = TrainData { train: &data, test: None };
        train::train(config, set, &options(Some(out), 1), &mut Silent).unwrap_err()
    };
    let error = start(&TrainConfig { validation: 210, ..everything() }, &out);
    assert!(matches!(error, Error::NotEnoughData { wanted: 210, available: 210 }), "{error}");
    let error = start(&TrainConfig { test_each_epoch: true, ..everything() }, &out);
    assert!(matches!(error, Error::NoTestData), "{error}");
    let error = start(&TrainConfig { batch_size: 0, ..everything() }, &out);
    assert!(matches!(error, Error::ConfigValue { field: "batch_size", .. }), "{error}");
    assert!(!out.exists());
    fs::write(&out, "a file").unwrap();
    let error = start(&everything(), &out.join("below"));
    assert!(matches!(error, Error::Library(inkdigit::Error::Write { .. })), "{error}");
}

#[test]
fn test_images_are_reported_on_and_choose_nothing() {
    let (data, test) = (digits(), synth::dataset(50, 9));
    let config = TrainConfig { test_each_epoch: true, ..everything() };
    let set = TrainData { train: &data, test: Some(&test) };
    let Outcome::Finished(reported) = train::train(&config, set, &options(None, 1), &mut Silent).unwrap()
    else {
        panic!()
    };
    assert!(reported.history.iter().all(|record| record.test_accuracy.is_some()));
    let silent = run(&TrainConfig { test_each_epoch: false, ..config }, &data, None, 1);
    assert_eq!(silent.model.params(), reported.model.params());
}

#[test]
fn synthetic_digits_are_learned() {
    let config = TrainConfig { validation: 0, batch_size: 20, epochs: 6.0, ..TrainConfig::default() };
    let network = "zoo".parse().unwrap();
    let trained =
        run(&TrainConfig { network, learning_rate: 0.01, ..config }, &synth::dataset(1000, 1), None, 2);
    let evaluation = evaluate(&trained.model, &synth::dataset(300, 2)).unwrap();
    assert!(evaluation.accuracy > 0.9, "{}", evaluation.accuracy);
}

/// Continues from a file: its numbers and its scaling, not the configuration's.
#[test]
fn a_training_goes_on_from_a_model_and_can_be_interrupted() {
    let data = digits();
    let dir = tempfile::tempdir().unwrap();
    let config = TrainConfig { scaling: Scaling::Symmetric, ..everything() };
    let first = run(&config, &data, None, 1).model;
    let file = dir.path().join("first.onnx");
    first.save(&file).unwrap();
    let start = Start { from: file.display().to_string(), input_scale: None };
    let config = TrainConfig { network: Network::From(start), epochs: 2.0, ..everything() };
    assert_eq!(config::parse_yaml(&config.to_yaml(), "again").unwrap(), config, "{}", config.to_yaml());
    let expected = run(&config, &data, None, 2);
    let reopened = Model::open(&file).unwrap();
    assert_eq!(expected.model.graph(), reopened.graph(), "its network is the file's, with its own scaling");
    let origin = expected.model.metadata.origin.as_deref();
    assert_eq!(origin, Some(file.to_str().unwrap()));
    let slow = TrainConfig { learning_rate: 1e-9, num_iterations: Some(1), ema: None, ..config.clone() };
    let moved = run(&slow, &data, None, 1).model;
    let drift = |(a, b): (&f32, &f32)| (a - b).abs();
    let trained_ones = moved.params().table().iter().filter(|info| info.trainable);
    for range in trained_ones.map(|info| info.range.clone()) {
        let pairs = moved.params().data()[range.clone()].iter().zip(&reopened.params().data()[range]);
        assert!(pairs.map(drift).fold(0.0, f32::max) < 1e-6, "it begins with the file's numbers");
    }

    let out = dir.path().join("run");
    let set = TrainData { train: &data, test: None };
    train::train(&config, set, &options(Some(&out), 1), &mut stopping_at(&[15])).unwrap();
    // The file isn't needed any more.
    fs::remove_file(&file).unwrap();
    let Outcome::Finished(resumed) = train::resume(&out, set, None, &mut Silent).unwrap() else { panic!() };
    assert!(result(&resumed) == result(&expected));
    let error = train::train(&config, set, &options(None, 1), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::Library(inkdigit::Error::ModelNotFound { .. })), "{error}");
}

#[test]
fn quantised_networks_are_not_trained_on() {
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    graph.then("", Op::Flatten).unwrap();
    graph.then("rounded", Op::Quantize(Quantize { scale: 0.5, low: -128.0, high: 127.0 })).unwrap();
    graph.then("", Op::Linear(Linear { features: 10, bias: true })).unwrap();
    let params = Params::init(&graph, 0);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("quantised.onnx");
    Model::new(graph, params, Metadata::default()).unwrap().save(&file).unwrap();
    let start = Start { from: file.display().to_string(), input_scale: None };
    let config = TrainConfig { network: Network::From(start), ..everything() };
    let data = digits();
    let out = dir.path().join("run");
    let set = TrainData { train: &data, test: None };
    let error = train::train(&config, set, &options(Some(&out), 1), &mut Silent).unwrap_err();
    assert!(matches!(&error, Error::NotTrainable { op: "quantize", .. }), "{error}");
    assert!(error.to_string().contains("quantised") && !out.exists(), "{error}");
}

#[test]
fn an_epoch_on_mnist_reads_nine_of_ten() {
    let Some(dir) = std::env::var_os("INKDIGIT_DATA") else {
        eprintln!("left out: an epoch on MNIST (INKDIGIT_DATA is not set)");
        return;
    };
    let (data, test) = data::open_both(Path::new(&dir)).unwrap();
    let Task::Digits(recipe) = config::recipe("mxnet-mlp").unwrap() else { panic!() };
    let config = TrainConfig { epochs: 1.0, ..*recipe };
    let set = TrainData { train: &data, test: Some(&test) };
    let Outcome::Finished(trained) = train::train(&config, set, &options(None, 2), &mut Silent).unwrap()
    else {
        panic!()
    };
    let evaluation = evaluate(&trained.model, &test).unwrap();
    assert!(evaluation.accuracy > 0.9, "{}", evaluation.accuracy);
    assert_eq!(trained.model.metadata.test_accuracy, Some(evaluation.accuracy));
    // The embedded model, on images that chose nothing about it.
    let embedded = evaluate(&Model::default(), &test).unwrap();
    assert!(embedded.accuracy > 0.99, "{}", embedded.accuracy);
}

#[test]
fn outliers_teach_a_network_to_be_unsure_of_them() {
    let data = synth::dataset(1500, 3);
    let sureness = |outliers: f32| {
        let yaml =
            format!("{{network: fast, epochs: 6, batch_size: 32, outliers: {outliers}, validation: 200}}");
        let config = config::parse_yaml(&yaml, "outliers").unwrap();
        let model = run(&config, &data, None, 2).model;
        let mut rng = inkdigit_nn::Rng::new(9);
        let pixels: Vec<u8> = (0..400).flat_map(|_| *synth::outlier(&mut rng).pixels()).collect();
        let probabilities = model.probabilities(&pixels);
        let sure = probabilities.chunks_exact(10).map(|row| row.iter().copied().fold(0.0, f32::max));
        (sure.sum::<f32>() / 400.0, evaluate(&model, &synth::dataset(300, 4)).unwrap().accuracy)
    };
    let ((without, _), (with, accuracy)) = (sureness(0.0), sureness(0.5));
    assert!(with < without - 0.2, "mean probability {without} without, {with} with outliers");
    assert!(accuracy > 0.95, "digits are read still: {accuracy}");
}

/// A training of two stages that differ in all that may differ.
fn two_stages() -> TrainConfig {
    let then = "
significant_bits: 8
then:
- epochs: 2
  batch_size: 20
  optimizer: {sgd: {momentum: 0.9}}
  learning_rate: 0.002
  schedule: cosine
  label_smoothing: 0
  ema: 0.8
  augment: {shift: 1, rotation: 5}
  synthetic: 0.1
  outliers: 0
";
    config::parse_yaml(&format!("{EVERYTHING}{then}"), "two stages").unwrap()
}

#[test]
fn stages_come_to_the_same_bits_wherever_they_are_interrupted() {
    let (config, data) = (two_stages(), digits());
    let expected = result(&run(&config, &data, None, 1));
    assert!(result(&run(&config, &data, None, 3)) == expected, "3 threads");
    // 33 updates, then 18: in the first stage, after its last one, after the second's first one, in it, after its
    // first epoch, at the very end; and several of them.
    let all: &[&[usize]] = &[&[17], &[33], &[34], &[40], &[42], &[51], &[5, 33, 34, 47]];
    for &stops in all {
        let dir = tempfile::tempdir().unwrap();
        let set = TrainData { train: &data, test: None };
        let options = options(Some(dir.path()), 2);
        let mut outcome = train::train(&config, set, &options, &mut stopping_at(stops)).unwrap();
        for next in 0..stops.len() {
            assert!(matches!(outcome, Outcome::Stopped { step, steps: 51, .. } if step == stops[next]));
            outcome = train::resume(dir.path(), set, Some(1), &mut stopping_at(&stops[next + 1..])).unwrap();
        }
        let Outcome::Finished(trained) = outcome else { panic!("stopped at {stops:?}") };
        assert!(result(&trained) == expected, "stopped at {stops:?}: other bits");
        assert!(fs::read(dir.path().join("model.onnx")).unwrap() == expected.0);
    }
}

/// A checkpoint of each kind is what a crash goes on from, and one is written at the end of each stage.
#[test]
fn a_crash_between_stages_loses_nothing() {
    let (config, data) = (two_stages(), digits());
    let expected = result(&run(&config, &data, None, 2));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let set = TrainData { train: &data, test: None };
    let mut stages = Vec::new();
    let mut stopping = |event: &Event<'_>| match event {
        Event::Stage { stage, stages: all, from_epoch } => {
            stages.push((*stage, *all, *from_epoch));
            Flow::Stop
        }
        _ => Flow::Continue,
    };
    let outcome = train::train(&config, set, &options(Some(&out), 1), &mut stopping).unwrap();
    assert!(matches!(outcome, Outcome::Stopped { step: 33, steps: 51, .. }), "{outcome:?}");
    let Outcome::Finished(trained) = train::resume(&out, set, None, &mut Silent).unwrap() else { panic!() };
    assert!(result(&trained) == expected);
    let best = train::Run::open(&out).unwrap();
    let first: Vec<_> = best.history.iter().filter(|record| record.stage == Some(1)).collect();
    let better = |a: &f64, b: &f64| a.total_cmp(b);
    let most = first.iter().filter_map(|record| record.validation_accuracy).max_by(better);
    assert_eq!(stages.len(), 1);
    assert_eq!(first[stages[0].2 - 1].validation_accuracy, most, "it goes on from the best epoch");
}

#[test]
fn a_stage_is_what_a_training_from_the_model_before_would_be() {
    let (config, data) = (two_stages(), digits());
    let together = run(&config, &data, None, 2);
    let [first, second] = &config.stages()[..] else { panic!() };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("first.onnx");
    let first = run(&TrainConfig { significant_bits: None, ..first.clone() }, &data, None, 1);
    first.model.save(&file).unwrap();
    let start = Start { from: file.display().to_string(), input_scale: None };
    let second = run(&TrainConfig { network: Network::From(start), ..second.clone() }, &data, None, 1);
    assert_eq!(together.model.params(), second.model.params());
    assert_eq!(together.model.metadata.temperature, second.model.metadata.temperature);
    assert_eq!((together.epoch, together.history.len()), (3 + second.epoch, 5));
    assert_eq!(together.model.metadata.origin, None, "it began with nothing");
}

#[test]
fn the_folder_of_a_training_in_stages_tells_of_each() {
    let (config, data) = (two_stages(), digits());
    let dir = tempfile::tempdir().unwrap();
    let mut batches = Vec::new();
    let mut listening = |event: &Event<'_>| {
        if let Event::Batch(report) = event {
            batches.push((
                report.step,
                report.steps,
                report.epoch,
                report.epochs,
                report.batch,
                report.batches,
            ));
        }
        Flow::Continue
    };
    let set = TrainData { train: &data, test: None };
    train::train(&config, set, &options(Some(dir.path()), 1), &mut listening).unwrap();
    assert_eq!((batches.len(), batches[32], batches[33]), (51, (33, 51, 3, 5, 11, 11), (34, 51, 4, 5, 1, 9)));

    assert_eq!(train::saved_config(dir.path()).unwrap(), config);
    let csv = fs::read_to_string(dir.path().join(train::HISTORY_CSV)).unwrap();
    let ends = csv.lines().map(|line| line.rsplit(',').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(ends, ["stage", "1", "1", "1", "2", "2"]);
    let run = train::Run::open(dir.path()).unwrap();
    assert_eq!(run.gaps.len(), 1, "none but the machine: {:?}", run.gaps);
    let epochs: Vec<_> = run.history.iter().map(|record| (record.epoch, record.stage)).collect();
    assert_eq!(epochs, [(1, Some(1)), (2, Some(1)), (3, Some(1)), (4, Some(2)), (5, Some(2))]);
    assert_eq!(run.steps(), Some(vec![11, 22, 33, 42, 51]));
    let best = run.best().unwrap();
    assert_eq!(best.validation_accuracy, run.model.as_ref().unwrap().metadata.validation_accuracy);
    let rates = run.learning_rates(100).unwrap();
    assert_eq!((rates.len(), rates[33]), (51, (3.0, f64::from(0.002_f32))));
    assert_eq!(TrainConfig::of(run.model.as_ref().unwrap()), Some(config));
}

#[test]
fn patience_ends_a_stage_and_not_the_training() {
    let data = digits();
    let text = "network: mlp\nepochs: 60\nbatch_size: 17\nlearning_rate: 0.02\nschedule: constant\n\
                early_stopping: 2\nvalidation: 40\nthen: [{epochs: 1, early_stopping: null, learning_rate: 1e-4}]";
    let config = config::parse_yaml(text, "x.yml").unwrap();
    let trained = run(&config, &data, None, 1);
    let stages: Vec<_> = trained.history.iter().filter_map(|record| record.stage).collect();
    assert!(stages.len() < 61 && stages.last() == Some(&2), "{stages:?}");
    assert!(!trained.stopped_early && trained.epoch == stages.len());
}
