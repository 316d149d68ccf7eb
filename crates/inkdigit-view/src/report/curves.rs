//! How a run learned: loss, accuracy, learning rate and throughput over its epochs.

use inkdigit_train::train::{EpochRecord, Part, Run};

use crate::page::{HtmlPage, legend};
use crate::plots::{Chart, Line, Scale};

/// Points are marked where they are no more than this; beyond, they would touch.
const MOST_MARKED: usize = 40;

/// A value of each epoch.
pub(crate) type Measure = fn(&EpochRecord) -> Option<f64>;

/// The points of a run's curve.
pub(crate) fn points(run: &Run, measure: Measure) -> Vec<(f64, f64)> {
    run.history.iter().filter_map(|record| Some((record.epoch as f64, measure(record)?))).collect()
}

/// A line of these points.
pub(crate) fn line(points: Vec<(f64, f64)>, colour: usize) -> Line {
    Line { marked: points.len() <= MOST_MARKED, points, colour }
}

/// The learning rate of each update where the run says how many there are of them, else of each epoch's last one.
pub(crate) fn learning_rate(run: &Run) -> Vec<(f64, f64)> {
    const POINTS: usize = 200;
    let by_epochs = || points(run, |record| Some(f64::from(record.learning_rate)));
    run.learning_rates(POINTS).unwrap_or_else(by_epochs)
}

/// A picture with its heading.
pub(crate) fn figure(page: &mut HtmlPage, heading: &str, chart: &Chart<'_>) {
    if let Some(svg) = chart.to_svg() {
        page.add(format_args!("<figure><h3>{heading}</h3>{svg}</figure>"));
    }
}

pub(super) fn section(page: &mut HtmlPage, run: &Run) {
    page.heading("How it learned");
    if let Some(why) = run.gap(Part::History) {
        page.gap(why);
    }
    let Some(last) = run.history.last() else { return };
    let colours = [("training", 0), ("validation", 1), ("test", 2)];
    let mut shown = vec![colours[0]];
    shown.extend(last.validation_accuracy.map(|_| colours[1]));
    shown.extend(last.test_accuracy.map(|_| colours[2]));
    page.add(legend(shown.into_iter()));
    page.add("<div class=\"columns\">");
    let loss = [line(points(run, |r| Some(r.train_loss)), 0), line(points(run, |r| r.validation_loss), 1)];
    let chart = Chart {
        description: told("Loss by epoch, on a logarithmic scale", &loss, |value| format!("{value:.4}")),
        x_label: "epoch",
        scale: Scale::Logarithmic,
        unit: "",
        lines: loss.into(),
    };
    figure(page, "Loss", &chart);
    let accuracy = [
        line(points(run, |record| Some(100.0 * record.train_accuracy)), 0),
        line(points(run, |record| Some(100.0 * record.validation_accuracy?)), 1),
        line(points(run, |record| Some(100.0 * record.test_accuracy?)), 2),
    ];
    let chart = Chart {
        description: told("Accuracy by epoch", &accuracy, |value| format!("{value:.2} %")),
        x_label: "epoch",
        scale: Scale::Linear,
        unit: " %",
        lines: accuracy.into(),
    };
    figure(page, "Accuracy", &chart);
    let rate = [Line { marked: false, ..line(learning_rate(run), 0) }];
    let chart = Chart {
        description: told("Learning rate over the epochs", &rate, |value| format!("{value:.2e}")),
        x_label: "epoch",
        scale: Scale::FromZero,
        unit: "",
        lines: rate.into(),
    };
    figure(page, "Learning rate", &chart);
    let speed = [line(points(run, |record| Some(record.images_per_second)), 0)];
    let chart = Chart {
        description: told("Images trained on in a second, by epoch", &speed, |value| format!("{value:.0}")),
        x_label: "epoch",
        scale: Scale::FromZero,
        unit: "",
        lines: speed.into(),
    };
    figure(page, "Images a second", &chart);
    page.add("</div>");
    if run.history.iter().any(|record| record.validation_loss.is_some()) {
        page.add(
            "<p class=\"faint\">Training loss and accuracy are measured while the network learns, on changed \
             images where augmentation is on: they may be worse than on the validation images, which it sees as \
             they are.</p>",
        );
    }
}

/// What a picture shows, in words: where its lines begin and end.
fn told(what: &str, lines: &[Line], value: impl Fn(f64) -> String) -> String {
    let names = ["training", "validation", "test"];
    let ends = lines.iter().filter_map(|line| {
        let ((_, first), (_, last)) = (line.points.first()?, line.points.last()?);
        let name = if lines.len() > 1 { format!("{} ", names[line.colour]) } else { String::new() };
        Some(format!("{name}from {} to {}", value(*first), value(*last)))
    });
    format!("{what}: {}", ends.collect::<Vec<_>>().join(", "))
}
