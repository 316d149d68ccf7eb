//! Draws what is to be looked at: what was read on a page, on the page itself.
//!
//! Pictures go in and come out in memory; files, terminals and HTTP are others' matter.
#![forbid(unsafe_code)]

pub mod annotate;
pub mod canvas;
pub mod colormap;
#[cfg(feature = "plots")]
pub mod compare;
pub mod diagram;
mod glyphs;
pub mod heat;
pub mod layers;
mod markup;
pub mod overview;
#[cfg(feature = "plots")]
mod page;
#[cfg(feature = "plots")]
pub mod plots;
#[cfg(feature = "plots")]
pub mod report;
pub mod sheet;
#[cfg(feature = "tensorboard")]
pub mod tensorboard;
pub mod text;
pub mod tiles;
pub mod values;
pub mod words;

pub use annotate::annotate;
pub use canvas::Canvas;
pub use colormap::ColorMap;
