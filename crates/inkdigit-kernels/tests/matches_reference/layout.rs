//! Numbers moved about: padding, cropping, transposing.

use crate::support::{Comparisons, EXACT, Numbers};
use inkdigit_kernels::layout::{Framed, Margins, crop, pad, transpose};
use inkdigit_kernels::{Isa, reference};

#[test]
fn pad_and_crop() {
    let mut all = Comparisons::default();
    let mut seed = 0;
    for [top, left, bottom, right] in [[0, 0, 0, 0], [1, 1, 1, 1], [2, 0, 0, 1], [0, 3, 1, 0], [2, 2, 2, 2]] {
        for channels in [1, 3, 16, 17] {
            for [height, width] in [[1, 1], [1, 5], [4, 1], [3, 4]] {
                for images in 0..4 {
                    let framed =
                        Framed { height, width, channels, margins: Margins { top, left, bottom, right } };
                    let (outer_height, outer_width) = framed.margins.around(height, width);
                    let mut numbers = Numbers(seed);
                    seed += 1;
                    let x = numbers.floats(images * height * width * channels);
                    let outer = numbers.floats(images * outer_height * outer_width * channels);
                    let padded = |f: fn(&[f32], Framed, f32, &mut [f32])| {
                        let mut out = vec![9.0; outer.len()];
                        f(&x, framed, -0.5, &mut out);
                        out
                    };
                    let cropped = |f: fn(&[f32], Framed, &mut [f32])| {
                        let mut out = vec![9.0; x.len()];
                        f(&outer, framed, &mut out);
                        out
                    };
                    let (found, expected) = (padded(pad), padded(reference::layout::pad));
                    // Neither depends on the instruction set: they copy.
                    let isa = Isa::best();
                    all.compare(isa, format_args!("pad {images} of {framed:?}"), &found, &expected, EXACT);
                    let (found, expected) = (cropped(crop), cropped(reference::layout::crop));
                    all.compare(isa, format_args!("crop {images} of {framed:?}"), &found, &expected, EXACT);
                }
            }
        }
    }
    all.finish();
}

#[test]
fn transposing() {
    let mut all = Comparisons::default();
    // Around the blocks of 16 x 16.
    let sizes = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 64, 65];
    for rows in sizes {
        for columns in sizes {
            let x = Numbers((rows * 100 + columns) as u64).floats(rows * columns);
            for (first, taken) in
                [(0, columns), (columns / 2, columns - columns / 2), (columns / 3, columns / 2)]
            {
                let mut expected = vec![9.0; taken * rows];
                reference::layout::transpose(&x, columns, first, &mut expected);
                for isa in Isa::present() {
                    let mut found = vec![9.0; taken * rows];
                    transpose(isa, &x, columns, first, &mut found);
                    let case = format_args!("{taken} of {columns} columns from {first}, {rows} rows");
                    all.compare(isa, case, &found, &expected, EXACT);
                }
            }
        }
    }
    all.finish();
}
