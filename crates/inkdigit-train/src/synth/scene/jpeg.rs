//! What JPEG leaves of a gray picture: 8x8 blocks whose cosines are rounded to multiples of a table's numbers
//! (ITU-T T.81, annex K). The bytes themselves are of no use here.

use std::sync::LazyLock;

use super::plane::Plane;

/// The standard's example for luminance, which everybody takes.
#[rustfmt::skip]
const TABLE: [f32; 64] = [
    16.0, 11.0, 10.0, 16.0, 24.0, 40.0, 51.0, 61.0,
    12.0, 12.0, 14.0, 19.0, 26.0, 58.0, 60.0, 55.0,
    14.0, 13.0, 16.0, 24.0, 40.0, 57.0, 69.0, 56.0,
    14.0, 17.0, 22.0, 29.0, 51.0, 87.0, 80.0, 62.0,
    18.0, 22.0, 37.0, 56.0, 68.0, 109.0, 103.0, 77.0,
    24.0, 35.0, 55.0, 64.0, 81.0, 104.0, 113.0, 92.0,
    49.0, 64.0, 78.0, 87.0, 103.0, 121.0, 120.0, 101.0,
    72.0, 92.0, 95.0, 98.0, 112.0, 100.0, 103.0, 99.0,
];

type Block = [[f32; 8]; 8];

/// Row k is the cosine of frequency k, of length 1.
static COSINES: LazyLock<Block> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        let norm = if k == 0 { 0.125f32.sqrt() } else { 0.5 };
        std::array::from_fn(|x| norm * (std::f32::consts::PI * k as f32 * (x as f32 + 0.5) / 8.0).cos())
    })
});

/// Compresses with a quality of 1 to 100 (as the IJG's library scales the table), the blocks beginning at
/// `offset` before the first pixel: pictures are cropped after they were compressed.
pub(super) fn compress(picture: &mut Plane, quality: f32, offset: [usize; 2]) {
    let scale = if quality < 50.0 { 50.0 / quality.max(1.0) } else { 2.0 - quality / 50.0 };
    let table: [f32; 64] = std::array::from_fn(|i| (TABLE[i] * scale).clamp(1.0, 255.0));
    let starts = |size: usize, offset: usize| {
        (0..size + offset).step_by(8).map(move |at| at as isize - offset as isize)
    };
    let source = picture.clone();
    for y in starts(picture.height, offset[1]) {
        for x in starts(picture.width, offset[0]) {
            let block = std::array::from_fn(|j| {
                std::array::from_fn(|i| source.at(x + i as isize, y + j as isize).clamp(0.0, 255.0) - 128.0)
            });
            let block = rounded(&block, &table);
            for (j, row) in block.iter().enumerate() {
                for (i, level) in row.iter().enumerate() {
                    let (x, y) = (x + i as isize, y + j as isize);
                    let inside = |at: isize, size: usize| at >= 0 && (at as usize) < size;
                    if inside(x, picture.width) && inside(y, picture.height) {
                        picture.values[y as usize * picture.width + x as usize] = level + 128.0;
                    }
                }
            }
        }
    }
}

fn rounded(block: &Block, table: &[f32; 64]) -> Block {
    let cosines = &*COSINES;
    let mut frequencies = product(&product(cosines, block), &transposed(cosines));
    for (row, steps) in frequencies.iter_mut().zip(table.chunks_exact(8)) {
        for (value, step) in row.iter_mut().zip(steps) {
            // Adding and taking away 1.5 * 2^23 rounds; `round` would be a call.
            const ROUNDER: f32 = 12_582_912.0;
            *value = ((*value / step + ROUNDER) - ROUNDER) * step;
        }
    }
    product(&product(&transposed(cosines), &frequencies), cosines)
}

fn product(a: &Block, b: &Block) -> Block {
    let mut out = [[0.0; 8]; 8];
    for (row, out) in a.iter().zip(&mut out) {
        for (value, b) in row.iter().zip(b) {
            out.iter_mut().zip(b).for_each(|(out, b)| *out += value * b);
        }
    }
    out
}

fn transposed(a: &Block) -> Block {
    std::array::from_fn(|i| std::array::from_fn(|j| a[j][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_quality_keeps_a_picture_and_poor_makes_it_worse() {
        let picture = Plane {
            width: 21,
            height: 19,
            values: (0..399)
                .map(|i| 128.0 + 90.0 * ((i % 21) as f32 * 0.9).sin() * ((i / 21) as f32 * 0.5).cos())
                .collect(),
        };
        let error = |quality: f32| {
            let mut compressed = picture.clone();
            compress(&mut compressed, quality, [3, 5]);
            let square = |(a, b): (&f32, &f32)| (a - b).powi(2);
            (picture.values.iter().zip(&compressed.values).map(square).sum::<f32>() / 399.0).sqrt()
        };
        assert!(error(99.0) < 1.0, "{}", error(99.0));
        assert!(error(30.0) > 3.0 && error(30.0) < 25.0, "{}", error(30.0));
    }

    #[test]
    fn an_even_picture_stays_even() {
        let mut even = Plane::new(9, 9, 200.0);
        compress(&mut even, 50.0, [0, 0]);
        assert!(even.values.iter().all(|level| (level - 200.0).abs() < 1.1));
    }
}
