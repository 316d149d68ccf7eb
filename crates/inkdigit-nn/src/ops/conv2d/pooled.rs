//! A convolution that runs into max pooling alone, maybe with a monotone activation between the two.
//!
//! The convolution's output is never written to memory: each block of images is pooled while it is in cache, in
//! both directions. The activation comes after the pooling, which changes no bit: the largest of `f(x)` is `f` of
//! the largest `x`.

use super::super::max_pool2d::MaxPool2d;
use super::{Conv2d, Convolution, Pooling};
use crate::operation::{Gradients, Pass, Run};
use crate::shape::Shape;
use inkdigit_kernels::pool::Window;

/// Convolution, max pooling and activation at work.
#[derive(Debug)]
pub(crate) struct PooledConvolution {
    convolution: Convolution,
    window: Window,
    activation: Option<Box<dyn Run>>,
    /// The pixel that each output of the last training pass came from.
    winners: Vec<u32>,
}

impl PooledConvolution {
    /// # Shapes
    /// `shapes`: of the input, the convolution's output and the pooled output.
    pub(crate) fn new(
        conv: &Conv2d,
        activation: Option<Box<dyn Run>>,
        pool: &MaxPool2d,
        [input, full, pooled]: [Shape; 3],
    ) -> Self {
        Self {
            convolution: Convolution::new(conv, input),
            window: pool.described().window(full, pooled),
            activation,
            winners: Vec::new(),
        }
    }
}

impl Run for PooledConvolution {
    fn forward(&mut self, pass: &Pass<'_>, y: &mut [f32]) {
        self.winners.resize(if pass.noise.is_some() { y.len() } else { 0 }, 0);
        let pooling = Pooling { window: &self.window, winners: &mut self.winners };
        self.convolution.convolve(pass, y, Some(pooling));
        if let Some(activation) = &mut self.activation {
            activation.forward(pass, y);
        }
    }

    #[cfg(feature = "training")]
    fn backward(&mut self, pass: &Pass<'_>, gradients: Gradients<'_>) {
        let Gradients { y, dy, dx, dparams, .. } = gradients;
        if let Some(activation) = &mut self.activation {
            activation.backward(pass, Gradients { y, dy, dx: None, dsecond: None, dparams: &mut [] });
        }
        let gradients = Gradients { y, dy, dx, dsecond: None, dparams };
        self.convolution.differentiate(pass, gradients, Some(&self.winners));
    }
}
