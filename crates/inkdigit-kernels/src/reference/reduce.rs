//! Twin of [`crate::reduce`].

/// `sums[c] += sum over rows of x[row][c]`.
///
/// # Shapes
/// `x: [rows, sums.len()]`.
pub fn add_column_sums(x: &[f32], sums: &mut [f64]) {
    let columns = sums.len();
    for (i, &x) in x.iter().enumerate() {
        sums[i % columns] += x as f64;
    }
}

/// The index of the largest value, the first of several; NaN counts for nothing. 0 where there is no number.
pub fn argmax(values: &[f32]) -> usize {
    let largest = |i: usize| !values[i].is_nan() && !values.iter().any(|&other| other > values[i]);
    (0..values.len()).find(|&i| largest(i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_by_hand() {
        let mut sums = [10.0, 0.0];
        add_column_sums(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut sums);
        assert_eq!(sums, [19.0, 12.0]);
    }

    #[test]
    fn argmax_by_hand() {
        assert_eq!(argmax(&[1.0, 3.0, 2.0, 3.0]), 1);
        assert_eq!(argmax(&[f32::NAN, -2.0, f32::NAN, -1.0]), 3);
        assert_eq!(argmax(&[f32::NAN, f32::NAN]), 0);
        assert_eq!(argmax(&[]), 0);
    }
}
