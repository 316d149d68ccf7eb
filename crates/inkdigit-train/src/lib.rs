//! Trains the networks that Inkdigit reads with: data -> batch -> model.
//!
//! [`train`](fn@train) makes a [`Model`](inkdigit::Model) from a [`TrainConfig`] and a [`Dataset`]; [`evaluate`](fn@evaluate)
//! says how good it is. Data sets are downloaded, opened or drawn ([`synth`]).
#![forbid(unsafe_code)]

pub mod augment;
pub mod bench;
pub mod calibrate;
pub mod config;
pub mod data;
#[cfg(feature = "download")]
pub mod download;
pub mod error;
pub mod evaluate;
mod names;
pub mod networks;
pub mod probe;
pub mod synth;
mod tensor_file;
pub mod train;

pub use augment::Augment;
pub use config::TrainConfig;
pub use data::{Dataset, Split};
pub use error::{Error, Result};
pub use evaluate::{Evaluation, evaluate};
pub use networks::Network;
pub use train::train;
