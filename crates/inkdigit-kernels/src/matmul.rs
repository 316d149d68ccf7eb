//! Indirect matrix product: the one dense kernel under convolutions and dense layers.
//!
//! `out[r][c] = start + sum over d of a[rows[r] + depth[d]] * b[d][c]`
//!
//! The left matrix is never materialised: its element (r, d) is read at the sum of two offsets. With
//! channels-last images that describes every product a convolution needs (rows are output positions and
//! depth the taps of the kernel, or the other way round for the weights' gradient), so nothing is copied
//! into columns first. The idea is M. Dukhan's "The Indirect Convolution Algorithm" (arXiv 1907.02129).
//!
//! Registers hold a tile of `MR` rows by `NV` vectors of columns; each step of depth loads `NV` vectors of
//! `b` and broadcasts `MR` numbers of `a`.

use crate::Isa;
use crate::lanes::Tail;
use pulp::{Simd, WithSimd};

/// What an output element starts from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// From zero.
    Zero,
    /// From one value for each column: a layer's bias. `[columns]`
    Bias(&'a [f32]),
    /// From what the output holds already.
    Output,
}

/// A left matrix read through offsets: element (r, d) is `data[rows[r] + depth[d]]`.
#[derive(Clone, Copy, Debug)]
pub struct Indirect<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// An offset for each row.
    pub rows: &'a [u32],
    /// An offset for each step of depth.
    pub depth: &'a [u32],
}

/// A right matrix, row-major: element (d, c) is `data[d * stride + c]`.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Distance between two rows.
    pub stride: usize,
    /// Columns used of each row.
    pub columns: usize,
}

/// The output, its rows anywhere: element (r, c) is `data[rows[r] + c]`. Rows may overlap only with
/// [`Start::Output`]; they are then added one after the other.
#[derive(Debug)]
pub struct Output<'a> {
    /// The numbers.
    pub data: &'a mut [f32],
    /// An offset for each row.
    pub rows: &'a [u32],
}

/// `out[r][c] = start + sum over d of a[r][d] * b[d][c]`.
///
/// # Panics
/// If an offset leads outside its slice, or the numbers of rows differ.
pub fn indirect_matmul(isa: Isa, a: Indirect, b: Columns, start: Start, out: Output) {
    assert_eq!(a.rows.len(), out.rows.len(), "rows of the left matrix and of the output");
    if a.rows.is_empty() || b.columns == 0 {
        return;
    }
    let reach = |offsets: &[u32]| {
        let mut largest = 0;
        isa.vectorize(
            #[inline(always)]
            || largest = offsets.iter().fold(0, |largest: u32, &offset| largest.max(offset)),
        );
        largest as usize
    };
    assert!(a.depth.is_empty() || reach(a.rows) + reach(a.depth) < a.data.len(), "left matrix out of bounds");
    assert!(b.columns <= b.stride || a.depth.len() <= 1, "columns of the right matrix overlap");
    // Checked sums: one that wraps around would let any address through.
    let reads = (a.depth.len().max(1) - 1).checked_mul(b.stride).and_then(|last| last.checked_add(b.columns));
    assert!(
        a.depth.is_empty() || reads.is_some_and(|reads| reads <= b.data.len()),
        "right matrix out of bounds"
    );
    let writes = reach(out.rows).checked_add(b.columns);
    assert!(writes.is_some_and(|writes| writes <= out.data.len()), "output out of bounds");
    if let Start::Bias(bias) = start {
        assert_eq!(bias.len(), b.columns, "bias and columns");
    }
    isa.run(Product { a, b, start, out });
}

/// Depth of one pass, so that a panel of the right matrix (`DEPTH_BLOCK` x 64 floats) stays in the
/// second-level cache while all rows use it.
const DEPTH_BLOCK: usize = 512;

