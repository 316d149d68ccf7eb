//! Loops over parameters: optimizers and averages. Formulas are PyTorch's.

use crate::Isa;

/// Constants of one step of gradient descent.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// The learning rate.
    pub learning_rate: f32,
    /// Share of the last step carried on.
    pub momentum: f32,
    /// Whether the step looks ahead along the momentum.
    pub nesterov: bool,
    /// L2 penalty added to the gradient.
    pub l2: f32,
}

/// `w -= lr (g + l2 w)`.
pub fn sgd(isa: Isa, rule: &Sgd, w: &mut [f32], g: &[f32]) {
    assert_eq!(w.len(), g.len());
    let Sgd { learning_rate, l2, .. } = *rule;
    isa.vectorize(
        #[inline(always)]
        || w.iter_mut().zip(g).for_each(|(w, &g)| *w -= learning_rate * (g + l2 * *w)),
    );
}

/// `v = momentum v + g + l2 w`, then `w -= lr v`, or with Nesterov `w -= lr (g + l2 w + momentum v)`.
pub fn momentum(isa: Isa, rule: &Sgd, w: &mut [f32], g: &[f32], v: &mut [f32]) {
    assert!(w.len() == g.len() && w.len() == v.len());
    let Sgd { learning_rate, momentum, nesterov, l2 } = *rule;
    let ahead = if nesterov { momentum } else { 1.0 };
    let own = if nesterov { 1.0 } else { 0.0 };
    isa.vectorize(
        #[inline(always)]
        || {
            for ((w, &g), v) in w.iter_mut().zip(g).zip(&mut *v) {
                let g = g + l2 * *w;
                *v = momentum * *v + g;
                *w -= learning_rate * (own * g + ahead * *v);
            }
        },
    );
}

/// Constants of one step of Adam or AdamW.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Decay rates of the two moments.
    pub betas: [f32; 2],
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// L2 penalty added to the gradient (Adam).
    pub l2: f32,
    /// What each weight is multiplied by first: `1 - lr * weight_decay` (AdamW).
    pub keep: f32,
    /// `lr / (1 - beta1^t)`.
    pub step: f32,
    /// `1 / sqrt(1 - beta2^t)`.
    pub second_correction: f32,
}

/// `m` and `v` follow the gradient and its square; `w -= step m / (sqrt(v) correction + epsilon)`.
pub fn adam(isa: Isa, rule: &Adam, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    assert!(w.len() == g.len() && w.len() == m.len() && w.len() == v.len());
    let Adam { betas: [beta1, beta2], epsilon, l2, keep, step, second_correction } = *rule;
    isa.vectorize(
        #[inline(always)]
        || {
            for (((w, &g), m), v) in w.iter_mut().zip(g).zip(&mut *m).zip(&mut *v) {
                let g = g + l2 * *w;
                *m += (1.0 - beta1) * (g - *m);
                *v = beta2 * *v + (1.0 - beta2) * g * g;
                *w = keep * *w - step * *m / (v.sqrt() * second_correction + epsilon);
            }
        },
    );
}

/// `a += share (b - a)`.
pub fn lerp(isa: Isa, share: f32, a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    isa.vectorize(
        #[inline(always)]
        || a.iter_mut().zip(b).for_each(|(a, &b)| *a += share * (b - *a)),
    );
}

/// `a += b`.
pub fn add(isa: Isa, a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    isa.vectorize(
        #[inline(always)]
        || a.iter_mut().zip(b).for_each(|(a, &b)| *a += b),
    );
}

/// `y = x scale + shift`, in place.
pub fn scale(isa: Isa, scale: f32, shift: f32, y: &mut [f32]) {
    isa.vectorize(
        #[inline(always)]
        || y.iter_mut().for_each(|y| *y = *y * scale + shift),
    );
}

/// `y *= factors`, number by number.
pub fn multiply(isa: Isa, y: &mut [f32], factors: &[f32]) {
    assert_eq!(y.len(), factors.len());
    isa.vectorize(
        #[inline(always)]
        || y.iter_mut().zip(factors).for_each(|(y, &factor)| *y *= factor),
    );
}
