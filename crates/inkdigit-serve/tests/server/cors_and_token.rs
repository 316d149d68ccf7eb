//! Who may call the server.

use axum::body::Body;
use axum::http::Request;
use inkdigit_serve::{Config, Token};

use crate::support::Client;

fn from(origin: &str) -> Request<Body> {
    Request::get("/v2").header("Origin", origin).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn other_origins_are_let_in_by_name_alone() {
    const ALLOWED: &str = "access-control-allow-origin";
    let closed = Client::new();
    assert_eq!(closed.send(from("https://a.example")).await.header(ALLOWED), "");
    let open = |origins: &[&str]| {
        let cors = origins.iter().map(|origin| origin.to_string()).collect();
        Client::with(Config { cors, ..Config::default() }, Vec::new())
    };
    let one = open(&["https://a.example"]);
    assert_eq!(one.send(from("https://a.example")).await.header(ALLOWED), "https://a.example");
    assert_eq!(one.send(from("https://b.example")).await.header(ALLOWED), "");
    assert_eq!(open(&["*"]).send(from("https://b.example")).await.header(ALLOWED), "*");
    let asked = Request::options("/v1/predict")
        .header("Origin", "https://a.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,authorization");
    let answer = one.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_set() {
    let config = Config { token: Token::new("s3cret"), ..Config::default() };
    let client = Client::with(config, Vec::new());
    for path in [
        "/",
        "/docs",
        "/openapi.json",
        "/healthz",
        "/livez",
        "/readyz",
        "/v2/health/live",
        "/v2/health/ready",
    ] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    for path in ["/v2", "/metrics", "/v1/models/default", "/v2/models/default", "/nowhere/at/all"] {
        let answer = client.get(path).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
        assert!(answer.error(401).contains("Authorization: Bearer"), "{path}");
    }
    client.post("/v1/predict", "image/png", "").await.error(401);
    let shown = |token: &str| Request::get("/v2").header("Authorization", token).body(Body::empty()).unwrap();
    assert_eq!(client.send(shown("Bearer s3cret")).await.status, 200);
    assert_eq!(client.send(shown("Bearer s3cres")).await.status, 401);
    assert_eq!(client.send(shown("Basic s3cret")).await.status, 401);
}
