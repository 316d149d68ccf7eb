//! What the server answers, a file for each interface.

pub(crate) mod health;
pub(crate) mod native;
pub(crate) mod tfserving;
pub(crate) mod v2;
