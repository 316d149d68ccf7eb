//! All that there is to see of a run, on one page: how it learned, how well its model reads, where it errs, and
//! what it is.

use inkdigit::inspect;
use inkdigit_train::evaluate::Appraisal;
use inkdigit_train::train::{Part, Run};
use inkdigit_train::{Dataset, Split};

use crate::diagram;
use crate::markup::Escaped;
use crate::page::{HtmlPage, percent, rows};
use crate::words;

mod confusion;
pub(crate) mod curves;
mod digits;
mod machine;

/// What a report is made of.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The run, or the model alone.
    pub run: &'a Run,
    /// The model on the test images, or why it wasn't tried on them.
    pub test: Result<Appraised<'a>, String>,
    /// The model on the images that were held out of its training, where there were some.
    pub validation: Option<Appraised<'a>>,
    /// What its reader can type next.
    pub commands: Commands,
    /// Who made it, and when: the page's last line.
    pub made_by: String,
}

/// What a report's reader can type next. Only the program that makes the report knows; what isn't given is left
/// out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Commands {
    /// Trains the same network again, from a file with the configuration.
    pub train_again: Option<&'static str>,
    /// Shows an image of a part of the data set larger, by its number.
    pub show_image: Option<fn(Split, usize) -> String>,
}

/// A model on a data set.
#[derive(Clone, Copy, Debug)]
pub struct Appraised<'a> {
    /// The images.
    pub data: &'a Dataset,
    /// What the model makes of them.
    pub appraisal: &'a Appraisal,
    /// Where these images are in the set that people know; none if they are all of it.
    pub places: Option<&'a [usize]>,
}

impl Appraised<'_> {
    /// The number that people know an image by.
    fn place(&self, index: usize) -> usize {
        self.places.map_or(index, |places| places[index])
    }
}

/// Images shown of each kind: mistakes, unsure hits, label errors.
pub const SHOWN: usize = 24;

/// The report as an HTML page that needs nothing but itself.
pub fn html(report: &Report<'_>) -> String {
    let run = report.run;
    let mut page = HtmlPage::new(&format!("Report of {}", run.name));
    key_figures(&mut page, report);
    curves::section(&mut page, run);
    match &report.test {
        Ok(test) => {
            confusion::section(&mut page, &test.appraisal.evaluation);
            digits::reliability_section(&mut page, &test.appraisal.reliability);
            digits::readings_sections(&mut page, test);
        }
        Err(why) => {
            page.heading("On the test images");
            page.gap(why);
        }
    }
    digits::label_errors_section(&mut page, report);
    network(&mut page, run);
    configuration(&mut page, report);
    machine::section(&mut page, run);
    page.finish(&report.made_by)
}

fn key_figures(page: &mut HtmlPage, report: &Report<'_>) {
    let run = report.run;
    let mut figures: Vec<(&str, String)> = Vec::new();
    if let Ok(test) = &report.test {
        let evaluation = &test.appraisal.evaluation;
        let wrong =
            evaluation.images - (0..10).map(|digit| evaluation.confusion[digit][digit]).sum::<usize>();
        figures.push(("test accuracy", percent(evaluation.accuracy, 2)));
        figures.push((
            "wrong of the test images",
            format!("{} of {}", words::grouped(wrong), words::grouped(evaluation.images)),
        ));
        figures.push(("test loss", format!("{:.4}", evaluation.loss)));
        figures.push(("calibration error (ECE)", percent(test.appraisal.reliability.ece, 2)));
    }
    if let Some((best, accuracy)) = run.best().and_then(|best| Some((best, best.validation_accuracy?))) {
        figures.push(("validation accuracy", percent(accuracy, 2)));
        figures.push(("best epoch", format!("{} of {}", best.epoch, run.history.len())));
    }
    if !run.history.is_empty() {
        figures.push(("time of training", duration(run.train_seconds())));
    }
    if let Some(model) = &run.model {
        figures.push(("parameters", words::grouped(inspect::parameters(model.graph()))));
    }
    let figure =
        |(name, value): &(&str, String)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", Escaped(value));
    page.add(format_args!("<dl class=\"figures\">{}</dl>", figures.iter().map(figure).collect::<String>()));
    if let Some(why) = run.gap(Part::Model) {
        page.gap(why);
    }
}

/// A time as people say it.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

fn network(page: &mut HtmlPage, run: &Run) {
    page.heading("The network");
    let Some(model) = &run.model else { return page.gap("there is no model to draw") };
    let graph = model.graph();
    page.add(format_args!(
        "<p>{} layers, {} parameters, {} multiply-adds for a picture.</p>",
        graph.nodes().len(),
        words::grouped(inspect::parameters(graph)),
        words::grouped(graph.multiply_adds())
    ));
    page.add(format_args!("<div class=\"network\">{}</div>", diagram::svg(&run.name, graph)));
}

fn configuration(page: &mut HtmlPage, report: &Report<'_>) {
    let run = report.run;
    page.heading("Configuration");
    match &run.config {
        Some(config) => {
            if let Some(command) = report.commands.train_again {
                page.add(format_args!(
                    "<p>Saved as a file, this trains the same network again: <code>{}</code>.</p>",
                    Escaped(command)
                ));
            }
            page.add(format_args!("<pre>{}</pre>", Escaped(config.to_yaml().trim_end())));
        }
        None => page.gap(run.gap(Part::Config).unwrap_or("nothing is known of it")),
    }
    let Some(model) = &run.model else { return };
    let metadata = &model.metadata;
    let known = [
        ("temperature", Some(metadata.temperature.to_string())),
        ("training images", (metadata.training_images > 0).then(|| words::grouped(metadata.training_images))),
        ("began as", metadata.origin.clone()),
        ("written by", (!metadata.version.is_empty()).then(|| format!("Inkdigit {}", metadata.version))),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?)));
    page.add(rows(&known.collect::<Vec<_>>()));
}

#[cfg(test)]
mod tests;
