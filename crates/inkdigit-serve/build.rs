//! Packs the pages that the server shows into the program: those of the browser build, and its own in `pages`.
//!
//! Each is packed once, here, and mostly sent as it is: the program is smaller by two thirds of what they are.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut list = String::from("&[\n");
    // `www` is a link to the browser build, and so that build's files in the package on crates.io. Where links are
    // no links, as in some checkouts on Windows, its own place is looked at.
    let linked = manifest.join("www");
    let www = if linked.is_dir() { linked } else { manifest.join("../inkdigit-web/www") };
    // Where the browser build isn't there, the plain page stands at its place.
    for folder in [manifest.join("pages"), www] {
        println!("cargo::rerun-if-changed={}", folder.display());
        if folder.is_dir() {
            pack(&folder, "", &out, &mut list)?;
        }
    }
    list += "]\n";
    fs::write(out.join("assets.rs"), list)
}

/// Packs the files of a folder, and of those in it, under their paths.
fn pack(folder: &Path, prefix: &str, out: &Path, list: &mut String) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let (file, name) = (entry.path(), entry.file_name().into_string().expect("a name in UTF-8"));
        let path = format!("{prefix}/{name}");
        if file.is_dir() {
            pack(&file, &path, out, list)?;
        } else if !name.starts_with('.') {
            println!("cargo::rerun-if-changed={}", file.display());
            let content = fs::read(&file)?;
            let mut crc = Crc::new();
            crc.update(&content);
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            packed.write_all(&content)?;
            let target = out.join(format!("{}.gz", path.replace('/', "_")));
            fs::write(&target, packed.finish()?)?;
            let tag = format!("{:08x}-{:x}", crc.sum(), content.len());
            writeln!(list, "Asset {{ path: {path:?}, tag: {tag:?}, packed: include_bytes!({target:?}) }},")
                .expect("text is written into memory");
        }
    }
    Ok(())
}
