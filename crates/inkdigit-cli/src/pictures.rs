//! Pictures that commands write: their names, and the stages of preprocessing.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use inkdigit::atomic;
use inkdigit::preprocess::Trace;

/// Makes a folder, unless there is one.
///
/// # Errors
/// Those of the file system.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a picture, whole or not at all.
///
/// # Errors
/// Those of the file system.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(atomic::write_file(path, |out| out.write_all(bytes))?)
}

/// A name for each file, to make others of: without folder and extension, and with a number where several would
/// be called the same.
pub(crate) fn stems(files: &[PathBuf]) -> Vec<String> {
    let stem = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let plain: Vec<String> = files.iter().map(stem).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::new();
    for name in &plain {
        let count = seen.entry(name.clone()).or_default();
        let unique = loop {
            *count += 1;
            let candidate = if *count == 1 { name.clone() } else { format!("{name}-{count}") };
            // `a`, `a`, `a-2`: the third can't have what the second was given, nor the second the third's own.
            if !names.contains(&candidate) && (*count == 1 || !plain.contains(&candidate)) {
                break candidate;
            }
        };
        names.push(unique);
    }
    names
}

/// Writes the picture of each stage of preprocessing: `STEM-0-STAGE.png` and so on.
///
/// # Errors
/// Those of the file system.
pub(crate) fn save_stages(folder: &Path, stem: &str, trace: &Trace) -> Result<()> {
    for (number, (stage, picture)) in trace.stages().iter().enumerate() {
        save(&folder.join(format!("{stem}-{number}-{stage}.png")), &picture.to_png())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_same_name_get_numbers() {
        let files = ["x/a.png", "y/a.jpg", "b.png", "a-2.png", "z/a.png"].map(PathBuf::from);
        assert_eq!(stems(&files), ["a", "a-3", "b", "a-2", "a-4"]);
    }
}
