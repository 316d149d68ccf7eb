//! Health, metrics, request ids.

use axum::body::Body;
use axum::http::Request;

use crate::support::{Client, digit};

#[tokio::test]
async fn balancers_are_told_how_it_is() {
    let client = Client::new();
    for path in ["/healthz", "/livez", "/readyz"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &b"ok\n"[..]), "{path}");
    }
    client.server.stop();
    assert_eq!(client.get("/livez").await.status, 200, "it lives while it stops");
    for path in ["/healthz", "/readyz", "/v2/health/ready"] {
        assert_eq!(client.get(path).await.status, 503, "{path}");
    }
}

#[tokio::test]
async fn what_happens_is_counted() {
    let client = Client::new();
    client.post("/v1/predict", "image/png", digit().to_png()).await.ok();
    client.post("/v1/predict", "image/png", "no picture").await.error(415);
    client.get("/nowhere/at/all").await.error(404);
    client.server.reload();
    let text = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
    for line in [
        "inkdigit_requests_total{method=\"POST\",route=\"/v1/predict\",status=\"200\"} 1",
        "inkdigit_requests_total{method=\"POST\",route=\"/v1/predict\",status=\"415\"} 1",
        "inkdigit_request_seconds_count{route=\"/v1/predict\"} 2",
        "inkdigit_batch_images_count 1",
        "inkdigit_waiting_images 0",
        "inkdigit_model{model=\"default\",version=\"1\"} 1",
        "inkdigit_connections 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("nowhere"), "paths that don't exist fill no metrics");
}

#[tokio::test]
async fn every_answer_has_an_id() {
    let client = Client::new();
    let with_id = |id: &str| Request::get("/livez").header("X-Request-Id", id).body(Body::empty()).unwrap();
    assert_eq!(client.send(with_id("mine-1")).await.header("x-request-id"), "mine-1");
    let long = "x".repeat(200);
    for unfit in [long.as_str(), "a b", ""] {
        let id = client.send(with_id(unfit)).await.header("x-request-id").to_owned();
        assert!(id != unfit && id.len() > 8, "{id}");
    }
    let ids = [client.get("/livez").await, client.get("/nowhere").await];
    assert_ne!(ids[0].header("x-request-id"), ids[1].header("x-request-id"));
}
