//! Runs side by side on one page: what each came to, their curves together, and where their configurations
//! differ.

use inkdigit_train::train::{Comparison, Difference, Part, Run, Summary, compare};

use crate::markup::Escaped;
use crate::page::{HtmlPage, legend, percent};
use crate::plots::{Chart, Scale};
use crate::report::curves::{self, Measure, figure, line, points};
use crate::report::duration;
use crate::words;

/// The comparison as an HTML page that needs nothing but itself; `made_by` is its last line.
pub fn html(runs: &[Run], made_by: &str) -> String {
    let comparison = compare(runs);
    let names: Vec<&str> = comparison.runs.iter().map(|run| run.name.as_str()).collect();
    let mut page = HtmlPage::new(&format!("{} compared", listed(&names)));
    summaries(&mut page, &comparison);
    curves_together(&mut page, runs, &names);
    differences(&mut page, &comparison, &names);
    page.finish(made_by)
}

/// `a, b and c`; of many the number.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if (1..4).contains(&first.len()) => format!("{} and {last}", first.join(", ")),
        [one] => one.to_string(),
        many => format!("{} runs", many.len()),
    }
}

fn summaries(page: &mut HtmlPage, comparison: &Comparison) {
    let share = |share: Option<f64>| share.map(|share| percent(share, 2));
    let loss = |loss: Option<f64>| loss.map(|loss| format!("{loss:.4}"));
    let best = |run: &Summary| run.best_epoch.map(|epoch| format!("{epoch} of {}", run.epochs));
    let count = |count: Option<usize>| count.map(words::grouped);
    type Told<'a> = &'a dyn Fn(&Summary) -> Option<String>;
    let rows: [(&str, Told<'_>); 9] = [
        ("network", &|run| run.network.clone()),
        ("parameters", &|run| count(run.parameters)),
        ("test accuracy", &|run| share(run.test_accuracy)),
        ("validation accuracy", &|run| share(run.validation_accuracy)),
        ("validation loss", &|run| loss(run.validation_loss)),
        ("best epoch", &best),
        ("training loss", &|run| loss(run.train_loss)),
        ("time of training", &|run| (run.epochs > 0).then(|| duration(run.train_seconds))),
        ("images a second", &|run| count(run.images_per_second.map(|speed| speed as usize))),
    ];
    let heading = comparison.runs.iter().map(|run| format!("<th scope=\"col\">{}</th>", Escaped(&run.name)));
    let is_known = |(_, told): &&(&str, Told<'_>)| comparison.runs.iter().any(|run| told(run).is_some());
    let row = |(name, told): &(&str, Told<'_>)| {
        let cells = comparison.runs.iter().map(|run| cell(told(run).as_deref()));
        format!("<tr><th scope=\"row\">{name}</th>{}</tr>\n", cells.collect::<String>())
    };
    page.add(format_args!(
        "<div class=\"scroll\"><table><thead><tr><td></td>{}</tr></thead>\n<tbody>{}</tbody></table></div>",
        heading.collect::<String>(),
        rows.iter().filter(is_known).map(row).collect::<String>()
    ));
    for run in &comparison.runs {
        // Where it ran isn't compared.
        for gap in run.gaps.iter().filter(|gap| gap.part != Part::Machine) {
            page.gap(&format!("{}: {}", run.name, gap.why));
        }
    }
}

fn cell(text: Option<&str>) -> String {
    format!("<td>{}</td>", Escaped(text.unwrap_or("–")))
}

fn curves_together(page: &mut HtmlPage, runs: &[Run], names: &[&str]) {
    page.heading("How they learned");
    if runs.iter().all(|run| run.history.is_empty()) {
        return page.gap("none of them has a history");
    }
    page.add(legend(names.iter().enumerate().map(|(colour, name)| (*name, colour))));
    page.add("<div class=\"columns\">");
    let percents = |measure: Measure| {
        let run = |run| points(run, measure).into_iter().map(|(x, y)| (x, 100.0 * y)).collect();
        runs.iter().map(run).collect::<Vec<_>>()
    };
    let plain = |measure: Measure| runs.iter().map(|run| points(run, measure)).collect::<Vec<_>>();
    let rates = runs.iter().map(curves::learning_rate).collect();
    let pictures = [
        ("Validation accuracy", Scale::Linear, " %", percents(|record| record.validation_accuracy)),
        ("Validation loss", Scale::Logarithmic, "", plain(|record| record.validation_loss)),
        ("Training accuracy", Scale::Linear, " %", percents(|record| Some(record.train_accuracy))),
        ("Training loss", Scale::Logarithmic, "", plain(|record| Some(record.train_loss))),
        ("Learning rate", Scale::FromZero, "", rates),
        ("Images a second", Scale::FromZero, "", plain(|record| Some(record.images_per_second))),
    ];
    for (heading, scale, unit, points) in pictures {
        let description = told(heading, names, &points);
        let lines = points.into_iter().enumerate().map(|(colour, points)| line(points, colour)).collect();
        figure(page, heading, &Chart { description, x_label: "epoch", scale, unit, lines });
    }
    page.add("</div>");
}

/// What a picture shows, in words: where each line ends.
fn told(heading: &str, names: &[&str], points: &[Vec<(f64, f64)>]) -> String {
    let ends = names.iter().zip(points).filter_map(|(name, points)| {
        let (_, last) = points.last()?;
        Some(format!("{name} ends at {}", words::short(*last as f32)))
    });
    format!("{heading} by epoch: {}", ends.collect::<Vec<_>>().join(", "))
}

fn differences(page: &mut HtmlPage, comparison: &Comparison, names: &[&str]) {
    page.heading("Where their configurations differ");
    if comparison.differences.is_empty() {
        return page.add("<p>In nothing that is known of them.</p>");
    }
    let heading: String =
        names.iter().map(|name| format!("<th scope=\"col\">{}</th>", Escaped(name))).collect();
    let row = |difference: &Difference| {
        let cells: String = difference.values.iter().map(|value| cell(value.as_deref())).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", Escaped(&difference.key))
    };
    page.add(format_args!(
        "<div class=\"scroll\"><table><thead><tr><td></td>{heading}</tr></thead>\n<tbody>{}</tbody></table></div>",
        comparison.differences.iter().map(row).collect::<String>()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::Model;

    #[test]
    fn runs_stand_side_by_side() {
        let record = r#"{"epoch":1,"train_seconds":2,"train_loss":0.5,"train_accuracy":0.9,"validation_loss":0.4,"validation_accuracy":0.95,"learning_rate":0.001,"images_per_second":20000}"#;
        let run = |name: &str, yaml: &str| {
            let mut run = Run::of_model(name, Model::default());
            run.history = vec![serde_json::from_str(record).unwrap()];
            run.config = Some(inkdigit_train::config::parse_yaml(yaml, "test").unwrap());
            run.gaps.clear();
            run
        };
        let page = html(&[run("a<b", "seed: 3\n"), run("c", "seed: 4\nnetwork: mlp\n")], "by a test");
        let parts =
            ["<title>a&lt;b and c compared", "95.00 %", "Validation loss by epoch", ">seed<", "<td>mlp</td>"];
        for part in parts {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("class=\"plot\"").count(), 6);
        assert!(page.contains("var(--series-1, ") && !page.contains("batch_size"));
    }

    #[test]
    fn many_runs_are_counted() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a"; 9]), "9 runs");
    }

    #[test]
    fn runs_without_history_are_told() {
        let run = Run::of_model("default", Model::default());
        let page = html(&[run.clone(), run], "");
        assert!(page.contains("none of them has a history") && page.contains("In nothing that is known"));
    }
}
