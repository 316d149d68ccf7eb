//! Pooling over windows of channels-last maps.

use crate::Isa;
use crate::lanes::Tail;
use pulp::{Simd, WithSimd};

/// A window moving over a map.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Input height.
    pub height: usize,
    /// Input width.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// Window height and width.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Space around the input: never the maximum, and not counted in an average.
    pub top_left: [usize; 2],
    /// Output height and width.
    pub output: [usize; 2],
}

impl Window {
    fn input_len(&self) -> usize {
        product([self.height, self.width, self.channels])
    }

    fn output_len(&self) -> usize {
        product([self.output[0], self.output[1], self.channels])
    }

    /// Whether no window leaves the map, so that no edge needs care.
    fn inside(&self) -> bool {
        // Checked: a reach that wrapped around would let unsafe loads leave the map.
        let reaches = |axis: usize, limit: usize| {
            let start = (self.output[axis].max(1) - 1).checked_mul(self.stride[axis]);
            let end = start.and_then(|start| start.checked_add(self.kernel[axis]));
            self.kernel[axis] > 0 && self.top_left[axis] == 0 && end.is_some_and(|end| end <= limit)
        };
        reaches(0, self.height) && reaches(1, self.width)
    }

    /// The rows and columns of the input under output (oy, ox).
    fn span(&self, oy: usize, ox: usize) -> [std::ops::Range<usize>; 2] {
        let span = |o: usize, axis: usize, limit: usize| {
            let start = o * self.stride[axis];
            start.saturating_sub(self.top_left[axis]).min(limit)
                ..(start + self.kernel[axis]).saturating_sub(self.top_left[axis]).min(limit)
        };
        [span(oy, 0, self.height), span(ox, 1, self.width)]
    }

    fn images(&self, x: &[f32], y: &[f32]) -> usize {
        assert!(self.input_len() > 0 && self.output_len() > 0, "a map");
        assert!(x.len().is_multiple_of(self.input_len()), "whole images");
        let images = x.len() / self.input_len();
        assert_eq!(images * self.output_len(), y.len(), "as many outputs");
        images
    }
}

/// The product of three dimensions. A product that wrapped around would pass the checks of lengths that the
/// unsafe loads rely on.
fn product([a, b, c]: [usize; 3]) -> usize {
    a.checked_mul(b).and_then(|ab| ab.checked_mul(c)).expect("a map whose numbers can be counted")
}

/// The largest value under each window, and where it stood.
///
/// # Shapes
/// `x: [N, H, W, C]`, `y` and `winner: [N, H', W', C]`; `winner` holds the pixel `row * W + column` in its
/// image, the first of several equal ones. An empty `winner` asks for the values alone. NaN counts as
/// largest, so that it is seen at the end.
pub fn max_pool(isa: Isa, window: &Window, x: &[f32], y: &mut [f32], winner: &mut [u32]) {
    let images = window.images(x, y);
    assert!(winner.is_empty() || y.len() == winner.len());
    if winner.is_empty() && window.inside() {
        isa.run(MaxPoolValues { window, x, y });
    } else {
        isa.run(MaxPool { images, window, x, y, winner });
    }
}

/// The values alone, of windows that stay on the map: the rows of a band of windows become one row, in whole
/// vectors however few the channels, and only that row is taken apart into windows.
struct MaxPoolValues<'a> {
    window: &'a Window,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for MaxPoolValues<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, x, y } = self;
        let c = window.channels;
        let row_len = window.width * c;
        let mut row = vec![0.0; row_len];
        let bands = x.chunks_exact(window.input_len()).flat_map(|x| {
            (0..window.output[0])
                .map(move |oy| &x[oy * window.stride[0] * row_len..][..window.kernel[0] * row_len])
        });
        for (band, y) in bands.zip(y.chunks_exact_mut(window.output[1] * c)) {
            let (first, others) = band.split_at(row_len);
            row.copy_from_slice(first);
            for other in others.chunks_exact(row_len) {
                row.iter_mut().zip(other).for_each(|(best, &value)| *best = larger(*best, value));
            }
            largest_columns(simd, window, &row, y);
        }
    }
}

