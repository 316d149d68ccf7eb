//! What people look at: the drawing page, the interface's description and a page to try it.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::openapi;
use crate::server::Server;

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/", get(|| async { Html(include_str!("../../pages/index.html")) }))
        .route("/docs", get(|| async { Html(include_str!("../../pages/docs.html")) }))
        .route("/docs.css", get(|| async { file("text/css", include_str!("../../pages/docs.css")) }))
        .route("/docs.js", get(|| async { file("text/javascript", include_str!("../../pages/docs.js")) }))
        .route("/openapi.json", get(document))
}

/// The OpenAPI document.
async fn document() -> impl IntoResponse {
    static JSON: LazyLock<String> = LazyLock::new(openapi::json);
    file("application/json", JSON.as_str())
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, content_type), (X_CONTENT_TYPE_OPTIONS, "nosniff")], text)
}
