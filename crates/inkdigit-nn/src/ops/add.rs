//! Sum of two values: a residual connection.

use inkdigit_kernels::{Isa, update};

/// `y = a + b`. The gradient of both is `dy`.
pub(crate) fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    y.copy_from_slice(a);
    update::add(Isa::best(), y, b);
}
