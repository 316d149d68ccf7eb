//! A server to call, and pictures to send.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use inkdigit::preprocess::preprocess;
use inkdigit::{DigitImage, GrayImage, PictureLimits, Prediction, Recognizer};
use inkdigit_serve::{Config, ModelSource, Models, Server, app};
use serde_json::Value;
use tower::ServiceExt;

/// A server and its router.
pub(crate) struct Client {
    pub server: Arc<Server>,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The words of an error, which has this status and is in the form of all errors.
    pub(crate) fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let json = self.json();
        let object = json.as_object().expect("an object");
        assert_eq!(object.keys().collect::<Vec<_>>(), ["error"]);
        object["error"].as_str().expect("words").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(Config::default(), Vec::new())
    }

    pub(crate) fn with(config: Config, sources: Vec<ModelSource>) -> Self {
        let models = Models::open(sources, &config).expect("models");
        let server = Arc::new(Server::new(config, models).expect("threads"));
        Self { router: app(server.clone()), server }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, "application/json", body.to_string()).await
    }
}

/// An answer as it looks when it has been sent: numbers as short as 32 bits need.
pub(crate) fn as_sent(answer: impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(&answer).expect("plain data")).expect("JSON")
}

/// A picture of a 3 as a PNG file.
pub(crate) fn picture() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/synthetic-3.png"))
        .expect("a picture")
}

/// The picture as the network sees it.
pub(crate) fn digit() -> DigitImage {
    let gray = GrayImage::decode(&picture(), PictureLimits::default()).expect("a sound picture");
    preprocess(&gray).expect("a digit")
}

/// What the library takes the picture for.
pub(crate) fn prediction() -> Prediction {
    Recognizer::default().classify_one(&digit())
}

/// The digit's pixels as JSON, 28 rows of 28 numbers.
pub(crate) fn rows() -> Value {
    digit().pixels().chunks(28).map(|row| Value::from(row.to_vec())).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}
