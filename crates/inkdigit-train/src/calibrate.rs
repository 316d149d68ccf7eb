//! Probabilities that mean what they say: one temperature, fitted on images that the network didn't learn
//! from (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", arXiv 1706.04599).

/// The temperatures among which the best is sought: from logits ten times too small to ten times too large.
const RANGE: [f64; 2] = [0.1, 10.0];

/// The temperature by which logits must be divided for their softmax to give these labels the highest
/// likelihood; 1 where there are none to go by.
///
/// # Shapes
/// - `logits`: `[N, classes]`
/// - `labels`: `[N]`, each below `classes`
///
/// # Panics
/// If the lengths don't fit.
pub fn temperature(logits: &[f32], labels: &[u8]) -> f32 {
    if labels.is_empty() {
        return 1.0;
    }
    assert!(logits.len().is_multiple_of(labels.len()), "a row of logits for each label");
    let classes = logits.len() / labels.len();
    let loss = |log_temperature: f64| -> f64 {
        let beta = (-log_temperature).exp();
        let rows = logits.chunks_exact(classes).zip(labels);
        rows.map(|(row, &label)| negative_log_likelihood(row, label as usize, beta)).sum()
    };
    // The loss is convex in 1 / temperature, so it has one minimum: golden-section search finds it.
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let [mut low, mut high] = RANGE.map(f64::ln);
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    while high - low > 1e-4 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = loss(right);
        }
    }
    ((low + high) / 2.0).exp() as f32
}

/// `-ln softmax(beta row)[label]`.
fn negative_log_likelihood(row: &[f32], label: usize, beta: f64) -> f64 {
    let scaled = || row.iter().map(|&z| beta * f64::from(z));
    let largest = scaled().fold(f64::NEG_INFINITY, f64::max);
    largest + scaled().map(|z| (z - largest).exp()).sum::<f64>().ln() - beta * f64::from(row[label])
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::Rng;

    /// Logits whose labels are drawn by their own softmax at temperature 1, then multiplied.
    fn drawn(factor: f32) -> (Vec<f32>, Vec<u8>) {
        let mut rng = Rng::new(5);
        let mut logits = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..4000 {
            let row: Vec<f32> = (0..10).map(|_| 2.0 * rng.normal()).collect();
            let probabilities = inkdigit_nn::probabilities(&row, 10, 1.0);
            let mut left = rng.uniform(0.0, 1.0);
            let drawn = probabilities.iter().position(|p| {
                left -= p;
                left < 0.0
            });
            labels.push(drawn.unwrap_or(9) as u8);
            logits.extend(row.iter().map(|z| factor * z));
        }
        (logits, labels)
    }

    #[test]
    fn the_factor_by_which_logits_are_too_large_is_found() {
        for factor in [0.25, 1.0, 3.0] {
            let (logits, labels) = drawn(factor);
            let found = temperature(&logits, &labels);
            assert!((found / factor - 1.0).abs() < 0.1, "{found}, expected {factor}");
        }
    }

    #[test]
    fn what_is_always_right_gets_the_sharpest_and_nothing_gets_one() {
        let sharpest = temperature(&[9.0, 0.0, 0.0, 9.0], &[0, 1]);
        assert!((sharpest - 0.1).abs() < 1e-3, "{sharpest}");
        assert_eq!(temperature(&[], &[]), 1.0);
    }
}
