//! The operations: a file for each, with its constants, shapes, parameters, passes and names.
//!
//! `extent` (sizes of windows) and `pool` (what the poolings share) are no operations.

mod add;
mod affine;
mod avg_pool2d;
mod batch_norm;
mod clip;
mod conv2d;
mod dropout;
mod elu;
mod extent;
mod flatten;
mod gelu;
mod global_avg_pool;
mod global_max_pool;
mod leaky_relu;
mod linear;
mod max_pool2d;
mod mul;
mod pad;
mod pool;
mod quantize;
mod relu;
mod scale;
mod sigmoid;
mod silu;
mod tanh;
mod upsample2d;

pub(crate) use add::Add;
pub use affine::{Affine, Each};
pub use avg_pool2d::AvgPool2d;
pub use batch_norm::BatchNorm;
pub use clip::Clip;
pub use conv2d::Conv2d;
pub(crate) use conv2d::PooledConvolution;
pub use dropout::Dropout;
pub use elu::Elu;
pub use extent::{Extent, Padding};
pub(crate) use flatten::Flatten;
pub(crate) use gelu::Gelu;
pub(crate) use global_avg_pool::GlobalAvgPool;
pub(crate) use global_max_pool::GlobalMaxPool;
pub use leaky_relu::LeakyRelu;
pub use linear::Linear;
pub use max_pool2d::MaxPool2d;
pub(crate) use mul::Mul;
pub use pad::Pad;
pub use quantize::Quantize;
pub(crate) use relu::Relu;
pub use scale::Scale;
pub(crate) use sigmoid::Sigmoid;
pub(crate) use silu::Silu;
pub(crate) use tanh::Tanh;
pub use upsample2d::Upsample2d;
