//! Data sets: labelled 28x28 digits, from whatever form people have them in.
//!
//! One file for each form (`idx`, `csv`, `folder`); [`Source`] recognises which of them a folder holds.

use std::fs::File;
use std::path::{Path, PathBuf};

use inkdigit_nn::Rng;

use crate::error::{Error, Result};
use inkdigit_image::{DigitImage, IMAGE_PIXELS};

pub mod csv;
pub mod folder;
pub mod idx;
pub mod npy;
mod source;

pub use source::Source;

/// The two parts of a published data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// What networks learn from.
    Train,
    /// What they are measured on, and nothing is chosen by.
    Test,
}

impl Split {
    /// "training" or "test", for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Test => "test",
        }
    }
}

/// Labelled digits, in one piece of memory so that batches are copies of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Dataset {
    /// A data set from its images and labels.
    ///
    /// # Shapes
    /// - `images`: `[N, 28, 28]`, 0 ground to 255 ink
    /// - `labels`: `[N]`, 0 to 9
    ///
    /// # Errors
    /// [`Error::CountMismatch`], [`Error::LabelOutOfRange`], with the names "the images" and "the labels".
    pub fn new(images: Vec<u8>, labels: Vec<u8>) -> Result<Self> {
        Self::named(images, labels, "the images", "the labels")
    }

    fn named(images: Vec<u8>, labels: Vec<u8>, images_file: &str, labels_file: &str) -> Result<Self> {
        if images.len() != labels.len() * IMAGE_PIXELS {
            return Err(Error::CountMismatch {
                images_file: images_file.into(),
                images: images.len() / IMAGE_PIXELS,
                labels_file: labels_file.into(),
                labels: labels.len(),
            });
        }
        if let Some(index) = labels.iter().position(|&label| label > 9) {
            let found = labels[index].into();
            return Err(Error::LabelOutOfRange { file: labels_file.into(), index, found });
        }
        Ok(Self { images, labels })
    }

    /// How many digits there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// All images: `[N, 28, 28]`, 0 ground to 255 ink.
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// All labels: `[N]`, 0 to 9.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of image `index`: `[28, 28]`.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * IMAGE_PIXELS..][..IMAGE_PIXELS]
    }

    /// Image `index` with its label; none if there is no such image.
    pub fn get(&self, index: usize) -> Option<(DigitImage, u8)> {
        let label = *self.labels.get(index)?;
        let digit = DigitImage::from_pixels(self.image(index)).ok()?;
        Some((digit, label))
    }

    /// Adds a digit.
    ///
    /// # Errors
    /// [`Error::LabelOutOfRange`].
    pub fn push(&mut self, digit: &DigitImage, label: u8) -> Result<()> {
        if label > 9 {
            let (file, index) = ("the label".into(), self.len());
            return Err(Error::LabelOutOfRange { file, index, found: label.into() });
        }
        self.images.extend_from_slice(digit.pixels());
        self.labels.push(label);
        Ok(())
    }

    /// Adds all digits of another set.
    pub fn append(&mut self, other: &Self) {
        self.images.extend_from_slice(&other.images);
        self.labels.extend_from_slice(&other.labels);
    }

    /// The digits of these indices, in their order.
    ///
    /// # Panics
    /// If an index is out of range.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut images = Vec::with_capacity(indices.len() * IMAGE_PIXELS);
        for &index in indices {
            images.extend_from_slice(self.image(index));
        }
        Self { images, labels: indices.iter().map(|&index| self.labels[index]).collect() }
    }

    /// The first `count` digits, or all if there are fewer.
    #[must_use]
    pub fn take(&self, count: usize) -> Self {
        let count = count.min(self.len());
        Self { images: self.images[..count * IMAGE_PIXELS].to_vec(), labels: self.labels[..count].to_vec() }
    }

    /// How many digits bear each label.
    pub fn counts(&self) -> [usize; 10] {
        let mut counts = [0; 10];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    /// Sets `count` digits aside for validation, drawn by `seed`: what is left to train on, and they. Both
    /// keep the order of the whole.
    ///
    /// # Errors
    /// [`Error::NotEnoughData`] if nothing would be left.
    pub fn hold_out(self, count: usize, seed: u64) -> Result<(Self, Self)> {
        if count == 0 {
            return Ok((self, Self::default()));
        }
        if count >= self.len() {
            return Err(Error::NotEnoughData { wanted: count, available: self.len() });
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        Rng::new(seed).shuffle(&mut order);
        let (held, rest) = order.split_at_mut(count);
        held.sort_unstable();
        rest.sort_unstable();
        Ok((self.select(rest), self.select(held)))
    }

    /// Reads IDX files of images and of labels, on two cores.
    ///
    /// # Errors
    /// [`Error::Read`](inkdigit::Error::Read), those of [`idx`], [`Error::CountMismatch`].
    pub fn read_idx(images: &Path, labels: &Path) -> Result<Self> {
        let open = |path: &Path| File::open(path).map_err(|cause| Error::read(path, cause));
        let (images_file, labels_file) = (images.display().to_string(), labels.display().to_string());
        let (images, labels) = rayon::join(
            || idx::read_images(&images_file, open(images)?),
            || idx::read_labels(&labels_file, open(labels)?),
        );
        Self::named(images?, labels?, &images_file, &labels_file)
    }

    /// Reads CSV files, one after the other.
    ///
    /// # Errors
    /// [`Error::Read`](inkdigit::Error::Read), those of [`csv`], [`Error::EmptyData`].
    pub fn read_csv(paths: &[PathBuf]) -> Result<Self> {
        let mut all = Self::default();
        for path in paths {
            let text = std::fs::read(path).map_err(|cause| Error::read(path, cause))?;
            let part = csv::read(&path.display().to_string(), &text)?;
            if part.is_empty() {
                return Err(Error::EmptyData { file: path.display().to_string() });
            }
            if all.is_empty() {
                all = part;
            } else {
                all.append(&part);
            }
        }
        Ok(all)
    }
}

/// Reads a part of the data set in `dir`, in whichever form it is found.
///
/// ```
/// use inkdigit_train::data::{self, Split};
///
/// let folder = tempfile::tempdir().unwrap();
/// let row = |label: u8| format!("{label}{}\n", ",0".repeat(28 * 28));
/// std::fs::write(folder.path().join("mnist_test.csv"), row(3) + &row(8)).unwrap();
/// let test = data::open(folder.path(), Split::Test)?;
/// assert_eq!(test.labels(), [3, 8]);
/// # Ok::<(), inkdigit_train::Error>(())
/// ```
///
/// # Errors
/// [`Error::MissingData`] if nothing is recognised, [`Error::AmbiguousData`] if several sets are, and those
/// of the readers.
pub fn open(dir: &Path, split: Split) -> Result<Dataset> {
    let source = Source::find(dir, split)?;
    let data = source.read()?;
    if data.is_empty() {
        return Err(Error::EmptyData { file: source.to_string() });
    }
    Ok(data)
}

/// Reads both parts of the data set in `dir` at the same time: training, then test.
///
/// # Errors
/// As [`open`].
pub fn open_both(dir: &Path) -> Result<(Dataset, Dataset)> {
    let (train, test) = rayon::join(|| open(dir, Split::Train), || open(dir, Split::Test));
    Ok((train?, test?))
}

/// Where the data is: `dir` if one was named, else the cache folder that downloads go to.
///
/// # Errors
/// [`Error::NoCacheFolder`], if the system knows no home folder.
pub fn locate(dir: Option<&Path>) -> Result<PathBuf> {
    match dir {
        Some(dir) => Ok(dir.to_owned()),
        #[cfg(feature = "download")]
        None => crate::download::cache_folder(),
        #[cfg(not(feature = "download"))]
        None => Err(Error::NoCacheFolder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> Dataset {
        let images = (0..count * IMAGE_PIXELS).map(|i| (i / IMAGE_PIXELS) as u8).collect();
        Dataset::new(images, (0..count).map(|i| (i % 10) as u8).collect()).unwrap()
    }

    #[test]
    fn images_and_labels_must_match() {
        let error = Dataset::new(vec![0; 2 * IMAGE_PIXELS], vec![1]).unwrap_err();
        assert!(matches!(error, Error::CountMismatch { images: 2, labels: 1, .. }), "{error}");
        let error = Dataset::new(vec![0; IMAGE_PIXELS], vec![10]).unwrap_err();
        assert!(matches!(error, Error::LabelOutOfRange { index: 0, found: 10, .. }), "{error}");
    }

    #[test]
    fn held_out_digits_are_not_trained_on() {
        let all = numbered(100);
        let (train, validation) = all.clone().hold_out(20, 1).unwrap();
        assert_eq!((train.len(), validation.len()), (80, 20));
        let mut together: Vec<u8> =
            (0..80).map(|i| train.image(i)[0]).chain((0..20).map(|i| validation.image(i)[0])).collect();
        together.sort_unstable();
        assert_eq!(together, (0..100).collect::<Vec<u8>>());
        assert_eq!(all.clone().hold_out(20, 1).unwrap().1, validation);
        assert_ne!(all.clone().hold_out(20, 2).unwrap().1, validation);
        assert!(matches!(all.hold_out(100, 1), Err(Error::NotEnoughData { wanted: 100, available: 100 })));
    }
}
