//! ONNX files as other programs write them (`tests/files/NAME/model.onnx`, what is special about each in its
//! `about.txt`), against the answers of ONNX Runtime in `test_data_set_*`. The scripts that made them are in
//! `tools/reference`.

use inkdigit_nn::Shape;
use inkdigit_onnx::{self as onnx, Array, ExternalData, Imported, Interface, Numbers};
use std::path::{Path, PathBuf};

const DIGITS: Interface = Interface { input: Shape::map(1, 28, 28), outputs: 10 };

/// Files with something that isn't supported, and what is said about it.
const REFUSED: &[(&str, &str)] = &[
    (
        "hand_activation_gelu_tanh",
        "node node1 (Gelu, opset 20): attribute `approximate` is tanh, expected none",
    ),
    ("hand_activation_prelu", "expected one slope for all channels"),
    ("hand_concatenated", "node node4 (Concat, opset 13): the operator isn't supported"),
    ("hand_gemm_constant", "Gemm of nothing but constants isn't supported; simplify the model first"),
    ("hand_gemm_transposed_data", "transA on what depends on the image isn't supported"),
    ("hand_pad_edge", "attribute `mode` is edge, expected constant"),
    ("hand_pad_negative", "input 1 (pads) is a constant of int64 [8], expected numbers from 0"),
    ("hand_pad_reflect", "attribute `mode` is reflect, expected constant"),
    ("hand_pool_dilated", "max pooling with dilations [2, 2] isn't supported"),
    ("hand_resize_ceil", "choosing the nearest pixel by asymmetric and ceil isn't supported"),
    ("hand_resize_linear", "attribute `mode` is linear, expected nearest"),
    ("hand_resize_uneven", "one whole number from 1 for height and width"),
    ("hand_sparse_initializer", "initializer weight is sparse, which isn't supported; store it dense"),
    ("hand_sliced", "node node0 (Slice, opset 13): the operator isn't supported"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

fn import(model: &Path) -> onnx::Result<Imported> {
    let bytes = std::fs::read(model).unwrap();
    let mut files = |data: &ExternalData| {
        let bytes = std::fs::read(model.with_file_name(&data.location)).map_err(|e| e.to_string())?;
        let start = data.offset as usize;
        bytes.get(start..start + data.length).map(<[u8]>::to_vec).ok_or("too short".to_string())
    };
    onnx::import(&bytes, DIGITS, &mut files)
}

fn arrays(folder: &Path, kind: &str) -> Vec<Array> {
    (0..)
        .map(|i| folder.join(format!("{kind}_{i}.pb")))
        .take_while(|path| path.exists())
        .map(|path| Array::from_bytes(&std::fs::read(&path).unwrap()).unwrap())
        .collect()
}

/// The largest difference of two arrays, relative to the largest number expected.
fn difference(found: &Array, expected: &Array) -> f32 {
    let (a, b) = (found.to_reals(), expected.to_reals());
    let largest = b.iter().fold(1e-3f32, |most, x| most.max(x.abs()));
    let pairs = a.iter().zip(&b);
    pairs
        .map(|(a, b)| (a - b).abs() / largest)
        .fold(0.0, |most, d| if d > most || d.is_nan() { d } else { most })
}

/// Compares all test data of one model; says what differs.
fn check(folder: &Path) -> Result<(), String> {
    let imported = import(&folder.join("model.onnx")).map_err(|error| error.to_string())?;
    let mut sets = 0;
    for set in (0..).map(|i| folder.join(format!("test_data_set_{i}"))).take_while(|set| set.exists()) {
        let [input] = &arrays(&set, "input")[..] else { return Err(format!("{}: one input", set.display())) };
        let expected = arrays(&set, "output");
        let found = imported.run(input).map_err(|error| error.to_string())?;
        if found.len() != expected.len() {
            return Err(format!("{} outputs, expected {}", found.len(), expected.len()));
        }
        for ((found, expected), info) in found.iter().zip(&expected).zip(&imported.about.outputs) {
            let Some(found) = found else { return Err(format!("output {} isn't computed", info.name)) };
            if found.dims != expected.dims {
                return Err(format!("{}: shape {:?}, expected {:?}", info.name, found.dims, expected.dims));
            }
            if matches!(found.numbers, Numbers::Integers(_))
                != matches!(expected.numbers, Numbers::Integers(_))
            {
                return Err(format!("{}: {}, expected {}", info.name, found.element, expected.element));
            }
            let tolerance = tolerance(folder);
            let difference = difference(found, expected);
            if difference.is_nan() || difference > tolerance {
                return Err(format!("{}: differs by {difference:e}, allowed {tolerance:e}", info.name));
            }
        }
        sets += 1;
    }
    if sets == 0 { Err("no test data".into()) } else { Ok(()) }
}

/// Sums in another order differ by rounding. Where numbers are computed with 16 bits, ONNX Runtime rounds
/// after each layer and we don't.
fn tolerance(folder: &Path) -> f32 {
    let name = folder.file_name().unwrap().to_string_lossy();
    if name.contains("half") || name.contains("float16") { 1e-3 } else { 1e-5 }
}

#[test]
fn files_of_other_programs_give_their_answers() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("model.onnx").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() > 50, "the files are there");
    let mut failures = Vec::new();
    for name in &names {
        let refused = REFUSED.iter().find(|(refused, _)| refused == name);
        match (check(&folder().join(name)), refused) {
            (Ok(()), None) => {}
            (Err(error), Some((_, expected))) if error.contains(expected) => {}
            (result, _) => failures.push(format!("{name}: {result:?}")),
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), names.len(), failures.join("\n"));
}
