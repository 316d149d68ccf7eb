//! Every kernel, on every instruction set of this processor, against its naive twin: at the sizes where
//! vectors and tiles begin and end, at random shapes, with NaN and extreme numbers, and out of bounds.

mod accuracy;
mod conv;
mod conv_joined;
mod conv_sparse;
mod layout;
mod matmul;
mod out_of_bounds;
mod pointwise;
mod pool;
mod rows;
mod support;
mod upsample;
