//! Fits the line from a find's logit to its probability, on finds of which is known whether they are right.

use inkdigit::finder::Calibration;

/// The line is held near the network's own by this much, which only matters where there are few finds.
const HOLD: f64 = 1e-2;

/// Steps of Newton's method: five are enough where finds are of both kinds.
const STEPS: usize = 30;

/// The line that makes these finds the likeliest: their logits, and whether they are right.
pub(super) fn fit(finds: &[(f32, bool)]) -> Calibration {
    // The logarithm of the likelihood is concave in both numbers.
    let (mut slope, mut offset) = (1.0f64, 0.0f64);
    for _ in 0..STEPS {
        let (mut gradient, mut curvature) = ([HOLD * (1.0 - slope), -HOLD * offset], [HOLD, 0.0, HOLD]);
        for &(logit, right) in finds {
            let logit = f64::from(logit);
            let probability = 1.0 / (1.0 + (-(slope * logit + offset)).exp());
            let error = f64::from(u8::from(right)) - probability;
            let weight = probability * (1.0 - probability);
            gradient = [gradient[0] + error * logit, gradient[1] + error];
            curvature[0] += weight * logit * logit;
            curvature[1] += weight * logit;
            curvature[2] += weight;
        }
        let determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1];
        if determinant <= 0.0 {
            break;
        }
        let step = [
            (curvature[2] * gradient[0] - curvature[1] * gradient[1]) / determinant,
            (curvature[0] * gradient[1] - curvature[1] * gradient[0]) / determinant,
        ];
        // A step too far could leave the region where the second order says anything.
        let length = step[0].hypot(step[1]).max(1.0);
        (slope, offset) = (slope + step[0] / length, offset + step[1] / length);
        if step[0].hypot(step[1]) < 1e-9 {
            break;
        }
    }
    // Finds that say nothing give no line.
    if slope > 1e-3 {
        Calibration { slope: slope as f32, offset: offset as f32 }
    } else {
        Calibration::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Rng;

    #[test]
    fn the_line_that_finds_were_drawn_by_comes_back() {
        let line = Calibration { slope: 1.6, offset: 0.8 };
        let mut rng = Rng::new(3);
        let mut drawn = |_| {
            let logit = rng.uniform(-4.0, 2.0);
            (logit, rng.unit() < line.probability(logit))
        };
        let finds: Vec<(f32, bool)> = (0..20_000).map(&mut drawn).collect();
        let fitted = fit(&finds);
        assert!((fitted.slope - line.slope).abs() < 0.08, "{fitted:?}");
        assert!((fitted.offset - line.offset).abs() < 0.08, "{fitted:?}");
    }

    #[test]
    fn few_finds_and_finds_of_one_kind_give_a_line_all_the_same() {
        assert_eq!(fit(&[]), Calibration::default());
        for finds in [vec![(2.0, true); 50], vec![(2.0, false); 50], vec![(-1.0, true), (1.0, false)]] {
            let Calibration { slope, offset } = fit(&finds);
            assert!(slope > 0.0 && slope.is_finite() && offset.is_finite(), "{slope} {offset}");
        }
    }
}
