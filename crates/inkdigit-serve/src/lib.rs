//! Serves Inkdigit over HTTP: its own interface, the Open Inference Protocol v2 and TensorFlow Serving's REST.
//!
//! [`app`] is the whole server as a router, which tests call without a socket; [`listen`](listen::Listener) puts
//! it on one. How a digit is recognised is `inkdigit`'s matter: here are protocols, limits, queues, versions.
//!
//! ```
//! use axum::body::Body;
//! use axum::http::Request;
//! use inkdigit_serve::{Config, Models, Server, app};
//! use std::sync::Arc;
//! use tower::ServiceExt;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let config = Config::default();
//! let server = Server::new(config.clone(), Models::open(Vec::new(), &config)?)?;
//! let picture = std::fs::read("../../docs/pictures/synthetic-3.png")?;
//! let request = Request::post("/v1/predict").header("Content-Type", "image/png").body(Body::from(picture))?;
//! let response = app(Arc::new(server)).oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
#![forbid(unsafe_code)]

mod accept;
mod app;
mod batch;
mod body;
pub mod config;
mod digits;
mod fingerprint;
mod json_tensor;
pub mod listen;
mod metrics;
pub mod models;
mod observe;
#[cfg(test)]
mod openapi;
mod path;
mod pool;
mod problem;
mod routes;
mod run;
#[cfg(test)]
mod schema;
mod server;
mod site;
mod tls;
mod token;

pub use app::app;
pub use config::{Batching, Config, Limits};
pub use listen::Listener;
pub use models::{ModelSource, Models, ModelsError};
pub use problem::Problem;
pub use run::{Program, StartError, run};
pub use server::Server;
pub use tls::TlsError;
pub use token::Token;
