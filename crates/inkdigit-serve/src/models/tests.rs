//! How models are found and exchanged.
