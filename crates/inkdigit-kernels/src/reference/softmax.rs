//! Twin of [`crate::softmax`].

/// `exp(z[i]) / sum over j of exp(z[j])` for each row, in place. The largest logit is taken off first, which
/// changes nothing but keeps exp finite; a row that holds NaN becomes NaN.
///
/// # Shapes
/// `logits: [rows, classes]`.
pub fn softmax(logits: &mut [f32], classes: usize) {
    for row in logits.chunks_mut(classes) {
        let mut largest = f64::NEG_INFINITY;
        for &z in &*row {
            largest = largest.max(z as f64);
        }
        let mut sum = 0.0;
        for &z in &*row {
            sum += (z as f64 - largest).exp();
        }
        for z in row {
            *z = ((*z as f64 - largest).exp() / sum) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let ln_3 = 3.0f32.ln();
        let mut rows = [0.0, ln_3, 1000.0, 1000.0, f32::NAN, 1.0];
        softmax(&mut rows, 2);
        assert!((rows[0] - 0.25).abs() < 1e-7 && (rows[1] - 0.75).abs() < 1e-7);
        assert_eq!(rows[2..4], [0.5, 0.5]);
        assert!(rows[4].is_nan() && rows[5].is_nan());
    }
}