/// The larger of two numbers; NaN if one is.
#[inline(always)]
fn larger(best: f32, value: f32) -> f32 {
    if value <= best || best.is_nan() { best } else { value }
}

/// The largest pixel of each window over one row.
///
/// # Shapes
/// `row: [W, C]`, `y: [W', C]`.
#[inline(always)]
fn largest_columns<S: Simd>(simd: S, window: &Window, row: &[f32], y: &mut [f32]) {
    let c = window.channels;
    let vectors = c.div_ceil(S::F32_LANES);
    let tail = Tail::new(simd, c, vectors);
    assert!(row.len() == window.width * c && y.len() == window.output[1] * c && window.inside());
    for ox in 0..window.output[1] {
        for v in 0..vectors {
            let (first, last) = (v * S::F32_LANES, v + 1 == vectors);
            let start = ox * window.stride[1] * c + first;
            // SAFETY: the window stays inside the row, whose length was checked.
            let mut best = unsafe { tail.load(row.as_ptr().add(start), last) };
            for column in 1..window.kernel[1] {
                // SAFETY: as above.
                let value = unsafe { tail.load(row.as_ptr().add(start + column * c), last) };
                let keep = simd.less_than_or_equal_f32s(value, best);
                let keep = simd.or_m32s(keep, simd.not_m32s(simd.equal_f32s(best, best)));
                best = simd.select_f32s(keep, best, value);
            }
            // SAFETY: the output's length was checked.
            unsafe { tail.store(y.as_mut_ptr().add(ox * c + first), last, best) };
        }
    }
}

struct MaxPool<'a> {
    images: usize,
    window: &'a Window,
    x: &'a [f32],
    y: &'a mut [f32],
    winner: &'a mut [u32],
}

impl WithSimd for MaxPool<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { images, window, x, y, winner } = self;
        let c = window.channels;
        let vectors = c.div_ceil(S::F32_LANES);
        let tail = Tail::new(simd, c, vectors);
        let mut cell = 0;
        for image in 0..images {
            let x = &x[image * window.input_len()..][..window.input_len()];
            for oy in 0..window.output[0] {
                for ox in 0..window.output[1] {
                    let [rows, columns] = window.span(oy, ox);
                    for v in 0..vectors {
                        let (first, last) = (v * S::F32_LANES, v + 1 == vectors);
                        let mut best = simd.splat_f32s(f32::NEG_INFINITY);
                        let mut best_pixel =
                            simd.splat_u32s((rows.start * window.width + columns.start) as u32);
                        for row in rows.clone() {
                            for column in columns.clone() {
                                let pixel = row * window.width + column;
                                // SAFETY: rows and columns lie inside the map (`Window::span`), whose
                                // length was checked.
                                let value = unsafe { tail.load(x.as_ptr().add(pixel * c + first), last) };
                                // Not "greater": NaN must win, and no number comes after it.
                                let keep = simd.less_than_or_equal_f32s(value, best);
                                let keep = simd.or_m32s(keep, simd.not_m32s(simd.equal_f32s(best, best)));
                                best = simd.select_f32s(keep, best, value);
                                best_pixel =
                                    simd.select_u32s(keep, best_pixel, simd.splat_u32s(pixel as u32));
                            }
                        }
                        // SAFETY: `cell` counts through the outputs, whose number was checked.
                        unsafe {
                            tail.store(y.as_mut_ptr().add(cell + first), last, best);
                            if !winner.is_empty() {
                                tail.store_u32(winner.as_mut_ptr().add(cell + first), last, best_pixel);
                            }
                        }
                    }
                    cell += c;
                }
            }
        }
    }
}

