//! Kernels that work number by number: activations, softmax, and the loops over parameters.

use crate::support::{Comparisons, EPSILON, EXACT, Numbers, Tolerance, lengths};
use inkdigit_kernels::quantize::{Grid, quantize, quantize_backward};
use inkdigit_kernels::update::{Adam, Sgd};
use inkdigit_kernels::{Isa, activation, reference, softmax, update};

type Forward = (&'static str, fn(Isa, &mut [f32]), fn(&mut [f32]), Tolerance);
type Backward = (&'static str, fn(Isa, &[f32], &mut [f32]), fn(&[f32], &mut [f32]), Tolerance);

/// Products and sums of a handful of numbers around 1: a few roundings.
const ROUNDINGS: Tolerance = Tolerance { atol: 4.0 * EPSILON, rtol: 4.0 * EPSILON };

/// The approximation's own error, see `accuracy.rs`.
const GELU: Tolerance = Tolerance { atol: 1e-6, rtol: 1e-6 };

/// Integers whose distance is no power of two, so that quotients round.
const GRID: Grid = Grid { scale: 0.3, low: -7.0, high: 8.0 };

const FORWARD: [Forward; 9] = [
    ("relu", activation::relu, reference::activation::relu, EXACT),
    (
        "clip",
        |isa, y| activation::clip(isa, -0.5, 0.75, y),
        |y| reference::activation::clip(-0.5, 0.75, y),
        EXACT,
    ),
    (
        "leaky relu",
        |isa, y| activation::leaky_relu(isa, 0.1, y),
        |y| reference::activation::leaky_relu(0.1, y),
        EXACT,
    ),
    ("elu", |isa, y| activation::elu(isa, 1.5, y), |y| reference::activation::elu(1.5, y), ROUNDINGS),
    ("quantize", |isa, y| quantize(isa, GRID, y), |y| reference::quantize::quantize(GRID, y), EXACT),
    ("tanh", activation::tanh, reference::activation::tanh, ROUNDINGS),
    ("sigmoid", activation::sigmoid, reference::activation::sigmoid, ROUNDINGS),
    ("gelu", activation::gelu, reference::activation::gelu, GELU),
    ("silu", activation::silu, reference::activation::silu, ROUNDINGS),
];

const BACKWARD: [Backward; 9] = [
    ("relu", activation::relu_backward, reference::activation::relu_backward, EXACT),
    (
        "clip",
        |isa, y, dy| activation::clip_backward(isa, -0.5, 0.75, y, dy),
        |y, dy| reference::activation::clip_backward(-0.5, 0.75, y, dy),
        EXACT,
    ),
    (
        "leaky relu",
        |isa, y, dy| activation::leaky_relu_backward(isa, 0.1, y, dy),
        |y, dy| reference::activation::leaky_relu_backward(0.1, y, dy),
        EXACT,
    ),
    (
        "elu",
        |isa, y, dy| activation::elu_backward(isa, 1.5, y, dy),
        |y, dy| reference::activation::elu_backward(1.5, y, dy),
        ROUNDINGS,
    ),
    (
        "quantize",
        |isa, x, dy| quantize_backward(isa, GRID, x, dy),
        |x, dy| reference::quantize::quantize_backward(GRID, x, dy),
        EXACT,
    ),
    ("tanh", activation::tanh_backward, reference::activation::tanh_backward, ROUNDINGS),
    ("sigmoid", activation::sigmoid_backward, reference::activation::sigmoid_backward, ROUNDINGS),
    ("gelu", activation::gelu_backward, reference::activation::gelu_backward, GELU),
    ("silu", activation::silu_backward, reference::activation::silu_backward, ROUNDINGS),
];

#[test]
fn activations_of_every_length() {
    let mut all = Comparisons::default();
    for len in lengths() {
        let mut numbers = Numbers(len as u64);
        let x: Vec<f32> = numbers.floats(len).iter().map(|v| 5.0 * v).collect();
        for (name, kernel, twin, tolerance) in FORWARD {
            let mut expected = x.clone();
            twin(&mut expected);
            for isa in Isa::present() {
                let mut found = x.clone();
                kernel(isa, &mut found);
                all.compare(isa, format_args!("{name} of {len}"), &found, &expected, tolerance);
            }
        }
        // Outputs of the activations, inputs of gelu, silu and quantize, all in -1..1.
        let (y, dy) = (numbers.floats(len), numbers.floats(len));
        for (name, kernel, twin, tolerance) in BACKWARD {
            let mut expected = dy.clone();
            twin(&y, &mut expected);
            for isa in Isa::present() {
                let mut found = dy.clone();
                kernel(isa, &y, &mut found);
                all.compare(isa, format_args!("{name} backward of {len}"), &found, &expected, tolerance);
            }
        }
    }
    all.finish();
}

#[test]
fn nan_goes_through_activations_and_touches_nothing_else() {
    for isa in Isa::present() {
        for at in 0..35 {
            for (name, kernel, _, _) in FORWARD {
                let mut y = vec![0.5; 35];
                y[at] = f32::NAN;
                kernel(isa, &mut y);
                let nan: Vec<usize> = (0..35).filter(|&i| y[i].is_nan()).collect();
                assert_eq!(nan, [at], "{} {name}", isa.name());
            }
            for (name, kernel, _, _) in BACKWARD {
                let mut dy = vec![0.5; 35];
                dy[at] = f32::NAN;
                kernel(isa, &[0.5; 35], &mut dy);
                let nan: Vec<usize> = (0..35).filter(|&i| dy[i].is_nan()).collect();
                assert_eq!(nan, [at], "{} {name} backward", isa.name());
            }
        }
    }
}

#[test]
fn silu_is_the_product_with_the_sigmoid_to_the_bit() {
    // Networks are read with SiLU written as these two, and must answer as they did.
    for isa in Isa::present() {
        let x: Vec<f32> = Numbers(5).floats(1000).iter().map(|v| 30.0 * v).collect();
        let (mut gate, mut product, mut silu) = (x.clone(), x.clone(), x);
        activation::sigmoid(isa, &mut gate);
        update::multiply(isa, &mut product, &gate);
        activation::silu(isa, &mut silu);
        assert_eq!(silu, product, "{}", isa.name());
    }
}

#[test]
fn quantize_takes_halves_to_the_even_neighbour() {
    let grid = Grid { scale: 2.0, low: -40.0, high: 40.0 };
    let x: Vec<f32> = (-100..=100).map(|i| i as f32).collect();
    let mut expected = x.clone();
    reference::quantize::quantize(grid, &mut expected);
    for isa in Isa::present() {
        let mut found = x.clone();
        quantize(isa, grid, &mut found);
        assert_eq!(found, expected, "{}", isa.name());
    }
}

#[test]
fn softmax_of_every_width() {
    let mut all = Comparisons::default();
    for classes in (1..=35).chain([100, 1000]) {
        for rows in [0, 1, 2, 3, 7, 16, 33] {
            let mut numbers = Numbers((classes * 100 + rows) as u64);
            let logits: Vec<f32> = numbers.floats(rows * classes).iter().map(|z| 20.0 * z).collect();
            let mut expected = logits.clone();
            reference::softmax::softmax(&mut expected, classes);
            for isa in Isa::present() {
                let mut found = logits.clone();
                softmax::softmax(isa, &mut found, classes);
                // The sum rounds once for each class, and so does each logit's distance from the largest: by
                // an epsilon of 40, which exp makes relative.
                let tolerance = Tolerance { atol: 1e-37, rtol: (classes + 24) as f64 * EPSILON };
                all.compare(isa, format_args!("{rows} rows of {classes}"), &found, &expected, tolerance);
            }
        }
    }
    all.finish();
}

#[test]
fn softmax_shows_nan_in_its_row_alone() {
    for isa in Isa::present() {
        for at in 0..10 {
            let mut logits = Numbers(1).floats(30);
            logits[10 + at] = f32::NAN;
            softmax::softmax(isa, &mut logits, 10);
            assert!(logits[10..20].iter().all(|p| p.is_nan()), "{}, NaN at {at}", isa.name());
            assert!(logits[..10].iter().chain(&logits[20..]).all(|p| p.is_finite()), "{}", isa.name());
        }
    }
}

#[test]
fn updates_of_every_length() {
    let mut all = Comparisons::default();
    let plain = Sgd { learning_rate: 0.1, momentum: 0.9, nesterov: false, l2: 0.01 };
    let nesterov = Sgd { nesterov: true, ..plain };
    let adam = Adam {
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        l2: 0.01,
        keep: 0.999,
        step: 0.01,
        second_correction: 3.0,
    };
    for len in lengths() {
        let mut numbers = Numbers(len as u64);
        let [w, g, m] = [(); 3].map(|()| numbers.floats(len));
        let v: Vec<f32> = numbers.floats(len).iter().map(|v| v * v).collect();
        // Each kernel and its twin as functions of all four: they use what they need.
        type Update<'a> = &'a dyn Fn(Option<Isa>, &mut [f32], &mut [f32], &mut [f32]);
        let kernels: [(&str, Update); 9] = [
            ("sgd", &|isa, w, _, _| match isa {
                Some(isa) => update::sgd(isa, &plain, w, &g),
                None => reference::update::sgd(&plain, w, &g),
            }),
            ("momentum", &|isa, w, m, _| match isa {
                Some(isa) => update::momentum(isa, &plain, w, &g, m),
                None => reference::update::momentum(&plain, w, &g, m),
            }),
            ("nesterov", &|isa, w, m, _| match isa {
                Some(isa) => update::momentum(isa, &nesterov, w, &g, m),
                None => reference::update::momentum(&nesterov, w, &g, m),
            }),
            ("adam", &|isa, w, m, v| match isa {
                Some(isa) => update::adam(isa, &adam, w, &g, m, v),
                None => reference::update::adam(&adam, w, &g, m, v),
            }),
            ("lerp", &|isa, w, _, _| match isa {
                Some(isa) => update::lerp(isa, 0.3, w, &g),
                None => reference::update::lerp(0.3, w, &g),
            }),
            ("add", &|isa, w, _, _| match isa {
                Some(isa) => update::add(isa, w, &g),
                None => reference::update::add(w, &g),
            }),
            ("scale", &|isa, w, _, _| match isa {
                Some(isa) => update::scale(isa, 3.0, -0.5, w),
                None => reference::update::scale(3.0, -0.5, w),
            }),
            ("multiply", &|isa, w, _, _| match isa {
                Some(isa) => update::multiply(isa, w, &g),
                None => reference::update::multiply(w, &g),
            }),
            ("scale by zero", &|isa, w, _, _| match isa {
                Some(isa) => update::scale(isa, 0.0, 0.25, w),
                None => reference::update::scale(0.0, 0.25, w),
            }),
        ];
        for (name, update) in kernels {
            let run = |isa| {
                let mut state = [w.clone(), m.clone(), v.clone()];
                let [w, m, v] = &mut state;
                update(isa, w, m, v);
                state.concat()
            };
            let expected = run(None);
            for isa in Isa::present() {
                all.compare(isa, format_args!("{name} of {len}"), &run(Some(isa)), &expected, ROUNDINGS);
            }
        }
    }
    all.finish();
}
