use inkdigit_nn::ops::{Conv2d, Extent, Padding};
use inkdigit_nn::{Graph, Op, Params, Rng, Shape};

use super::*;
use crate::error::with_causes;
use inkdigit_train::networks::finder::{FinderWidths, finder};

fn small() -> FinderWidths {
    FinderWidths { half: 4, quarter: 8, eighth: 8, sixteenth: 8, head: 8 }
}

/// A finder that was never trained.
pub(crate) fn untrained() -> Finder {
    let graph = finder(&small()).unwrap();
    let mut params = Params::init(&graph, 2);
    params.round(8);
    Finder::new(graph, params, FinderMetadata::default()).unwrap()
}

fn noise(width: usize, height: usize) -> GrayImage {
    let mut rng = Rng::new(7);
    let pixels = (0..width * height).map(|_| rng.below(256) as u8).collect();
    GrayImage::new(width, height, pixels).unwrap()
}

/// Maps that say nothing but what is put onto them.
fn maps_with(rows: usize, columns: usize, objects: &[(char, [f32; 4], f32)]) -> Maps {
    let mut numbers = vec![-9.0f32; rows * columns * CHANNELS];
    for &(sign, [x, y, width, height], logit) in objects {
        let class = Class::of(sign).unwrap().index();
        let [column, row] = [x, y].map(|place| (place / STRIDE as f32).floor());
        for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
            let (r, c) = ((row as i32 + dy) as usize, (column as i32 + dx) as usize);
            let place = &mut numbers[(r * columns + c) * CHANNELS..][..CHANNELS];
            let fall = (dy * dy + dx * dx) as f32;
            place[class] = place[class].max(logit - fall);
            place[Class::COUNT..].copy_from_slice(&[
                (height / SIZE_UNIT).ln(),
                (width / SIZE_UNIT).ln(),
                y / STRIDE as f32 - (r as f32 + 0.5),
                x / STRIDE as f32 - (c as f32 + 0.5),
            ]);
        }
    }
    Maps::new(rows, columns, numbers)
}

#[test]
fn what_is_put_onto_maps_is_found_where_it_is() {
    let objects = [
        ('7', [13.5, 30.0, 12.0, 22.0], 3.0),
        ('1', [40.2, 29.0, 4.0, 20.0], 1.0),
        ('-', [60.0, 21.0, 9.0, 3.0], 2.0),
    ];
    let maps = maps_with(16, 20, &objects);
    let mut finds = maps.finds(0.5, Calibration::default());
    finds.sort_by(|a, b| a.left.total_cmp(&b.left));
    assert_eq!(finds.len(), 3, "{finds:?}");
    for (find, (sign, [x, y, width, height], logit)) in finds.iter().zip(objects) {
        assert_eq!(find.class.sign(), sign);
        let expected = [x, y, width, height, 1.0 / (1.0 + (-logit).exp())];
        let [cx, cy] = find.middle();
        let found = [cx, cy, find.width(), find.height(), find.probability];
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3),
            "{found:?}, expected {expected:?}"
        );
    }
    assert_eq!(maps.finds(0.8, Calibration::default()).len(), 2, "what is less probable isn't told");
    let unsure = Calibration { slope: 0.3, offset: 0.0 };
    assert_eq!(maps.finds(0.8, unsure).len(), 0, "a flat line makes all less probable");
    let surer = Calibration { slope: 1.0, offset: 1.0 };
    assert_eq!(maps.finds(0.8, surer).len(), 3, "an offset makes all more probable");
}

#[test]
fn of_equally_sure_neighbours_one_is_found() {
    let numbers = vec![2.0; 6 * 5 * CHANNELS];
    assert_eq!(Maps::new(6, 5, numbers).finds(0.5, Calibration::default()).len(), 1);
}

fn find(sign: char, [left, top, right, bottom]: [f32; 4], probability: f32) -> Find {
    Find { class: Class::of(sign).unwrap(), probability, digits: [0.0; 10], left, top, right, bottom }
}

