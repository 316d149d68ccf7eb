//! The indirect matrix product: tile edges of every micro-kernel, blocks of depth, strides, starts.

use crate::support::{Comparisons, Numbers, Tolerance};
use inkdigit_kernels::matmul::{Columns, Indirect, Output, Start, indirect_matmul};
use inkdigit_kernels::{Isa, reference};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum From {
    Zero,
    Bias,
    Output,
    /// Output rows lie over one another.
    Overlapping,
}

const STARTS: [From; 4] = [From::Zero, From::Bias, From::Output, From::Overlapping];

/// A product, its numbers and offsets drawn from a seed.
#[derive(Clone, Copy, Debug)]
struct Case {
    rows: usize,
    depth: usize,
    columns: usize,
    /// Numbers between two rows of the right matrix.
    gap: usize,
    from: From,
    seed: u64,
}

/// The slices of a case. All are as short as they may be, so that the last element is used.
struct Operands {
    a: Vec<f32>,
    a_rows: Vec<u32>,
    depth: Vec<u32>,
    b: Vec<f32>,
    stride: usize,
    columns: usize,
    bias: Option<Vec<f32>>,
    from_zero: bool,
    out: Vec<f32>,
    out_rows: Vec<u32>,
}

impl Case {
    fn operands(self) -> Operands {
        let Case { rows, depth, columns, gap, from, seed } = self;
        let mut numbers = Numbers(seed);
        let a_rows: Vec<u32> = (0..rows).map(|_| numbers.below(3 * rows) as u32).collect();
        let depth: Vec<u32> = (0..depth).map(|_| numbers.below(2 * depth) as u32).collect();
        let reach = |offsets: &[u32]| offsets.iter().max().map_or(0, |&max| max as usize);
        let a_len = if depth.is_empty() { 0 } else { reach(&a_rows) + reach(&depth) + 1 };

        let stride = columns + gap;
        let mut b = numbers.floats((depth.len() * stride).saturating_sub(gap));
        // What lies between the rows must not be read into a result.
        (0..b.len()).filter(|i| i % stride.max(1) >= columns).for_each(|i| b[i] = f32::NAN);

        // Rows anywhere, with two numbers between them that must stay, or each a third over the one before.
        let step = if matches!(from, From::Overlapping) { columns.div_ceil(3) } else { columns + 2 };
        let mut out_rows: Vec<u32> = (0..rows).map(|r| (r * step) as u32).collect();
        (1..rows).for_each(|r| out_rows.swap(r, numbers.below(r + 1)));
        Operands {
            a: numbers.floats(a_len),
            bias: matches!(from, From::Bias).then(|| numbers.floats(columns)),
            from_zero: matches!(from, From::Zero),
            out: numbers.floats(reach(&out_rows) + columns),
            a_rows,
            depth,
            b,
            stride,
            columns,
            out_rows,
        }
    }
}

impl Operands {
    /// Runs a product on a copy of the output.
    fn run(&self, product: impl Fn(Indirect, Columns, Start, Output)) -> Vec<f32> {
        let mut out = self.out.clone();
        let start = match &self.bias {
            Some(bias) => Start::Bias(bias),
            None if self.from_zero => Start::Zero,
            None => Start::Output,
        };
        product(
            Indirect { data: &self.a, rows: &self.a_rows, depth: &self.depth },
            Columns { data: &self.b, stride: self.stride, columns: self.columns },
            start,
            Output { data: &mut out, rows: &self.out_rows },
        );
        out
    }
}

fn check(all: &mut Comparisons, case: Case) {
    let operands = case.operands();
    let expected = operands.run(reference::matmul::indirect_matmul);
    // Up to three overlapping rows add to one number.
    let tolerance = Tolerance::of_sum(3 * (case.depth + 1));
    for isa in Isa::present() {
        let found = operands.run(|a, b, start, out| indirect_matmul(isa, a, b, start, out));
        all.compare(isa, format_args!("{case:?}"), &found, &expected, tolerance);
    }
}

/// Every start and three gaps, in turn.
fn cases(
    rows: impl Iterator<Item = usize> + Clone,
    columns: impl Iterator<Item = usize> + Clone,
    depths: &[usize],
) -> impl Iterator<Item = Case> {
    let shapes = depths
        .iter()
        .flat_map(move |&d| {
            let columns = columns.clone();
            rows.clone().flat_map(move |r| columns.clone().map(move |c| (r, d, c)))
        })
        .collect::<Vec<_>>();
    shapes.into_iter().enumerate().map(|(i, (rows, depth, columns))| {
        // Turns of 4 and 3 against shapes in steps of 1: a seeded draw rather than the index, or a number of
        // columns would always meet the same start.
        let seed = i as u64;
        let draw = Numbers(!seed).below(12);
        Case { rows, depth, columns, gap: [0, 1, 13][draw % 3], from: STARTS[draw / 3], seed }
    })
}

#[test]
fn every_tile_edge() {
    let mut all = Comparisons::default();
    // Tiles are at most 12 rows high and 64 columns wide: everything up to the second one's beginning.
    cases(0..=14, 0..=70, &[0, 1, 3, 8]).for_each(|case| check(&mut all, case));
    cases([24, 25, 31].into_iter(), 0..=70, &[5]).for_each(|case| check(&mut all, case));
    all.finish();
}

#[test]
fn one_row_over_wide_columns() {
    let mut all = Comparisons::default();
    // A single row has tiles of up to 8 vectors of its own.
    cases(1..=2, 71..=290, &[2, 33]).for_each(|case| check(&mut all, case));
    all.finish();
}

#[test]
fn every_block_of_depth() {
    let mut all = Comparisons::default();
    let columns = [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80];
    let depths = [511, 512, 513, 767, 768, 769, 1025, 1300];
    cases([1, 2, 5, 7, 13].into_iter(), columns.into_iter(), &depths).for_each(|case| check(&mut all, case));
    all.finish();
}

#[test]
fn large() {
    let mut all = Comparisons::default();
    for (i, from) in STARTS.into_iter().enumerate() {
        check(&mut all, Case { rows: 101, depth: 800, columns: 130, gap: i % 2, from, seed: i as u64 });
    }
    all.finish();
}

#[test]
fn nan_and_infinity_reach_the_output() {
    let mut all = Comparisons::default();
    for (value, zeros) in
        [(f32::NAN, false), (f32::NAN, true), (f32::INFINITY, true), (f32::NEG_INFINITY, false)]
    {
        let case = Case { rows: 13, depth: 9, columns: 35, gap: 0, from: From::Zero, seed: 3 };
        let mut operands = case.operands();
        if zeros {
            operands.b.fill(0.0); // 0 times NaN and 0 times infinity are NaN.
        }
        operands.a[(operands.a_rows[4] + operands.depth[2]) as usize] = value;
        let expected = operands.run(reference::matmul::indirect_matmul);
        assert!(expected.iter().any(|v| !v.is_finite()));
        for isa in Isa::present() {
            let found = operands.run(|a, b, start, out| indirect_matmul(isa, a, b, start, out));
            all.compare(
                isa,
                format_args!("{value} against zeros: {zeros}"),
                &found,
                &expected,
                Tolerance::of_sum(9),
            );
        }
    }
    all.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_shapes(
        rows in 0usize..40,
        depth in 0usize..200,
        columns in 0usize..150,
        gap in 0usize..20,
        from in proptest::sample::select(&STARTS[..]),
        seed: u64,
    ) {
        let mut all = Comparisons::default();
        check(&mut all, Case { rows, depth, columns, gap, from, seed });
        all.finish();
    }
}
