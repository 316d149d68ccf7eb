//! Draws what is to be looked at: what was read on a page, on the page itself.
//!
//! Pictures go in and come out in memory; files, terminals and HTTP are others' matter.
#![forbid(unsafe_code)]

pub mod annotate;
mod canvas;
pub mod diagram;
mod glyphs;
mod markup;
pub mod words;

pub use annotate::annotate;
