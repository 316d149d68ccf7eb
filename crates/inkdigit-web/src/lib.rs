//! Inkdigit in the browser.
//!
//! [`Recognizer`] is the class that JavaScript sees. It takes pixels, as a canvas gives them, and returns
//! answers; what is ink, where digits are and how they are brought into the network's form is decided by
//! `inkdigit`, in the same code that every other front end runs. `docs/browser.md` shows how to use it.
//!
//! Everything but the bindings themselves ([`mod@reading`], [`mod@layers`], [`mod@card`]) knows nothing of JavaScript and is
//! tested natively.
#![deny(unsafe_code)] // the bindings' macros write some, so it can't be forbidden
#![deny(missing_docs)]

mod bindings;
pub mod card;
pub mod layers;
pub mod reading;

pub use bindings::{Pixels, Recognizer, instruction_set};
