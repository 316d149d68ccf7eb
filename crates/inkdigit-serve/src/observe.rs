//! What happens around every request: its id, the token, the time limit, the log, the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};

use crate::problem::Problem;
use crate::server::Server;
use crate::site;

/// The header with a request's id, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What balancers ask, which needs no token.
const HEALTH: [&str; 5] = ["/healthz", "/readyz", "/livez", "/v2/health/live", "/v2/health/ready"];

/// Answers a request, and says how that went.
pub(crate) async fn observe(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id(&request);
    let method = name_of(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let path = server.config.access_log.then(|| request.uri().path().to_owned());

    let limit = server.config.limits.request_time;
    let mut response = if is_allowed(&server, route, &request) {
        match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::TooSlow { seconds: limit.as_secs() }.into_response(),
        }
    } else {
        Problem::Unauthorized.into_response()
    };

    let (status, took) = (response.status(), start.elapsed());
    server.metrics.answered(method, route, status.as_u16(), took);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        server.metrics.refused("busy");
    }
    let id_text = id.to_str().unwrap_or_default();
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(
            id = id_text,
            method,
            route,
            status = status.as_u16(),
            ms = milliseconds(took),
            "request failed"
        );
    } else if let Some(path) = path {
        tracing::info!(
            id = id_text,
            method,
            path,
            status = status.as_u16(),
            ms = milliseconds(took),
            "request"
        );
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn milliseconds(time: Duration) -> f64 {
    (1e5 * time.as_secs_f64()).round() / 100.0
}

fn is_allowed(server: &Server, route: &str, request: &Request) -> bool {
    let Some(token) = &server.config.token else { return true };
    HEALTH.contains(&route)
        || site::is_page(route)
        || request.headers().get(AUTHORIZATION).is_some_and(|shown| token.is_shown_by(shown.as_bytes()))
}

/// The id a request came with, if it is fit for logs, or one of our own.
fn request_id(request: &Request) -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as u32)
    });
    let given = request.headers().get(REQUEST_ID).filter(|id| {
        let id = id.as_bytes();
        (1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
    });
    given.cloned().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}-{number:x}", *START);
        HeaderValue::try_from(id).expect("letters and digits")
    })
}

/// A method's name among those that are known, so that nobody fills the metrics with others.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
