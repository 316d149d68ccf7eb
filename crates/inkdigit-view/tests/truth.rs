//! What is drawn, compared with pictures that were looked at. Where a change of them is meant,
//!
//! ```text
//! INKDIGIT_BLESS=1 cargo test -p inkdigit-view --test truth
//! ```
//!
//! draws them again into `tests/truth`, to be looked at before they are committed.

use std::path::PathBuf;

use inkdigit::explain::HeatMap;
use inkdigit::{DigitImage, IMAGE_PIXELS};
use inkdigit_nn::ops::{Conv2d, Extent, Linear, Padding};
use inkdigit_nn::{Graph, Op, Shape, Value};
use inkdigit_train::networks::{BuiltIn, Network, Scaling, build};
use inkdigit_view::heat::{self, Heat};
use inkdigit_view::sheet::{self, CaptionedDigit};
use inkdigit_view::tiles::{Range, Style};
use inkdigit_view::{Canvas, ColorMap, diagram, layers, tiles, values};

/// How far a level may be from the truth: what differs is the rounding of float arithmetic alone.
const TOLERANCE: u8 = 2;

fn truth(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "truth", name].iter().collect()
}

/// Writes the truth if that is asked for; else reads it.
fn blessed(name: &str, found: &[u8]) -> Vec<u8> {
    if std::env::var_os("INKDIGIT_BLESS").is_some() {
        std::fs::write(truth(name), found).unwrap();
    }
    std::fs::read(truth(name)).unwrap_or_else(|e| panic!("{name}: {e}; INKDIGIT_BLESS=1 draws it"))
}

#[track_caller]
fn assert_drawn(name: &str, canvas: &Canvas) {
    let expected = image::load_from_memory(&blessed(name, &canvas.to_png())).unwrap().to_rgb8();
    let size = (canvas.width() as u32, canvas.height() as u32);
    assert_eq!(size, expected.dimensions(), "{name}");
    let differ = |(found, expected): (&[u8; 3], &image::Rgb<u8>)| {
        found.iter().zip(expected.0).any(|(found, expected)| found.abs_diff(expected) > TOLERANCE)
    };
    let different: Vec<usize> = canvas
        .pixels()
        .iter()
        .zip(expected.pixels())
        .map(differ)
        .enumerate()
        .filter(|(_, d)| *d)
        .map(|(i, _)| i)
        .collect();
    if let Some(first) = different.first() {
        let (x, y) = (first % canvas.width(), first / canvas.width());
        panic!("{name}: {} pixels differ, the first in column {x} of row {y}", different.len());
    }
}

/// A ring of ink on ground, its edge soft.
fn digit() -> DigitImage {
    let mut pixels = [0; IMAGE_PIXELS];
    for (place, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = ((place % 28) as f32 - 13.5, (place / 28) as f32 - 13.5);
        let distance = ((x * 1.4).hypot(y) - 9.0).abs();
        *pixel = (255.0 * (2.0 - distance).clamp(0.0, 1.0)) as u8;
    }
    DigitImage::new(pixels)
}

/// Numbers that rise and fall from map to map.
fn waves(shape: Shape) -> Vec<f32> {
    let width = match shape {
        Shape::Map { width, .. } => width,
        Shape::Features(features) => features,
    };
    (0..shape.len()).map(|i| ((i % width) as f32 * 0.7).sin() + ((i / width) as f32 * 0.31).cos()).collect()
}

#[test]
fn color_maps() {
    let mut canvas = Canvas::filled(256, ColorMap::ALL.len() * 12, [255; 3]);
    for (row, colors) in ColorMap::ALL.into_iter().enumerate() {
        let ramp: Vec<f32> = (0..256).map(|step| step as f32).collect();
        let style = Style { colors, range: Range { low: 0.0, high: 255.0 }, ground: [255; 3] };
        let line = tiles::maps(&ramp, [1, 1, 256], 1, 1, &style);
        (0..11).for_each(|y| canvas.place(&line, 0, row * 12 + y));
    }
    assert_drawn("color-maps.png", &canvas);
}

