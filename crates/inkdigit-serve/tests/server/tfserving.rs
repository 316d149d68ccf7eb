//! TensorFlow Serving's REST interface, in the shapes its documentation shows.

use serde_json::{Value, json};

use crate::support::{Client, base64, picture, prediction, rows};

const PREDICT: &str = "/v1/models/default:predict";

fn numbers(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

#[tokio::test]
async fn rows_and_columns_are_predicted() {
    let client = Client::new();
    let expected = prediction().probabilities;
    let encoded = base64(&picture());
    for instances in [
        json!([rows(), rows()]),
        json!([{"input": rows()}, {"input": rows()}]),
        json!([{"b64": encoded}, {"b64": encoded}]),
        json!([{"picture": {"b64": encoded}}, {"picture": {"b64": encoded}}]),
    ] {
        let answer = client.post_json(PREDICT, &json!({"instances": instances})).await.ok();
        let predictions = answer["predictions"].as_array().unwrap();
        assert_eq!(predictions.len(), 2);
        predictions.iter().for_each(|row| assert_eq!(numbers(row), expected));
    }
    for inputs in [json!([rows()]), json!({"input": [rows()]}), json!({"picture": [{"b64": encoded}]})] {
        let body = json!({"signature_name": "serving_default", "inputs": inputs});
        let answer = client.post_json("/v1/models/default/versions/1:predict", &body).await.ok();
        assert_eq!(numbers(&answer["outputs"][0]), expected);
    }
}

#[tokio::test]
async fn the_signature_digits_tells_all() {
    let client = Client::new();
    let body = |key: &str| json!({"signature_name": "digits", key: [rows()]});
    let rows = client.post_json(PREDICT, &body("instances")).await.ok();
    let row = &rows["predictions"][0];
    assert_eq!((&row["digit"], &row["rejected"]), (&json!(3), &json!(false)));
    let columns = client.post_json(PREDICT, &body("inputs")).await.ok();
    assert_eq!(columns["outputs"]["digit"], json!([3]));
    assert_eq!(numbers(&columns["outputs"]["probability"]), [prediction().probability]);
}

#[tokio::test]
async fn examples_are_classified() {
    let client = Client::new();
    let body = json!({"examples": [{"input": rows()}, {"input": rows()}]});
    let answer = client.post_json("/v1/models/default:classify", &body).await.ok();
    let first: Vec<(String, f32)> = serde_json::from_value(answer["results"][0].clone()).unwrap();
    assert_eq!(first.len(), 10);
    assert_eq!(first[3], ("3".to_string(), prediction().probability));
    assert_eq!(answer["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn models_tell_their_state_and_their_signatures() {
    let client = Client::new();
    let expected = json!({"model_version_status": [
        {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
    ]});
    assert_eq!(client.get("/v1/models/default").await.ok(), expected);
    assert_eq!(client.get("/v1/models/default/versions/1").await.ok(), expected);
    let about = client.get("/v1/models/default/metadata").await.ok();
    assert_eq!(about["model_spec"]["name"], "default");
    let signatures = &about["metadata"]["signature_def"]["signature_def"];
    let dims = &signatures["serving_default"]["inputs"]["input"]["tensor_shape"]["dim"];
    assert_eq!(dims[1], json!({"size": "28", "name": ""}));
    assert!(signatures["digits"]["outputs"]["digit"].is_object());
    client.get("/v1/models/nobody").await.error(404);
    client.get("/v1/models/default/versions/2").await.error(404);
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let client = Client::new();
    let cases = [
        (PREDICT, json!({"instances": [rows()], "inputs": [rows()]}), 400, "instances and inputs"),
        (PREDICT, json!({}), 400, "neither instances nor inputs"),
        (PREDICT, json!([]), 400, "isn't the JSON expected"),
        (PREDICT, json!({"instances": rows()}), 400, "the shape of the instances is [28, 28]"),
        (PREDICT, json!({"instances": [{"x": rows()}]}), 400, "an input called \"x\""),
        (
            PREDICT,
            json!({"signature_name": "x", "instances": [rows()]}),
            400,
            "expected serving_default or digits",
        ),
        ("/v1/models/default:regress", json!({}), 400, "\"regress\", expected `:predict`"),
        ("/v1/models/default", json!({}), 400, "expected `:predict`"),
        ("/v1/models/nobody:predict", json!({"instances": [rows()]}), 404, "served are default"),
        ("/v1/models/default/versions/2:predict", json!({"instances": [rows()]}), 404, "no version"),
    ];
    for (path, body, status, expected) in cases {
        let error = client.post_json(path, &body).await.error(status);
        assert!(error.contains(expected), "{path}: {error}");
    }
}
