//! The ONNX model zoo's own files (`INKDIGIT_ONNX`, a folder with mnist-7.onnx, mnist-8.onnx and
//! test_data_set_0 to 2). Where the variable isn't set, the tests say that they were left out.

use std::path::PathBuf;

use inkdigit::Model;
use inkdigit::model::{self, InputScale, ScaleRule, ScaleSource};
use inkdigit::verify::{self, Tolerance};
use inkdigit_train::{Split, data, evaluate, probe};

const FILES: [&str; 2] = ["mnist-7.onnx", "mnist-8.onnx"];

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: {variable} is not set");
    }
    folder
}

#[test]
fn the_zoos_test_data_is_reproduced() {
    let Some(zoo) = folder("INKDIGIT_ONNX") else { return };
    for file in FILES {
        let model = model::open_imported(zoo.join(file)).unwrap();
        let sets = verify::beside(&zoo.join(file)).unwrap();
        assert_eq!(sets.len(), 3);
        for set in sets {
            // Logits near 6500, whose last bit is worth 0.0005.
            let verified = verify::verify(&model, &set, Tolerance { absolute: 1e-3, relative: 0.0 }).unwrap();
            println!("{file}, {}: {:e} off", set.display(), verified.outputs[0].absolute);
            assert!(verified.passed(), "{file}: {verified:?}");
        }
    }
}

#[test]
fn the_zoos_files_read_mnist_as_they_do_elsewhere() {
    let (Some(zoo), Some(mnist)) = (folder("INKDIGIT_ONNX"), folder("INKDIGIT_DATA")) else { return };
    let test = data::open(&mnist, Split::Test).unwrap();
    for file in FILES {
        let open = |scale| Model::open_with(zoo.join(file), ScaleRule::Always(scale));
        for (scale, expected) in [(InputScale::Bytes, 0.9891), (InputScale::Unit, 0.9890)] {
            let evaluation = evaluate(&open(scale).unwrap(), &test).unwrap();
            assert_eq!(evaluation.accuracy, expected, "{file} at {scale}");
        }
        let probes = probe::input_scales(open, &test).unwrap();
        assert_eq!(probes.fits, InputScale::Unit, "{probes:?}");
        let source = Model::open(zoo.join(file)).unwrap().file().unwrap().scale_source;
        assert_eq!(source, ScaleSource::Assumed, "the file doesn't say it");
    }
}
