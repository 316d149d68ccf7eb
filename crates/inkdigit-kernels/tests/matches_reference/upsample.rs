//! Nearest-neighbour upsampling and its gradient.

use crate::support::{Comparisons, EPSILON, EXACT, Numbers, Tolerance};
use inkdigit_kernels::upsample::{Enlarged, upsample, upsample_backward};
use inkdigit_kernels::{Isa, reference};

#[test]
fn upsampling_of_every_width() {
    let mut all = Comparisons::default();
    for channels in [1, 2, 3, 7, 8, 15, 16, 17, 33] {
        for (height, width, factor) in [(1, 1, 1), (1, 1, 3), (4, 5, 2), (3, 2, 3), (7, 7, 2)] {
            for images in [0, 1, 3] {
                let maps = Enlarged { height, width, channels, factor };
                let name = format!("{maps:?} of {images}");
                let len = images * height * width * channels;
                let mut numbers = Numbers((len + factor) as u64);
                let (x, dy) = (numbers.floats(len), numbers.floats(len * factor * factor));
                let mut expected = vec![f32::NAN; dy.len()];
                reference::upsample::upsample(maps, &x, &mut expected);
                let mut expected_dx = vec![f32::NAN; len];
                reference::upsample::upsample_backward(maps, &dy, &mut expected_dx);
                // Sums of the numbers of one square, in another order at most.
                let sums = Tolerance { atol: 9.0 * EPSILON, rtol: 9.0 * EPSILON };
                for isa in Isa::present() {
                    let mut found = vec![f32::NAN; dy.len()];
                    upsample(isa, maps, &x, &mut found);
                    all.compare(isa, format_args!("{name}"), &found, &expected, EXACT);
                    let mut found = vec![f32::NAN; len];
                    upsample_backward(isa, maps, &dy, &mut found);
                    all.compare(isa, format_args!("{name} backward"), &found, &expected_dx, sums);
                }
            }
        }
    }
    all.finish();
}
