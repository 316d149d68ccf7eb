//! Whether the server lives, whether it is ready, what it has done so far.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;

use crate::metrics;
use crate::server::Server;

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/healthz", get(ready))
        .route("/readyz", get(ready))
        .route("/livez", get(live))
        .route("/metrics", get(metrics))
}

/// The server runs.
#[cfg_attr(test, utoipa::path(get, path = "/livez", tag = "Health", responses((status = 200, description = "It runs", body = String))))]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// The server is ready for requests: a model is loaded, and it isn't stopping. `/healthz` is the same.
#[cfg_attr(test, utoipa::path(get, path = "/readyz", tag = "Health", responses(
    (status = 200, description = "It is ready", body = String),
    (status = 503, description = "It is stopping or has no model", body = String),
)))]
pub(crate) async fn ready(State(server): State<Arc<Server>>) -> (StatusCode, &'static str) {
    if server.is_ready() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

/// What was counted and measured, in Prometheus' OpenMetrics form.
#[cfg_attr(test, utoipa::path(get, path = "/metrics", tag = "Health", responses(
    (status = 200, description = "Metrics", content_type = "application/openmetrics-text", body = String),
)))]
pub(crate) async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let text = server.metrics.text(&server.models.current(), server.batcher.waiting());
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text)
}
