//! What holds of whole scenes.

use std::collections::HashSet;

use super::*;
use crate::synth;

fn drawn(config: &SceneConfig, size: [usize; 2], seed: u64, index: u64) -> Scene {
    use std::sync::LazyLock;
    static DATA: LazyLock<crate::Dataset> = LazyLock::new(|| synth::dataset(400, 1));
    draw(&DigitSource::new(&DATA), config, size, seed, index)
}

/// Nothing but ink on paper: no light, no noise, no clutter.
fn clean(kind: Kind) -> SceneConfig {
    SceneConfig {
        kinds: KindWeights::only(kind),
        difficulty: 0.0,
        turned: 0.0,
        inverted: 0.0,
        ..SceneConfig::default()
    }
}

#[test]
fn the_same_seed_and_index_draw_the_same_and_others_others() {
    let config = SceneConfig::default();
    for index in 0..12 {
        let scene = drawn(&config, [96, 80], 7, index);
        assert_eq!(scene, drawn(&config, [96, 80], 7, index));
        assert_ne!(scene.picture, drawn(&config, [96, 80], 8, index).picture);
        assert_ne!(scene.picture, drawn(&config, [96, 80], 7, index + 100).picture);
    }
}

#[test]
fn every_kind_every_class_and_every_turn_comes() {
    let config = SceneConfig { turned: 0.1, ..SceneConfig::default() };
    let (mut kinds, mut classes, mut turns) = (HashSet::new(), HashSet::new(), HashSet::new());
    for index in 0..500 {
        let scene = drawn(&config, [160, 160], 3, index);
        kinds.insert(scene.kind);
        classes.extend(scene.marks.iter().map(|mark| mark.class));
        turns.insert(scene.quarter_turns);
    }
    assert_eq!(kinds.len(), Kind::ALL.len());
    assert_eq!(classes.len(), Class::COUNT);
    assert_eq!(turns.len(), 4);
}

#[test]
fn marks_are_of_the_sizes_that_are_to_be_found() {
    let config = SceneConfig::default();
    let heights = config.heights;
    for index in 0..150 {
        let scene = drawn(&config, [200, 180], 4, index);
        let (w, h) = (scene.picture.width() as f32, scene.picture.height() as f32);
        for mark in &scene.marks {
            assert!((heights.least..=heights.most).contains(&mark.text_height), "{mark:?}");
            let bounds = mark.bounds();
            assert!(bounds.left >= -0.01 && bounds.top >= -0.01, "{mark:?}");
            assert!(bounds.right <= w + 0.01 && bounds.bottom <= h + 0.01, "{mark:?}");
            assert!(mark.width > 0.0 && mark.height > 0.0, "{mark:?}");
        }
        assert!(scene.quarter_turns == 0 || scene.marks.is_empty());
    }
}

/// The dark pixels within a part of a picture.
fn dark(picture: &GrayImage, bounds: Rect) -> Vec<(usize, usize)> {
    let rows = plane::Plane::range(bounds.top, bounds.bottom, picture.height());
    let columns = plane::Plane::range(bounds.left, bounds.right, picture.width());
    let level = |x: usize, y: usize| picture.at(x, y) as f32;
    let all: Vec<f32> = rows.clone().flat_map(|y| columns.clone().map(move |x| level(x, y))).collect();
    let (least, most) = all.iter().fold((255.0f32, 0.0f32), |(a, b), &v| (a.min(v), b.max(v)));
    let paper = level(0, 0);
    let inked = |x: usize, y: usize| (level(x, y) - paper).abs() > 0.2 * (most - least).max(20.0);
    rows.flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|&(x, y)| inked(x, y)).collect()
}

#[test]
fn boxes_hold_the_ink_they_claim_and_no_more_room() {
    let mut looked_at = 0;
    for index in 0..400 {
        let scene = drawn(&clean(Kind::Single), [160, 160], 5, index);
        let Some(mark) = scene.marks.first() else { continue };
        // A line below, a ring or a frame isn't the digit's; nor are a window and its buttons the paper's.
        let around = mark.bounds().grown(3.0, 3.0);
        let ink = dark(&scene.picture, around);
        let alone = |(x, y): &(usize, usize)| {
            let at = [*x as f32 + 0.5, *y as f32 + 0.5];
            let bounds = mark.bounds().grown(1.0, 1.0);
            at[0] > bounds.left && at[0] < bounds.right && at[1] > bounds.top && at[1] < bounds.bottom
        };
        if !ink.iter().all(alone) {
            continue;
        }
        looked_at += 1;
        let tight = ink
            .iter()
            .fold(Rect::EMPTY, |rect, &(x, y)| rect.including([x as f32 + 0.5, y as f32 + 0.5], 0.5));
        let bounds = mark.bounds();
        let apart = [
            tight.left - bounds.left,
            tight.top - bounds.top,
            bounds.right - tight.right,
            bounds.bottom - tight.bottom,
        ];
        assert!(apart.iter().all(|gap| gap.abs() < 2.6), "{index}: {apart:?} {bounds:?}");
    }
    assert!(looked_at > 150, "{looked_at}");
}

