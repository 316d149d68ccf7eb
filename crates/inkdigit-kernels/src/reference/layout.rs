//! Twin of [`crate::layout`]: numbers moved one at a time.

use crate::layout::Framed;

/// Calls `visit(inner, outer)` with the index of every number without and with margins.
fn for_each_number(framed: Framed, inner_len: usize, mut visit: impl FnMut(usize, usize)) {
    let (outer_height, outer_width) = framed.margins.around(framed.height, framed.width);
    for inner in 0..inner_len {
        let channel = inner % framed.channels;
        let pixel = inner / framed.channels;
        let (x, y) = (pixel % framed.width, pixel / framed.width % framed.height);
        let image = pixel / (framed.width * framed.height);
        let row = image * outer_height + framed.margins.top + y;
        visit(inner, (row * outer_width + framed.margins.left + x) * framed.channels + channel);
    }
}

/// Copies images into the middle of larger ones whose margins hold one value.
///
/// # Shapes
/// `x: [N, H, W, C]`, `out: [N, top + H + bottom, left + W + right, C]`.
pub fn pad(x: &[f32], framed: Framed, value: f32, out: &mut [f32]) {
    out.fill(value);
    for_each_number(framed, x.len(), |inner, outer| out[outer] = x[inner]);
}

/// Copies the middle of framed images out.
///
/// # Shapes
/// The way back of [`pad`].
pub fn crop(x: &[f32], framed: Framed, out: &mut [f32]) {
    for_each_number(framed, out.len(), |inner, outer| out[inner] = x[outer]);
}

/// `out[c][r] = x[r][first + c]`: some columns of a matrix, as rows.
///
/// # Shapes
/// `x: [rows, columns]`, `out: [any number of columns from first, rows]`.
pub fn transpose(x: &[f32], columns: usize, first: usize, out: &mut [f32]) {
    if x.is_empty() {
        return;
    }
    let rows = x.len() / columns;
    for (i, out) in out.iter_mut().enumerate() {
        *out = x[i % rows * columns + first + i / rows];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Margins;

    /// Two images of 1 x 2 pixels, one channel, with one row above and one column after.
    const FRAMED: Framed = Framed {
        height: 1,
        width: 2,
        channels: 1,
        margins: Margins { top: 1, left: 0, bottom: 0, right: 1 },
    };

    #[test]
    fn pad_and_crop_by_hand() {
        let mut out = [9.0; 12];
        pad(&[1.0, 2.0, 3.0, 4.0], FRAMED, 7.0, &mut out);
        assert_eq!(out, [7.0, 7.0, 7.0, 1.0, 2.0, 7.0, 7.0, 7.0, 7.0, 3.0, 4.0, 7.0]);
        let mut back = [9.0; 4];
        crop(&out, FRAMED, &mut back);
        assert_eq!(back, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn transpose_by_hand() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut out = [0.0; 6];
        transpose(&x, 3, 0, &mut out);
        assert_eq!(out, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        transpose(&x, 3, 1, &mut out[..4]);
        assert_eq!(out[..4], [2.0, 5.0, 3.0, 6.0]);
    }
}
