//! A folder that a command fills with files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use inkdigit::{Error, atomic};

/// A file's name and content.
pub(crate) type File = (String, Vec<u8>);

/// Writes files into a new or empty folder, all of them or none. With `force` they may also go into one that
/// has others already: those of the same names are replaced, one by one, all else stays.
///
/// # Errors
/// If the folder isn't empty and nobody forces it; those of the file system.
pub(crate) fn write(folder: &Path, files: &[File], force: bool) -> Result<()> {
    if force && folder.is_dir() {
        for (name, bytes) in files {
            atomic::write_file(&folder.join(name), |out| out.write_all(bytes))?;
        }
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above).with_context(|| format!("cannot make the folder {}", above.display()))?;
    }
    atomic::write_folder(folder, |into| fill(into, files)).map_err(|error: Error| match error {
        Error::FolderNotEmpty { path } => anyhow!(
            "{} is not empty: choose a new folder, or add --force, which replaces files of the same names there",
            path.display()
        ),
        other => other.into(),
    })
}

/// The folder appears as a whole, so its files needn't one by one; waiting for the disk after each of dozens
/// would take longer than all the rest.
fn fill(folder: &Path, files: &[File]) -> inkdigit::Result<()> {
    files.iter().try_for_each(|(name, bytes)| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|source| Error::Write { path, source })
    })
}

/// A name for a file made of a layer's: letters, digits, dots, dashes and underscores alone, whatever the layer's
/// is, and not too long for any file system.
pub(crate) fn safe_name(name: &str) -> String {
    const MOST: usize = 60;
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let start = name.chars().count().saturating_sub(MOST);
    name.chars().skip(start).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_names_become_files_names() {
        assert_eq!(safe_name("conv1"), "conv1");
        assert_eq!(safe_name("../a b/Conv:0\0é"), "..-a-b-Conv-0--");
        assert_eq!(safe_name(&"x/".repeat(100)).len(), 60);
    }
}