#[test]
fn layers_of_maps_and_of_numbers() {
    let mut graph = Graph::new(Shape::map(1, 12, 12));
    let conv = Conv2d {
        channels: 6,
        kernel: Extent::square(5),
        stride: Extent::square(1),
        padding: Padding::all(0),
        bias: true,
    };
    graph.then("conv1", Op::Conv2d(conv)).unwrap();
    graph.then("flatten1", Op::Flatten).unwrap();
    graph.then("StatefulPartitionedCall/sequential/dense/MatMul;BiasAdd:0", dense(10)).unwrap();
    let drawn = |node: usize, colors| {
        let node = &graph.nodes()[node];
        layers::layer(node, &waves(node.output_shape), colors)
    };
    assert_drawn("maps.png", &drawn(0, ColorMap::Viridis));
    assert_drawn("folded.png", &drawn(1, ColorMap::Magma));
    assert_drawn("numbers.png", &drawn(2, ColorMap::Diverging));
}

#[test]
fn values_in_their_squares() {
    assert_drawn("values.png", &values::values(&digit()));
}

#[test]
fn contact_sheets() {
    let entries: Vec<CaptionedDigit> = (0..7)
        .map(|i| CaptionedDigit { digit: digit(), caption: format!("0 as {i}"), marked: i % 3 == 1 })
        .collect();
    assert_drawn("sheet.png", &sheet::contact_sheet(&entries, 4, 2));
}

#[test]
fn heat_over_an_image() {
    let digit = digit();
    let map: HeatMap = std::array::from_fn(|i| {
        let (x, y) = ((i % 28) as f32 - 8.0, (i / 28) as f32 - 14.0);
        (-(x * x + y * y) / 30.0).exp() - 0.6 * (-((x - 12.0).powi(2) + y * y) / 20.0).exp()
    });
    let product: HeatMap = std::array::from_fn(|i| map[i] * f32::from(digit.pixels()[i]));
    let heats =
        [Heat { name: "occlusion by 5x5", map: &map }, Heat { name: "gradient times input", map: &product }];
    assert_drawn(
        "heat.png",
        &heat::sheet("a ring, read as 0 (0.998)", "What speaks for a 0", &digit, &heats),
    );
}

fn dense(features: usize) -> Op {
    Op::Linear(Linear { features, bias: true })
}

#[test]
fn diagrams() {
    let same = |name: &str, svg: String| {
        let expected = String::from_utf8(blessed(name, svg.as_bytes())).unwrap();
        assert!(svg == expected, "{name} is drawn otherwise; INKDIGIT_BLESS=1 draws it again");
    };
    let lenet = build(&Network::BuiltIn(BuiltIn::Lenet), Scaling::Unit).unwrap();
    same("lenet.svg", diagram::svg_file("lenet", &lenet));
    same("branches.svg", diagram::svg_file("branches", &branches()));
}

/// A residual within a residual, two branches side by side, and a value times its own sigmoid.
fn branches() -> Graph {
    let conv = |channels| {
        let (kernel, stride) = (Extent::square(3), Extent::square(1));
        Op::Conv2d(Conv2d { channels, kernel, stride, padding: Padding::Same, bias: true })
    };
    let mut graph = Graph::new(Shape::map(1, 28, 28));
    let outer = graph.then("conv1", conv(8)).unwrap();
    let inner = graph.then("relu1", Op::Relu).unwrap();
    let deep = graph.then("conv2", conv(8)).unwrap();
    graph.push("add1", Op::Add, &[inner, deep]).unwrap();
    let left = graph.then("conv3", conv(8)).unwrap();
    let right = graph.push("conv4", conv(8), &[outer]).unwrap();
    let sum = graph.push("add2", Op::Add, &[left, right]).unwrap();
    let sigmoid = graph.then("sigmoid1", Op::Sigmoid).unwrap();
    graph.push("mul1", Op::Mul, &[sum, sigmoid]).unwrap();
    graph.then("pool1", Op::GlobalAvgPool).unwrap();
    graph.then("fc1", dense(10)).unwrap();
    assert_eq!(graph.output(), Value::of_node(10));
    graph
}