#[test]
fn of_what_overlaps_the_surest_stays() {
    let finds = vec![
        find('3', [0.0, 0.0, 10.0, 20.0], 0.7),
        find('8', [0.0, 0.0, 11.0, 21.0], 0.9),
        find('0', [2.0, 2.0, 8.0, 9.0], 0.8),
        // Touches the 8.
        find('1', [9.0, 0.0, 14.0, 20.0], 0.6),
        find('4', [40.0, 0.0, 50.0, 20.0], 0.3),
    ];
    let kept: String = overlap::surest(finds, 0.4).iter().map(|find| find.class.sign()).collect();
    assert_eq!(kept, "81");
}

#[test]
fn a_text_seen_from_far_away_is_no_digit() {
    let large = find('8', [0.0, 0.0, 60.0, 90.0], 0.95);
    let small = |place: usize| {
        let (x, y) = (6.0 + 18.0 * (place % 3) as f32, 10.0 + 30.0 * (place / 3) as f32);
        find('4', [x, y, x + 12.0, y + 20.0], 0.8)
    };
    let kept = |smaller: usize| {
        let finds = std::iter::once(large).chain((0..smaller).map(small)).collect();
        overlap::surest(finds, 0.4).iter().map(|find| find.class.sign()).collect::<String>()
    };
    assert_eq!(kept(6), "444444");
    // The loops of an 8 may look like digits: they are two at most.
    assert_eq!((kept(2), kept(0)), ("8".into(), "8".into()));
}

#[test]
fn lines_are_read_from_above_and_from_the_left() {
    // Two slanted lines that cross each other's heights, a sign before the first digit, a point at the foot.
    let mut finds = Vec::new();
    for (line, text) in ["-31.5", "902"].iter().enumerate() {
        for (i, sign) in text.chars().enumerate() {
            let (x, y) = (20.0 * i as f32, 60.0 * line as f32 + 6.0 * i as f32);
            let (top, bottom) = if sign == '.' { (y + 16.0, y + 20.0) } else { (y, y + 20.0) };
            finds.push(find(sign, [x, top, x + 12.0, bottom], 0.9));
        }
    }
    finds.reverse();
    let read: Vec<String> =
        lines(&finds).iter().map(|line| line.iter().map(|&i| finds[i].class.sign()).collect()).collect();
    assert_eq!(read, ["-31.5", "902"]);
    assert!(lines(&[]).is_empty());
}

#[test]
fn levels_reach_from_the_smallest_digits_to_one_that_fills_the_picture() {
    let heights = Heights::default();
    for (width, height) in [(28, 28), (8, 8), (1000, 700), (4000, 3000), (1, 1), (3000, 3)] {
        let picture = noise(width, height);
        let levels = pyramid::levels(&picture, heights, 1600);
        let scales: Vec<f32> = levels.iter().map(|level| level.scale).collect();
        for level in &levels {
            assert!(level.picture.width().max(level.picture.height()) <= 1600);
            let find = find('5', [16.0, 16.0, 28.0, 40.0], 1.0);
            let back = level.on_picture(find, level.bounds()).unwrap();
            assert!(back.left.abs() < 1e-4 && back.top.abs() < 1e-4, "the border is taken off: {back:?}");
            assert!((24.0 / back.height() - level.scale).abs() < 1e-4);
            let window = level.window(level.bounds());
            assert_eq!(
                (window.width(), window.at(16, 16)),
                (level.picture.width() + 32, level.picture.at(0, 0))
            );
        }
        let smallest = width.max(height) as f32 * scales[0];
        assert!(smallest <= heights.most || scales.len() == 1, "{width}x{height}: {scales:?}");
        assert!(scales.windows(2).all(|pair| pair[0] < pair[1] && pair[1] < 1.51 * pair[0]), "{scales:?}");
        assert!(scales.len() <= 12, "{scales:?}");
    }
}

