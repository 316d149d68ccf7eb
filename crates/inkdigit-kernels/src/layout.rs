//! Moving numbers without changing them: padding, transposing, reordering.

use crate::Isa;

/// Space around an image, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margins {
    /// Rows above.
    pub top: usize,
    /// Columns before.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns after.
    pub right: usize,
}

impl Margins {
    /// Whether there is no space at all.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// Height and width with the margins.
    pub fn around(self, height: usize, width: usize) -> (usize, usize) {
        (height + self.top + self.bottom, width + self.left + self.right)
    }
}

/// The size of the images that [`pad`] and [`crop`] move.
#[derive(Clone, Copy, Debug)]
pub struct Framed {
    /// Rows without margins.
    pub height: usize,
    /// Columns without margins.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// The space around.
    pub margins: Margins,
}

impl Framed {
    fn check(self, inner: &[f32], outer: &[f32]) {
        let (height, width) = self.margins.around(self.height, self.width);
        let (inner_len, outer_len) = (self.height * self.width * self.channels, height * width * self.channels);
        assert!(inner_len > 0 && inner.len().is_multiple_of(inner_len), "whole images");
        assert_eq!(inner.len() / inner_len * outer_len, outer.len(), "as many framed images");
    }

    /// For each row of the images: where it starts without and with margins, and its length.
    fn rows(self, images: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let row = self.width * self.channels;
        let (outer_height, outer_width) = self.margins.around(self.height, self.width);
        (0..images * self.height).map(move |r| {
            let (image, y) = (r / self.height, r % self.height);
            let outer = ((image * outer_height + y + self.margins.top) * outer_width + self.margins.left) * self.channels;
            (r * row, outer, row)
        })
    }

    fn images(self, inner: &[f32]) -> usize {
        inner.len() / (self.height * self.width * self.channels)
    }
}

/// Copies images into the middle of larger ones whose margins are zero.
///
/// # Shapes
/// `x: [N, H, W, C]`, `out: [N, top + H + bottom, left + W + right, C]`.
pub fn pad(x: &[f32], framed: Framed, out: &mut [f32]) {
    framed.check(x, out);
    out.fill(0.0);
    for (inner, outer, len) in framed.rows(framed.images(x)) {
        out[outer..][..len].copy_from_slice(&x[inner..][..len]);
    }
}

/// Copies the middle of framed images out: the way back of [`pad`].
pub fn crop(x: &[f32], framed: Framed, out: &mut [f32]) {
    framed.check(out, x);
    for (inner, outer, len) in framed.rows(framed.images(out)) {
        out[inner..][..len].copy_from_slice(&x[outer..][..len]);
    }
}

/// `out[c][r] = x[r][first + c]`: some columns of a matrix, as rows.
///
/// # Shapes
/// `x: [rows, columns]`, `out: [any number of columns from first, rows]`.
pub fn transpose(isa: Isa, x: &[f32], columns: usize, first: usize, out: &mut [f32]) {
    if x.is_empty() || out.is_empty() {
        return;
    }
    assert!(columns > 0 && x.len().is_multiple_of(columns), "whole rows");
    let rows = x.len() / columns;
    let taken = out.len() / rows;
    assert!(out.len().is_multiple_of(rows) && first + taken <= columns, "columns the matrix has");
    // Blocks of 16 x 16: both sides then stay within a few cache lines.
    const BLOCK: usize = 16;
    isa.vectorize(#[inline(always)] || {
        for c0 in (0..taken).step_by(BLOCK) {
            for r0 in (0..rows).step_by(BLOCK) {
                let end = (r0 + BLOCK).min(rows);
                for c in c0..(c0 + BLOCK).min(taken) {
                    let out = &mut out[c * rows + r0..c * rows + end];
                    for (out, r) in out.iter_mut().zip(r0..end) {
                        *out = x[r * columns + first + c];
                    }
                }
            }
        }
    });
}