#[test]
fn turning_carries_the_truth_along() {
    let scene = drawn(&clean(Kind::Lines), [120, 90], 9, 2);
    assert!(!scene.marks.is_empty());
    let mut around = scene.clone();
    for quarter in 1..=4 {
        around = turned(around);
        let sides = if quarter % 2 == 1 { (90, 120) } else { (120, 90) };
        assert_eq!((around.picture.width(), around.picture.height()), sides);
        let ink: usize = around.marks.iter().map(|mark| dark(&around.picture, mark.bounds()).len()).sum();
        assert!(ink > 20);
    }
    assert_eq!(around.picture, scene.picture);
    for (a, b) in around.marks.iter().zip(&scene.marks) {
        assert!((a.centre[0] - b.centre[0]).abs() < 1e-3 && (a.centre[1] - b.centre[1]).abs() < 1e-3);
        assert_eq!((a.width, a.height), (b.width, b.height));
    }
}

#[test]
fn digits_that_look_the_same_when_turned_are_ignored_then() {
    let config = SceneConfig { turned: 1.0, ..SceneConfig::default() };
    let scenes: Vec<Scene> = (0..60).map(|index| drawn(&config, [128, 128], 2, index)).collect();
    assert!(scenes.iter().all(|scene| scene.quarter_turns > 0 && scene.marks.is_empty()));
    assert!(scenes.iter().any(|scene| !scene.ignored.is_empty()));
}

#[test]
fn any_size_gives_a_picture() {
    let config = SceneConfig { turned: 0.2, ..SceneConfig::default() };
    let mut rng = Rng::new(6);
    for index in 0..2000 {
        let size = match index % 10 {
            0 => [1, 1],
            1 => [1, 1 + rng.below(40)],
            2 => [1 + rng.below(40), 2],
            3 if index % 50 == 3 => [700, 300],
            _ => [1 + rng.below(70), 1 + rng.below(70)],
        };
        let scene = drawn(&config, size, 11, index);
        assert_eq!([scene.picture.width(), scene.picture.height()], size, "{index}");
        for mark in &scene.marks {
            assert!(mark.centre.iter().all(|at| at.is_finite()) && mark.width.is_finite(), "{mark:?}");
        }
    }
    assert_eq!(drawn(&config, [0, 0], 1, 1).picture.width(), 1);
}

#[test]
fn any_kind_is_drawn_without_a_data_set_and_with_odd_sizes_to_be_found() {
    let data = crate::Dataset::default();
    let source = DigitSource::new(&data);
    for kind in Kind::ALL {
        for heights in
            [Heights { least: 1.0, most: 2.0, margin: 1.0 }, Heights { least: 60.0, most: 50.0, margin: 2.0 }]
        {
            let config = SceneConfig { kinds: KindWeights::only(kind), heights, ..SceneConfig::default() };
            for index in 0..6 {
                assert_eq!(draw(&source, &config, [64, 48], 1, index).kind, kind);
            }
        }
    }
}

#[test]
fn a_contact_sheet_shows_every_scene() {
    let scenes: Vec<Scene> = (0..5).map(|index| drawn(&SceneConfig::default(), [64, 48], 1, index)).collect();
    let sheet = contact_sheet(&scenes, 3);
    assert_eq!(sheet.width(), 3 * (64 + 4));
    assert_eq!(sheet.height() % 2, 0);
    let blue = sheet.pixels().filter(|pixel| pixel.0 == [0, 150, 255]).count();
    assert_eq!(blue > 0, scenes.iter().any(|scene| !scene.marks.is_empty()));
    assert!(contact_sheet(&[], 3).height() > 0);
}

#[test]
fn configurations_are_read_back_as_written() {
    let config = SceneConfig { stroked: 0.25, ..SceneConfig::default() };
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<SceneConfig>(&text).unwrap(), config);
    assert!(serde_json::from_str::<SceneConfig>(r#"{"stroke": 1}"#).is_err());
    let kinds: SceneConfig = serde_json::from_str(r#"{"kinds": {"lines": 1}}"#).unwrap();
    assert_eq!(kinds.kinds.lines, 1.0);
}
