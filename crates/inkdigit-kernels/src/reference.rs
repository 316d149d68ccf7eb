//! Naive twins.
