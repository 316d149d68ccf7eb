//! Data and preprocessing on real MNIST (`INKDIGIT_DATA`, a folder with its IDX files) and on real pictures
//! (`INKDIGIT_PICTURES`, a folder of pictures by label). Where a variable isn't set, its tests say that they
//! were left out.

use std::path::PathBuf;

use inkdigit::preprocess::{Ink, preprocess};
use inkdigit::{GrayImage, IMAGE_SIDE, Model, PictureLimits, Recognizer};
use inkdigit_train::{Dataset, Split, data};

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: {variable} is not set");
    }
    folder
}

fn mnist(split: Split) -> Option<Dataset> {
    folder("INKDIGIT_DATA").map(|dir| data::open(&dir, split).unwrap())
}

#[test]
fn mnist_is_read_as_published() {
    let (Some(train), Some(test)) = (mnist(Split::Train), mnist(Split::Test)) else { return };
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.counts(), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(test.counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    assert_eq!(
        (train.labels()[..5].to_vec(), test.labels()[..3].to_vec()),
        (vec![5, 0, 4, 1, 9], vec![7, 2, 1])
    );
    let mean = train.images().iter().map(|&p| p as u64).sum::<u64>() as f64 / train.images().len() as f64;
    assert!((mean / 255.0 - 0.1307).abs() < 1e-4, "the mean everybody subtracts: {mean}");
}

/// MNIST was made by the rule that `fit` follows, so following it again must change nothing.
#[test]
fn mnist_is_a_fixed_point_of_fit_and_centre() {
    let Some(test) = mnist(Split::Test) else { return };
    let (mut same, mut passed, mut moved) = (0, 0, 0);
    for i in 0..test.len() {
        let (digit, _) = test.get(i).unwrap();
        let values = digit.pixels().iter().map(|&p| p as f32 / 255.0).collect();
        let ink = Ink { width: IMAGE_SIDE, height: IMAGE_SIDE, values };
        let again = ink.fit_and_centre(ink.tight_box(0.0).unwrap());
        same += (again == digit) as usize;
        let farthest = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        moved += (farthest(again.pixels(), digit.pixels()) > 2) as usize;
        passed += (preprocess(&digit.to_gray()) == Ok(digit)) as usize;
    }
    println!("{same} of 10000 bit-equal after fit and centre, {passed} pass preprocessing unchanged");
    assert!(same >= 9_900, "{same} unchanged, {moved} by more than two gray levels");
    assert_eq!(passed, 10_000, "what is MNIST's passes unchanged");
}

/// Drawn large and dark on light, as a person would, a digit of MNIST must come back nearly as it was.
#[test]
fn enlarged_and_inverted_mnist_comes_back() {
    let Some(test) = mnist(Split::Test) else { return };
    let mut difference = 0.0;
    for i in 0..500 {
        let (digit, _) = test.get(i).unwrap();
        let (factor, side) = (7, 7 * IMAGE_SIDE);
        let enlarged =
            |i: usize| 250 - digit.pixels()[i / side / factor * IMAGE_SIDE + i % side / factor] / 2;
        let picture = GrayImage::new(side, side, (0..side * side).map(enlarged).collect()).unwrap();
        let back = preprocess(&picture).unwrap();
        let pairs = back.pixels().iter().zip(digit.pixels());
        let (off, ink) = pairs.fold((0, 0), |(d, m), (a, b)| (d + a.abs_diff(*b) as u32, m + *b as u32));
        difference += off as f64 / ink as f64 / 500.0;
    }
    println!("mean difference {:.1} % of the ink", 100.0 * difference);
    assert!(difference < 0.15, "{difference}");
}

#[test]
fn real_pictures_are_read() {
    let Some(dir) = folder("INKDIGIT_PICTURES") else { return };
    let dir = dir.join("singles");
    let files = data::folder::list(&dir).unwrap();
    assert!(!files.is_empty(), "no pictures in {}", dir.display());
    let recognizer = Recognizer::default();
    let mut wrong = Vec::new();
    for (path, label) in &files {
        let picture = GrayImage::open(path, PictureLimits::default()).unwrap();
        let digit = preprocess(&picture).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()));
        let ink: u32 = digit.pixels().iter().map(|&p| p as u32).sum();
        // The thinnest of MNIST has 3 mean gray levels, the thickest 100; a shadow or a frame would have more.
        assert!((3 * 784..110 * 784).contains(&ink), "{}\n{digit:?}", path.display());
        if recognizer.classify_one(&digit).digit != *label {
            wrong.push(path);
        }
    }
    println!("{} of {} real pictures read right", files.len() - wrong.len(), files.len());
    assert!(wrong.len() * 50 <= files.len(), "more than 2 % wrong: {wrong:?}");
}

#[test]
fn the_default_model_is_as_good_as_said() {
    let Some(test) = mnist(Split::Test) else { return };
    let evaluation = inkdigit_train::evaluate(&Model::default(), &test).unwrap();
    println!("the default model reads {:.2} % of the test images", 100.0 * evaluation.accuracy);
    assert!(evaluation.accuracy >= 0.997, "{}", evaluation.accuracy);
}
