//! Finders are written as they are: their file is one that other programs run.

use std::path::Path;

use anyhow::Result;
use inkdigit::export::ExportOptions;
use inkdigit::finder::Finder;
use inkdigit::{Error, atomic};
use inkdigit_train::config::Task;
use inkdigit_train::train::saved_task;

use super::{Args, Written};
use crate::args::open_finder;
use crate::output::{self, Usage};

/// Whether a model's name is that of a finder, or of a finder's training that hasn't ended.
pub(super) fn is_meant(name: &str) -> bool {
    let path = Path::new(name);
    Finder::is_at(path) || matches!(saved_task(path), Ok(Task::Finder(_)))
}

/// Writes a finder's file.
pub(super) fn write(args: &Args) -> Result<()> {
    let refused = [
        ("--to", args.to.is_some()),
        ("--opset", args.opset != ExportOptions::default().opset),
        ("--probabilities", args.probabilities),
        ("--uint8-input", args.uint8_input),
        ("--keep-batch-norm", args.keep_batch_norm),
        ("--with-test-data", args.with_test_data > 0),
        ("--tar", args.tar),
    ];
    if let Some((flag, _)) = refused.iter().find(|(_, given)| *given) {
        let name = args.subject.name();
        return Err(Usage(format!("{flag} isn't for finders, and {name} is one: leave it out")).into());
    }
    let finder = open_finder(Path::new(args.subject.name()))?;
    let file = args.out.as_deref().expect("one of --out and --to is given");
    if file.exists() && !args.force {
        return Err(Error::Exists { path: file.to_owned() }.into());
    }
    let bytes = finder.to_bytes()?;
    atomic::write_file(file, |out| out.write_all(&bytes))?;
    if args.json {
        output::json(&Written { file, bytes: bytes.len(), opset: args.opset, test_data_sets: 0 })?;
    } else {
        output::line(format_args!("wrote {} for opset {}", file.display(), args.opset))?;
    }
    Ok(())
}
