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
        let (inner_len, outer_len) =
            (self.height * self.width * self.channels, height * width * self.channels);
        assert!(inner_len > 0 && inner.len().is_multiple_of(inner_len), "whole images");
        assert_eq!(inner.len() / inner_len * outer_len, outer.len(), "as many framed images");
    }

    /// For each row of the images: where it starts without and with margins, and its length.
    fn rows(self, images: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let row = self.width * self.channels;
        let (outer_height, outer_width) = self.margins.around(self.height, self.width);
        (0..images * self.height).map(move |r| {
            let (image, y) = (r / self.height, r % self.height);
            let outer = ((image * outer_height + y + self.margins.top) * outer_width + self.margins.left)
                * self.channels;
            (r * row, outer, row)
        })
    }

    fn images(self, inner: &[f32]) -> usize {
        inner.len() / (self.height * self.width * self.channels)
    }
}

/// Copies images into the middle of larger ones whose margins hold one value.
///
/// # Shapes
/// `x: [N, H, W, C]`, `out: [N, top + H + bottom, left + W + right, C]`.
pub fn pad(x: &[f32], framed: Framed, value: f32, out: &mut [f32]) {
    framed.check(x, out);
    out.fill(value);
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
    isa.vectorize(
        #[inline(always)]
        || {
            for c in (0..taken).step_by(SIDE) {
                let width = SIDE.min(taken - c);
                for r in (0..rows).step_by(SIDE) {
                    let height = SIDE.min(rows - r);
                    // A square goes through registers: the compiler turns the copies into shuffles.
                    let mut square = [[0.0; SIDE]; SIDE];
                    if width == SIDE && height == SIDE {
                        for (i, row) in square.iter_mut().enumerate() {
                            row.copy_from_slice(&x[(r + i) * columns + first + c..][..SIDE]);
                        }
                        for i in 0..SIDE {
                            let column: [f32; SIDE] = std::array::from_fn(|j| square[j][i]);
                            out[(c + i) * rows + r..][..SIDE].copy_from_slice(&column);
                        }
                    } else {
                        for i in 0..width {
                            for j in 0..height {
                                out[(c + i) * rows + r + j] = x[(r + j) * columns + first + c + i];
                            }
                        }
                    }
                }
            }
        },
    );
}

/// The side of the squares that [`transpose`] moves.
const SIDE: usize = 8;
