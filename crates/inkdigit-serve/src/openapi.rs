//! The OpenAPI document: every route with what it takes and gives.

use utoipa::OpenApi;

use crate::routes::{health, native, tfserving, v2};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Inkdigit",
        description = "Reads handwritten digits. Three interfaces to the same models: its own, the Open Inference Protocol v2, and TensorFlow Serving's. Every error is `{\"error\": \"...\"}` and says what was found, what was expected and what to do.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        native::predict,
        native::read,
        v2::server_metadata,
        v2::live,
        v2::ready,
        v2::index,
        v2::model_metadata,
        v2::model_ready,
        v2::infer,
        tfserving::status,
        tfserving::metadata,
        tfserving::predict,
        tfserving::classify,
        health::live,
        health::ready,
        health::metrics,
    ),
    tags(
        (name = "Digits", description = "Pictures in, digits out: the answers of the command line"),
        (name = "Open Inference Protocol", description = "What Triton and KServe speak. Each path of a model is there with `/versions/{version}` behind the model's name too"),
        (name = "TensorFlow Serving", description = "What TensorFlow Serving speaks. Each path of a model is there with `/versions/{version}` behind the model's name too"),
        (name = "Health", description = "For balancers and monitoring; asked for no token, metrics aside"),
    ),
)]
pub(crate) struct Document;

/// The document as JSON.
pub(crate) fn json() -> String {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.to_json().expect("a document is plain data")
}
