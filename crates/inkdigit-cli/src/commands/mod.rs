//! One file for each command: its arguments, and a thin wire to the library.

pub mod bench;
pub mod compare;
pub mod data;
pub mod display;
pub mod eval;
pub mod explain;
pub mod export;
pub mod inspect;
pub mod layers;
pub mod models;
pub mod predict;
pub mod read;
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
pub mod train;
pub mod verify;
