//! What the server says of its interfaces, against what they do.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use inkdigit::DigitImage;
use serde_json::{Value, json};

use crate::support::{Client, picture, rows};

/// The keys that the schema of this name knows, and those it wants: its own, and those of the schemas it is put
/// together of.
fn keys(document: &Value, name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut known, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting = vec![&document["components"]["schemas"][name]];
    while let Some(schema) = waiting.pop() {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').expect("a schema of this document");
            waiting.push(document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {reference}")));
        }
        waiting.extend(schema["allOf"].as_array().into_iter().flatten());
        known.extend(schema["properties"].as_object().into_iter().flat_map(|all| all.keys().cloned()));
        let required = schema["required"].as_array().into_iter().flatten();
        wanted.extend(required.map(|key| key.as_str().expect("a key").to_owned()));
    }
    assert!(!known.is_empty(), "no schema {name}");
    (known, wanted)
}

/// Whether an answer has all that its schema calls for, and nothing that it doesn't know.
fn fits(document: &Value, name: &str, answer: &Value) {
    let (known, wanted) = keys(document, name);
    let found: BTreeSet<String> = answer.as_object().expect("an object").keys().cloned().collect();
    assert!(found.is_subset(&known), "{name} doesn't know {:?}", found.difference(&known));
    assert!(wanted.is_subset(&found), "{name} wants {:?}", wanted.difference(&found));
}

#[tokio::test]
async fn the_description_fits_the_answers() {
    let client = Client::new();
    let document = client.get("/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let digit = client.post("/v1/predict", "image/png", picture()).await.ok();
    fits(&document, "DigitAnswer", &digit[0]);
    let blank = DigitImage::new([0; 784]).to_png();
    let rejected = client.post("/v1/predict", "image/png", blank).await.ok();
    fits(&document, "DigitAnswer", &rejected[0]);
    let reasons = document["components"]["schemas"]["Rejection"]["enum"].as_array().expect("reasons");
    assert!(reasons.contains(&rejected[0]["reason"]), "{reasons:?} lacks {}", rejected[0]["reason"]);
    let page = client.post("/v1/read", "image/png", picture()).await.ok();
    fits(&document, "PageAnswer", &page[0]);
    fits(&document, "PageDigitAnswer", &page[0]["digits"][0]);
    let input = json!({"name": "input", "shape": [1, 28, 28], "datatype": "UINT8", "data": [rows()]});
    let inferred = client.post_json("/v2/models/default/infer", &json!({"inputs": [input]})).await.ok();
    fits(&document, "InferResponse", &inferred);
    fits(&document, "InferTensor", &inferred["outputs"][0]);
    fits(&document, "ErrorAnswer", &client.get("/nowhere/at/all").await.json());
}

#[tokio::test]
async fn every_path_described_is_there() {
    let client = Client::new();
    let document = client.get("/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, methods) in paths {
        let path = path.replace("{model}", "default");
        for method in methods.as_object().unwrap().keys() {
            let answer = match method.as_str() {
                "get" => client.get(&path).await,
                _ => client.post(&path, "application/json", "{}").await,
            };
            assert!(answer.status == 200 || answer.status == 400, "{method} {path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn pages_are_there_and_other_paths_are_told() {
    let client = Client::new();
    for path in ["/", "/docs"] {
        let page = client.get(path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(
            page.body.starts_with(b"<!doctype html>") || page.body.starts_with(b"<!DOCTYPE html>"),
            "{path}"
        );
    }
    let page = client.get("/docs").await;
    let again = Request::get("/docs").header("If-None-Match", page.header("etag"));
    let again = client.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let packed = Request::get("/docs").header("Accept-Encoding", "gzip").body(Body::empty()).unwrap();
    let packed = client.send(packed).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < page.body.len());
    assert!(client.get("/nowhere/at/all").await.error(404).contains("nothing is at /nowhere/at/all"));
    assert!(client.get("/v1/predict").await.error(405).contains("/v1/predict doesn't take GET"));
}
