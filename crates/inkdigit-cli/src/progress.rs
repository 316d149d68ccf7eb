//! How far a long job is: a bar on a terminal, plain lines elsewhere. Always on stderr.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use inkdigit::download::{self, MIRRORS, MNIST};

use crate::output;

/// Fetches MNIST into a folder, from these mirrors or the known ones, and says so.
///
/// # Errors
/// Those of [`download::fetch`].
pub fn download(folder: &Path, mirrors: &[String]) -> Result<()> {
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
