//! The server as its clients see it, without a socket where none is needed.

mod cors_and_token;
mod documents;
mod health;
mod native;
mod overload;
mod reload;
mod socket;
mod support;
mod tfserving;
mod v2;
