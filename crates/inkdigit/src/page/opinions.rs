//! Two opinions of a find become one: the finder's, which saw the place in its surroundings, and the digit network's,
//! which saw the cut-out.

use crate::finder::Find;
use crate::model::CLASSES;
use crate::prediction::Prediction;

/// How much the network's log-odds count beside the finder's when a digit is chosen.
///
/// This and the line below are fitted for `models/finder.onnx` and the default model on 1600 pictures drawn with
/// digits held out: `examples/second_look.rs` of `inkdigit-train`.
const WEIGHT: f32 = 0.4;

/// The line from both log-odds of the chosen digit to those of its being there and right: the finder's slope, the
/// network's, and the offset.
const LINE: [f32; 3] = [0.820, 0.129, -0.847];

/// Log-odds go no further: neither opinion is ever certain.
const CERTAIN: f32 = 1e-4;

/// What a find is, by what the finder says of each digit and the network's probabilities for its cut-out.
pub(super) fn joined(find: &Find, network: &[f32; CLASSES], reject_below: f32) -> Prediction {
    // At the rim of what the finder knows it gives a find less than its maps said; so it does with every digit.
    let most = find.digits.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let finder = find.digits.map(|digit| log_odds(digit * find.probability / most));
    let network = network.map(log_odds);
    let scores: [f32; CLASSES] = std::array::from_fn(|digit| finder[digit] + WEIGHT * network[digit]);
    let chosen = inkdigit_nn::argmax(&scores);
    let probability = odds_to_probability(LINE[0] * finder[chosen] + LINE[1] * network[chosen] + LINE[2]);
    // The rest goes to the others by their scores, and as far as nothing stands there, to all alike.
    let shares = scores.map(|score| (score - scores[chosen]).exp());
    let others: f32 = shares.iter().sum::<f32>() - 1.0;
    let elsewhere = (1.0 - probability) * others / (others + 1.0);
    let alike = (1.0 - probability - elsewhere) / CLASSES as f32;
    Prediction::new(
        std::array::from_fn(|digit| {
            let own =
                if digit == chosen { probability } else { elsewhere * shares[digit] / others.max(1e-12) };
            own + alike
        }),
        reject_below,
    )
}

fn log_odds(probability: f32) -> f32 {
    let probability = probability.clamp(CERTAIN, 1.0 - CERTAIN);
    (probability / (1.0 - probability)).ln()
}

fn odds_to_probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::Class;

    fn find(digits: [f32; 10]) -> Find {
        let probability = digits.iter().copied().fold(0.0, f32::max);
        let class = Class::of('0').expect("a digit");
        Find { class, probability, digits, left: 0.0, top: 0.0, right: 10.0, bottom: 20.0 }
    }

    fn opinion(digit: usize, probability: f32) -> [f32; 10] {
        std::array::from_fn(|d| if d == digit { probability } else { (1.0 - probability) / 9.0 })
    }

    fn seen(digit: usize, probability: f32) -> Find {
        find(std::array::from_fn(|d| if d == digit { probability } else { 0.002 }))
    }

    #[test]
    fn opinions_that_agree_are_surer_than_those_that_differ() {
        let agree = joined(&seen(3, 0.9), &opinion(3, 0.99), 0.7);
        let differ = joined(&seen(3, 0.9), &opinion(5, 0.9), 0.7);
        assert!(agree.digit == 3 && !agree.rejected, "{agree:?}");
        assert!(differ.digit == 3 && differ.probability < agree.probability - 0.2, "{differ:?}");
        // What the finder doubts, the network decides.
        let doubtful = find(std::array::from_fn(|d| [0.0, 0.45, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0][d]));
        assert_eq!(joined(&doubtful, &opinion(1, 0.99), 0.7).digit, 1);
        assert_eq!(joined(&doubtful, &opinion(7, 0.99), 0.7).digit, 7);
    }

    #[test]
    fn probabilities_add_up_to_one() {
        for (there, digit) in [(0.99, 1.0), (0.5, 0.6), (0.1, 0.1), (1.0, 0.0), (0.0, 1.0)] {
            let prediction = joined(&seen(8, there), &opinion(2, digit), 0.7);
            let sum: f32 = prediction.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-4, "{there} {digit}: {prediction:?}");
            assert!(prediction.probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{prediction:?}");
            assert_eq!(prediction.probability, prediction.probabilities[prediction.digit as usize]);
        }
    }
}
