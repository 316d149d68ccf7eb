//! Numeric kernels of Inkdigit: slices in, slices out.
//!
//! Feature maps are channels-last, `[N, H, W, C]`, and weights are `[fan_in, fan_out]` matrices, so that
//! the innermost loop of every kernel runs over channels that lie side by side. Every function takes an
//! [`Isa`], the proof of an instruction set, checks the lengths of its slices, and has a naive twin in
//! [`reference`](mod@reference) that says what it computes.
//!
//! Nothing here knows tensors, networks, threads or files.
#![warn(missing_docs, unreachable_pub)]

pub mod activation;
pub mod batch_norm;
pub mod conv;
pub mod conv_joined;
mod conv_rows;
mod conv_shape;
pub mod conv_sparse;
mod isa;
mod lanes;
pub mod layout;
pub mod math;
pub mod matmul;
pub mod peak;
pub mod pool;
pub mod quantize;
pub mod reduce;
pub mod reference;
pub mod softmax;
pub mod update;
pub mod upsample;

pub use isa::Isa;
