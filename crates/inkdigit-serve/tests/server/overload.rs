//! More work than there is room for.

use std::sync::Arc;
use std::time::Duration;

use inkdigit_serve::{Batching, Config, Limits};
use serde_json::json;

use crate::support::{Client, digit, rows};

#[tokio::test]
async fn a_full_queue_sends_clients_away_and_keeps_its_promises() {
    // The first image waits half a second for others, so all that come meanwhile find it in the queue.
    let batching = Batching { max_images: 64, delay: Duration::from_millis(500), queue: 4, threads: 1 };
    let client = Arc::new(Client::with(Config { batching, ..Config::default() }, Vec::new()));
    let body = json!({"image": rows()});
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (client, body) = (client.clone(), body.clone());
            tokio::spawn(async move { client.post_json("/v1/predict", &body).await })
        })
        .collect();
    let (mut read, mut refused) = (0, 0);
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            200 => {
                assert_eq!(answer.json()[0]["digit"], 3);
                read += 1;
            }
            _ => {
                assert_eq!(answer.header("retry-after"), "1");
                assert!(answer.error(503).contains("try again"));
                refused += 1;
            }
        }
    }
    assert_eq!((read, refused), (4, 16));
    let metrics = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
    assert!(metrics.contains("inkdigit_batch_images_sum 4"), "four went together:\n{metrics}");
    assert!(metrics.contains("inkdigit_batch_images_count 1"), "{metrics}");
    assert!(metrics.contains("inkdigit_refused_total{reason=\"busy\"} 16"), "{metrics}");
}

#[tokio::test]
async fn one_request_may_be_larger_than_the_queue() {
    let batching = Batching { max_images: 8, queue: 4, threads: 1, ..Batching::default() };
    let client = Client::with(Config { batching, ..Config::default() }, Vec::new());
    let answer = client.post_json("/v1/predict", &json!({"images": vec![rows(); 30]})).await.ok();
    assert_eq!(answer.as_array().unwrap().len(), 30);
    assert!(answer.as_array().unwrap().iter().all(|answer| answer["digit"] == 3));
}

#[tokio::test]
async fn who_takes_too_long_is_told() {
    let limits = Limits { request_time: Duration::from_millis(100), ..Limits::default() };
    let batching = Batching { delay: Duration::from_secs(5), threads: 1, ..Batching::default() };
    let client = Client::with(Config { limits, batching, ..Config::default() }, Vec::new());
    let error = client.post("/v1/predict", "image/png", digit().to_png()).await.error(408);
    assert!(error.contains("took longer than"), "{error}");
}
