//! Any bytes as an ONNX file: read, or refused with an error. A network that is read runs, and what it gives
//! has the shape that its outputs say.
#![no_main]

use inkdigit_nn::Shape;
use inkdigit_onnx::{self as onnx, Array, ExternalData, Interface};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let interface = Interface { input: Shape::map(1, 28, 28), output: Shape::Features(10) };
    let mut files = |data: &ExternalData| match data.length {
        0..=65_536 => Ok(vec![0; data.length]),
        _ => Err("there is no such file".into()),
    };
    let Ok(network) = onnx::import(bytes, interface, &mut files) else { return };
    // A few kernels of full size take long without teaching anything.
    if network.graph.multiply_adds() < 10_000_000 {
        let image = Array::reals(vec![1, 1, 28, 28], (0..784).map(|i| (i % 256) as f32).collect());
        let outputs = network.run(&image).expect("one image");
        assert_eq!(outputs.len(), network.about.outputs.len());
    }
});
