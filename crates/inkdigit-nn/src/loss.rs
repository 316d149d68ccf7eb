//! Softmax cross-entropy with label smoothing (Szegedy et al., arXiv 1512.00567).

use inkdigit_kernels::{Isa, softmax};

/// The mean loss of a batch, and how many of its samples were right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Mean cross-entropy in nats.
    pub mean: f32,
    /// Samples whose largest logit is the label's.
    pub correct: usize,
}

/// The label of a sample that belongs to no class. Its target is every class alike, which teaches a network to
/// be unsure of what it wasn't made for (outlier exposure: Hendrycks, Mazeika and Dietterich, arXiv 1812.04606).
pub const NO_CLASS: u8 = u8::MAX;

/// Softmax cross-entropy of a batch, and its gradient.
///
/// The target of a sample with label l and smoothing s is `(1 - s) [c = l] + s / classes`; that of
/// [`NO_CLASS`] is `1 / classes`.
///
/// # Shapes
/// `logits` and `dlogits: [N, classes]`, `labels: [N]`. `dlogits` becomes the gradient of the *mean* loss.
///
/// # Panics
/// If the lengths don't fit, or a label is neither below `classes` nor [`NO_CLASS`].
pub fn cross_entropy(
    logits: &[f32],
    labels: &[u8],
    classes: usize,
    label_smoothing: f32,
    dlogits: &mut [f32],
) -> Loss {
    assert!(logits.len() == labels.len() * classes && dlogits.len() == logits.len(), "one label a row");
    dlogits.copy_from_slice(logits);
    softmax::softmax(Isa::best(), dlogits, classes);
    let scale = 1.0 / labels.len().max(1) as f32;
    let mut total = 0.0f64;
    let mut correct = 0;
    for ((row, p), &label) in logits.chunks_exact(classes).zip(dlogits.chunks_exact_mut(classes)).zip(labels)
    {
        assert!((label as usize) < classes || label == NO_CLASS, "label {label} of {classes} classes");
        // With all of it spread over the classes, the label has no part in the target.
        let (label, smoothing) = if label == NO_CLASS { (0, 1.0) } else { (label as usize, label_smoothing) };
        correct += usize::from(smoothing < 1.0 && inkdigit_kernels::reduce::argmax(row) == label);
        // -sum t_c log p_c with log p_c = z_c - logsumexp(z), from the logits: exact where p underflows.
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let log_sum = (row.iter().map(|&z| ((z - largest) as f64).exp()).sum::<f64>()).ln() + largest as f64;
        let mean_logit: f64 = row.iter().map(|&z| z as f64).sum::<f64>() / classes as f64;
        let s = smoothing as f64;
        total += log_sum - (1.0 - s) * row[label] as f64 - s * mean_logit;
        for (class, p) in p.iter_mut().enumerate() {
            let target = smoothing / classes as f32 + if class == label { 1.0 - smoothing } else { 0.0 };
            *p = (*p - target) * scale;
        }
    }
    Loss { mean: (total * scale as f64) as f32, correct }
}

/// Softmax of each row of logits divided by `temperature`: probabilities.
///
/// # Shapes
/// `logits: [N, classes]`; the result likewise.
pub fn probabilities(logits: &[f32], classes: usize, temperature: f32) -> Vec<f32> {
    let mut p: Vec<f32> = logits.iter().map(|&z| z / temperature).collect();
    softmax::softmax(Isa::best(), &mut p, classes);
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_no_class_is_drawn_toward_all() {
        let logits = [2.0, 0.0, -1.0, 0.0, 0.0, 0.0];
        let mut gradient = [0.0; 6];
        let loss = cross_entropy(&logits, &[NO_CLASS, NO_CLASS], 3, 0.1, &mut gradient);
        assert_eq!(loss.correct, 0, "there is no right answer");
        let p = probabilities(&logits, 3, 1.0);
        for (i, (gradient, p)) in gradient.iter().zip(&p).enumerate() {
            let expected = (p - 1.0 / 3.0) / 2.0;
            assert!((gradient - expected).abs() < 1e-6, "{i}: {gradient}, expected {expected}");
        }
        // Its loss is the mean of -ln p over the classes.
        let mean = -p.iter().map(|p| p.ln()).sum::<f32>() / 6.0;
        assert!((loss.mean - mean).abs() < 1e-6, "{}, expected {mean}", loss.mean);
    }
}
