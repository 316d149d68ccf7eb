//! All routes as one router.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, Any as Anything, CorsLayer};

use crate::observe::observe;
use crate::problem::Problem;
use crate::routes::{health, native, tfserving, v2};
use crate::server::Server;
use crate::site;

/// The server as a router: every route, and what happens around each request.
pub fn app(server: Arc<Server>) -> Router {
    let cors = cors(&server.config.cors);
    let router = Router::new()
        .merge(native::routes())
        .merge(v2::routes())
        .merge(tfserving::routes())
        .merge(health::routes())
        .merge(site::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        // Bodies are limited where they are read.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(server.clone(), observe))
        .with_state(server);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

async fn unknown_path(request: Request) -> Problem {
    Problem::UnknownPath { path: request.uri().path().into() }
}

async fn unknown_method(request: Request) -> Problem {
    Problem::Method { path: request.uri().path().into(), method: request.method().to_string() }
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(cause = text, "a request panicked");
    Problem::Internal.into_response()
}

fn cors(origins: &[String]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::from(Anything),
        origins => AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok())),
    };
    let exposed = [HeaderName::from_static("x-request-id"), v2::JSON_LENGTH];
    let layer = CorsLayer::new().allow_origin(allowed).allow_methods([Method::GET, Method::POST]);
    Some(layer.allow_headers([CONTENT_TYPE, AUTHORIZATION, v2::JSON_LENGTH]).expose_headers(exposed))
}
