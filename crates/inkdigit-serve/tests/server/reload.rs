//! Models that come, change and go while the server answers.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use inkdigit::Model;
use inkdigit::error::with_causes;
use inkdigit_serve::{Config, ModelSource, Models, ModelsError};
use serde_json::json;

use crate::support::{Client, rows};

fn put(dir: &Path, name: &str, version: u64) {
    let folder = dir.join(name).join(version.to_string());
    fs::create_dir_all(&folder).unwrap();
    Model::default().save(&folder.join("model.onnx")).unwrap();
}

async fn versions(client: &Client, model: &str) -> Vec<String> {
    let model = client.get(&format!("/v2/models/{model}")).await.ok();
    serde_json::from_value(model["versions"].clone()).unwrap()
}

#[tokio::test]
async fn versions_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "digits", 1);
    let client = Client::with(Config::default(), vec![ModelSource::Folder(dir.path().into())]);
    assert_eq!(versions(&client, "digits").await, ["1"]);
    put(dir.path(), "digits", 12);
    put(dir.path(), "other", 3);
    let changes = client.server.reload();
    assert_eq!(changes.loaded, [("digits".to_string(), 12), ("other".to_string(), 3)]);
    assert_eq!(versions(&client, "digits").await, ["1", "12"]);
    let body = json!({"instances": [rows()]});
    client.post_json("/v1/models/other:predict", &body).await.ok();
    let newest = client.post_json("/v1/predict?model=digits", &json!({"image": rows()})).await;
    assert_eq!(newest.ok()[0]["digit"], 3);
    assert!(client.server.reload().loaded.is_empty(), "nothing changed");

    fs::remove_dir_all(dir.path().join("digits/1")).unwrap();
    assert!(client.server.reload().removed.is_empty(), "a file may be away for a moment");
    assert_eq!(client.server.reload().removed, [("digits".to_string(), 1)]);
    assert_eq!(versions(&client, "digits").await, ["12"]);
    fs::remove_dir_all(dir.path().join("other")).unwrap();
    client.server.reload();
    client.server.reload();
    client.get("/v1/models/other").await.error(404);
}

#[tokio::test]
async fn a_broken_file_doesnt_stop_what_it_was_before() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "digits", 1);
    let client = Client::with(Config::default(), vec![ModelSource::Folder(dir.path().into())]);
    fs::write(dir.path().join("digits/1/model.onnx"), b"no model").unwrap();
    fs::create_dir(dir.path().join("digits/2")).unwrap();
    fs::write(dir.path().join("digits/2/model.onnx"), b"").unwrap();
    assert_eq!(client.server.reload().failed.len(), 2);
    assert_eq!(client.post_json("/v1/predict", &json!({"image": rows()})).await.ok()[0]["digit"], 3);
    let status = client.get("/v1/models/digits").await.ok();
    assert_eq!(status["model_version_status"][0]["state"], "END");
    assert!(status["model_version_status"][0]["status"]["error_message"].as_str().unwrap().contains("empty"));
    assert_eq!(status["model_version_status"][1]["state"], "AVAILABLE");
    let broken = client.get("/v2/models/digits/versions/2").await;
    assert!(broken.error(503).contains("can't be used"));
    assert!(client.server.reload().failed.is_empty(), "a broken file is read once");
    put(dir.path(), "digits", 2);
    assert_eq!(client.server.reload().loaded, [("digits".to_string(), 2)]);
}

#[test]
fn what_cant_be_served_is_said_at_the_start() {
    let config = Config::default();
    let dir = tempfile::tempdir().unwrap();
    let open = |sources: Vec<ModelSource>| Models::open(sources, &config).map(drop).unwrap_err();
    let named = |name: &str, place: &str| ModelSource::Named { name: name.into(), place: place.into() };
    let empty = open(vec![ModelSource::Folder(dir.path().into())]);
    assert!(matches!(empty, ModelsError::Empty { .. }), "{empty}");
    assert!(empty.to_string().contains("DIR/NAME/VERSION/model.onnx"), "{empty}");
    let missing = open(vec![named("x", "nowhere.onnx")]);
    assert!(with_causes(&missing).contains("model \"x\": no model at nowhere.onnx"), "{missing}");
    let name = open(vec![named("a:b", "default")]);
    assert!(matches!(name, ModelsError::Name { .. }), "{name}");
    let twice = open(vec![named("a", "default"), named("a", "default")]);
    assert!(matches!(twice, ModelsError::Twice { .. }), "{twice}");
    fs::create_dir_all(dir.path().join("x/1")).unwrap();
    fs::write(dir.path().join("x/1/model.onnx"), b"junk").unwrap();
    let broken = open(vec![ModelSource::Folder(dir.path().into())]);
    assert!(broken.to_string().contains("; x: "), "{broken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_lost_while_models_are_exchanged() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "digits", 1);
    let client = Arc::new(Client::with(Config::default(), vec![ModelSource::Folder(dir.path().into())]));
    let over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (client, over) = (client.clone(), over.clone());
            tokio::spawn(async move {
                let (body, mut answers) = (json!({"image": rows()}), 0);
                while !over.load(Ordering::Relaxed) {
                    let answer = client.post_json("/v1/predict", &body).await.ok();
                    assert_eq!(answer[0]["digit"], 3);
                    answers += 1;
                    // Nothing here ever waits, and the other callers want a turn.
                    tokio::task::yield_now().await;
                }
                answers
            })
        })
        .collect();
    let (server, folder) = (client.server.clone(), dir.path().to_owned());
    let reloads = tokio::task::spawn_blocking(move || {
        (0..100)
            .map(|_| {
                put(&folder, "digits", 1);
                server.reload().loaded.len()
            })
            .sum::<usize>()
    });
    assert_eq!(reloads.await.unwrap(), 100);
    over.store(true, Ordering::Relaxed);
    let mut answers = 0;
    for caller in callers {
        answers += caller.await.unwrap();
    }
    assert!(answers > 100, "{answers} answers while 100 models were exchanged");
}
