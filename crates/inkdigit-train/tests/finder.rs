//! Trainings of finders as a whole: they learn, and come to the same bits however they are interrupted.

use std::fs;
use std::path::Path;

use inkdigit::Finder;
use inkdigit_train::config::{FinderConfig, Task};
use inkdigit_train::finder::{self, Event, Outcome, Trained};
use inkdigit_train::train::{CHECKPOINT_FILE, Flow, HISTORY_CSV, TrainOptions};
use inkdigit_train::{Dataset, Error, synth};

/// Small, on easy pictures, with everything that keeps a state of its own.
const SMALL: &str = "
task: finder
network: {half: 4, quarter: 8, eighth: 8, sixteenth: 8, head: 8}
pictures: 94
batch_size: 4
side: 64
scenes: {kinds: {lines: 1, single: 1}, difficulty: 0.2}
ema: 0.9
validation: 50
validation_pictures: 6
evaluate_every: 9
significant_bits: 11
";

fn config(text: &str) -> FinderConfig {
    match Task::parse(text, "small").unwrap() {
        Task::Finder(config) => *config,
        Task::Digits(_) => panic!("a finder's"),
    }
}

fn digits() -> Dataset {
    synth::dataset(200, 1)
}

fn options(out: Option<&Path>, threads: usize) -> TrainOptions {
    TrainOptions { out: out.map(Path::to_owned), threads: Some(threads), ..TrainOptions::default() }
}

fn run(config: &FinderConfig, out: Option<&Path>, threads: usize) -> Trained {
    let mut silent = |_: &Event<'_>| Flow::Continue;
    match finder::train(config, &digits(), &options(out, threads), &mut silent).unwrap() {
        Outcome::Finished(trained) => *trained,
        Outcome::Stopped { .. } => panic!("nobody stopped it"),
    }
}

/// What must be the same: all but the time it took.
fn result(trained: &Trained) -> (Vec<u8>, Vec<String>, usize) {
    let timeless = trained.history.iter().cloned().map(|mut record| {
        (record.train_seconds, record.pictures_per_second) = (0.0, 0.0);
        format!("{record:?}")
    });
    (trained.finder.to_bytes().unwrap(), timeless.collect(), trained.step)
}

#[test]
fn a_small_finder_learns() {
    let config = FinderConfig {
        pictures: 8 * 120,
        batch_size: 8,
        evaluate_every: 60,
        learning_rate: 0.01,
        ..config(SMALL)
    };
    let mut losses = Vec::new();
    let mut listen = |event: &Event<'_>| {
        if let Event::Update(update) = event {
            losses.push(update.loss);
        }
        Flow::Continue
    };
    let outcome = finder::train(&config, &digits(), &options(None, 2), &mut listen).unwrap();
    let Outcome::Finished(trained) = outcome else { panic!("nobody stopped it") };
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let (first, last) = (mean(&losses[..10]), mean(&losses[110..]));
    assert!(last < 0.75 * first, "{first} and, 100 updates later, {last}");
    let held_out: Vec<f64> =
        trained.history.iter().map(|record| record.validation.as_ref().unwrap().loss).collect();
    assert!(held_out[1] < held_out[0], "{held_out:?}");
}

#[test]
fn an_interrupted_training_comes_to_the_same_bits() {
    let (config, data) = (config(SMALL), digits());
    let expected = result(&run(&config, None, 1));
    assert!(result(&run(&config, None, 3)) == expected, "threads change no bit");
    // Between evaluations, at one, twice, and after the last update but one; the last batch is smaller.
    for stops in [&[4][..], &[9], &[2, 15], &[23]] {
        let dir = tempfile::tempdir().unwrap();
        let stopping = |stops: Vec<usize>| {
            move |event: &Event<'_>| match event {
                Event::Update(update) if stops.contains(&update.step) => Flow::Stop,
                _ => Flow::Continue,
            }
        };
        let mut outcome =
            finder::train(&config, &data, &options(Some(dir.path()), 2), &mut stopping(stops.to_vec()))
                .unwrap();
        let mut interruptions = 0;
        while let Outcome::Stopped { dir: stopped, step, steps } = outcome {
            assert_eq!((stopped.as_deref(), step, steps), (Some(dir.path()), stops[interruptions], 24));
            interruptions += 1;
            let rest = stops[interruptions..].to_vec();
            outcome = finder::resume(dir.path(), &data, Some(1), &mut stopping(rest)).unwrap();
        }
        assert_eq!(interruptions, stops.len());
        let Outcome::Finished(trained) = outcome else { unreachable!() };
        assert!(result(&trained) == expected, "stopped at {stops:?}: other bits");
        let lines = fs::read_to_string(dir.path().join(HISTORY_CSV)).unwrap().lines().count();
        assert_eq!(lines, 1 + 3, "no evaluation is told twice");
        let saved = Finder::open(dir.path()).unwrap();
        assert!(saved.params() == trained.finder.params() && saved.metadata.training_pictures > 0);
    }
}

#[test]
fn a_training_goes_on_with_its_own_digits_and_from_a_sound_checkpoint() {
    let (config, dir) = (config(SMALL), tempfile::tempdir().unwrap());
    let mut stop = |event: &Event<'_>| match event {
        Event::Update(update) if update.step == 3 => Flow::Stop,
        _ => Flow::Continue,
    };
    finder::train(&config, &digits(), &options(Some(dir.path()), 1), &mut stop).unwrap();
    let mut silent = |_: &Event<'_>| Flow::Continue;
    let error = finder::resume(dir.path(), &synth::dataset(200, 2), None, &mut silent).unwrap_err();
    assert!(matches!(error, Error::OtherData { .. }), "{error}");
    let file = dir.path().join(CHECKPOINT_FILE);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
    let error = finder::resume(dir.path(), &digits(), None, &mut silent).unwrap_err();
    assert!(matches!(error, Error::CheckpointTruncated { .. }), "{error}");
    let error = finder::train(&config, &digits(), &options(Some(dir.path()), 1), &mut silent).unwrap_err();
    assert!(matches!(error, Error::RunExists { .. }), "{error}");
}
