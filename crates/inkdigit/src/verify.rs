//! Whether a model computes here what it computed where it comes from: inputs with expected outputs, in folders
//! `test_data_set_N` as the ONNX model zoo keeps them beside its models.

use std::path::{Path, PathBuf};

use inkdigit_onnx::{Array, Imported};
use serde::Serialize;

use crate::atomic;
use crate::error::{Error, Result};

/// How far an output may lie from what is expected: within one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tolerance {
    /// The largest difference of any number.
    pub absolute: f64,
    /// The same, as a share of the output's largest number: logits near 6500 have a float32's rounding of 0.0005
    /// in each step, whatever size the single logit has.
    pub relative: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 1e-3, relative: 1e-5 }
    }
}

/// One folder's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// The folder.
    pub folder: PathBuf,
    /// Each of the model's outputs that the folder has, beside what is expected.
    pub outputs: Vec<OutputDifference>,
}

impl Verified {
    /// Whether every output is within the tolerance.
    pub fn passed(&self) -> bool {
        self.outputs.iter().all(|output| output.passed)
    }
}

/// An output beside what is expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputDifference {
    /// The output's name in the model.
    pub name: String,
    /// Its dimensions.
    pub dims: Vec<usize>,
    /// The largest absolute difference; infinite where one of the two is no number.
    pub absolute: f64,
    /// The same, as a share of the largest number expected.
    pub relative: f64,
    /// Whether it is within the tolerance.
    pub passed: bool,
}

/// Runs a model on a folder's `input_0.pb` and compares what it gives with `output_0.pb`, `output_1.pb`, ...
///
/// # Errors
/// [`Error::TestData`] for a folder that isn't of this form or of another model, [`Error::Read`].
pub fn verify(model: &Imported, folder: &Path, tolerance: Tolerance) -> Result<Verified> {
    let input = read(&folder.join("input_0.pb"))?;
    let unfit = |cause: String| Error::TestData { place: folder.to_owned(), cause };
    let outputs = model.run(&input).map_err(|cause| unfit(cause.to_string()))?;
    let mut compared = Vec::new();
    for (index, (found, about)) in outputs.iter().zip(&model.about.outputs).enumerate() {
        let path = folder.join(format!("output_{index}.pb"));
        let Some(found) = found.as_ref().filter(|_| path.exists()) else { continue };
        let expected = read(&path)?;
        if found.dims != expected.dims {
            let cause = format!("output {} is {:?}, expected {:?}", about.name, found.dims, expected.dims);
            return Err(unfit(cause));
        }
        compared.push(compare(&about.name, found, &expected, tolerance));
    }
    if compared.is_empty() {
        return Err(unfit("it has no output_0.pb for an output of the model".into()));
    }
    Ok(Verified { folder: folder.to_owned(), outputs: compared })
}

/// The folders `test_data_set_0`, `test_data_set_1`, ... in a folder, by number.
///
/// # Errors
/// [`Error::TestData`] if there are none.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::create_dir(folder.path().join("test_data_set_0"))?;
/// assert_eq!(inkdigit::verify::test_data_sets(folder.path())?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn test_data_sets(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|cause| Error::read(folder, cause))?;
    let number =
        |path: &Path| path.file_name()?.to_str()?.strip_prefix("test_data_set_")?.parse::<u64>().ok();
    let mut found: Vec<(u64, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((number(&path)?, path)))
        .filter(|(_, path)| path.is_dir())
        .collect();
    found.sort();
    if found.is_empty() {
        let cause = "it holds no folder test_data_set_0 with input_0.pb and output_0.pb".into();
        return Err(Error::TestData { place: folder.to_owned(), cause });
    }
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The folders that are meant by `folder`: itself if it is a test data set, else those in it.
///
/// # Errors
/// As [`test_data_sets`].
pub fn meant_by(folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.join("input_0.pb").exists() { Ok(vec![folder.to_owned()]) } else { test_data_sets(folder) }
}

