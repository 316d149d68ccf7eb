//! The Open Inference Protocol, version 2, over REST: what Triton, KServe and others speak
//! (<https://github.com/kserve/open-inference-protocol>), with the extensions for binary tensors, raw binary
//! requests, classification and the index of models (<https://github.com/triton-inference-server/server>,
//! `docs/protocol`).
//!
//! Every model here takes one of two inputs and gives four outputs:
//!
//! | name | datatype | shape | |
//! |---|---|---|---|
//! | `input` | UINT8, or any other number | `[N, 28, 28]` and its like | pixels, bright ink on dark |
//! | `picture` | BYTES | `[N]` | PNG, JPEG, GIF, BMP, WebP of any size |
//! | `probabilities` | FP32 | `[N, 10]` | of each digit |
//! | `digit` | INT64 | `[N]` | the most probable |
//! | `probability` | FP32 | `[N]` | its probability |
//! | `rejected` | BOOL | `[N]` | whether it isn't taken for a digit |

mod request;
mod response;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::StatusCode;
use inkdigit::preprocess::PreprocessOptions;
use serde::Serialize;

use crate::models::{Catalogue, Loaded, Version};
use crate::path::Named;
#[cfg(test)]
use crate::problem::ErrorAnswer;
use crate::problem::Problem;
#[cfg(test)]
use crate::schema;
use crate::server::{Images, Server};

pub(crate) use request::JSON_LENGTH;
use request::Tensors;
use response::Output;

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/v2", get(server_metadata))
        .route("/v2/health/live", get(live))
        .route("/v2/health/ready", get(ready))
        .route("/v2/repository/index", post(index))
        .route("/v2/models/{model}", get(model_metadata))
        .route("/v2/models/{model}/ready", get(model_ready))
        .route("/v2/models/{model}/infer", post(infer))
        .route("/v2/models/{model}/versions/{version}", get(model_metadata))
        .route("/v2/models/{model}/versions/{version}/ready", get(model_ready))
        .route("/v2/models/{model}/versions/{version}/infer", post(infer))
}

fn find(catalogue: &Catalogue, named: &Named) -> Result<Arc<Loaded>, Problem> {
    catalogue.find(Some(&named.model), named.version.as_deref()).cloned()
}

/// What a server says of itself.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ServerMetadata {
    name: &'static str,
    version: &'static str,
    extensions: [&'static str; 3],
}

/// What the server is.
#[cfg_attr(test, utoipa::path(get, path = "/v2", tag = "Open Inference Protocol", responses((status = 200, body = ServerMetadata))))]
pub(crate) async fn server_metadata() -> Json<ServerMetadata> {
    Json(ServerMetadata {
        name: "inkdigit",
        version: env!("CARGO_PKG_VERSION"),
        extensions: ["binary_tensor_data", "classification", "model_repository"],
    })
}

/// Whether the server runs.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Live {
    live: bool,
}

/// The server runs.
#[cfg_attr(test, utoipa::path(get, path = "/v2/health/live", tag = "Open Inference Protocol", responses((status = 200, body = Live))))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}

/// Whether something is ready.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Ready {
    /// The model; left out where the server is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    ready: bool,
}

/// The server is ready for requests.
#[cfg_attr(test, utoipa::path(get, path = "/v2/health/ready", tag = "Open Inference Protocol", responses(
    (status = 200, body = Ready), (status = 503, body = Ready),
)))]
pub(crate) async fn ready(State(server): State<Arc<Server>>) -> (StatusCode, Json<Ready>) {
    let ready = server.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { name: None, ready }))
}

/// A model is ready for requests.
#[cfg_attr(test, utoipa::path(get, path = "/v2/models/{model}/ready", tag = "Open Inference Protocol",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    responses((status = 200, body = Ready), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)),
))]
pub(crate) async fn model_ready(
    State(server): State<Arc<Server>>,
    named: Named,
) -> Result<Json<Ready>, Problem> {
    let model = find(&server.models.current(), &named)?;
    Ok(Json(Ready { name: Some(model.name.clone()), ready: true }))
}

