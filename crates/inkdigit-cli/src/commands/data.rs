//! `inkdigit data`: fetch it, look at it, turn it into other forms, make some up.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use inkdigit::atomic;
use inkdigit_train::data::{Source, csv, folder, idx};
use inkdigit_train::{Dataset, Error, Split, download};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::args::DataArgs;
use crate::output::{self, Table, Usage, grouped};
use crate::{examples, progress};

mod synth;

/// Downloads, describes, converts and makes up data sets
///
/// A data set is a folder with a training and a test part, as IDX files (MNIST's own form), as CSV files
/// (label, then 784 pixels) or as pictures by label (train/0 to train/9). Every command takes any of the
/// forms by `--data DIR` or the variable INKDIGIT_DATA.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DATA)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Download(DownloadArgs),
    Info(InfoArgs),
    Convert(ConvertArgs),
    Synth(synth::Args),
}

/// Fetches MNIST
///
/// Tries several mirrors in turn, goes on where an earlier download broke off, checks the SHA-256 of what
/// came, and only then moves each file into place. Other commands do the same the first time they need
/// MNIST.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DATA_DOWNLOAD)]
struct DownloadArgs {
    /// Where to put the files; the cache folder, where every command looks, if left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Address of a mirror to use instead of the known ones; may be given several times.
    #[arg(long = "mirror", value_name = "URL")]
    mirrors: Vec<String>,
}

/// Describes a data set
///
/// Says for both parts where they were found, how many digits they hold, how often each digit occurs, the
/// mean and deviation of their pixels (0 to 1), and the SHA-256 of the images in IDX form, which it
/// compares with MNIST's.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DATA_INFO)]
struct InfoArgs {
    #[command(flatten)]
    data: DataArgs,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Turns a data set into another form
///
/// Reads any form and writes IDX files, CSV files or PNG pictures by label into a new folder, which appears
/// whole or not at all. What exists is never overwritten.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::DATA_CONVERT)]
struct ConvertArgs {
    /// The form to write.
    #[arg(long, value_enum)]
    to: FolderFormat,

    /// The new folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Only this part; both if left out.
    #[arg(long, value_enum)]
    split: Option<SplitChoice>,

    /// Compress IDX files.
    #[arg(long)]
    gzip: bool,

    #[command(flatten)]
    data: DataArgs,
}

/// A form to write.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FolderFormat {
    /// MNIST's own binary form.
    Idx,
    /// Label, then 784 pixels, on each line.
    Csv,
    /// A picture for each digit, in folders by label.
    Png,
}

/// A part of the data.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum SplitChoice {
    Train,
    Test,
}

