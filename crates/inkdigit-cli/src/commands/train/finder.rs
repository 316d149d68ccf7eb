//! The training of a finder: what `inkdigit train` does where the configuration says `task: finder`.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use inkdigit_train::config::FinderConfig;
use inkdigit_train::finder::{self, EvaluationRecord, Event, Outcome, Trained, Update};
use inkdigit_train::train::{Flow, TrainOptions};
use inkdigit_train::{Split, data};
use serde::Serialize;

use super::{Args, STOP, in_yaml, machine, next_run, quoted, resume_command, stop_on_ctrl_c};
use crate::hints;
use crate::output::{self, Interrupted, Usage, grouped};

/// Time between two lines about updates.
const SPEAKS_EVERY: Duration = Duration::from_secs(20);

/// Runs the command.
pub(super) fn run(args: &Args, config: FinderConfig, source: Option<String>) -> Result<()> {
    let mut config = config;
    refuse(args)?;
    apply(args, &mut config)?;
    let data = data::open(&args.data.folder()?, Split::Train)?;
    let threads = args.threads.map(usize::from);
    let name = source.unwrap_or_else(|| "finder".into());
    let out = match (&args.resume, &args.out) {
        (Some(dir), _) | (None, Some(dir)) => dir.clone(),
        _ => next_run(&name),
    };
    stop_on_ctrl_c()?;
    let mut teller = Teller { spoken: None };
    let mut observer = |event: &Event<'_>| {
        teller.show(event);
        if STOP.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
    };
    let outcome = if args.resume.is_some() {
        finder::resume(&out, &data, threads, &mut observer)?
    } else {
        let options = TrainOptions {
            out: Some(out.clone()),
            overwrite: args.overwrite,
            threads,
            name: Some(name),
            machine: Some(machine(threads)?),
        };
        finder::train(&config, &data, &options, &mut observer)?
    };
    match outcome {
        Outcome::Finished(trained) => finished(args, &out, &trained),
        Outcome::Stopped { step, steps, .. } => {
            output::note(format_args!(
                "stopped after {} of {} updates, all saved; go on with: {}",
                grouped(step as u64),
                grouped(steps as u64),
                resume_command(args, &out)
            ));
            Err(Interrupted.into())
        }
    }
}

/// Refuses what makes no sense for a finder.
fn refuse(args: &Args) -> Result<()> {
    let given = [
        ("--from", args.from.is_some()),
        ("--input-scale", args.scale.input_scale.is_some()),
        ("--network", args.settings.network.is_some()),
        ("--epochs", args.settings.epochs.is_some()),
        ("--label-smoothing", args.settings.label_smoothing.is_some()),
        ("--watch", args.watch),
        ("--tensorboard", args.tensorboard.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Usage(format!(
            "{flag} is for networks that read one digit, and this trains a finder; its configuration's keys and \
             --iterations, --batch-size, --learning-rate, --optimizer, --schedule, --seed and --validation are \
             what can be changed"
        ))
        .into()),
    }
}

/// Flags over the configuration.
fn apply(args: &Args, config: &mut FinderConfig) -> Result<()> {
    let settings = &args.settings;
    config.batch_size = settings.batch_size.unwrap_or(config.batch_size);
    config.learning_rate = settings.learning_rate.unwrap_or(config.learning_rate);
    config.seed = settings.seed.unwrap_or(config.seed);
    config.validation = settings.validation.unwrap_or(config.validation);
    if let Some(iterations) = settings.iterations {
        config.pictures = (iterations as u64).saturating_mul(config.batch_size as u64);
    }
    if let Some(optimizer) = &settings.optimizer {
        config.optimizer = in_yaml("optimizer", optimizer)?.optimizer;
    }
    if let Some(schedule) = &settings.schedule {
        config.schedule = in_yaml("schedule", schedule)?.schedule;
    }
    // Files and recipes were found sound, so it is a flag that isn't.
    Ok(config.validate().map_err(|error| Usage(hints::told(&error)))?)
}

/// Tells in lines how a training goes.
struct Teller {
    spoken: Option<Instant>,
}

impl Teller {
    fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) => {
                let continued = match start.step {
                    0 => String::new(),
                    step => format!(", continued after update {}", grouped(step as u64)),
                };
                output::note(format_args!(
                    "training a finder of {} parameters on {} pictures drawn with {} digits: {} updates of {}{continued}",
                    grouped(start.parameters as u64),
                    grouped(start.config.pictures),
                    grouped(start.training_digits as u64),
                    grouped(start.steps as u64),
                    start.config.batch_size,
                ));
            }
            Event::Update(update) => {
                let due = self.spoken.is_none_or(|spoken| spoken.elapsed() >= SPEAKS_EVERY);
                if due || update.step == update.steps {
                    self.spoken = Some(Instant::now());
                    output::note(update_line(update));
                }
            }
            Event::Evaluation(record) => output::note(evaluation_line(record)),
            _ => {}
        }
    }
}

fn update_line(update: &Update) -> String {
    let left = update.eta.as_secs();
    format!(
        "update {}/{}  loss {:.3} (mean {:.3})  {:.1} pictures/s  {}:{:02}:{:02} left",
        update.step,
        update.steps,
        update.loss,
        update.mean_loss,
        update.pictures_per_second,
        left / 3600,
        left / 60 % 60,
        left % 60
    )
}

/// An evaluation in one line.
fn evaluation_line(record: &EvaluationRecord) -> String {
    let mut line = format!("after {} updates: loss {:.3}", grouped(record.step as u64), record.train_loss);
    if let Some(validation) = &record.validation {
        let all = validation.all;
        line += &format!(
            "  held out: loss {:.3}  of {} marks {} right, {} wrong, {} missed, {} invented  score {:.4}",
            validation.loss,
            grouped(all.marks as u64),
            grouped(all.right as u64),
            grouped(all.wrong as u64),
            grouped(all.missed as u64),
            grouped(all.invented as u64),
            all.score()
        );
    }
    line
}

/// What `--json` prints at the end.
#[derive(Serialize)]
struct Summary<'a> {
    model: Option<&'a Path>,
    step: usize,
    history: &'a [EvaluationRecord],
}

fn finished(args: &Args, out: &Path, trained: &Trained) -> Result<()> {
    let Trained { path, history, step, .. } = trained;
    if args.json {
        output::json(&Summary { model: path.as_deref(), step: *step, history })?;
    } else {
        if let Some(record) = history.iter().find(|record| record.step == *step) {
            output::line(evaluation_line(record))?;
        }
        if let Some(path) = path {
            output::line(format_args!("the finder is {}", path.display()))?;
        }
    }
    output::note(format_args!("next: inkdigit eval --pages FOLDER --finder {}", quoted(out)));
    Ok(())
}
