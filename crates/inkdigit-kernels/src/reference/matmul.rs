//! Twin of [`crate::matmul`]: the indirect matrix product.

use crate::matmul::{Columns, Indirect, Output, Start};

/// `out[r][c] = start + sum over d of a[r][d] * b[d][c]`, row after row; see
/// [`crate::matmul::indirect_matmul`].
///
/// # Panics
/// If an offset leads outside its slice, or the numbers of rows differ.
pub fn indirect_matmul(a: Indirect, b: Columns, start: Start, out: Output) {
    assert_eq!(a.rows.len(), out.rows.len());
    for (&a_row, &out_row) in a.rows.iter().zip(out.rows) {
        for c in 0..b.columns {
            let at = out_row as usize + c;
            let mut sum = match start {
                Start::Zero => 0.0,
                Start::Bias(bias) => bias[c] as f64,
                Start::Output => out.data[at] as f64,
            };
            for (d, &offset) in a.depth.iter().enumerate() {
                sum += a.data[a_row as usize + offset as usize] as f64 * b.data[d * b.stride + c] as f64;
            }
            out.data[at] = sum as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[1 2; 3 4] [5 6; 7 8] = [19 22; 43 50]`, the right matrix in rows of three.
    fn product(start: Start, rows: &[u32], out: &mut [f32]) {
        let a = Indirect { data: &[1.0, 2.0, 3.0, 4.0], rows: &[0, 2], depth: &[0, 1] };
        let b = Columns { data: &[5.0, 6.0, -1.0, 7.0, 8.0], stride: 3, columns: 2 };
        indirect_matmul(a, b, start, Output { data: out, rows });
    }

    #[test]
    fn from_zero_leaves_gaps_alone() {
        let mut out = [9.0; 5];
        product(Start::Zero, &[3, 0], &mut out);
        assert_eq!(out, [43.0, 50.0, 9.0, 19.0, 22.0]);
    }

    #[test]
    fn from_bias() {
        let mut out = [9.0; 4];
        product(Start::Bias(&[100.0, 200.0]), &[0, 2], &mut out);
        assert_eq!(out, [119.0, 222.0, 143.0, 250.0]);
    }

    #[test]
    fn overlapping_rows_add_up() {
        let mut out = [1.0; 3];
        product(Start::Output, &[0, 1], &mut out);
        assert_eq!(out, [20.0, 66.0, 51.0]);
    }

    #[test]
    fn without_depth_the_start_stays() {
        let a = Indirect { data: &[], rows: &[0], depth: &[] };
        let b = Columns { data: &[], stride: 2, columns: 2 };
        let mut out = [9.0; 2];
        indirect_matmul(a, b, Start::Bias(&[3.0, 4.0]), Output { data: &mut out, rows: &[0] });
        assert_eq!(out, [3.0, 4.0]);
    }
}
