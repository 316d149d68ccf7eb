//! `inkdigit compare`: training runs side by side.

use std::path::PathBuf;

use anyhow::Result;
use inkdigit::{Error, atomic};
use inkdigit_train::train::{self, Comparison, Part, Run, Summary};

use crate::examples;
use crate::output::{self, Table, grouped};

/// Puts training runs side by side
///
/// Prints what each came to and where their configurations differ. With --out it writes a page as well, one HTML
/// file with the curves of all of them together.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::COMPARE)]
pub(crate) struct Args {
    /// Training runs' folders.
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    runs: Vec<PathBuf>,

    /// Write an HTML page.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace what is there already.
    #[arg(long)]
    force: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    if let Some(path) = args.out.as_ref().filter(|path| !args.force && path.exists()) {
        return Err(Error::Exists { path: path.clone() }.into());
    }
    let (mut runs, mut finders) = (Vec::new(), Vec::new());
    for dir in &args.runs {
        match Run::open(dir) {
            // `runs/*` names all there are.
            Err(finder @ inkdigit_train::Error::FinderRun { .. }) => finders.push(finder),
            run => runs.push(run?),
        }
    }
    if runs.is_empty()
        && let Some(finder) = finders.pop()
    {
        return Err(finder.into());
    }
    for finder in finders {
        output::note(format_args!("{finder}: it is left out"));
    }
    let comparison = train::compare(&runs);
    if let Some(path) = &args.out {
        let html = inkdigit_view::compare::html(&runs, &output::made_by());
        atomic::write_file(path, |out| out.write_all(html.as_bytes()))?;
    }
    if args.json {
        return Ok(output::json(&comparison)?);
    }
    print(&comparison)?;
    if let Some(path) = &args.out {
        output::note(format_args!("the page is {}", path.display()));
    }
    Ok(())
}

fn print(comparison: &Comparison) -> std::io::Result<()> {
    let headings = [
        "run",
        "network",
        "parameters",
        "epochs",
        "best",
        "validation",
        "loss",
        "test",
        "seconds",
        "images/s",
    ];
    let mut table = Table::new(&headings);
    for run in &comparison.runs {
        table.row(row(run));
    }
    output::line(&table)?;
    if !comparison.differences.is_empty() {
        let names = comparison.runs.iter().map(|run| run.name.as_str());
        let mut table = Table::new(&std::iter::once("key").chain(names).collect::<Vec<_>>());
        for difference in &comparison.differences {
            let values = difference.values.iter().map(|value| value.clone().unwrap_or_else(|| "-".into()));
            table.row(std::iter::once(difference.key.clone()).chain(values).collect());
        }
        output::line(format_args!("\n{table}"))?;
    }
    for run in &comparison.runs {
        // Where it ran isn't compared.
        for gap in run.gaps.iter().filter(|gap| gap.part != Part::Machine) {
            output::note(format_args!("{}: {}", run.name, gap.why));
        }
    }
    Ok(())
}

fn row(run: &Summary) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let percent = |share: Option<f64>| or_dash(share.map(|share| format!("{:.2} %", 100.0 * share)));
    let count = |count: Option<usize>| or_dash(count.map(grouped));
    vec![
        run.name.clone(),
        or_dash(run.network.clone()),
        count(run.parameters),
        run.epochs.to_string(),
        count(run.best_epoch),
        percent(run.validation_accuracy),
        or_dash(run.validation_loss.map(|loss| format!("{loss:.4}"))),
        percent(run.test_accuracy),
        format!("{:.1}", run.train_seconds),
        count(run.images_per_second.map(|speed| speed as usize)),
    ]
}
