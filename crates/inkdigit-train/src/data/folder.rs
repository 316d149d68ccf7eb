//! A folder of pictures by label: `DIR/0/*`, `DIR/1/*`, ... `DIR/9/*`, each a picture of one digit.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Dataset;
use crate::error::{Error, Result};
use inkdigit::{PictureError, atomic};
use inkdigit_image::{DigitImage, GrayImage, IMAGE_PIXELS, PictureLimits, preprocess};

/// Whether `dir` holds folders named by digits.
pub fn is_labelled(dir: &Path) -> bool {
    (0..10).any(|label| dir.join(label.to_string()).is_dir())
}

/// Reads all pictures, by label and then by name, on all cores. Pictures of 28x28 that are bright on dark
/// are taken as they are, as they are in other data sets; all others are preprocessed.
///
/// # Errors
/// [`Error::Read`](inkdigit::Error::Read), those of [`GrayImage::decode`], and [`PictureError::NothingDrawn`], each with the picture's
/// name; [`Error::EmptyData`] if there is none.
pub fn read(dir: &Path, limits: PictureLimits) -> Result<Dataset> {
    let files = list(dir)?;
    if files.is_empty() {
        return Err(Error::EmptyData { file: dir.display().to_string() });
    }
    let digits: Result<Vec<DigitImage>> = files.par_iter().map(|(path, _)| read_one(path, limits)).collect();
    let images = digits?.iter().flat_map(|digit| *digit.pixels()).collect();
    Dataset::new(images, files.iter().map(|&(_, label)| label).collect())
}

/// The pictures in a labelled folder with their labels, by label and then by name. Hidden files are left
/// out.
///
/// # Errors
/// [`Error::Read`](inkdigit::Error::Read).
pub fn list(dir: &Path) -> Result<Vec<(PathBuf, u8)>> {
    let mut files = Vec::new();
    for label in 0..10 {
        let folder = dir.join(label.to_string());
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).map_err(|cause| Error::read(&folder, cause))? {
            let path = entry.map_err(|cause| Error::read(&folder, cause))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // What file managers leave behind is hidden, but for Windows' Thumbs.db.
            let hidden = name.starts_with('.') || name.eq_ignore_ascii_case("thumbs.db");
            if !hidden && path.is_file() {
                files.push((path, label));
            }
        }
    }
    files.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    Ok(files)
}

/// Writes a data set as PNG files `DIR/<label>/<index>.png`. The folder appears whole or not at all.
///
/// # Errors
/// [`Error::FolderNotEmpty`](inkdigit::Error::FolderNotEmpty), [`Error::Write`](inkdigit::Error::Write), [`Error::DiskFull`](inkdigit::Error::DiskFull).
pub fn write(dir: &Path, data: &Dataset) -> Result<()> {
    atomic::write_folder(dir, |dir| write_into(dir, data))
}

/// As [`write`], into a folder that exists.
pub(crate) fn write_into(dir: &Path, data: &Dataset) -> Result<()> {
    for label in 0..10 {
        let folder = dir.join(label.to_string());
        std::fs::create_dir_all(&folder).map_err(|cause| Error::write(&folder, cause))?;
    }
    data.images().par_chunks_exact(IMAGE_PIXELS).enumerate().try_for_each(|(index, image)| {
        let path = dir.join(format!("{}/{index:05}.png", data.labels()[index]));
        let png = DigitImage::from_pixels(image)?.to_png();
        std::fs::write(&path, png).map_err(|cause| Error::write(&path, cause))
    })
}

fn read_one(path: &Path, limits: PictureLimits) -> Result<DigitImage> {
    let picture = GrayImage::open(path, limits)?;
    preprocess::as_stored(&picture)
        .or_else(|| preprocess::preprocess(&picture).ok())
        .ok_or_else(|| PictureError::NothingDrawn { file: path.display().to_string() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back_as_they_were_by_label() {
        let mut images = vec![0; 3 * IMAGE_PIXELS];
        // Off-centre on purpose: a data set's images are nobody's to move.
        images[40..60].fill(200);
        images[IMAGE_PIXELS + 300..IMAGE_PIXELS + 310].fill(90);
        images[2 * IMAGE_PIXELS + 500] = 255;
        let data = Dataset::new(images, vec![8, 2, 2]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("set");
        write(&dir, &data).unwrap();
        std::fs::write(dir.join("2/.DS_Store"), b"not a picture").unwrap();
        let read = read(&dir, PictureLimits::default()).unwrap();
        assert_eq!(read, data.select(&[1, 2, 0]));
    }

    #[test]
    fn a_file_that_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("4")).unwrap();
        assert!(matches!(read(folder.path(), PictureLimits::default()), Err(Error::EmptyData { .. })));
        std::fs::write(folder.path().join("4/notes.txt"), b"not a picture").unwrap();
        let error = read(folder.path(), PictureLimits::default()).unwrap_err().to_string();
        assert!(error.contains("notes.txt is not a picture"), "{error}");
    }
}
