//! Numeric kernels of Inkdigit: slices in, slices out.
