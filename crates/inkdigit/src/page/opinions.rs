//! Opinions of a find become one: the finder's, which saw the place in its surroundings, that of the second look at its
//! cut-out, and where a picture shows one digit that of the digit network, which saw the whole picture as rules prepare
//! it.

use crate::finder::Find;
use crate::model::CLASSES;
use crate::prediction::Prediction;

/// What opinions are worth.
///
/// They are fitted for `models/finder.onnx` on pictures drawn with digits that were held out: of pages by
/// `examples/second_look.rs` of `inkdigit-train`, of single digits by `examples/one_digit.rs`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    /// How much the second look's log-odds count beside the finder's when a digit is chosen.
    second: f32,
    /// How much those of the whole picture do.
    whole: f32,
    /// From the log-odds of the chosen digit to those of its being there and right: the slopes of the finder's, the
    /// second look's and the whole picture's, the offset, and what is added to it where there is no third opinion.
    line: [f32; 5],
}

impl Weights {
    /// On pages, where the second look is that of the network that learnt cut-outs, or of another.
    pub(super) fn of_page(learnt_cut_outs: bool) -> Self {
        match learnt_cut_outs {
            true => Self { second: 0.7, whole: 0.0, line: [0.634, 0.255, 0.0, -1.314, 0.0] },
            false => Self { second: 0.4, whole: 0.0, line: [0.820, 0.129, 0.0, -0.847, 0.0] },
        }
    }

    /// Where a picture shows one digit, and perhaps nothing else.
    pub(super) fn of_one(learnt_cut_outs: bool, nothing_else: bool) -> Self {
        let line = match (learnt_cut_outs, nothing_else) {
            (true, true) => [0.260, 0.245, 0.155, -0.704, 0.0],
            (true, false) => [0.389, 0.357, 0.037, -0.773, -0.242],
            (false, true) => [0.392, 0.026, 0.212, -0.291, 0.0],
            (false, false) => [0.561, 0.146, 0.025, -0.140, -0.116],
        };
        let (second, whole) = if learnt_cut_outs { (0.7, 0.4) } else { (0.4, 0.2) };
        Self { second, whole, line }
    }
}

/// Log-odds go no further: no opinion is ever certain.
const CERTAIN: f32 = 1e-4;

/// What a find is, by what the finder says of each digit, the second look's probabilities for its cut-out, and the
/// digit network's for the whole picture, where that is asked.
pub(super) fn joined(
    finder: &[f32; CLASSES],
    second: &[f32; CLASSES],
    whole: Option<&[f32; CLASSES]>,
    weights: Weights,
    reject_below: f32,
) -> Prediction {
    let Weights { second: of_second, whole: of_whole, line } = weights;
    let [finder, second] = [finder, second].map(|opinion| opinion.map(log_odds));
    let third = whole.map_or([0.0; CLASSES], |whole| whole.map(log_odds));
    let scores: [f32; CLASSES] =
        std::array::from_fn(|digit| finder[digit] + of_second * second[digit] + of_whole * third[digit]);
    let chosen = inkdigit_nn::argmax(&scores);
    let without_third = if whole.is_none() { line[4] } else { 0.0 };
    let probability = odds_to_probability(
        line[0] * finder[chosen]
            + line[1] * second[chosen]
            + line[2] * third[chosen]
            + line[3]
            + without_third,
    );
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

/// What the finder says of each digit at a find. At the rim of what it knows it gives a find less than its maps said;
/// so it does with every digit.
pub(super) fn of_finder(find: &Find) -> [f32; CLASSES] {
    let most = find.digits.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    find.digits.map(|digit| digit * find.probability / most)
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

    fn of_page(find: &Find, second: &[f32; 10]) -> Prediction {
        joined(&of_finder(find), second, None, Weights::of_page(false), 0.7)
    }

    fn seen(digit: usize, probability: f32) -> Find {
        find(std::array::from_fn(|d| if d == digit { probability } else { 0.002 }))
    }

    #[test]
    fn opinions_that_agree_are_surer_than_those_that_differ() {
        let agree = of_page(&seen(3, 0.9), &opinion(3, 0.99));
        let differ = of_page(&seen(3, 0.9), &opinion(5, 0.9));
        assert!(agree.digit == 3 && !agree.rejected, "{agree:?}");
        assert!(differ.digit == 3 && differ.probability < agree.probability - 0.2, "{differ:?}");
        // What the finder doubts, the network decides.
        let doubtful = find(std::array::from_fn(|d| [0.0, 0.45, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0][d]));
        assert_eq!(of_page(&doubtful, &opinion(1, 0.99)).digit, 1);
        assert_eq!(of_page(&doubtful, &opinion(7, 0.99)).digit, 7);
    }

    #[test]
    fn the_whole_pictures_opinion_counts_where_it_is_asked() {
        let find = of_finder(&seen(4, 0.6));
        let told = |whole: Option<&[f32; 10]>| {
            joined(&find, &opinion(4, 0.8), whole, Weights::of_one(true, false), 0.7).probabilities[4]
        };
        let (agrees, differs) = (opinion(4, 0.99), opinion(9, 0.99));
        assert!(told(Some(&agrees)) > told(None) && told(None) > told(Some(&differs)));
    }

    #[test]
    fn probabilities_add_up_to_one() {
        for (there, digit) in [(0.99, 1.0), (0.5, 0.6), (0.1, 0.1), (1.0, 0.0), (0.0, 1.0)] {
            let prediction = of_page(&seen(8, there), &opinion(2, digit));
            let sum: f32 = prediction.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-4, "{there} {digit}: {prediction:?}");
            assert!(prediction.probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{prediction:?}");
            assert_eq!(prediction.probability, prediction.probabilities[prediction.digit as usize]);
        }
    }
}