impl SplitChoice {
    fn split(self) -> Split {
        match self {
            Self::Train => Split::Train,
            Self::Test => Split::Test,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Download(args) => download_mnist(args),
        Command::Info(args) => info(args),
        Command::Convert(args) => convert(args),
        Command::Synth(args) => synth::run(&args),
    }
}

fn download_mnist(args: DownloadArgs) -> Result<()> {
    let folder = match args.out {
        Some(folder) => folder,
        None => download::cache_folder()?,
    };
    progress::download(&folder, &args.mirrors)?;
    output::line(format_args!("MNIST is in {}: 4 files, each with the right SHA-256", folder.display()))?;
    Ok(())
}

/// What `inkdigit data info` says of one part.
#[derive(Serialize)]
struct Info {
    split: &'static str,
    source: String,
    images: usize,
    counts: [usize; 10],
    mean: f64,
    deviation: f64,
    sha256: String,
    /// Which published set the checksum belongs to.
    known_as: Option<&'static str>,
}

impl Info {
    fn new(split: Split, source: &Source, data: &Dataset) -> Self {
        let values = data.images().len().max(1) as f64;
        let (mut sum, mut squares) = (0u64, 0u64);
        for &pixel in data.images() {
            sum += pixel as u64;
            squares += pixel as u64 * pixel as u64;
        }
        let mean = sum as f64 / values;
        let deviation = (squares as f64 / values - mean * mean).max(0.0).sqrt();
        let sha256 = checksum(data);
        let is_mnist = download::MNIST.iter().any(|file| file.sha256 == sha256);
        let known_as = is_mnist.then_some(match split {
            Split::Train => "MNIST's training images",
            Split::Test => "MNIST's test images",
        });
        Self {
            split: split.name(),
            source: source.to_string(),
            images: data.len(),
            counts: data.counts(),
            mean: mean / 255.0,
            deviation: deviation / 255.0,
            sha256,
            known_as,
        }
    }
}

/// The SHA-256 of the images as an IDX file, whatever form they came in.
fn checksum(data: &Dataset) -> String {
    let mut hasher = Hasher(Sha256::new());
    // A hasher takes whatever is written to it.
    let _ = idx::write_images(&mut hasher, data.images(), false);
    hasher.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hasher(Sha256);

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn info(args: InfoArgs) -> Result<()> {
    let parts = open_parts(&args.data.folder()?, &[Split::Train, Split::Test])?;
    let infos: Vec<Info> =
        parts.iter().map(|(split, source, data)| Info::new(*split, source, data)).collect();
    if args.json {
        return Ok(output::json(&infos)?);
    }
    for info in &infos {
        output::line(format_args!("{} set: {} digits", info.split, grouped(info.images)))?;
        output::line(format_args!("  from       {}", info.source))?;
        output::line(format_args!("  pixels     mean {:.4}, deviation {:.4}", info.mean, info.deviation))?;
        let known = info.known_as.map_or("no set known here".to_string(), |name| format!("ok, {name}"));
        output::line(format_args!("  SHA-256    {} ({known})", info.sha256))?;
    }
    let headings: Vec<&str> = ["digit"].into_iter().chain(infos.iter().map(|info| info.split)).collect();
    let mut table = Table::new(&headings);
    for digit in 0..10 {
        let counts = infos.iter().map(|info| info.counts[digit].to_string());
        table.row([digit.to_string()].into_iter().chain(counts).collect());
    }
    output::line(table)?;
    Ok(())
}

/// The parts of the data in a folder, of those asked for: a folder may hold one alone.
fn open_parts(folder: &Path, splits: &[Split]) -> Result<Vec<(Split, Source, Dataset)>> {
    let mut parts: Vec<(Split, Source, Dataset)> = Vec::new();
    let mut missing = None;
    for &split in splits {
        match Source::find(folder, split) {
            // Pictures in bare folders 0 to 9 serve as either part; once is enough.
            Ok(source) if parts.iter().any(|(_, other, _)| *other == source) => {}
            Ok(source) => {
                let data = source.read()?;
                parts.push((split, source, data));
            }
            Err(error @ Error::MissingData { .. }) => missing = missing.or(Some(error)),
            Err(error) => return Err(error.into()),
        }
    }
    match missing {
        Some(error) if parts.is_empty() => Err(error.into()),
        _ => Ok(parts),
    }
}

fn convert(args: ConvertArgs) -> Result<()> {
    if args.gzip && args.to != FolderFormat::Idx {
        return Err(Usage("--gzip is for IDX files; leave it out, or convert with --to idx".into()).into());
    }
    let splits = match args.split {
        Some(part) => vec![part.split()],
        None => vec![Split::Train, Split::Test],
    };
    let parts = open_parts(&args.data.folder()?, &splits)?;
    let parts: Vec<(Split, &Dataset)> = parts.iter().map(|(split, _, data)| (*split, data)).collect();
    write_parts(&args.out, &parts, args.to, args.gzip)?;
    let total: usize = parts.iter().map(|(_, data)| data.len()).sum();
    output::line(format_args!("{} digits written to {}", grouped(total), args.out.display()))?;
    Ok(())
}

/// Writes parts of a data set into a new folder, under the names by which [`Source::find`] knows them.
fn write_parts(out: &Path, parts: &[(Split, &Dataset)], form: FolderFormat, gzip: bool) -> Result<()> {
    make_parent(out)?;
    atomic::write_folder(out, |dir| {
        for &(split, data) in parts {
            write_part(dir, split, data, form, gzip)?;
        }
        Ok::<(), Error>(())
    })?;
    Ok(())
}

/// Makes the folder in which `out` shall appear.
fn make_parent(out: &Path) -> Result<()> {
    if let Some(parent) = out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make the folder {}; choose another place", parent.display()))?;
    }
    Ok(())
}

fn write_part(
    dir: &Path,
    split: Split,
    data: &Dataset,
    form: FolderFormat,
    gzip: bool,
) -> inkdigit_train::Result<()> {
    let (idx_name, name) = match split {
        Split::Train => ("train", "train"),
        Split::Test => ("t10k", "test"),
    };
    let end = if gzip { ".gz" } else { "" };
    match form {
        FolderFormat::Idx => {
            let images = dir.join(format!("{idx_name}-images-idx3-ubyte{end}"));
            atomic::write_file(&images, |out| idx::write_images(out, data.images(), gzip))?;
            let labels = dir.join(format!("{idx_name}-labels-idx1-ubyte{end}"));
            atomic::write_file(&labels, |out| idx::write_labels(out, data.labels(), gzip))?;
        }
        FolderFormat::Csv => {
            atomic::write_file(&dir.join(format!("mnist_{name}.csv")), |out| csv::write(out, data))?;
        }
        FolderFormat::Png => folder::write(&dir.join(name), data)?,
    }
    Ok(())
}
