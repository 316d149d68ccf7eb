//! What each operation computes: a file for each, its shape, forward and backward pass as neighbours.

mod activation;
mod add;
mod batch_norm;
mod conv2d;
mod dropout;
mod extent;
mod flatten;
mod linear;
mod pool;
mod scale;

pub(crate) use activation::{Gelu, Relu, Sigmoid, Tanh};
pub(crate) use add::add;
pub use batch_norm::BatchNorm;
pub(crate) use batch_norm::RunningStatistics;
pub use conv2d::Conv2d;
pub(crate) use conv2d::{ConvState, Pooled};
pub use dropout::Dropout;
pub use extent::{Extent, Padding};
pub(crate) use flatten::Flatten;
pub use linear::Linear;
pub(crate) use linear::LinearState;
pub(crate) use pool::PoolState;
pub use pool::{AvgPool2d, MaxPool2d};
pub(crate) use pool::{GlobalAvgPool, GlobalMaxPool};
pub use scale::Scale;
