//! Naive twins: what every kernel computes, as plain loops over indices.
//!
//! They are the executable specification the fast kernels are tested against, so they favour being read
//! over being fast: no instruction sets, sums in float64, one index at a time. Arguments mean what they
//! mean in the kernel of the same module and name; each twin is pinned by a case computed by hand.

pub mod activation;
pub mod batch_norm;
pub mod conv;
pub mod conv_sparse;
pub mod layout;
pub mod matmul;
pub mod pool;
pub mod quantize;
pub mod reduce;
pub mod softmax;
pub mod update;
pub mod upsample;
