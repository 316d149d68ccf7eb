//! The loss of a detector by centres against PyTorch. The values in `golden/centres.json` were made by
//! `tools/reference/golden_centres.py`, which documents them and the formulas that both sides compute inputs by.

use inkdigit_nn::{CentreBox, CentreTargets, CentreWeights, centre_loss};
use serde_json::Value as Json;

fn splitmix64(s: u64) -> u64 {
    let z = s.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// u(p, i) of the script.
fn unit(p: u64, i: usize) -> f64 {
    (splitmix64((p << 32) + i as u64) >> 40) as f64 / (1u64 << 24) as f64
}

#[test]
fn the_loss_of_centres_and_its_slopes_are_pytorchs() {
    let golden: Json = serde_json::from_str(include_str!("golden/centres.json")).unwrap();
    let number = |key: &str| golden[key].as_f64().unwrap();
    let (places, classes) = (number("places") as usize, number("classes") as usize);
    let maps: Vec<f32> = (0..places * (classes + 4)).map(|i| (6.0 * unit(1000, i) - 3.0) as f32).collect();
    let mut heat: Vec<f32> = (0..places * classes).map(|i| (0.95 * unit(1001, i)) as f32).collect();
    let mut counted: Vec<f32> = (0..places).map(|i| f32::from(unit(1002, i) >= 0.2)).collect();
    let boxes: Vec<CentreBox> = golden["boxes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            let place = place.as_u64().unwrap() as usize;
            heat[place * classes + place % classes] = 1.0;
            counted[place] = 1.0;
            let numbers = [0, 1, 2, 3].map(|j| (2.0 * unit(1003, 4 * place + j) - 1.0) as f32);
            CentreBox { place, numbers }
        })
        .collect();
    let weights =
        CentreWeights { size: number("size_weight") as f32, offset: number("offset_weight") as f32 };
    let mut slopes = vec![f32::NAN; maps.len()];
    let targets = CentreTargets { heat: &heat, counted: &counted, boxes: &boxes };
    let loss = centre_loss(&maps, targets, weights, &mut slopes);
    for (key, found) in [("heat", loss.heat), ("size", loss.size), ("offset", loss.offset)] {
        assert!(
            (found - number(key)).abs() < 1e-6 * number(key),
            "{key}: {found}, PyTorch has {}",
            number(key)
        );
    }
    let expected = golden["gradient"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    for (i, (found, expected)) in slopes.iter().zip(expected).enumerate() {
        let expected = expected.as_f64().unwrap() as f32;
        assert!(
            (found - expected).abs() <= 1e-6 * expected.abs().max(0.1),
            "{i}: {found}, PyTorch has {expected}"
        );
    }
}
