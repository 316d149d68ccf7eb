//! The OpenAPI document: every route with what it takes and gives. The program carries it finished, as
//! `openapi.json`; this module makes it anew and holds the two against each other.

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
fn json() -> String {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.to_pretty_json().expect("a document is plain data") + "\n"
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// With `INKDIGIT_BLESS=1` the file is written anew.
    #[test]
    fn the_committed_document_is_what_routes_and_answers_say() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        if std::env::var_os("INKDIGIT_BLESS").is_some() {
            std::fs::write(&path, super::json()).expect("the crate's folder can be written");
        }
        let committed = std::fs::read_to_string(&path).expect("the committed document");
        assert!(
            committed == super::json(),
            "{} isn't what the routes say: write it anew with INKDIGIT_BLESS=1 cargo test -p inkdigit-serve openapi",
            path.display()
        );
    }
}
