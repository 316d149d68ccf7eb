//! Writing files whole or not at all: into a temporary file of the same folder, synced, then renamed over
//! the target. A crash, a full disk or Ctrl-C leaves the last good file.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes `path` with what `write` puts out; on any failure the file keeps its former content.
///
/// # Errors
/// [`Error::Write`] for a place that can't be written, [`Error::DiskFull`], and what `write` returns.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers.txt");
/// inkdigit::atomic::write_file(&path, |out| out.write_all(b"314"))?;
///
/// let failed = inkdigit::atomic::write_file(&path, |out| {
///     out.write_all(b"half of it")?;
///     Err(std::io::Error::other("power cut"))
/// });
/// assert!(failed.is_err() && std::fs::read(&path)? == b"314");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = |cause| Error::write(path, cause);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".inkdigit-").suffix(".tmp");
    // Temporary files are private by default; what replaces a user's file shall be as any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder_of(path)).map_err(failed)?;

    let mut buffered = BufWriter::with_capacity(1 << 18, file);
    write(&mut buffered).map_err(failed)?;
    let file = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What may go wrong while a folder is filled: an error of this crate, or one that may hold one.
pub trait FolderError: From<Error> {
    /// The error of this crate that it is or holds.
    fn library(&mut self) -> Option<&mut Error>;
}

impl FolderError for Error {
    fn library(&mut self) -> Option<&mut Error> {
        Some(self)
    }
}

/// Makes the folder `path` with what `fill` puts into it; on any failure nothing of it exists.
///
/// # Errors
/// [`Error::FolderNotEmpty`] if the folder exists and isn't empty, [`Error::Write`], [`Error::DiskFull`],
/// and what `fill` returns.
pub fn write_folder<E: FolderError>(
    path: &Path,
    fill: impl FnOnce(&Path) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let failed = |cause| Error::write(path, cause);
    if path.exists() {
        let mut entries = std::fs::read_dir(path).map_err(failed)?;
        if entries.next().is_some() {
            return Err(Error::FolderNotEmpty { path: path.to_owned() }.into());
        }
        std::fs::remove_dir(path).map_err(failed)?;
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".inkdigit-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let temporary = builder.tempdir_in(folder_of(path)).map_err(failed)?;
    // What is being filled has a passing name; the user knows the place by its own.
    fill(temporary.path()).map_err(|mut error| {
        if let Some(Error::Write { path: named, .. } | Error::DiskFull { path: named }) = error.library() {
            *named = path.to_owned();
        }
        error
    })?;
    std::fs::rename(temporary.path(), path).map_err(failed)?;
    let _renamed = temporary.keep();
    Ok(())
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_former_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_file(&path, |out| out.write_all(b"first")).unwrap();
        let failure = write_file(&path, |out| {
            out.write_all(b"sec")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(failure, Err(Error::DiskFull { .. })), "{failure:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file remains");
    }

    #[test]
    fn a_place_that_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(&folder.path().join("none/a.txt"), |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error}");
        assert!(error.to_string().contains("none/a.txt"), "{error}");
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set");
        let fill = |into: &Path| write_file(&into.join("a"), |out| out.write_all(b"a"));
        let failure = write_folder(&path, |into| {
            fill(into)?;
            Err::<(), _>(Error::DiskFull { path: into.to_owned() })
        });
        assert!(matches!(failure, Err(Error::DiskFull { path: named }) if named == path));
        assert!(!path.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        write_folder(&path, fill).unwrap();
        assert!(path.join("a").exists());
        assert!(matches!(write_folder(&path, fill), Err(Error::FolderNotEmpty { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn files_get_ordinary_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write_file(&ours, |_| Ok(())).unwrap();
        std::fs::write(&plain, b"").unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
