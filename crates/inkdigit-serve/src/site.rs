//! What people look at: the drawing page, the description of the interfaces and a page to try them.

use std::io::Read;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use hyper::StatusCode;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};

use crate::server::Server;

/// A file of the program's pages.
struct Asset {
    path: &'static str,
    /// Changes with the content.
    tag: &'static str,
    /// The content, packed by gzip.
    packed: &'static [u8],
}

/// All files, packed by the build script.
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What stands at `/`: the drawing page, or where that wasn't built the page that needs no JavaScript.
const FRONT: [&str; 2] = ["/index.html", "/plain.html"];

const DOCUMENT: &str = "/openapi.json";

/// The OpenAPI document: made from the routes and the types of answers by a test, which holds it against them.
const OPENAPI: &str = include_str!("../openapi.json");

/// Pages load nothing from elsewhere and are shown in no other page's frame.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<Server>> {
    let asset = |path: &'static str| ASSETS.iter().find(|asset| asset.path == path);
    let mut router = Router::new().route(DOCUMENT, get(document));
    for asset in ASSETS {
        router = router.route(asset.path, get(move |headers: HeaderMap| async move { asset.send(&headers) }));
    }
    let front = FRONT.iter().find_map(|path| asset(path));
    for (path, asset) in [("/", front), ("/docs", asset("/docs.html"))] {
        if let Some(asset) = asset {
            router = router.route(path, get(move |headers: HeaderMap| async move { asset.send(&headers) }));
        }
    }
    router
}

/// Whether a path is a page or a part of one, the same for everybody.
pub(crate) fn is_page(path: &str) -> bool {
    ["/", "/docs", DOCUMENT].contains(&path) || ASSETS.iter().any(|asset| asset.path == path)
}

/// The OpenAPI document.
async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (X_CONTENT_TYPE_OPTIONS, "nosniff")], OPENAPI)
}

impl Asset {
    fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json") => "application/json",
            Some("webmanifest") => "application/manifest+json",
            Some("md") => "text/markdown; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        }
    }

    fn send(&self, request: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.tag);
        let text = |name| request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Names don't change with the content, so browsers ask each time whether it did.
        let known = [(CACHE_CONTROL, "no-cache"), (ETAG, &tag), (VARY, "accept-encoding")];
        if text(IF_NONE_MATCH).split(',').any(|found| found.trim().trim_start_matches("W/") == tag) {
            return (StatusCode::NOT_MODIFIED, known).into_response();
        }
        let about = [
            (CONTENT_TYPE, self.content_type()),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        if takes_gzip(text(ACCEPT_ENCODING)) {
            return (known, about, [(CONTENT_ENCODING, "gzip")], self.packed).into_response();
        }
        (known, about, self.unpacked()).into_response()
    }

    fn unpacked(&self) -> Vec<u8> {
        let mut content = Vec::new();
        GzDecoder::new(self.packed).read_to_end(&mut content).expect("the build script packed it");
        content
    }
}

/// Whether an Accept-Encoding header names gzip, and not to refuse it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("", false),
            ("br", false),
        ] {
            assert_eq!(takes_gzip(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn every_file_is_there_as_it_was() {
        assert!(ASSETS.iter().any(|asset| asset.path == "/docs.html"));
        assert!(ASSETS.iter().any(|asset| FRONT.contains(&asset.path)));
        for asset in ASSETS {
            let length = asset.tag.split_once('-').expect("a length in the tag").1;
            assert_eq!(asset.unpacked().len(), usize::from_str_radix(length, 16).unwrap(), "{}", asset.path);
        }
    }
}