/// The test data sets beside a model's file.
///
/// # Errors
/// As [`test_data_sets`].
pub fn beside(model: &Path) -> Result<Vec<PathBuf>> {
    test_data_sets(atomic::folder_of(model))
}

fn read(path: &Path) -> Result<Array> {
    let bytes = std::fs::read(path).map_err(|cause| Error::read(path, cause))?;
    Array::from_bytes(&bytes)
        .map_err(|cause| Error::TestData { place: path.to_owned(), cause: cause.to_string() })
}

fn compare(name: &str, found: &Array, expected: &Array, tolerance: Tolerance) -> OutputDifference {
    let expected = expected.to_reals();
    let largest = expected.iter().fold(0.0f64, |largest, &x| largest.max(f64::from(x).abs()));
    let absolute =
        found.to_reals().iter().zip(&expected).map(|(&a, &b)| difference(a, b)).fold(0.0, f64::max);
    let relative = if absolute == 0.0 { 0.0 } else { absolute / largest };
    let passed = absolute <= tolerance.absolute || relative <= tolerance.relative;
    OutputDifference { name: name.into(), dims: found.dims.clone(), absolute, relative, passed }
}

/// How far two numbers are apart. What is no number is like itself alone.
fn difference(a: f32, b: f32) -> f64 {
    if a == b || a.is_nan() && b.is_nan() {
        return 0.0;
    }
    let apart = (f64::from(a) - f64::from(b)).abs();
    if apart.is_nan() { f64::INFINITY } else { apart }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(found: &[f32], expected: &[f32]) -> OutputDifference {
        let array = |numbers: &[f32]| Array::reals(vec![numbers.len()], numbers.to_vec());
        compare("logits", &array(found), &array(expected), Tolerance::default())
    }

    #[test]
    fn differences_are_measured_by_the_largest_number() {
        let same = compared(&[1.0, -2.0], &[1.0, -2.0]);
        assert_eq!((same.absolute, same.relative, same.passed), (0.0, 0.0, true));
        let small = compared(&[0.0005, 1.0], &[0.0, 1.0]);
        assert!(small.passed && (small.absolute - 0.0005).abs() < 1e-9 && small.relative == small.absolute);
        assert!(compared(&[6500.02, 1.0], &[6500.0, 1.0]).passed, "large numbers are rounded more");
        assert!(compared(&[6500.0, 1.02], &[6500.0, 1.0]).passed, "and so are small ones among them");
        assert!(!compared(&[1.02], &[1.0]).passed);
        assert!(!compared(&[0.1], &[0.0]).passed);
    }

    #[test]
    fn what_is_no_number_is_like_itself_alone() {
        assert!(compared(&[f32::NAN, f32::INFINITY], &[f32::NAN, f32::INFINITY]).passed);
        for (found, expected) in
            [(f32::NAN, 1.0), (1.0, f32::NAN), (f32::INFINITY, 1.0), (1.0, f32::INFINITY)]
        {
            let compared = compared(&[found], &[expected]);
            assert!(!compared.passed && compared.absolute.is_infinite(), "{compared:?}");
        }
    }

    #[test]
    fn folders_are_found_by_number() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["test_data_set_10", "test_data_set_2", "test_data_set_x", "other"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let names = ["test_data_set_2", "test_data_set_10"].map(|name| folder.path().join(name));
        assert_eq!(meant_by(folder.path()).unwrap(), names);
        assert_eq!(beside(&folder.path().join("model.onnx")).unwrap(), names);
        std::fs::write(names[0].join("input_0.pb"), "").unwrap();
        assert_eq!(meant_by(&names[0]).unwrap(), names[..1]);
        let error = meant_by(&names[1]).unwrap_err().to_string();
        assert!(error.contains("test_data_set_10") && error.contains("input_0.pb"), "{error}");
        assert!(matches!(meant_by(&folder.path().join("none")), Err(Error::Read { .. })));
    }
}
