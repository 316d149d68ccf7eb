//! How far the vector forms of exp, tanh, sigmoid, GELU and SiLU are from float64, over all arguments a network
//! meets and at the extremes. The bounds are what was found, rounded up: float32 itself rounds by 6e-8.

use inkdigit_kernels::{Isa, activation, reference, softmax};

/// -20 to 20 in steps of 1e-4.
fn sweep() -> Vec<f32> {
    (-200_000..=200_000).map(|i| i as f32 * 1e-4).collect()
}

/// The largest of `error(found, expected)` and where.
fn worst(x: &[f32], found: &[f32], expected: &[f64], error: impl Fn(f64, f64) -> f64) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    for ((&x, &found), &expected) in x.iter().zip(found).zip(expected) {
        let error = error(found as f64, expected);
        if error > worst.0 || error.is_nan() {
            worst = (error, x);
        }
    }
    worst
}

fn check(isa: Isa, name: &str, (error, at): (f64, f32), bound: f64) {
    assert!(error <= bound, "{} {name}({at}): error {error:e}, at most {bound:e}", isa.name());
}

fn relative(found: f64, expected: f64) -> f64 {
    if found == expected { 0.0 } else { (found - expected).abs() / expected.abs() }
}

fn absolute(found: f64, expected: f64) -> f64 {
    (found - expected).abs()
}

#[test]
fn tanh() {
    let x = sweep();
    let expected: Vec<f64> = x.iter().map(|&x| (x as f64).tanh()).collect();
    for isa in Isa::present() {
        let mut y = x.clone();
        activation::tanh(isa, &mut y);
        check(isa, "tanh", worst(&x, &y, &expected, relative), 2.5e-7);
    }
}

#[test]
fn elu() {
    let x: Vec<f32> = sweep().into_iter().chain((1..=1000).map(|i| i as f32 * -1e-7)).collect();
    let expected: Vec<f64> =
        x.iter().map(|&x| if x < 0.0 { (x as f64).exp_m1() } else { x as f64 }).collect();
    for isa in Isa::present() {
        let mut y = x.clone();
        activation::elu(isa, 1.0, &mut y);
        check(isa, "elu", worst(&x, &y, &expected, relative), 5e-7);
    }
}

#[test]
fn sigmoid() {
    let x = sweep();
    let expected: Vec<f64> = x.iter().map(|&x| 1.0 / (1.0 + (-x as f64).exp())).collect();
    for isa in Isa::present() {
        let mut y = x.clone();
        activation::sigmoid(isa, &mut y);
        check(isa, "sigmoid", worst(&x, &y, &expected, relative), 2e-7);
    }
}

#[test]
fn exp() {
    // Softmax over (0, x) divides exp(x) by what it divides exp(0) = 1 by.
    let x: Vec<f32> = (0..=870_000).map(|i| i as f32 * -1e-4).collect();
    let expected: Vec<f64> = x.iter().map(|&x| (x as f64).exp()).collect();
    for isa in Isa::present() {
        let mut rows: Vec<f32> = x.iter().flat_map(|&x| [0.0, x]).collect();
        softmax::softmax(isa, &mut rows, 2);
        let y: Vec<f32> = rows.chunks(2).map(|row| (row[1] as f64 / row[0] as f64) as f32).collect();
        check(isa, "exp", worst(&x, &y, &expected, relative), 2.5e-7);
    }
}

#[test]
fn gelu_and_silu_and_their_slopes() {
    let x = sweep();
    let twin = |f: &dyn Fn(&mut [f32]), mut y: Vec<f32>| -> Vec<f64> {
        f(&mut y);
        y.into_iter().map(f64::from).collect()
    };
    let ones = vec![1.0; x.len()];
    let gelu = twin(&reference::activation::gelu, x.clone());
    let gelu_slope = twin(&|dy| reference::activation::gelu_backward(&x, dy), ones.clone());
    let silu = twin(&reference::activation::silu, x.clone());
    let silu_slope = twin(&|dy| reference::activation::silu_backward(&x, dy), ones.clone());
    for isa in Isa::present() {
        let (mut y, mut dy) = (x.clone(), ones.clone());
        activation::gelu(isa, &mut y);
        activation::gelu_backward(isa, &x, &mut dy);
        check(isa, "gelu", worst(&x, &y, &gelu, absolute), 6e-7);
        check(isa, "gelu's slope", worst(&x, &dy, &gelu_slope, absolute), 4e-7);
        let (mut y, mut dy) = (x.clone(), ones.clone());
        activation::silu(isa, &mut y);
        activation::silu_backward(isa, &x, &mut dy);
        check(isa, "silu", worst(&x, &y, &silu, relative), 3e-7);
        check(isa, "silu's slope", worst(&x, &dy, &silu_slope, absolute), 1e-6);
    }
}

/// Zeros, numbers too small to matter, numbers past where float32's exp ends, and the ends of the line.
const EXTREMES: [f32; 22] = [
    0.0,
    -0.0,
    1e-30,
    -1e-30,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-45,
    -1e-45,
    87.5,
    -87.5,
    88.5,
    -88.5,
    100.0,
    -100.0,
    1e4,
    -1e4,
    1e20,
    -1e20,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
];

#[test]
fn extremes_of_the_activations() {
    type Both = (&'static str, fn(Isa, &mut [f32]), fn(&mut [f32]));
    let functions: [Both; 4] = [
        ("elu", |isa, y| activation::elu(isa, 1.0, y), |y| reference::activation::elu(1.0, y)),
        ("tanh", activation::tanh, reference::activation::tanh),
        ("sigmoid", activation::sigmoid, reference::activation::sigmoid),
        ("gelu", activation::gelu, reference::activation::gelu),
    ];
    for isa in Isa::present() {
        for (name, kernel, twin) in functions {
            let (mut found, mut expected) = (EXTREMES, EXTREMES);
            kernel(isa, &mut found);
            twin(&mut expected);
            for ((x, found), expected) in EXTREMES.iter().zip(found).zip(expected) {
                // exp stops at float32's smallest normal number, 1.2e-38, instead of falling to zero.
                let close = (found - expected).abs() <= 1.5e-38 + 1e-6 * expected.abs();
                let same = found == expected || found.is_nan() && expected.is_nan();
                assert!(same || close, "{} {name}({x}): {found} instead of {expected}", isa.name());
            }
        }
    }
}

#[test]
fn extremes_of_softmax() {
    for isa in Isa::present() {
        for x in EXTREMES {
            for row in [[x, 0.0], [0.0, x], [x, x], [x, -x]] {
                let (mut found, mut expected) = (row, row);
                softmax::softmax(isa, &mut found, 2);
                reference::softmax::softmax(&mut expected, 2);
                for (found, expected) in found.iter().zip(expected) {
                    let close = (found - expected).abs() <= 1.5e-38 + 1e-6 * expected;
                    let same = found.is_nan() && expected.is_nan();
                    assert!(
                        same || close,
                        "{} softmax of {row:?}: {found} instead of {expected}",
                        isa.name()
                    );
                }
            }
        }
    }
}