struct Product<'a> {
    a: Indirect<'a>,
    b: Columns<'a>,
    start: Start<'a>,
    out: Output<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        let vectors = self.b.columns.div_ceil(lanes);
        // 32 registers with AVX-512, 16 elsewhere: the accumulators must leave room for the operands. Of two tiles
        // with as many accumulators the squarer one loads less, which four lanes wait for.
        let widest = match (lanes, self.a.rows.len()) {
            (16, 1) => 8,
            (16, _) => 4,
            (4, _) => 3,
            _ => 2,
        };
        let panels = vectors.div_ceil(widest);
        let mut first_vector = 0;
        for panel in 0..panels {
            let width = (vectors - first_vector).div_ceil(panels - panel);
            let first = first_vector * lanes;
            let columns = (width * lanes).min(self.b.columns - first);
            first_vector += width;
            let depth = self.a.depth.len();
            let mut begin = 0;
            loop {
                let end =
                    if depth - begin <= DEPTH_BLOCK + DEPTH_BLOCK / 2 { depth } else { begin + DEPTH_BLOCK };
                let block = Panel {
                    a: self.a.data.as_ptr(),
                    depth: &self.a.depth[begin..end],
                    b: self.b.data[(begin * self.b.stride + first).min(self.b.data.len())..].as_ptr(),
                    stride: self.b.stride,
                    columns,
                    start: match self.start {
                        _ if begin > 0 => Start::Output,
                        Start::Bias(bias) => Start::Bias(&bias[first..first + columns]),
                        other => other,
                    },
                    // SAFETY: `first < columns` and every output row has `columns` numbers (asserted by the
                    // caller), so the shifted pointer stays inside the output.
                    out: unsafe { self.out.data.as_mut_ptr().add(first) },
                };
                // SAFETY: the asserts of `indirect_matmul` cover every address the panel touches.
                unsafe {
                    match (lanes, width) {
                        (16, 8) => panel_rows::<S, 1, 1, 8>(simd, block, self.a.rows, self.out.rows),
                        (16, 7) => panel_rows::<S, 1, 1, 7>(simd, block, self.a.rows, self.out.rows),
                        (16, 6) => panel_rows::<S, 1, 1, 6>(simd, block, self.a.rows, self.out.rows),
                        (16, 5) => panel_rows::<S, 1, 1, 5>(simd, block, self.a.rows, self.out.rows),
                        (16, 4) => panel_rows::<S, 6, 3, 4>(simd, block, self.a.rows, self.out.rows),
                        (16, 3) => panel_rows::<S, 7, 4, 3>(simd, block, self.a.rows, self.out.rows),
                        (16, 2) => panel_rows::<S, 8, 4, 2>(simd, block, self.a.rows, self.out.rows),
                        (16, _) => panel_rows::<S, 10, 5, 1>(simd, block, self.a.rows, self.out.rows),
                        (4, 3) => panel_rows::<S, 4, 2, 3>(simd, block, self.a.rows, self.out.rows),
                        (_, 2) => panel_rows::<S, 6, 3, 2>(simd, block, self.a.rows, self.out.rows),
                        _ => panel_rows::<S, 10, 5, 1>(simd, block, self.a.rows, self.out.rows),
                    }
                }
                if end == depth {
                    break;
                }
                begin = end;
            }
        }
    }
}

/// A block of columns (at most `NV` vectors) over a block of depth.
#[derive(Clone, Copy)]
struct Panel<'a> {
    a: *const f32,
    depth: &'a [u32],
    b: *const f32,
    stride: usize,
    columns: usize,
    start: Start<'a>,
    out: *mut f32,
}

/// All rows of one panel, `MR` at a time, what is left over in tiles of `HALF` or 1.
///
/// # Safety
/// Every address the panel's offsets lead to must be inside its slice.
#[inline(always)]
unsafe fn panel_rows<S: Simd, const MR: usize, const HALF: usize, const NV: usize>(
    simd: S,
    panel: Panel,
    a_rows: &[u32],
    out_rows: &[u32],
) {
    let mut r = 0;
    while r < a_rows.len() {
        let left = a_rows.len() - r;
        // SAFETY: as promised by the caller.
        unsafe {
            if left > HALF {
                tile::<S, MR, NV>(simd, panel, &a_rows[r..], &out_rows[r..]);
                r += MR;
            } else if left > 1 {
                tile::<S, HALF, NV>(simd, panel, &a_rows[r..], &out_rows[r..]);
                r += HALF;
            } else {
                tile::<S, 1, NV>(simd, panel, &a_rows[r..], &out_rows[r..]);
                r += 1;
            }
        }
    }
}

/// The micro-kernel: the first `MR` rows (or fewer, where fewer are left) of one panel.
///
/// # Safety
/// As [`panel_rows`].
#[inline(always)]
#[allow(clippy::needless_range_loop)] // i and v address registers and memory alike
unsafe fn tile<S: Simd, const MR: usize, const NV: usize>(
    simd: S,
    panel: Panel,
    a_rows: &[u32],
    out_rows: &[u32],
) {
    let lanes = S::F32_LANES;
    let tail = Tail::new(simd, panel.columns, NV);
    let valid = a_rows.len().min(MR);
    // Rows that don't exist repeat the last one; they are computed and not stored.
    // SAFETY: row offsets are inside the left matrix.
    let a: [*const f32; MR] =
        std::array::from_fn(|i| unsafe { panel.a.add(a_rows[i.min(valid - 1)] as usize) });
    let mut sum = [[simd.splat_f32s(0.0); NV]; MR];
    let mut b = panel.b;
    for &d in panel.depth {
        // SAFETY: row d of the right matrix has the panel's columns; the last vector is masked to them.
        let b_row: [S::f32s; NV] =
            std::array::from_fn(|v| unsafe { tail.load(b.add(v * lanes), v == NV - 1) });
        for i in 0..MR {
            // SAFETY: row offset plus depth offset is inside the left matrix.
            let x = simd.splat_f32s(unsafe { *a[i].add(d as usize) });
            for v in 0..NV {
                sum[i][v] = simd.mul_add_e_f32s(x, b_row[v], sum[i][v]);
            }
        }
        b = b.wrapping_add(panel.stride);
    }

    for i in 0..MR {
        if i < valid {
            // SAFETY: every output row has the panel's columns; the last vector is masked to them.
            unsafe {
                let out = panel.out.add(out_rows[i] as usize);
                for v in 0..NV {
                    let start = match panel.start {
                        Start::Zero => None,
                        Start::Bias(bias) => Some(tail.load(bias.as_ptr().add(v * lanes), v == NV - 1)),
                        Start::Output => Some(tail.load(out.add(v * lanes), v == NV - 1)),
                    };
                    let value = match start {
                        Some(start) => simd.add_f32s(start, sum[i][v]),
                        None => sum[i][v],
                    };
                    tail.store(out.add(v * lanes), v == NV - 1, value);
                }
            }
        }
    }
}
