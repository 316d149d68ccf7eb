//! The gradients of a convolution whose output goes through max pooling alone.
//!
//! Pooling hands each gradient to the one position that won its window: with 2 x 2 windows three quarters
//! of the convolution's output gradient are zero, behind a ReLU more. So both gradients are sums over the
//! winners alone, each a multiple of one patch:
//! - weights `dw[c] += g patch(winner)`,
//! - input   `patch(winner) += g w[c]`,
//!
//! about a quarter of the dense products' work. Runs of taps that lie side by side in the image (a kernel
//! row of all channels) are vectors; a tile of such vectors stays in registers over all winners of a
//! channel.

use crate::Isa;
use crate::conv::{Conv2d, ConvShape};
use crate::lanes::Tail;
use pulp::{Simd, WithSimd};

/// The output gradient of some images as a list for each channel.
#[derive(Clone, Debug, Default)]
pub struct Winners {
    entries: Vec<Entry>,
    /// How many entries each channel has; they start at multiples of `capacity`.
    counts: Vec<u32>,
    capacity: usize,
    /// Numbers of the padded input images the entries point into.
    reach: usize,
    /// The convolution whose patches they are; another one's could reach further.
    shape: Option<ConvShape>,
}

/// One gradient, and where the patch starts that it belongs to.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    gradient: f32,
    patch: u32,
}

impl Conv2d {
    /// Images worked on together: as many as leave their padded inputs (40 kB) in the first-level cache.
    pub fn sparse_block(&self) -> usize {
        (10_240 / self.shape().input_len()).clamp(1, Self::BLOCK)
    }

    /// Lists the gradients that pooling hands to winners, zeros left out.
    ///
    /// # Shapes
    /// `dy` and `winner: [N, cells, C_out]` as given to and by [`crate::pool::max_pool`] over this
    /// convolution's output, N at most [`Conv2d::BLOCK`].
    ///
    /// # Panics
    /// If a winner isn't one of the convolution's positions.
    pub fn gather_winners(&self, images: usize, dy: &[f32], winner: &[u32], out: &mut Winners) {
        let (channels, positions) = (self.shape().out_channels, self.shape().positions());
        assert!(
            (1..=Self::BLOCK).contains(&images)
                && dy.len() == winner.len()
                && dy.len().is_multiple_of(images * channels)
        );
        let cells = dy.len() / (images * channels);
        out.capacity = images * cells;
        out.reach = images * self.shape().input_len();
        out.shape = Some(*self.shape());
        out.counts.clear();
        out.counts.resize(channels, 0);
        out.entries.resize(out.entries.len().max(channels * out.capacity), Entry::default());
        // Image by image within a cell: neighbouring cells have overlapping patches, and adding to one right
        // after the other would wait for the store.
        for cell in 0..cells {
            for image in 0..images {
                let patches = &self.patches()[image * positions..][..positions];
                let at = (image * cells + cell) * channels;
                let row = dy[at..at + channels].iter().zip(&winner[at..at + channels]);
                for (channel, ((&gradient, &winner), count)) in row.zip(&mut out.counts).enumerate() {
                    let entry = Entry { gradient, patch: patches[winner as usize] };
                    out.entries[channel * out.capacity + *count as usize] = entry;
                    *count += u32::from(gradient != 0.0);
                }
            }
        }
    }

    /// Adds the weights' gradient.
    ///
    /// # Shapes
    /// `x: [N, H, W, C_in]` padded, `dw_transposed: [C_out, K]`.
    pub fn add_sparse_weight_gradient(
        &self,
        isa: Isa,
        x: &[f32],
        winners: &Winners,
        dw_transposed: &mut [f32],
    ) {
        assert_eq!(winners.shape, Some(*self.shape()), "winners of another convolution");
        assert!(x.len() >= winners.reach, "the images the winners point into");
        assert_eq!(dw_transposed.len(), self.shape().out_channels * self.shape().taps());
        // SAFETY of the tiles: the asserts here, and entries made by `gather_winners` alone.
        isa.run(Tiles {
            conv: self,
            winners,
            image: x.as_ptr().cast_mut(),
            weights: dw_transposed.as_mut_ptr(),
            writes: Side::Weights,
        });
    }

    /// Adds the input's gradient into padded images.
    ///
    /// # Shapes
    /// `w_transposed: [C_out, K]`, `dx: [N, H, W, C_in]` padded.
    pub fn add_sparse_input_gradient(
        &self,
        isa: Isa,
        winners: &Winners,
        w_transposed: &[f32],
        dx: &mut [f32],
    ) {
        assert_eq!(winners.shape, Some(*self.shape()), "winners of another convolution");
        assert!(dx.len() >= winners.reach, "the images the winners point into");
        assert_eq!(w_transposed.len(), self.shape().out_channels * self.shape().taps());
        isa.run(Tiles {
            conv: self,
            winners,
            image: dx.as_mut_ptr(),
            weights: w_transposed.as_ptr().cast_mut(),
            writes: Side::Image,
        });
    }
}

/// Which side is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Weights,
    Image,
}

