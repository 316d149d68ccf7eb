//! Where models are: built in, in a file, in a training's folder, or among the versions in a folder, as
//! `DIR/3/model.onnx`.

use std::path::{Path, PathBuf};

use super::{MODEL_FILE, TRAINED};
use crate::error::{Error, Result};

/// Where a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this library, by this name.
    BuiltIn(&'static str),
    /// In this file.
    File(PathBuf),
}

impl Place {
    /// Where the model is that a person calls so: a name from [`TRAINED`], a file, a training's folder, a
    /// folder of versions (the newest is meant), or `DIR@V` for version V in it.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], [`Error::NoModelInFolder`], [`Error::NoSuchVersion`].
    pub fn of(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if let Some(name) = TRAINED.iter().find(|name| path == Path::new(name)) {
            return Ok(Self::BuiltIn(name));
        }
        if path.is_dir() {
            return in_folder(path).map(Self::File);
        }
        if path.exists() {
            return Ok(Self::File(path.to_owned()));
        }
        // A name with @ in it is a version's only if nothing is called so.
        let versioned = path.to_str().and_then(|text| text.rsplit_once('@'));
        match versioned.map(|(dir, version)| (Path::new(dir), version)).filter(|(dir, _)| dir.is_dir()) {
            Some((dir, version)) => of_version(dir, version).map(Self::File),
            None => Err(Error::ModelNotFound { path: path.to_owned(), known: TRAINED.to_vec() }),
        }
    }
}

/// The file of a version in a folder of versions.
pub fn version_file(dir: &Path, version: u64) -> PathBuf {
    dir.join(version.to_string()).join(MODEL_FILE)
}

/// The versions in a folder, oldest first; none if it holds none or can't be read.
pub fn versions(dir: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let number = |name: std::ffi::OsString| name.to_str().and_then(version_of);
    let mut found: Vec<u64> = entries.filter_map(|entry| number(entry.file_name())).collect();
    found.retain(|&version| version_file(dir, version).is_file());
    found.sort_unstable();
    found
}

/// A version as it is written: a number without leading zeros, so that each has one name.
fn version_of(text: &str) -> Option<u64> {
    text.parse().ok().filter(|version: &u64| version.to_string() == text)
}

fn in_folder(dir: &Path) -> Result<PathBuf> {
    let file = dir.join(MODEL_FILE);
    if file.is_file() {
        return Ok(file);
    }
    match versions(dir).last() {
        Some(&newest) => Ok(version_file(dir, newest)),
        None => Err(Error::NoModelInFolder { dir: dir.to_owned(), expected: MODEL_FILE }),
    }
}

fn of_version(dir: &Path, version: &str) -> Result<PathBuf> {
    let known = versions(dir);
    match version_of(version).filter(|number| known.contains(number)) {
        Some(number) => Ok(version_file(dir, number)),
        None => Err(Error::NoSuchVersion { dir: dir.to_owned(), found: version.into(), known }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_the_largest_number() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        for version in ["2", "10", "9", "010", "draft"] {
            std::fs::create_dir(dir.join(version)).unwrap();
            std::fs::write(dir.join(version).join(MODEL_FILE), version).unwrap();
        }
        std::fs::create_dir(dir.join("11")).unwrap(); // without a model in it yet
        assert_eq!(versions(dir), [2, 9, 10]);
        assert_eq!(Place::of(dir).unwrap(), Place::File(dir.join("10").join(MODEL_FILE)));
        let named = |version: &str| Place::of(format!("{}@{version}", dir.display()));
        assert_eq!(named("2").unwrap(), Place::File(dir.join("2").join(MODEL_FILE)));
        for version in ["11", "010", "draft", ""] {
            let error = named(version).unwrap_err().to_string();
            assert!(
                error.contains(&format!("no version {version}")) && error.contains("2, 9, 10"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_model_in_the_folder_itself_goes_before_versions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(MODEL_FILE);
        std::fs::create_dir(folder.path().join("1")).unwrap();
        std::fs::write(version_file(folder.path(), 1), "").unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(Place::of(folder.path()).unwrap(), Place::File(file));
        let odd = folder.path().join("model@2");
        std::fs::write(&odd, "").unwrap();
        assert_eq!(Place::of(&odd).unwrap(), Place::File(odd), "a file called so is that file");
    }

    #[test]
    fn places_without_a_model_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Place::of("default").unwrap(), Place::BuiltIn("default"));
        let error = Place::of(folder.path().join("none")).unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("default"), "{error}");
        assert!(matches!(Place::of(folder.path()), Err(Error::NoModelInFolder { .. })));
        assert!(matches!(Place::of("no/such@1"), Err(Error::ModelNotFound { .. })));
    }
}
