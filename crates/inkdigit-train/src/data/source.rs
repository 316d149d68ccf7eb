//! Which data set a folder holds, by the names in use: MNIST's own and those of its kin.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Dataset, Split, folder};
use crate::error::{Error, Result};
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE, PictureLimits};

/// Where one part of a data set is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A pair of IDX files.
    Idx {
        /// The images.
        images: PathBuf,
        /// The labels.
        labels: PathBuf,
        /// Whether each image lies on its side, as EMNIST's do.
        transposed: bool,
    },
    /// CSV files, in their order.
    Csv(Vec<PathBuf>),
    /// A folder of pictures by label.
    Folder(PathBuf),
}

const EXPECTED: [&str; 2] = [
    "train-images-idx3-ubyte[.gz] with its labels, mnist_train*.csv, or pictures in train/0 to train/9",
    "t10k-images-idx3-ubyte[.gz] with its labels, mnist_test*.csv, or pictures in test/0 to test/9",
];

impl Source {
    /// Recognises the part `split` of the data set in `dir`: IDX files (MNIST's names, with "-" or ".", with
    /// or without ".gz", with or without a set's name before; also in `MNIST/raw` or `raw` below), CSV files
    /// with "train" or "test" in their names, or pictures in `train/<0..9>` and `test/<0..9>`. Pictures in
    /// `<0..9>` right in `dir` serve as either part.
    ///
    /// # Errors
    /// [`Error::Read`](inkdigit::Error::Read), [`Error::MissingData`], [`Error::AmbiguousData`].
    pub fn find(dir: &Path, split: Split) -> Result<Self> {
        let missing = || Error::MissingData {
            dir: dir.to_owned(),
            split: split.name(),
            expected: EXPECTED[(split == Split::Test) as usize],
        };
        match std::fs::metadata(dir) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
            Err(cause) => return Err(Error::read(dir, cause)),
            Ok(_) => {}
        }
        // PyTorch's and others' downloads lie two floors down.
        for folder in [dir.to_owned(), dir.join("MNIST/raw"), dir.join("raw")] {
            if folder.is_dir()
                && let Some(found) = idx_in(&folder, split)?
            {
                return Ok(found);
            }
        }
        let csv = csv_in(dir, split)?;
        if !csv.is_empty() {
            return Ok(Self::Csv(csv));
        }
        let names: &[&str] = match split {
            Split::Train => &["train", "training"],
            Split::Test => &["test", "testing"],
        };
        let folders = names.iter().map(|name| dir.join(name)).chain([dir.to_owned()]);
        folders.into_iter().find(|dir| folder::is_labelled(dir)).map(Self::Folder).ok_or_else(missing)
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of [`Dataset::read_idx`], [`Dataset::read_csv`] and [`folder::read`].
    pub fn read(&self) -> Result<Dataset> {
        match self {
            Self::Idx { images, labels, transposed } => {
                let mut data = Dataset::read_idx(images, labels)?;
                if *transposed {
                    data.images.chunks_exact_mut(IMAGE_PIXELS).for_each(transpose);
                }
                Ok(data)
            }
            Self::Csv(paths) => Dataset::read_csv(paths),
            Self::Folder(dir) => folder::read(dir, PictureLimits::default()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idx { images, .. } => write!(f, "{}", images.display()),
            Self::Csv(paths) => {
                let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                f.write_str(&names.join(", "))
            }
            Self::Folder(dir) => write!(f, "{}", dir.display()),
        }
    }
}

/// Names of the files in a folder, in order; `2` before `10`.
fn names(dir: &Path) -> Result<Vec<String>> {
    let failed = |cause| Error::read(dir, cause);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
            && entry.path().is_file()
        {
            names.push(name);
        }
    }
    names.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    Ok(names)
}

fn is_of(split: Split, name: &str) -> bool {
    match split {
        Split::Train => name.contains("train"),
        Split::Test => (name.contains("t10k") || name.contains("test")) && !name.contains("train"),
    }
}

fn csv_in(dir: &Path, split: Split) -> Result<Vec<PathBuf>> {
    let wanted = |name: &String| {
        let name = name.to_lowercase();
        name.ends_with(".csv") && is_of(split, &name)
    };
    Ok(names(dir)?.iter().filter(|name| wanted(name)).map(|name| dir.join(name)).collect())
}

