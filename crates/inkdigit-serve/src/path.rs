//! The model and the version that a path names.

use axum::extract::{FromRequestParts, Path};
use hyper::http::request::Parts;
use serde::Deserialize;

use crate::problem::Problem;

/// A model's name and version as they stand in the path.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) model: String,
    pub(crate) version: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<Self>::from_request_parts(parts, state).await;
        path.map(|Path(named)| named).map_err(|rejection| {
            Problem::content("the path", rejection.body_text(), "a model's name in UTF-8")
        })
    }
}
