//! Why a request can't be answered, in words and as an HTTP status.
//!
//! The Open Inference Protocol and TensorFlow Serving agree on the form of errors, `{"error": "words"}`, so it
//! is the form of all.

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use inkdigit::{ErrorKind, PictureError};
use serde::Serialize;

/// Why a request isn't answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A picture that can't be read.
    #[error("{error}{advice}", error = .0, advice = advice(.0))]
    Picture(PictureError),
    /// A body longer than is taken.
    #[error(
        "the body is longer than {limit} bytes; send less at once, or start the server with a larger limit"
    )]
    BodyTooLarge {
        /// Bytes that are taken.
        limit: usize,
    },
    /// More pictures than are taken at once.
    #[error("{found} pictures in one request, expected at most {limit}; send them in several requests")]
    TooManyPictures {
        /// Pictures found.
        found: usize,
        /// Pictures that are taken.
        limit: usize,
    },
    /// A body that ended before its end, or was packed badly.
    #[error("the body can't be read: {cause}; send it once more")]
    Body {
        /// What happened.
        cause: String,
    },
    /// A body packed in a way that isn't known.
    #[error("the body's Content-Encoding is {found}, expected gzip, deflate or none")]
    Encoding {
        /// What the header says.
        found: String,
    },
    /// A body of a form that isn't taken here.
    #[error("the body's Content-Type is {found}, expected {expected}")]
    ContentType {
        /// What the header says.
        found: String,
        /// What is taken.
        expected: &'static str,
    },
    /// A request that took too long to arrive or to answer.
    #[error("the request took longer than {seconds} seconds; send it faster, or less at once")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// Something in the request isn't as it must be.
    #[error("{place} is {found}, expected {expected}")]
    Content {
        /// Where.
        place: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// A body that isn't the JSON it should be.
    #[error("the body isn't the JSON expected here: {0}")]
    Json(serde_json::Error),
    /// A model that isn't served.
    #[error("no model is called {found:?}; served are {known}")]
    UnknownModel {
        /// What was asked for.
        found: String,
        /// The models there are.
        known: String,
    },
    /// A version that isn't served.
    #[error("model {model:?} has no version {found:?}; served are {known}")]
    UnknownVersion {
        /// The model.
        model: String,
        /// What was asked for.
        found: String,
        /// The versions there are.
        known: String,
    },
    /// A model whose files can't be read.
    #[error("model {model:?} can't be used: {cause}")]
    BrokenModel {
        /// The model.
        model: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Nothing is at this path.
    #[error("nothing is at {path}; GET /openapi.json lists what there is")]
    UnknownPath {
        /// The path.
        path: String,
    },
    /// The path takes other methods.
    #[error("{path} doesn't take {method}; GET /openapi.json lists what it takes")]
    Method {
        /// The path.
        path: String,
        /// The method.
        method: String,
    },
    /// The token is missing or another.
    #[error("this server asks for a token; send it as `Authorization: Bearer TOKEN`")]
    Unauthorized,
    /// Too much waits already.
    #[error("the server has more to do than it can keep waiting; try again in a second")]
    Busy,
    /// The server is about to stop.
    #[error("the server is stopping; try again, or another server")]
    Stopping,
    /// The server's own fault.
    #[error("the server failed at this request; its log says more under the request's id")]
    Internal,
}

impl Problem {
    /// Something in the request isn't as it must be.
    pub(crate) fn content(
        place: impl Into<String>,
        found: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self::Content { place: place.into(), found: found.to_string(), expected: expected.into() }
    }

    /// The status that says it to programs.
    pub fn status(&self) -> StatusCode {
        match self {
            // Bytes that no decoder takes are a medium we don't know, whatever else is wrong with them.
            Self::Picture(PictureError::NotAPicture { .. }) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Picture(error) => match error.kind() {
                ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                _ => StatusCode::BAD_REQUEST,
            },
            Self::BodyTooLarge { .. } | Self::TooManyPictures { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body { .. } | Self::Content { .. } | Self::Json(_) => StatusCode::BAD_REQUEST,
            Self::Encoding { .. } | Self::ContentType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownModel { .. } | Self::UnknownVersion { .. } | Self::UnknownPath { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::BrokenModel { .. } | Self::Busy | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<PictureError> for Problem {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

/// What a client can do about a picture that can't be read.
fn advice(error: &PictureError) -> &'static str {
    match error {
        PictureError::NotAPicture { .. } => {
            " (raw samples such as yuv name neither their size nor their order: convert them to PNG first)"
        }
        PictureError::UnsupportedPicture { .. } => ": save it as PNG or JPEG first",
        PictureError::DamagedPicture { .. } => "; save or copy it once more",
        PictureError::TooManyPixels { .. } => "; scale it down, or raise the limit if you trust it",
        PictureError::TooMuchMemory { .. } => {
            "; save it in a plain form such as 8-bit PNG, or raise the limit if you trust it"
        }
        PictureError::ZeroSizedPicture { .. } => "; save it once more",
        PictureError::PixelCount { .. } => "; check the size",
        _ => "",
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// An error as it is sent.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ErrorAnswer {
    /// What was found, what was expected and what to do.
    error: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = axum::Json(ErrorAnswer { error: self.to_string() });
        let mut response = (self.status(), body).into_response();
        let mut set = |name, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
        match self {
            Self::Unauthorized => set(header::WWW_AUTHENTICATE, "Bearer"),
            Self::Busy | Self::Stopping | Self::BrokenModel { .. } => set(header::RETRY_AFTER, "1"),
            _ => None,
        };
        response
    }
}
