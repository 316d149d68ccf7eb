//! A model's file with inputs and expected outputs to check it by: beside it, in one archive as in the ONNX model
//! zoo's downloads, or as a version among others.

use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use inkdigit_onnx::{Array, ElementType, Numbers};

use super::ExportOptions;
use crate::atomic;
use crate::error::{Error, Result};
use crate::model::{self, MODEL_FILE, Model};
use inkdigit_image::{IMAGE_PIXELS, IMAGE_SIDE};

/// An input and what the model gives for it, as files of one tensor each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// `input_0.pb`.
    pub input: Vec<u8>,
    /// `output_0.pb`, `output_1.pb`, ...
    pub outputs: Vec<Vec<u8>>,
}

/// A model's file, and inputs with expected outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The ONNX file.
    pub model: Vec<u8>,
    /// What goes into `test_data_set_0`, `test_data_set_1`, ...
    pub test_cases: Vec<TestCase>,
}

impl Package {
    /// A model with a test case for each of these images. Outputs are what this engine makes of the file.
    ///
    /// # Shapes
    /// - `images`: `[N, 28, 28]`, 0 ground to 255 ink
    ///
    /// # Errors
    /// Those of [`Model::to_onnx`].
    ///
    /// # Panics
    /// If the length isn't a whole number of images.
    pub fn new(model: &Model, options: &ExportOptions, images: &[u8]) -> Result<Self> {
        assert!(images.len().is_multiple_of(IMAGE_PIXELS), "whole images");
        let model = model.to_onnx(options)?;
        let test_cases = match images.is_empty() {
            true => Vec::new(),
            false => test_cases(&model, options.uint8_input, images)?,
        };
        Ok(Self { model, test_cases })
    }

    /// Writes the model as `path`, and the test cases as folders beside it.
    ///
    /// # Errors
    /// [`Error::Exists`] for anything that is there already and may not be replaced; [`Error::Write`],
    /// [`Error::DiskFull`].
    pub fn write_file(&self, path: &Path, replace: bool) -> Result<()> {
        let folders: Vec<PathBuf> = (0..self.test_cases.len())
            .map(|index| atomic::folder_of(path).join(test_folder(index)))
            .collect();
        for place in folders.iter().map(PathBuf::as_path).chain([path]) {
            may_write(place, replace)?;
        }
        for (folder, case) in folders.iter().zip(&self.test_cases) {
            if folder.exists() {
                std::fs::remove_dir_all(folder).map_err(|cause| Error::write(folder, cause))?;
            }
            atomic::write_folder(folder, |into| case.write(into))?;
        }
        atomic::write_file(path, |out| out.write_all(&self.model))
    }

    /// Writes the model and its test cases as a new version in a folder of versions, `DIR/V`, whole or not at
    /// all.
    ///
    /// # Errors
    /// [`Error::VersionExists`], [`Error::Write`], [`Error::DiskFull`].
    pub fn write_version(&self, dir: &Path, version: u64) -> Result<PathBuf> {
        let folder = dir.join(version.to_string());
        if folder.exists() {
            return Err(Error::VersionExists { path: folder });
        }
        std::fs::create_dir_all(dir).map_err(|cause| Error::write(dir, cause))?;
        atomic::write_folder(&folder, |into| {
            for (index, case) in self.test_cases.iter().enumerate() {
                let folder = into.join(test_folder(index));
                std::fs::create_dir(&folder).map_err(|cause| Error::write(&folder, cause))?;
                case.write(&folder)?;
            }
            atomic::write_file(&into.join(MODEL_FILE), |out| out.write_all(&self.model))
        })?;
        Ok(model::version_file(dir, version))
    }

    /// Writes one `.tar.gz` with a folder of this name that holds the model and the test cases, as the ONNX
    /// model zoo's downloads do. The same package gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Write`], [`Error::DiskFull`].
    pub fn write_archive(&self, path: &Path, name: &str, replace: bool) -> Result<()> {
        may_write(path, replace)?;
        atomic::write_file(path, |out| {
            let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::best()));
            let mut add = |file: String, bytes: &[u8]| {
                let mut header = tar::Header::new_ustar();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o644);
                archive.append_data(&mut header, format!("{name}/{file}"), bytes)
            };
            add(MODEL_FILE.into(), &self.model)?;
            for (index, case) in self.test_cases.iter().enumerate() {
                for (file, bytes) in case.files() {
                    add(format!("{}/{file}", test_folder(index)), bytes)?;
                }
            }
            archive.into_inner()?.finish()?.flush()
        })
    }
}

impl TestCase {
    fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        let outputs = self.outputs.iter().enumerate();
        let outputs = outputs.map(|(index, bytes)| (format!("output_{index}.pb"), &bytes[..]));
        [("input_0.pb".to_string(), &self.input[..])].into_iter().chain(outputs)
    }

    fn write(&self, folder: &Path) -> Result<()> {
        self.files()
            .try_for_each(|(file, bytes)| atomic::write_file(&folder.join(file), |out| out.write_all(bytes)))
    }
}

/// The name of a test case's folder.
fn test_folder(index: usize) -> String {
    format!("test_data_set_{index}")
}

