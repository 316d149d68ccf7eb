//! Twin of [`crate::update`]: optimizers and averages, number by number.

use crate::update::{Adam, Sgd};

/// `w -= lr (g + l2 w)`.
pub fn sgd(rule: &Sgd, w: &mut [f32], g: &[f32]) {
    for i in 0..w.len() {
        let weight = w[i] as f64;
        let gradient = g[i] as f64 + rule.l2 as f64 * weight;
        w[i] = (weight - rule.learning_rate as f64 * gradient) as f32;
    }
}

/// `v = momentum v + g + l2 w`, then `w -= lr v`, or with Nesterov `w -= lr (g + l2 w + momentum v)`.
pub fn momentum(rule: &Sgd, w: &mut [f32], g: &[f32], v: &mut [f32]) {
    let momentum = rule.momentum as f64;
    for i in 0..w.len() {
        let weight = w[i] as f64;
        let gradient = g[i] as f64 + rule.l2 as f64 * weight;
        let velocity = momentum * v[i] as f64 + gradient;
        let step = if rule.nesterov { gradient + momentum * velocity } else { velocity };
        v[i] = velocity as f32;
        w[i] = (weight - rule.learning_rate as f64 * step) as f32;
    }
}

/// `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2` with `g` the gradient and its penalty, then
/// `w = keep w - step m / (sqrt(v) correction + epsilon)`.
pub fn adam(rule: &Adam, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    let [beta1, beta2] = rule.betas.map(f64::from);
    for i in 0..w.len() {
        let weight = w[i] as f64;
        let gradient = g[i] as f64 + rule.l2 as f64 * weight;
        let first = beta1 * m[i] as f64 + (1.0 - beta1) * gradient;
        let second = beta2 * v[i] as f64 + (1.0 - beta2) * gradient * gradient;
        let scale = second.sqrt() * rule.second_correction as f64 + rule.epsilon as f64;
        m[i] = first as f32;
        v[i] = second as f32;
        w[i] = (rule.keep as f64 * weight - rule.step as f64 * first / scale) as f32;
    }
}

/// `a += share (b - a)`.
pub fn lerp(share: f32, a: &mut [f32], b: &[f32]) {
    for i in 0..a.len() {
        let start = a[i] as f64;
        a[i] = (start + share as f64 * (b[i] as f64 - start)) as f32;
    }
}

/// `a += b`.
pub fn add(a: &mut [f32], b: &[f32]) {
    for i in 0..a.len() {
        a[i] += b[i];
    }
}

/// `y = x scale + shift`, in place.
pub fn scale(scale: f32, shift: f32, y: &mut [f32]) {
    for y in y {
        *y = (*y as f64 * scale as f64 + shift as f64) as f32;
    }
}

/// `y *= mask`.
pub fn multiply(y: &mut [f32], mask: &[f32]) {
    for i in 0..y.len() {
        y[i] *= mask[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Sgd = Sgd { learning_rate: 0.5, momentum: 0.25, nesterov: false, l2: 0.125 };

    #[test]
    fn descent_by_hand() {
        // Gradient with its penalty: 3 + 8 / 8 = 4.
        let mut w = [8.0];
        sgd(&RULE, &mut w, &[3.0]);
        assert_eq!(w, [6.0]);

        let (mut w, mut v) = ([8.0], [16.0]);
        momentum(&RULE, &mut w, &[3.0], &mut v);
        assert_eq!((w, v), ([4.0], [8.0]));

        let (mut w, mut v) = ([8.0], [16.0]);
        momentum(&Sgd { nesterov: true, ..RULE }, &mut w, &[3.0], &mut v);
        assert_eq!((w, v), ([5.0], [8.0]));
    }

    #[test]
    fn adam_by_hand() {
        let rule =
            Adam { betas: [0.5, 0.75], epsilon: 1.0, l2: 0.25, keep: 0.5, step: 3.0, second_correction: 2.0 };
        // g = 3 + 4 / 4 = 4, m = 1 + 2, v = 21 + 4, w = 2 - 3 * 3 / (5 * 2 + 1).
        let (mut w, mut m, mut v) = ([4.0], [2.0], [28.0]);
        adam(&rule, &mut w, &[3.0], &mut m, &mut v);
        assert_eq!((m, v), ([3.0], [25.0]));
        assert!((w[0] - (2.0 - 9.0 / 11.0)).abs() < 1e-6, "{}", w[0]);
    }

    #[test]
    fn plain_loops_by_hand() {
        let mut a = [1.0, 2.0];
        lerp(0.25, &mut a, &[5.0, 2.0]);
        assert_eq!(a, [2.0, 2.0]);
        add(&mut a, &[1.0, -2.0]);
        assert_eq!(a, [3.0, 0.0]);
        scale(2.0, 1.0, &mut a);
        assert_eq!(a, [7.0, 1.0]);
        multiply(&mut a, &[0.0, 2.0]);
        assert_eq!(a, [0.0, 2.0]);
    }
}
