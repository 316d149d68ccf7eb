//! The Open Inference Protocol.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, Client, base64, digit, picture, prediction, rows};

const INFER: &str = "/v2/models/default/infer";

async fn infer(client: &Client, inputs: Value) -> Answer {
    client.post_json(INFER, &json!({"id": "a", "inputs": [inputs]})).await
}

/// A request with `binary` behind its JSON.
async fn infer_binary(client: &Client, json: &Value, binary: &[u8]) -> Answer {
    let json = json.to_string();
    let request = Request::post(INFER).header("Inference-Header-Content-Length", json.len());
    client.send(request.body(Body::from([json.as_bytes(), binary].concat())).unwrap()).await
}

fn output<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let outputs = answer["outputs"].as_array().expect("outputs");
    outputs.iter().find(|output| output["name"] == name).unwrap_or_else(|| panic!("{name} in {answer}"))
}

#[tokio::test]
async fn the_server_and_its_models_describe_themselves() {
    let client = Client::new();
    let about = client.get("/v2").await.ok();
    assert_eq!(about["name"], "inkdigit");
    assert!(about["extensions"].as_array().unwrap().contains(&json!("binary_tensor_data")));
    assert_eq!(client.get("/v2/health/live").await.ok(), json!({"live": true}));
    assert_eq!(client.get("/v2/health/ready").await.ok(), json!({"ready": true}));
    for path in ["/v2/models/default", "/v2/models/default/versions/1"] {
        let model = client.get(path).await.ok();
        assert_eq!((&model["name"], &model["versions"]), (&json!("default"), &json!(["1"])));
        assert_eq!(model["inputs"][0], json!({"name": "input", "datatype": "UINT8", "shape": [-1, 28, 28]}));
        assert_eq!(model["outputs"].as_array().unwrap().len(), 4);
        let ready = client.get(&format!("{path}/ready")).await.ok();
        assert_eq!(ready, json!({"name": "default", "ready": true}));
    }
    let index = client.post("/v2/repository/index", "application/json", "{}").await.ok();
    assert_eq!(index, json!([{"name": "default", "version": "1", "state": "READY", "reason": ""}]));
    client.get("/v2/models/nobody").await.error(404);
    client.get("/v2/models/default/versions/9/ready").await.error(404);
    client.get("/v2/models/default/versions/one").await.error(404);
}