fn may_write(path: &Path, replace: bool) -> Result<()> {
    if path.exists() && !replace { Err(Error::Exists { path: path.to_owned() }) } else { Ok(()) }
}

fn test_cases(file: &[u8], uint8_input: bool, images: &[u8]) -> Result<Vec<TestCase>> {
    let exported = model::import(file, "the exported model", &mut model::no_files)?;
    let case = |pixels: &[u8]| {
        let input = Array {
            element: if uint8_input { ElementType::Uint8 } else { ElementType::Float },
            dims: vec![1, 1, IMAGE_SIDE, IMAGE_SIDE],
            numbers: match uint8_input {
                true => Numbers::Integers(pixels.iter().map(|&pixel| pixel.into()).collect()),
                false => Numbers::Reals(pixels.iter().map(|&pixel| pixel.into()).collect()),
            },
        };
        let outputs = exported.run(&input).map_err(|cause| Error::Export(Box::new(cause)))?;
        let outputs = outputs.into_iter().zip(&exported.about.outputs);
        Ok(TestCase {
            input: input.to_bytes(&exported.about.input.name),
            outputs: outputs.filter_map(|(array, about)| Some(array?.to_bytes(&about.name))).collect(),
        })
    };
    images.chunks_exact(IMAGE_PIXELS).map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Metadata;
    use crate::verify::{Tolerance, verify};
    use inkdigit_train::networks::{BuiltIn, Network, Scaling, build};
    use inkdigit_train::synth;

    fn model() -> Model {
        let graph = build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).unwrap();
        let params = inkdigit_nn::Params::init(&graph, 1);
        Model::new(graph, params, Metadata { temperature: 2.0, ..Metadata::default() }).unwrap()
    }

    fn package(options: &ExportOptions) -> Package {
        Package::new(&model(), options, synth::dataset(2, 0).images()).unwrap()
    }

    #[test]
    fn test_cases_hold_what_the_model_gives() {
        let images = synth::dataset(2, 0);
        for uint8_input in [false, true] {
            let options = ExportOptions { probabilities: true, uint8_input, ..ExportOptions::default() };
            let case = &package(&options).test_cases[1];
            let input = Array::from_bytes(&case.input).unwrap();
            assert_eq!(
                (input.element == ElementType::Uint8, &input.dims[..]),
                (uint8_input, &[1, 1, 28, 28][..])
            );
            assert_eq!(
                input.to_reals(),
                images.image(1).iter().map(|&pixel| pixel.into()).collect::<Vec<f32>>()
            );
            let outputs: Vec<Vec<f32>> =
                case.outputs.iter().map(|bytes| Array::from_bytes(bytes).unwrap().to_reals()).collect();
            assert_eq!(outputs[0], model().logits(images.image(1)));
            let sure = outputs[1].iter().zip(model().probabilities(images.image(1)));
            assert!(sure.clone().all(|(a, b)| (a - b).abs() < 1e-6), "{:?}", Vec::from_iter(sure));
        }
    }

    #[test]
    fn what_is_there_is_replaced_only_if_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("zoo.onnx");
        let package = package(&ExportOptions::default());
        package.write_file(&path, false).unwrap();
        assert!(
            matches!(package.write_file(&path, false), Err(Error::Exists { path: found }) if found != path)
        );
        package.write_file(&path, true).unwrap();
        for index in 0..2 {
            let exported = model::open_imported(&path).unwrap();
            let folder = dir.path().join(test_folder(index));
            let verified = verify(&exported, &folder, Tolerance { absolute: 0.0, relative: 0.0 }).unwrap();
            assert!(verified.passed() && verified.outputs.len() == 1, "{verified:?}");
        }
        let alone = Package { test_cases: vec![], ..package };
        assert!(
            matches!(alone.write_file(&path, false), Err(Error::Exists { path: found }) if found == path)
        );
    }

    #[test]
    fn versions_never_change() {
        let dir = tempfile::tempdir().unwrap();
        let versions = dir.path().join("new/digits");
        let package = package(&ExportOptions::default());
        let file = package.write_version(&versions, 3).unwrap();
        assert_eq!(file, versions.join("3").join(MODEL_FILE));
        assert!(versions.join("3/test_data_set_1/output_0.pb").is_file());
        let error = package.write_version(&versions, 3).unwrap_err();
        assert!(matches!(error, Error::VersionExists { .. }), "{error}");
        assert_eq!(std::fs::read_dir(&versions).unwrap().count(), 1, "nothing half-written stays");
    }

    #[test]
    fn an_archive_holds_one_folder_and_is_the_same_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one.tar.gz"), dir.path().join("other.tar.gz"));
        let package = package(&ExportOptions::default());
        package.write_archive(&one, "zoo", false).unwrap();
        package.write_archive(&other, "zoo", false).unwrap();
        let bytes = std::fs::read(&one).unwrap();
        assert_eq!(bytes, std::fs::read(&other).unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names.len(), 5);
        assert_eq!((&names[0][..], &names[4][..]), ("zoo/model.onnx", "zoo/test_data_set_1/output_0.pb"));
        assert!(matches!(package.write_archive(&one, "zoo", false), Err(Error::Exists { .. })));
    }
}