/// Sends each output's gradient to the pixel that won: `dx[winner] += dy`.
///
/// # Shapes
/// As [`max_pool`]; `dx` is overwritten.
pub fn max_pool_backward(isa: Isa, window: &Window, dy: &[f32], winner: &[u32], dx: &mut [f32]) {
    let images = window.images(dx, dy);
    assert_eq!(dy.len(), winner.len());
    let c = window.channels;
    let separate =
        window.inside() && window.stride[0] >= window.kernel[0] && window.stride[1] >= window.kernel[1];
    isa.vectorize(
        #[inline(always)]
        || {
            dx.fill(0.0);
            for image in 0..images {
                let dx = &mut dx[image * window.input_len()..][..window.input_len()];
                let range = image * window.output_len()..(image + 1) * window.output_len();
                if separate {
                    // Windows that don't overlap: each pixel is written once, by comparing, which vectorises.
                    for (cell, (dy, winner)) in
                        dy[range.clone()].chunks(c).zip(winner[range].chunks(c)).enumerate()
                    {
                        let [rows, columns] = window.span(cell / window.output[1], cell % window.output[1]);
                        for row in rows {
                            for column in columns.clone() {
                                let pixel = row * window.width + column;
                                let dx = &mut dx[pixel * c..pixel * c + c];
                                for ((dx, &dy), &winner) in dx.iter_mut().zip(dy).zip(winner) {
                                    *dx = if winner == pixel as u32 { dy } else { 0.0 };
                                }
                            }
                        }
                    }
                } else {
                    for (dy, winner) in dy[range.clone()].chunks(c).zip(winner[range].chunks(c)) {
                        for (channel, (&dy, &winner)) in dy.iter().zip(winner).enumerate() {
                            dx[winner as usize * c + channel] += dy;
                        }
                    }
                }
            }
        },
    );
}

/// The mean under each window, margins not counted.
///
/// # Shapes
/// `x: [N, H, W, C]`, `y: [N, H', W', C]`.
pub fn average_pool(isa: Isa, window: &Window, x: &[f32], y: &mut [f32]) {
    let images = window.images(x, y);
    let c = window.channels;
    isa.vectorize(
        #[inline(always)]
        || {
            let mut cell = 0;
            for image in 0..images {
                let x = &x[image * window.input_len()..][..window.input_len()];
                for oy in 0..window.output[0] {
                    for ox in 0..window.output[1] {
                        let y = &mut y[cell..cell + c];
                        cell += c;
                        let [rows, columns] = window.span(oy, ox);
                        let scale = 1.0 / (rows.len() * columns.len()).max(1) as f32;
                        y.fill(0.0);
                        for row in rows {
                            for column in columns.clone() {
                                let pixel = row * window.width + column;
                                y.iter_mut().zip(&x[pixel * c..pixel * c + c]).for_each(|(y, &x)| *y += x);
                            }
                        }
                        y.iter_mut().for_each(|y| *y *= scale);
                    }
                }
            }
        },
    );
}

/// Spreads each output's gradient evenly over its window.
///
/// # Shapes
/// As [`average_pool`]; `dx` is overwritten.
pub fn average_pool_backward(isa: Isa, window: &Window, dy: &[f32], dx: &mut [f32]) {
    let images = window.images(dx, dy);
    let c = window.channels;
    isa.vectorize(
        #[inline(always)]
        || {
            dx.fill(0.0);
            for image in 0..images {
                let dx = &mut dx[image * window.input_len()..][..window.input_len()];
                let dy = &dy[image * window.output_len()..][..window.output_len()];
                for (cell, dy) in dy.chunks(c).enumerate() {
                    let [rows, columns] = window.span(cell / window.output[1], cell % window.output[1]);
                    let scale = 1.0 / (rows.len() * columns.len()).max(1) as f32;
                    for row in rows {
                        for column in columns.clone() {
                            let pixel = row * window.width + column;
                            dx[pixel * c..pixel * c + c]
                                .iter_mut()
                                .zip(dy)
                                .for_each(|(dx, &dy)| *dx += scale * dy);
                        }
                    }
                }
            }
        },
    );
}