#[tokio::test]
async fn tensors_are_taken_in_json() {
    let client = Client::new();
    let expected = prediction();
    let flat = json!(digit().pixels().to_vec());
    let unit: Vec<f32> = digit().pixels().iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    for input in [
        json!({"name": "input", "datatype": "UINT8", "shape": [1, 28, 28], "data": flat}),
        json!({"name": "input", "datatype": "UINT8", "shape": [1, 28, 28], "data": [rows()]}),
        json!({"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28], "data": flat}),
        json!({"name": "input", "datatype": "FP64", "shape": [1, 784], "data": unit}),
        json!({"name": "picture", "datatype": "BYTES", "shape": [1], "data": [base64(&picture())]}),
    ] {
        let answer = infer(&client, input).await.ok();
        assert_eq!(answer["model_name"], "default");
        assert_eq!((&answer["model_version"], &answer["id"]), (&json!("1"), &json!("a")));
        let probabilities = output(&answer, "probabilities");
        assert_eq!((&probabilities["datatype"], &probabilities["shape"]), (&json!("FP32"), &json!([1, 10])));
        let found: Vec<f32> = serde_json::from_value(probabilities["data"].clone()).unwrap();
        assert_eq!(found, expected.probabilities);
        assert_eq!(output(&answer, "digit")["data"], json!([expected.digit]));
        assert_eq!(output(&answer, "rejected")["data"], json!([false]));
    }
}

#[tokio::test]
async fn tensors_are_taken_behind_the_json_and_given_so() {
    let client = Client::new();
    let expected = prediction();
    let numbers: Vec<u8> =
        digit().pixels().iter().flat_map(|&pixel| f32::from(pixel).to_le_bytes()).collect();
    let two = [numbers.clone(), numbers].concat();
    let request = json!({
        "inputs": [{"name": "input", "shape": [2, 28, 28], "datatype": "FP32", "parameters": {"binary_data_size": two.len()}}],
        "outputs": [
            {"name": "digit", "parameters": {"binary_data": true}},
            {"name": "probabilities", "parameters": {"binary_data": true}},
            {"name": "rejected"},
        ],
    });
    let answer = infer_binary(&client, &request, &two).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/octet-stream"));
    let length: usize = answer.header("inference-header-content-length").parse().unwrap();
    let (head, mut binary) =
        (serde_json::from_slice(&answer.body[..length]).unwrap(), &answer.body[length..]);
    let mut take = |name: &str| {
        let size = output(&head, name)["parameters"]["binary_data_size"].as_u64().unwrap() as usize;
        let (own, rest) = binary.split_at(size);
        binary = rest;
        own.to_vec()
    };
    assert_eq!(take("digit"), i64::from(expected.digit).to_le_bytes().repeat(2));
    let row: Vec<u8> = expected.probabilities.iter().flat_map(|p| p.to_le_bytes()).collect();
    assert_eq!(take("probabilities"), row.repeat(2));
    assert!(binary.is_empty());
    assert_eq!(output(&head, "rejected")["data"], json!([false, false]));

    let picture = picture();
    let element = [&(picture.len() as u32).to_le_bytes()[..], &picture].concat();
    let request = json!({
        "parameters": {"binary_data_output": true},
        "inputs": [{"name": "picture", "shape": [1, 1], "datatype": "BYTES", "parameters": {"binary_data_size": element.len()}}],
        "outputs": [{"name": "digit"}],
    });
    let answer = infer_binary(&client, &request, &element).await;
    assert!(answer.body.ends_with(&i64::from(expected.digit).to_le_bytes()), "{answer:?}");

    // Pixels alone.
    let request = Request::post(INFER).header("Inference-Header-Content-Length", 0);
    let answer = client.send(request.body(Body::from(digit().pixels().to_vec())).unwrap()).await;
    assert_eq!(output(&answer.ok(), "digit")["data"], json!([expected.digit]));
}

#[tokio::test]
async fn classes_come_as_strings() {
    let client = Client::new();
    let request = json!({
        "inputs": [{"name": "input", "shape": [1, 28, 28], "datatype": "UINT8", "data": [rows()]}],
        "outputs": [{"name": "probabilities", "parameters": {"classification": 3}}],
    });
    let answer = client.post_json(INFER, &request).await.ok();
    let classes = output(&answer, "probabilities");
    assert_eq!((&classes["datatype"], &classes["shape"]), (&json!("BYTES"), &json!([1, 3])));
    let first = format!("{:.6}:3:3", prediction().probability);
    assert_eq!(classes["data"][0], first);
}

#[tokio::test]
async fn bad_tensors_are_told_what_is_wrong() {
    let client = Client::new();
    let good = json!({"name": "input", "shape": [1, 28, 28], "datatype": "UINT8", "data": [rows()]});
    let with = |key: &str, value: Value| {
        let mut input = good.clone();
        input[key] = value;
        input
    };
    let cases = [
        (with("datatype", json!("UINT9")), "expected one of BOOL, UINT8"),
        (with("datatype", json!("BYTES")), "expected \"picture\" for BYTES"),
        (with("name", json!("x")), "expected \"input\" for UINT8"),
        (with("shape", json!([1, 28, 27])), "the nesting of the input input"),
        (with("shape", json!([3])), "nesting"),
        (with("shape", json!([-1, 28, 28])), "invalid value"),
        (with("shape", json!([1_u64 << 63, 28, 28])), "nesting"),
        (with("data", json!([1, 2])), "the number of values in the input input is 2, expected 784"),
        (with("data", json!(vec![256; 784])), "number 0 of the input input is 256"),
        (with("data", json!(vec![0.5; 784])), "a whole number from 0 to 255"),
        (with("data", json!(["aGk="])), "strings, expected values of UINT8"),
        (with("data", json!([[1], [1, 2]])), "a list of 2 beside one of 1"),
        (with("parameters", json!({"binary_data_size": 784})), "one of them alone"),
        (json!({"name": "input", "shape": [1, 784], "datatype": "UINT8"}), "without data"),
        (
            json!({"name": "picture", "shape": [2], "datatype": "BYTES", "data": ["aGk="]}),
            "the number of pictures",
        ),
    ];
    for (input, expected) in cases {
        let error = infer(&client, input.clone()).await.error(400);
        assert!(error.contains(expected), "{input}: {error}");
    }
    let wrong_output = json!({"inputs": [good], "outputs": [{"name": "logits"}]});
    assert!(
        client.post_json(INFER, &wrong_output).await.error(400).contains("expected one of probabilities")
    );
    let wrong_class =
        json!({"inputs": [good], "outputs": [{"name": "digit", "parameters": {"classification": 2}}]});
    assert!(client.post_json(INFER, &wrong_class).await.error(400).contains("of probabilities alone"));
    let two = json!({"inputs": [good, good]});
    assert!(client.post_json(INFER, &two).await.error(400).contains("a list of 2, expected one"));
    let no_picture = json!({"name": "picture", "shape": [1], "datatype": "BYTES", "data": ["aGk="]});
    assert!(infer(&client, no_picture).await.error(415).contains("picture 0 is not a picture"));
    let unknown = client.post_json("/v2/models/nobody/infer", &json!({"inputs": [good]})).await.error(404);
    assert!(unknown.contains("served are default"));

    let request = Request::post(INFER).header("Inference-Header-Content-Length", 9999);
    let error = client.send(request.body(Body::from("{}")).unwrap()).await.error(400);
    assert!(error.contains("expected a number up to the body's length, 2"), "{error}");
    let sized = json!({"inputs": [{"name": "input", "shape": [1, 784], "datatype": "UINT8", "parameters": {"binary_data_size": 784}}]});
    let error = infer_binary(&client, &sized, &[0; 100]).await.error(400);
    assert!(error.contains("784 by its binary_data_size, expected the 100 bytes"), "{error}");
    let odd = json!({"inputs": [{"name": "input", "shape": [1, 784], "datatype": "FP32", "parameters": {"binary_data_size": 5}}]});
    assert!(infer_binary(&client, &odd, &[0; 5]).await.error(400).contains("a multiple of 4"));
}