/// What a model takes and gives.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ModelMetadata {
    name: String,
    /// The versions that answer.
    versions: Vec<String>,
    platform: &'static str,
    inputs: Vec<TensorMetadata>,
    outputs: Vec<TensorMetadata>,
}

/// What a tensor looks like; -1 stands for any number of digits.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct TensorMetadata {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<i64>,
}

/// What a model takes and gives: one of the inputs, and the outputs that are asked for.
#[cfg_attr(test, utoipa::path(get, path = "/v2/models/{model}", tag = "Open Inference Protocol",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    responses((status = 200, body = ModelMetadata), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)),
))]
pub(crate) async fn model_metadata(
    State(server): State<Arc<Server>>,
    named: Named,
) -> Result<Json<ModelMetadata>, Problem> {
    let catalogue = server.models.current();
    let model = find(&catalogue, &named)?;
    let answers = |(number, version): (&u64, &Version)| version.loaded.is_some().then(|| number.to_string());
    let output = |output: Output| TensorMetadata {
        name: output.name(),
        datatype: output.datatype(),
        shape: if output == Output::Probabilities { vec![-1, 10] } else { vec![-1] },
    };
    Ok(Json(ModelMetadata {
        name: model.name.clone(),
        versions: catalogue.versions(&model.name)?.iter().filter_map(answers).collect(),
        platform: "inkdigit_onnx",
        inputs: vec![
            TensorMetadata { name: "input", datatype: "UINT8", shape: vec![-1, 28, 28] },
            TensorMetadata { name: "picture", datatype: "BYTES", shape: vec![-1] },
        ],
        outputs: Output::ALL.map(output).into(),
    }))
}

/// A version of a model in the index.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Indexed {
    name: String,
    version: String,
    /// READY, or UNAVAILABLE if it can't be read.
    state: &'static str,
    /// Why its file, as it is now, can't be read.
    reason: String,
}

/// All models and their versions.
#[cfg_attr(test, utoipa::path(post, path = "/v2/repository/index", tag = "Open Inference Protocol", responses((status = 200, body = Vec<Indexed>))))]
pub(crate) async fn index(State(server): State<Arc<Server>>) -> Json<Vec<Indexed>> {
    let catalogue = server.models.current();
    let indexed = catalogue.all().map(|(name, version, entry)| Indexed {
        name: name.into(),
        version: version.to_string(),
        state: if entry.loaded.is_some() { "READY" } else { "UNAVAILABLE" },
        reason: entry.failure.clone().unwrap_or_default(),
    });
    Json(indexed.collect())
}

/// Reads digits.
#[cfg_attr(test, utoipa::path(post, path = "/v2/models/{model}/infer", tag = "Open Inference Protocol",
    params(
        ("model" = String, Path, description = "The model's name", example = "default"),
        ("Inference-Header-Content-Length" = Option<u64>, Header, description = "Bytes of JSON before binary tensors; 0 for pixels alone, 784 bytes each"),
    ),
    request_body(content = schema::InferRequest),
    responses(
        (status = 200, description = "The outputs", body = schema::InferResponse),
        (status = 400, description = "Something in the request isn't as it must be", body = ErrorAnswer),
        (status = 404, description = "No such model", body = ErrorAnswer),
        (status = 408, description = "The request took too long", body = ErrorAnswer),
        (status = 413, description = "Too many bytes, pixels or pictures", body = ErrorAnswer),
        (status = 415, description = "No picture", body = ErrorAnswer),
        (status = 503, description = "Too much to do; try again", body = ErrorAnswer),
    ),
))]
pub(crate) async fn infer(
    State(server): State<Arc<Server>>,
    named: Named,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = server.receive(request).await?;
    let model = find(&server.models.current(), &named)?;
    let Tensors { id, subject, outputs } = request::read(&parts.headers, &body.bytes)?;
    let predictions = match subject {
        Images::Digits(digits) => server.batcher.read(model.clone(), digits).await?,
        Images::Pictures(pictures) => {
            let seen = server.look(pictures, PreprocessOptions::default()).await?;
            server.judge(&model, &seen).await?
        }
    };
    Ok(response::write(&model, id, &outputs, &predictions).into_response())
}
