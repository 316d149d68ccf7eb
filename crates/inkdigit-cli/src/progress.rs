//! How far a long job is: a bar on a terminal, plain lines elsewhere. Always on stderr.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use inkdigit_train::download::{self, MIRRORS, MNIST};
use inkdigit_train::train::{BatchReport, EpochRecord, Event, Start};

use crate::output::{self, grouped};

/// Fetches MNIST into a folder, from these mirrors or the known ones, and says so.
///
/// # Errors
/// Those of [`download::fetch`].
pub(crate) fn download(folder: &Path, mirrors: &[String]) -> Result<()> {
    output::note(format_args!("downloading MNIST into {}", folder.display()));
    let mirrors: Vec<&str> = match mirrors {
        [] => MIRRORS.to_vec(),
        own => own.iter().map(String::as_str).collect(),
    };
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = "{msg:24} {bar:30} {bytes:>10} of {total_bytes:>10}  {bytes_per_sec}";
        ProgressBar::no_length().with_style(style_of(style))
    });
    let mut current = String::new();
    download::fetch(&MNIST, folder, &mirrors, &mut |progress| {
        let is_new = current != progress.file;
        if is_new {
            current = progress.file.to_string();
        }
        match &bar {
            Some(bar) => {
                if is_new {
                    bar.reset();
                    bar.set_message(current.clone());
                }
                bar.set_length(progress.total.unwrap_or(0));
                bar.set_position(progress.received);
            }
            None if is_new => output::note(format_args!("  {} from {}", progress.file, progress.mirror)),
            None => {}
        }
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(())
}

/// A bar's look. The templates are constants of this program, so a bad one only shows the plain bar.
fn style_of(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

/// Batches between two plain lines.
const BATCHES_A_LINE: usize = 100;

/// Time between two looks of a bar; a batch may take less than a tenth of it.
const REDRAW: Duration = Duration::from_millis(60);

/// A training's progress.
pub(crate) struct TrainingProgress {
    on_terminal: bool,
    bar: Option<ProgressBar>,
    drawn: Instant,
}

impl TrainingProgress {
    /// Nothing is shown before the training begins.
    pub(crate) fn new() -> Self {
        Self { on_terminal: std::io::stderr().is_terminal(), bar: None, drawn: Instant::now() }
    }

    /// Takes in what happened.
    pub(crate) fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Batch(report) => self.batch(report),
            Event::Epoch(record) => self.line(&epoch_line(record)),
            Event::Stage { stage, stages, from_epoch } => {
                self.line(&format!("stage {stage} of {stages}, from epoch {from_epoch}"));
            }
            _ => {}
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        let held_out = match start.validation_images {
            0 => String::new(),
            count => format!(", {} held out", grouped(count)),
        };
        let continued = match start.step {
            0 => String::new(),
            step => format!(", continued after batch {}", grouped(step)),
        };
        self.line(&format!(
            "training {} on {} images{held_out}: {} batches of {}{continued}",
            start.config.network,
            grouped(start.training_images),
            grouped(start.steps),
            start.config.batch_size,
        ));
        if self.on_terminal {
            let style = style_of("{prefix} {bar:24} {pos}/{len}  {msg}");
            let bar = ProgressBar::new(start.steps as u64).with_style(style);
            bar.set_position(start.step as u64);
            self.bar = Some(bar);
        }
    }

    fn batch(&mut self, report: &BatchReport) {
        match &self.bar {
            Some(bar) if self.drawn.elapsed() >= REDRAW || report.step == report.steps => {
                bar.set_prefix(format!("epoch {}", report.epoch));
                bar.set_message(state(report, report.epoch_loss, report.epoch_accuracy));
                bar.set_length(report.steps as u64);
                bar.set_position(report.step as u64);
                self.drawn = Instant::now();
            }
            None if report.step.is_multiple_of(BATCHES_A_LINE) => output::note(format_args!(
                "batch {}/{}  {}",
                report.step,
                report.steps,
                state(report, report.loss, report.accuracy)
            )),
            _ => {}
        }
    }

    /// A line that stays, above the bar if there is one.
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }
}

fn state(report: &BatchReport, loss: f32, accuracy: f32) -> String {
    let left = report.eta.as_secs();
    format!(
        "loss {loss:.4}  accuracy {:.2} %  {} images/s  {}:{:02} left",
        100.0 * accuracy,
        grouped(report.images_per_second as u64),
        left / 60,
        left % 60
    )
}

/// An epoch in one line.
pub(crate) fn epoch_line(record: &EpochRecord) -> String {
    let mut text = format!(
        "epoch {}  {:.1} s  loss {:.4}  accuracy {:.2} %",
        record.epoch,
        record.train_seconds,
        record.train_loss,
        100.0 * record.train_accuracy
    );
    if let (Some(loss), Some(accuracy)) = (record.validation_loss, record.validation_accuracy) {
        text += &format!("  validation loss {loss:.4}  accuracy {:.2} %", 100.0 * accuracy);
    }
    if let Some(accuracy) = record.test_accuracy {
        text += &format!("  test accuracy {:.2} %", 100.0 * accuracy);
    }
    text + &format!("  {} images/s", grouped(record.images_per_second as u64))
}
