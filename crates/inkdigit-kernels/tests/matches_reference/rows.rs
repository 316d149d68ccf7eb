//! Sums and maps over rows of channels: batch normalisation and reductions.

use crate::support::{Comparisons, EPSILON, Numbers, Tolerance};
use inkdigit_kernels::{Isa, batch_norm, reduce, reference};

/// Rows around the blocks of 64 in which sums are kept in float32, channels around vectors and the groups of
/// 64 that are summed together.
fn shapes() -> impl Iterator<Item = (usize, usize)> {
    let rows = [0, 1, 2, 3, 63, 64, 65, 127, 129, 300];
    let channels = [1, 2, 3, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 50, 63, 64, 65, 127, 129, 200];
    rows.into_iter().flat_map(move |rows| channels.into_iter().map(move |channels| (rows, channels)))
}

/// A sum over rows, rounded in float32 within blocks of 64 rows only: the blocks' errors, each as
/// [`Tolerance::of_sum`] has it, add like a random walk.
fn of_rows(rows: usize, largest_term: f64) -> Tolerance {
    let block = rows.min(64) as f64;
    let blocks = rows.div_ceil(64) as f64;
    Tolerance { atol: largest_term * block * blocks.sqrt() * EPSILON, rtol: EPSILON }
}

#[test]
fn column_sums() {
    let mut all = Comparisons::default();
    for (rows, channels) in shapes() {
        let mut numbers = Numbers((rows * 1000 + channels) as u64);
        let x = numbers.floats(rows * channels);
        let start: Vec<f64> = numbers.floats(channels).into_iter().map(f64::from).collect();
        let mut expected = start.clone();
        reference::reduce::add_column_sums(&x, &mut expected);
        for isa in Isa::present() {
            let mut sums = start.clone();
            reduce::add_column_sums(isa, &x, &mut sums);
            all.compare(
                isa,
                format_args!("sums of {rows} x {channels}"),
                &sums,
                &expected,
                of_rows(rows, 1.0),
            );
        }
    }
    all.finish();
}

#[test]
fn a_thousand_blocks_don_t_lose_the_small_numbers() {
    // In float32 alone the sum would stop growing at 2^24.
    let x = vec![1.0; (1 << 24) + 64];
    for isa in Isa::present() {
        let mut sums = [0.0];
        reduce::add_column_sums(isa, &x, &mut sums);
        assert_eq!(sums, [x.len() as f64], "{}", isa.name());
    }
}

#[test]
fn batch_norm_sums() {
    let mut all = Comparisons::default();
    for (rows, channels) in shapes() {
        let mut numbers = Numbers((rows * 1000 + channels) as u64);
        // A mean far from zero, as behind a ReLU.
        let x: Vec<f32> = numbers.floats(rows * channels).iter().map(|x| x + 3.0).collect();
        let dy = numbers.floats(x.len());
        let mean: Vec<f32> = numbers.floats(channels).iter().map(|m| 3.0 + 0.1 * m).collect();
        let start: Vec<f64> = numbers.floats(channels).into_iter().map(f64::from).collect();
        let (mut squares, mut sum_dy, mut sum_dy_x) = (start.clone(), start.clone(), start.clone());
        reference::batch_norm::add_squared_deviations(&x, &mean, &mut squares);
        reference::batch_norm::add_gradient_sums(&x, &dy, &mean, &mut sum_dy, &mut sum_dy_x);
        for isa in Isa::present() {
            let case = |what| format!("{what} of {rows} x {channels}");
            let mut found = start.clone();
            batch_norm::add_squared_deviations(isa, &x, &mean, &mut found);
            all.compare(isa, case("squares"), &found, &squares, of_rows(rows, 1.3));
            let (mut found_dy, mut found_dy_x) = (start.clone(), start.clone());
            batch_norm::add_gradient_sums(isa, &x, &dy, &mean, &mut found_dy, &mut found_dy_x);
            all.compare(isa, case("sum of dy"), &found_dy, &sum_dy, of_rows(rows, 1.0));
            all.compare(isa, case("sum of dy x"), &found_dy_x, &sum_dy_x, of_rows(rows, 1.1));
        }
    }
    all.finish();
}

#[test]
fn batch_norm_maps() {
    let mut all = Comparisons::default();
    // Products and sums of up to four numbers under 2.
    let tolerance = Tolerance { atol: 6.0 * EPSILON, rtol: EPSILON };
    for (rows, channels) in shapes() {
        let mut numbers = Numbers((rows * 1000 + channels) as u64);
        let [x, dy] = [(); 2].map(|()| numbers.floats(rows * channels));
        let [mean, from_dy, from_x, constant] = [(); 4].map(|()| numbers.floats(channels));
        let (mut y, mut dx) = (vec![9.0; x.len()], vec![9.0; x.len()]);
        reference::batch_norm::scale_shift(&x, &from_x, &constant, &mut y);
        reference::batch_norm::combine(&x, &dy, &mean, &from_dy, &from_x, &constant, &mut dx);
        for isa in Isa::present() {
            let mut found = vec![9.0; x.len()];
            batch_norm::scale_shift(isa, &x, &from_x, &constant, &mut found);
            all.compare(isa, format_args!("scale and shift of {rows} x {channels}"), &found, &y, tolerance);
            found.fill(9.0);
            batch_norm::combine(isa, &x, &dy, &mean, &from_dy, &from_x, &constant, &mut found);
            all.compare(isa, format_args!("gradient of {rows} x {channels}"), &found, &dx, tolerance);
        }
    }
    all.finish();
}

#[test]
fn argmax() {
    for len in 0..40 {
        for seed in 0..50 {
            let mut numbers = Numbers(seed * 100 + len as u64);
            let mut values = numbers.coarse(len);
            // Up to three NaN, also in front.
            (0..seed % 4).filter(|_| len > 0).for_each(|_| values[numbers.below(len.max(1))] = f32::NAN);
            assert_eq!(reduce::argmax(&values), reference::reduce::argmax(&values), "{values:?}");
        }
    }
}