#[test]
fn digits_of_another_height_are_left_to_another_copy() {
    let picture = noise(100, 100);
    for level in pyramid::levels(&picture, Heights::default(), 1600) {
        let of_height = |sign, height: f32| {
            level.on_picture(find(sign, [20.0, 20.0, 30.0, 20.0 + height], 1.0), level.bounds())
        };
        let [within, beside, beyond, mark] =
            [of_height('5', 24.0), of_height('5', 60.0), of_height('5', 90.0), of_height('.', 3.0)];
        assert_eq!((within.unwrap().probability, beside.unwrap().probability), (1.0, 0.8));
        assert!(beyond.is_none() && mark.unwrap().probability == 1.0);
    }
}

#[test]
fn a_finder_comes_back_from_its_bytes() {
    let finder = untrained();
    let bytes = finder.to_bytes().unwrap();
    assert!(Finder::is_in(&bytes) && !Finder::is_in(&crate::Model::default().to_bytes().unwrap()));
    let back = Finder::from_bytes(&bytes, "x.onnx").unwrap();
    assert!(back.params() == finder.params() && back.metadata == finder.metadata);
    let layers = |finder: &Finder| -> Vec<_> {
        finder
            .graph()
            .nodes()
            .iter()
            .map(|node| (node.name.clone(), node.op.name(), node.output_shape))
            .collect()
    };
    assert_eq!(layers(&back), layers(&finder));
    for (width, height) in [(64, 48), (70, 33)] {
        let picture = noise(width, height);
        let maps = finder.maps(&picture);
        assert_eq!((maps.rows(), maps.columns()), (height.div_ceil(16) * 4, width.div_ceil(16) * 4));
        assert!(back.maps(&picture) == maps, "equal bits");
    }
    assert!(back.to_bytes().unwrap() == bytes, "the same finder, the same bytes");
    assert!(finder.find(&noise(50, 20), &FindOptions { threshold: 0.0, ..FindOptions::default() }).len() > 1);
}

#[test]
fn what_is_no_finder_is_told_apart() {
    let digits = crate::Model::default().to_bytes().unwrap();
    let message = |bytes: &[u8]| with_causes(&Finder::from_bytes(bytes, "x").map(drop).unwrap_err());
    assert!(message(b"hello").contains("x: not an ONNX model"), "{}", message(b"hello"));
    assert!(message(&digits).starts_with("x: "), "{}", message(&digits));
    assert!(with_causes(&Finder::open("default").unwrap_err()).contains("tells single digits apart"));
    let mut graph = Graph::new(Shape::map(1, 16, 16));
    let conv = Conv2d {
        channels: CHANNELS,
        kernel: Extent::square(4),
        stride: Extent::square(4),
        padding: Padding::all(0),
        bias: true,
    };
    graph.then("c", Op::Conv2d(conv.clone())).unwrap();
    let params = Params::init(&graph, 0);
    assert!(Finder::new(graph, params, FinderMetadata::default()).is_ok());
    let mut graph = Graph::new(Shape::map(1, 16, 16));
    graph.then("c", Op::Conv2d(Conv2d { channels: 3, ..conv })).unwrap();
    let params = Params::init(&graph, 0);
    let error = Finder::new(graph, params, FinderMetadata::default()).unwrap_err().to_string();
    assert!(error.contains("gives 3 maps of 64x64, expected 1 maps of any size and 23"), "{error}");
    let told = |metadata: FinderMetadata| {
        let finder = Finder { metadata, ..untrained() };
        message(&finder.to_bytes().unwrap())
    };
    let cases = [
        (
            FinderMetadata { calibration: Calibration { slope: 0.0, offset: 1.0 }, ..Default::default() },
            "its calibration is 0 * logit + 1",
        ),
        (FinderMetadata { labels: "01".into(), ..Default::default() }, "its labels are `01`"),
        (
            FinderMetadata { heights: Heights { least: 9.0, most: 2.0, margin: 1.0 }, ..Default::default() },
            "heights from 9 to 2",
        ),
    ];
    for (metadata, expected) in cases {
        let error = told(metadata);
        assert!(error.contains(expected), "{error}");
    }
}
