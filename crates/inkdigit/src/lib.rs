//! Reads handwritten digits.
#![forbid(unsafe_code)]
