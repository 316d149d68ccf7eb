//! The browser build: WebAssembly with and without vectors, the page and the npm package, in one folder that any
//! server can hand out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::files::files_below;

mod assemble;
mod compile;
mod sources;

/// Build the browser's files, or check that those in the repository are current.
#[derive(clap::Args)]
#[command(after_help = "\
The built files lie in crates/inkdigit-web/www and are part of the repository, with the checksums of what they
were built from in crates/inkdigit-web/www.sha256.

Building needs the standard library's sources and a linker for WebAssembly:
  rustup:  rustup component add rust-src
  Debian:  apt-get install rustc-web cargo-web rust-web-src libstd-rust-web-dev lld
and the tool `wasm-bindgen` in the library's version; it is installed under target/web-tools where it is missing.
Checking needs none of this.

Examples:
  cargo xtask web              build www
  cargo xtask web --check      exit with an error if www isn't what its sources make
  cargo xtask web --out DIR    build into another folder; INKDIGIT_WWW=DIR tests what is there
  cargo xtask web --debug      keep function names, to profile or to see where a trap comes from")]
pub(crate) struct Args {
    /// Build nothing: say whether the built files are those of the present sources.
    #[arg(long)]
    check: bool,

    /// Build into this folder, and leave the repository's files as they are.
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,

    /// Of the builds only this one: relaxed, simd or plain.
    #[arg(long, value_name = "NAME", requires = "out")]
    only: Option<String>,

    /// Keep the functions' names in the WebAssembly files.
    #[arg(long, conflicts_with = "check")]
    debug: bool,
}

impl Args {
    /// To check, and build nothing.
    pub(crate) fn check() -> Self {
        Self { check: true, out: None, only: None, debug: false }
    }
}

/// The builds by the names of their files, with the compiler's flags. WebAssembly can't ask what the
/// processor has: a module with vectors doesn't load where there are none.
const BUILDS: [(&str, &str); 3] = [
    ("relaxed", "-C target-feature=+simd128,+relaxed-simd"),
    ("simd", "-C target-feature=+simd128"),
    ("plain", "-C target-feature=-simd128"),
];

/// Where things lie.
struct Places {
    root: PathBuf,
    /// The page's sources.
    page: PathBuf,
    /// What the page fetches when the first picture comes.
    finder: PathBuf,
    /// The built files.
    www: PathBuf,
    /// What they were built from.
    record: PathBuf,
}

impl Places {
    fn new(root: PathBuf) -> Self {
        let web = root.join("crates/inkdigit-web");
        let finder = root.join("crates/inkdigit/models/finder.onnx");
        Self { finder, page: web.join("page"), www: web.join("www"), record: web.join("www.sha256"), root }
    }
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let places = Places::new(crate::root());
    if args.check {
        return check(&places);
    }
    let toolchain = compile::Toolchain::find()?;
    let mut inputs = files_below(&places.page)?;
    let bindgen = compile::wasm_bindgen(&places.root)?;
    let pkg = compile::target_folder(&places.root).join("web-pkg");
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| only == name);
    let builds: Vec<_> = BUILDS.into_iter().filter(|(name, _)| wanted(name)).collect();
    ensure!(!builds.is_empty(), "--only takes one of {:?}", BUILDS.map(|(name, _)| name));
    for &(name, flags) in &builds {
        let built = toolchain.build(&places.root, flags)?;
        compile::bind(&bindgen, &built.module, &pkg.join(name), args.debug)?;
        inputs.extend(built.sources);
    }
    let www = args.out.as_ref().unwrap_or(&places.www);
    let names: Vec<&str> = builds.iter().map(|&(name, _)| name).collect();
    inputs.push(places.finder.clone());
    assemble::www(&places.page, &places.finder, &pkg, &names, www)?;
    if args.out.is_none() {
        let record = sources::record(&places, inputs)?;
        let written = fs::write(&places.record, record);
        written.with_context(|| format!("cannot write {}", places.record.display()))?;
    }
    report(www, &names)
}

fn check(places: &Places) -> Result<()> {
    let record = fs::read_to_string(&places.record)
        .with_context(|| format!("cannot read {}; build with `cargo xtask web`", places.record.display()))?;
    let stale = sources::stale(places, &record)?;
    ensure!(
        stale.is_empty(),
        "crates/inkdigit-web/www isn't what the present sources make: build it with `cargo xtask web`. Changed since:\n  {}",
        stale.join("\n  ")
    );
    println!("crates/inkdigit-web/www is current");
    Ok(())
}

/// Says what was built, and how much of it is downloaded.
fn report(www: &Path, builds: &[&str]) -> Result<()> {
    for name in builds {
        let module = www.join("pkg").join(name).with_extension("wasm");
        let bytes =
            fs::metadata(&module).with_context(|| format!("{} wasn't built", module.display()))?.len();
        println!("{name}: {} kB", bytes.div_ceil(1000));
    }
    println!("built {}", www.display());
    Ok(())
}