struct Tiles<'a> {
    conv: &'a Conv2d,
    winners: &'a Winners,
    image: *mut f32,
    weights: *mut f32,
    writes: Side,
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let shape = self.conv.shape();
        let (taps, run) = (shape.taps(), shape.kernel[1] * shape.in_channels);
        let row_stride = shape.width * shape.in_channels;
        for (channel, &count) in self.winners.counts.iter().enumerate() {
            let entries = &self.winners.entries[channel * self.winners.capacity..][..count as usize];
            if entries.is_empty() {
                continue;
            }
            let vectors = run.div_ceil(S::F32_LANES);
            let pieces = vectors.div_ceil(6);
            let mut first_vector = 0;
            for piece in 0..pieces {
                let width = (vectors - first_vector).div_ceil(pieces - piece);
                let first = first_vector * S::F32_LANES;
                first_vector += width;
                let mut row = 0;
                while row < shape.kernel[0] {
                    let rows = shape.kernel[0] - row;
                    // SAFETY: rows `row..row + rows` of the kernel, taps `first..` of a run: inside the
                    // channel's weights, and inside each entry's patch.
                    let tile = unsafe {
                        Tile {
                            entries,
                            image: self.image.add(row * row_stride + first),
                            image_stride: row_stride,
                            weights: self.weights.add(channel * taps + row * run + first),
                            weights_stride: run,
                            columns: (width * S::F32_LANES).min(run - first),
                            writes: self.writes,
                        }
                    };
                    // SAFETY: as above; a tile of R rows runs only where R rows are left.
                    row += unsafe {
                        // As many rows as registers hold: 32 of them with 16 lanes, 16 elsewhere.
                        match (width, if S::F32_LANES == 16 { rows } else { rows.min(3) }) {
                            (1, 5..) => tile.run::<S, 5, 1>(simd),
                            (1, 3..) => tile.run::<S, 3, 1>(simd),
                            (1, _) => tile.run::<S, 1, 1>(simd),
                            (2, 5..) => tile.run::<S, 5, 2>(simd),
                            (2, 3..) => tile.run::<S, 3, 2>(simd),
                            (2, _) => tile.run::<S, 1, 2>(simd),
                            (3, 5..) => tile.run::<S, 5, 3>(simd),
                            (3, 3..) => tile.run::<S, 3, 3>(simd),
                            (3, _) => tile.run::<S, 1, 3>(simd),
                            (4, 5..) => tile.run::<S, 5, 4>(simd),
                            (4, 3..) => tile.run::<S, 3, 4>(simd),
                            (4, _) => tile.run::<S, 1, 4>(simd),
                            (5, 5..) => tile.run::<S, 5, 5>(simd),
                            (5, 3..) => tile.run::<S, 3, 5>(simd),
                            (5, _) => tile.run::<S, 1, 5>(simd),
                            (_, 3..) => tile.run::<S, 3, 6>(simd),
                            _ => tile.run::<S, 1, 6>(simd),
                        }
                    };
                }
            }
        }
    }
}

/// Some vectors of taps of one channel.
struct Tile<'a> {
    entries: &'a [Entry],
    image: *mut f32,
    image_stride: usize,
    weights: *mut f32,
    weights_stride: usize,
    columns: usize,
    writes: Side,
}

impl Tile<'_> {
    /// Runs `R` rows of `V` vectors over all entries; returns `R`.
    ///
    /// # Safety
    /// `R` rows of `columns` numbers must lie at `weights`, and at `image` plus each entry's offset.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // r and v address registers and memory alike
    unsafe fn run<S: Simd, const R: usize, const V: usize>(self, simd: S) -> usize {
        let tail = Tail::new(simd, self.columns, V);
        let lanes = S::F32_LANES;
        // SAFETY: rows `0..R` of the caller's promise exist on both sides.
        unsafe {
            let mut held = [[simd.splat_f32s(0.0); V]; R];
            for r in 0..R {
                for v in 0..V {
                    held[r][v] = tail.load(self.weights.add(r * self.weights_stride + v * lanes), v == V - 1);
                }
            }
            if self.writes == Side::Weights {
                for entry in self.entries {
                    let gradient = simd.splat_f32s(entry.gradient);
                    let patch = self.image.add(entry.patch as usize);
                    for r in 0..R {
                        for v in 0..V {
                            let x = tail.load(patch.add(r * self.image_stride + v * lanes), v == V - 1);
                            held[r][v] = simd.mul_add_e_f32s(gradient, x, held[r][v]);
                        }
                    }
                }
                for r in 0..R {
                    for v in 0..V {
                        let at = self.weights.add(r * self.weights_stride + v * lanes);
                        tail.store(at, v == V - 1, held[r][v]);
                    }
                }
            } else {
                for entry in self.entries {
                    let gradient = simd.splat_f32s(entry.gradient);
                    let patch = self.image.add(entry.patch as usize);
                    for r in 0..R {
                        for v in 0..V {
                            let at = patch.add(r * self.image_stride + v * lanes);
                            let sum = simd.mul_add_e_f32s(gradient, held[r][v], tail.load(at, v == V - 1));
                            tail.store(at, v == V - 1, sum);
                        }
                    }
                }
            }
        }
        R
    }
}