fn idx_in(dir: &Path, split: Split) -> Result<Option<Source>> {
    let names = names(dir)?;
    let wanted = |name: &&String| {
        let name = name.to_lowercase();
        name.contains("images") && name.contains("idx3") && is_of(split, &name)
    };
    // The same file packed and unpacked is one find; unpacked comes first, being the shorter name.
    let mut found: Vec<&String> = Vec::new();
    for name in names.iter().filter(wanted) {
        if !found.iter().any(|other| stem(other) == stem(name)) {
            found.push(name);
        }
    }
    let own_names = |name: &&&String| name.starts_with("train-") || name.starts_with("t10k-");
    let images = match found[..] {
        [] => return Ok(None),
        [only] => only,
        // MNIST's own names go before others'; among others the user has to choose.
        _ => match found.iter().find(own_names) {
            Some(own) => own,
            None => {
                return Err(Error::AmbiguousData {
                    dir: dir.to_owned(),
                    split: split.name(),
                    found: found.iter().map(|n| n.to_string()).collect(),
                });
            }
        },
    };
    let bare = stem(images);
    let candidates = [
        bare.replace("images", "labels").replace("idx3", "idx1"),
        bare.replace("images", "labels").replace("idx3-ubyte", "idx2-int"),
    ];
    let labels = candidates.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
    let Some(labels) = labels.into_iter().find(|name| names.contains(name)) else {
        let path = dir.join(&candidates[0]);
        return Err(Error::read(&path, std::io::ErrorKind::NotFound.into()));
    };
    let transposed = images.to_lowercase().starts_with("emnist");
    Ok(Some(Source::Idx { images: dir.join(images), labels: dir.join(labels), transposed }))
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

fn transpose(image: &mut [u8]) {
    for y in 0..IMAGE_SIDE {
        for x in 0..y {
            image.swap(y * IMAGE_SIDE + x, x * IMAGE_SIDE + y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found among files of these names.
    fn find(files: &[&str], split: Split) -> Result<String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let found = Source::find(folder.path(), split)?;
        let labels = match &found {
            Source::Idx { labels, transposed, .. } => format!(" {} {transposed}", labels.display()),
            _ => String::new(),
        };
        let prefix = format!("{}/", folder.path().display());
        Ok(format!("{found}{labels}").replace(&prefix, "").replace(prefix.trim_end_matches('/'), "."))
    }

    #[test]
    fn the_names_in_use_are_recognised() {
        use Split::{Test, Train};
        let mnist = [
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte.gz",
        ];
        let both = ["train-images-idx3-ubyte.gz", "train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
        let cases: [(&[&str], Split, &str); 10] = [
            (&mnist, Train, "train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz false"),
            (&mnist, Test, "t10k-images-idx3-ubyte t10k-labels-idx1-ubyte.gz false"),
            (&both, Train, "train-images-idx3-ubyte train-labels-idx1-ubyte false"),
            (
                &["t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"],
                Test,
                "t10k-images.idx3-ubyte t10k-labels.idx1-ubyte false",
            ),
            (
                &["emnist-digits-train-images-idx3-ubyte.gz", "emnist-digits-train-labels-idx1-ubyte.gz"],
                Train,
                "emnist-digits-train-images-idx3-ubyte.gz emnist-digits-train-labels-idx1-ubyte.gz true",
            ),
            (
                &["qmnist-test-images-idx3-ubyte", "qmnist-test-labels-idx2-int.gz"],
                Test,
                "qmnist-test-images-idx3-ubyte qmnist-test-labels-idx2-int.gz false",
            ),
            (
                &["MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte"],
                Train,
                "MNIST/raw/train-images-idx3-ubyte MNIST/raw/train-labels-idx1-ubyte false",
            ),
            (
                &["mnist_train10.csv", "mnist_train2.csv", "mnist_test.csv"],
                Train,
                "mnist_train2.csv, mnist_train10.csv",
            ),
            (&["train/3/a.png", "test/4/b.png"], Test, "test"),
            (&["7/a.png"], Train, "."),
        ];
        for (files, split, expected) in cases {
            assert_eq!(find(files, split).unwrap(), expected, "{files:?}");
        }
    }

    #[test]
    fn what_is_missing_or_ambiguous_is_said() {
        let error = find(&["readme.txt"], Split::Test).unwrap_err().to_string();
        assert!(error.contains("no test data") && error.contains("t10k-images"), "{error}");
        let error = find(&["train-images-idx3-ubyte"], Split::Train).unwrap_err().to_string();
        assert!(error.contains("train-labels-idx1-ubyte"), "{error}");
        let two = ["a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"];
        assert!(matches!(find(&two, Split::Train), Err(Error::AmbiguousData { .. })));
        let error = Source::find(Path::new("no/such/folder"), Split::Train).unwrap_err();
        assert!(matches!(error, Error::MissingData { .. }), "{error}");
    }

    #[test]
    fn transposing_exchanges_rows_and_columns() {
        let mut image: Vec<u8> = (0..IMAGE_PIXELS).map(|i| (i % 251) as u8).collect();
        let before = image.clone();
        transpose(&mut image);
        assert_eq!(image[3 * IMAGE_SIDE + 7], before[7 * IMAGE_SIDE + 3]);
    }
}
