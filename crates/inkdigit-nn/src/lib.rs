//! The small neural-network engine of Inkdigit.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod rng;

pub use rng::Rng;
