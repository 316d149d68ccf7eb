//! The built program as people run it: output, exit codes, and what it says of every mistake. Without a
//! network and without downloaded data; what needs MNIST itself is in `mnist`.

mod bad_input;
mod bench;
mod data;
mod display;
mod eval;
mod export;
mod finder;
mod help;
mod inspect;
mod layers;
mod mnist;
mod models;
mod predict;
mod read;
mod report;
#[cfg(all(unix, feature = "serve"))]
mod serve;
mod support;
mod train;
mod verify;
mod watch;
