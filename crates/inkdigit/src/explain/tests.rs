use super::slopes::Slopes;
use super::*;
use crate::model::Metadata;
use inkdigit_nn::Params;
use inkdigit_train::networks::{BuiltIn, Layer, Network, Scaling, build};
use inkdigit_train::synth;

fn model(network: &Network, temperature: f32) -> Model {
    let graph = build(network, Scaling::Standard).unwrap();
    let params = Params::init(&graph, 5);
    Model::new(graph, params, Metadata { temperature, ..Metadata::default() }).unwrap()
}

fn digit() -> DigitImage {
    synth::dataset(10, 1).get(3).unwrap().0
}

/// A network of tanh alone, which is smooth everywhere.
fn smooth() -> Network {
    let layers: Vec<Layer> = serde_json::from_str(
        r#"[{"conv2d": {"channels": 4, "kernel": 5}}, "tanh", {"avg_pool2d": {"kernel": 2}}, "batch_norm",
            "flatten", {"linear": {"features": 12}}, "tanh", {"dropout": {"rate": 0.5}}, {"linear": {"features": 10}}]"#,
    )
    .unwrap();
    Network::Layers(layers)
}

#[test]
fn scores_are_those_of_the_probability() {
    let logits = [2.0, -1.0, 0.5, 0.0, 0.0, 1.0, 0.25, -3.0, 0.0, 0.125];
    let temperature = 1.5;
    let probabilities = inkdigit_nn::probabilities(&logits, CLASSES, temperature);
    for digit in 0..CLASSES {
        let p = f64::from(probabilities[digit]);
        let expected = (p / (1.0 - p)).ln();
        let found = f64::from(Score::LogOdds.of(&logits, digit, temperature));
        assert!((found - expected).abs() < 1e-5, "{digit}: {found} {expected}");
        assert_eq!(Score::Logit.of(&logits, digit, temperature), logits[digit]);
    }
    let sure = [1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert!((Score::LogOdds.of(&sure, 0, 1.0) - (1000.0 - 9f32.ln())).abs() < 1e-3, "no saturation");
}

#[test]
fn gradients_agree_with_finite_differences() {
    let image = digit();
    let pixels = image.pixels().map(f32::from);
    for score in [Score::LogOdds, Score::Logit] {
        let slopes = Slopes::new(&model(&smooth(), 1.3));
        let gradient = slopes.at(&pixels, 4, score);
        assert!(gradient.iter().any(|slope| slope.abs() > 1e-4), "something to compare");
        // Along random directions, and at single pixels.
        for trial in 0..20 {
            let mut rng = inkdigit_nn::Rng::stream(7, &[trial]);
            let mut direction = [0.0; IMAGE_PIXELS];
            if trial < 10 {
                direction.iter_mut().for_each(|d| *d = rng.normal());
            } else {
                let place = (rng.uniform(0.0, 1.0) * IMAGE_PIXELS as f32) as usize % IMAGE_PIXELS;
                direction[place] = 10.0;
            }
            let moved = |step: f32| {
                let mut pixels = pixels;
                pixels.iter_mut().zip(&direction).for_each(|(pixel, d)| *pixel += step * d);
                f64::from(slopes.score(&pixels, 4, score))
            };
            let step = 0.25;
            let expected = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
            let found: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            assert!((found - expected).abs() < 1e-4 + 0.01 * expected.abs(), "{trial}: {found} {expected}");
        }
    }
}

#[test]
fn gradients_times_ink_of_a_linear_network_add_up_to_what_the_ink_changes() {
    // The score is linear in the pixels, so nothing is lost: Shrikumar et al.'s "summation to delta".
    let linear =
        Network::Layers(serde_json::from_str(r#"["flatten", {"linear": {"features": 10}}]"#).unwrap());
    let model = model(&linear, 1.0);
    let map = gradient_times_input(&model, &digit(), 3, Score::Logit);
    let blank = DigitImage::new([0; IMAGE_PIXELS]);
    let expected = score(&model, &digit(), 3, Score::Logit) - score(&model, &blank, 3, Score::Logit);
    let found: f32 = map.iter().sum();
    assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found} {expected}");
    for (value, &pixel) in map.iter().zip(digit().pixels()) {
        assert!(pixel > 0 || *value == 0.0, "ground says nothing");
    }
}

#[test]
fn occlusion_is_the_fall_of_the_score_with_the_square_in_place() {
    let model = model(&Network::BuiltIn(BuiltIn::Zoo), 2.0);
    let image = digit();
    for occluder in [Occluder::default(), Occluder::new(3, 200).unwrap()] {
        let map = occlusion(&model, &image, 8, Score::LogOdds, occluder);
        for (x, y) in [(0, 0), (27, 27), (14, 14), (9, 20), (27, 0)] {
            // Pixel by pixel, straight from the definition.
            let half = occluder.side as i32 / 2;
            let mut hidden = *image.pixels();
            for (place, pixel) in hidden.iter_mut().enumerate() {
                let (dx, dy) = (place as i32 % 28 - x, place as i32 / 28 - y);
                if dx.abs() <= half && dy.abs() <= half {
                    *pixel = occluder.level;
                }
            }
            let of = |pixels: &[u8; IMAGE_PIXELS]| {
                let p = f64::from(model.probabilities(pixels)[8]);
                (p / (1.0 - p)).ln()
            };
            let expected = of(image.pixels()) - of(&hidden);
            let found = f64::from(map[(y * 28 + x) as usize]);
            assert!((found - expected).abs() < 1e-4, "({x}, {y}): {found} {expected}");
        }
    }
}

#[test]
fn the_default_model_sees_ink_where_ink_is() {
    let model = Model::default();
    let image = digit();
    let label = synth::dataset(10, 1).get(3).unwrap().1;
    let map = occlusion(&model, &image, label, Score::LogOdds, Occluder::default());
    let far = map[0].abs().max(map[27].abs());
    let most = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    assert!(far == 0.0 && most > 1.0, "hiding ground changes nothing, hiding ink does: {far} {most}");
}

#[test]
fn squares_have_a_middle_and_fit() {
    for side in [0, 2, 28, 29, usize::MAX] {
        let error = Occluder::new(side, 0).unwrap_err().to_string();
        assert!(error.contains(&side.to_string()) && error.contains("27"), "{error}");
    }
    assert!(Occluder::new(27, 0).is_ok() && Occluder::new(1, 255).is_ok());
}
