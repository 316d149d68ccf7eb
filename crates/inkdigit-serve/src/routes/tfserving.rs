//! TensorFlow Serving's REST interface
//! (<https://github.com/tensorflow/serving/blob/master/tensorflow_serving/g3doc/api_rest.md>): predict in rows and
//! in columns, classify, status and metadata of models.
//!
//! Two signatures: `serving_default` gives the probabilities alone, as classifiers saved from Keras do; `digits`
//! gives all there is. Both take `input` (28x28 numbers) or `picture` (`{"b64": ...}`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::get;
use axum::{Json, Router};
use inkdigit::Prediction;
use inkdigit::preprocess::PreprocessOptions;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::digits;
use crate::json_tensor::{JsonTensor, Values};
use crate::models::{Loaded, Version};
use crate::path::Named;
#[cfg(test)]
use crate::problem::ErrorAnswer;
use crate::problem::Problem;
#[cfg(test)]
use crate::schema;
use crate::server::{Picture, Server};

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/v1/models/{model}", get(status).post(call))
        .route("/v1/models/{model}/metadata", get(metadata))
        .route("/v1/models/{model}/versions/{version}", get(status).post(call))
        .route("/v1/models/{model}/versions/{version}/metadata", get(metadata))
}

/// What can be asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Predict,
    Classify,
}

/// Takes the verb off the path's end, as in `default:predict`.
fn take_verb(named: &mut Named) -> Result<Verb, Problem> {
    let last = named.version.as_mut().unwrap_or(&mut named.model);
    let (name, verb) = last.rsplit_once(':').unwrap_or((last, ""));
    let found = match verb {
        "predict" => Verb::Predict,
        "classify" => Verb::Classify,
        other => {
            let expected = "`:predict` or `:classify`; digits are no matter of regression";
            return Err(Problem::content("the path's verb", format!("{other:?}"), expected));
        }
    };
    *last = name.to_string();
    Ok(found)
}

/// The states of a model's versions.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ModelStatus {
    model_version_status: Vec<VersionStatus>,
}

/// The state of one version.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct VersionStatus {
    version: String,
    /// AVAILABLE, or END if it can't be read.
    state: &'static str,
    status: Status,
}

/// How it went.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Status {
    error_code: &'static str,
    error_message: String,
}

impl VersionStatus {
    fn new(number: u64, version: &Version) -> Self {
        let (state, error_code) = match version.loaded {
            Some(_) => ("AVAILABLE", "OK"),
            None => ("END", "INVALID_ARGUMENT"),
        };
        let error_message = version.failure.clone().unwrap_or_default();
        Self { version: number.to_string(), state, status: Status { error_code, error_message } }
    }
}

/// The states of a model's versions, the newest first.
#[cfg_attr(test, utoipa::path(get, path = "/v1/models/{model}", tag = "TensorFlow Serving",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    responses((status = 200, body = ModelStatus), (status = 404, body = ErrorAnswer)),
))]
pub(crate) async fn status(
    State(server): State<Arc<Server>>,
    named: Named,
) -> Result<Json<ModelStatus>, Problem> {
    let catalogue = server.models.current();
    let model_version_status = match &named.version {
        Some(version) => {
            let (number, version) = catalogue.version(&named.model, version)?;
            vec![VersionStatus::new(number, version)]
        }
        None => {
            let versions = catalogue.versions(&named.model)?.iter().rev();
            versions.map(|(&number, version)| VersionStatus::new(number, version)).collect()
        }
    };
    Ok(Json(ModelStatus { model_version_status }))
}

/// A model's signatures.
#[cfg_attr(test, utoipa::path(get, path = "/v1/models/{model}/metadata", tag = "TensorFlow Serving",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    responses((status = 200, body = Object), (status = 404, body = ErrorAnswer), (status = 503, body = ErrorAnswer)),
))]
pub(crate) async fn metadata(
    State(server): State<Arc<Server>>,
    named: Named,
) -> Result<Json<Value>, Problem> {
    let catalogue = server.models.current();
    let model = catalogue.find(Some(&named.model), named.version.as_deref())?;
    let tensor = |name: &str, dtype: &str, shape: &[i64]| {
        let dim: Vec<Value> =
            shape.iter().map(|size| json!({"size": size.to_string(), "name": ""})).collect();
        let shape = json!({"dim": dim, "unknown_rank": false});
        (name.to_string(), json!({"dtype": dtype, "tensor_shape": shape, "name": name}))
    };
    let signature = |outputs: Vec<(String, Value)>| {
        let inputs = [tensor("input", "DT_FLOAT", &[-1, 28, 28]), tensor("picture", "DT_STRING", &[-1])];
        json!({
            "inputs": Value::from_iter(inputs),
            "outputs": Value::from_iter(outputs),
            "method_name": "tensorflow/serving/predict",
        })
    };
    let probabilities = || tensor("probabilities", "DT_FLOAT", &[-1, 10]);
    let all = vec![
        probabilities(),
        tensor("digit", "DT_INT64", &[-1]),
        tensor("probability", "DT_FLOAT", &[-1]),
        tensor("rejected", "DT_BOOL", &[-1]),
    ];
    Ok(Json(json!({
        "model_spec": {"name": model.name, "signature_name": "", "version": model.version.to_string()},
        "metadata": {"signature_def": {"signature_def": {
            "serving_default": signature(vec![probabilities()]),
            "digits": signature(all),
        }}},
    })))
}

/// Reads digits: `MODEL:predict` and `MODEL:classify`.
pub(crate) async fn call(
    State(server): State<Arc<Server>>,
    mut named: Named,
    request: Request,
) -> Result<Json<PredictAnswer>, Problem> {
    let verb = take_verb(&mut named)?;
    let (_, body) = server.receive(request).await?;
    let model = server.models.current().find(Some(&named.model), named.version.as_deref())?.clone();
    match verb {
        Verb::Predict => predict(&server, &model, serde_json::from_slice(&body.bytes)?).await,
        Verb::Classify => classify(&server, &model, serde_json::from_slice(&body.bytes)?).await,
    }
    .map(Json)
}

/// A request to predict: rows or columns, never both.
#[derive(Deserialize)]
struct PredictRequest {
    signature_name: Option<String>,
    instances: Option<JsonTensor>,
    inputs: Option<JsonTensor>,
}

/// The probabilities of each digit; with the signature `digits` all there is to say.
#[cfg_attr(test, utoipa::path(post, path = "/v1/models/{model}:predict", operation_id = "tensorflow_predict", tag = "TensorFlow Serving",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    request_body(content = schema::TensorFlowPredict),
    responses(
        (status = 200, description = "`predictions` for `instances`, `outputs` for `inputs`", body = Object),
        (status = 400, description = "Something in the request isn't as it must be", body = ErrorAnswer),
        (status = 404, description = "No such model", body = ErrorAnswer),
        (status = 408, description = "The request took too long", body = ErrorAnswer),
        (status = 413, description = "Too many bytes, pixels or pictures", body = ErrorAnswer),
        (status = 415, description = "No picture", body = ErrorAnswer),
        (status = 503, description = "Too much to do; try again", body = ErrorAnswer),
    ),
))]
async fn predict(
    server: &Server,
    model: &Arc<Loaded>,
    request: PredictRequest,
) -> Result<PredictAnswer, Problem> {
    let signature = Signature::of(request.signature_name.as_deref())?;
    let (tensor, rows) = match (request.instances, request.inputs) {
        (Some(instances), None) => (instances, true),
        (None, Some(inputs)) => (inputs, false),
        (found, _) => {
            let found = if found.is_some() { "instances and inputs" } else { "neither instances nor inputs" };
            return Err(Problem::content("the request's content", found, "one of them"));
        }
    };
    let predictions = read(server, model, tensor).await?;
    let each = predictions.iter();
    Ok(match (signature, rows) {
        (Signature::Probabilities, true) => {
            PredictAnswer::Predictions(Rows::Probabilities(probabilities(&predictions)))
        }
        (Signature::Probabilities, false) => {
            PredictAnswer::Outputs(Columns::Probabilities(probabilities(&predictions)))
        }
        (Signature::Digits, true) => PredictAnswer::Predictions(Rows::Digits(each.map(Row::new).collect())),
        (Signature::Digits, false) => PredictAnswer::Outputs(Columns::Digits {
            digit: each.clone().map(|prediction| prediction.digit).collect(),
            probability: each.clone().map(|prediction| prediction.probability).collect(),
            rejected: each.map(|prediction| prediction.rejected).collect(),
            probabilities: probabilities(&predictions),
        }),
    })
}

fn probabilities(predictions: &[Prediction]) -> Vec<[f32; 10]> {
    predictions.iter().map(|prediction| prediction.probabilities).collect()
}

/// What is answered, under the name that the protocol gives it.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PredictAnswer {
    Predictions(Rows),
    Outputs(Columns),
    /// So says TensorFlow Serving's code; its description has `result`.
    Results(Vec<Vec<(String, f32)>>),
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Rows {
    Probabilities(Vec<[f32; 10]>),
    Digits(Vec<Row>),
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Columns {
    Probabilities(Vec<[f32; 10]>),
    Digits { digit: Vec<u8>, probability: Vec<f32>, rejected: Vec<bool>, probabilities: Vec<[f32; 10]> },
}

#[derive(Serialize)]
pub(crate) struct Row {
    digit: u8,
    probability: f32,
    rejected: bool,
    probabilities: [f32; 10],
}

impl Row {
    fn new(prediction: &Prediction) -> Self {
        let &Prediction { digit, probability, probabilities, rejected, .. } = prediction;
        Self { digit, probability, rejected, probabilities }
    }
}

/// What is wanted of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    Probabilities,
    Digits,
}

impl Signature {
    fn of(name: Option<&str>) -> Result<Self, Problem> {
        match name {
            None | Some("" | "serving_default") => Ok(Self::Probabilities),
            Some("digits") => Ok(Self::Digits),
            Some(other) => {
                Err(Problem::content("signature_name", format!("{other:?}"), "serving_default or digits"))
            }
        }
    }
}

/// A request to classify.
#[derive(Deserialize)]
struct ClassifyRequest {
    signature_name: Option<String>,
    examples: JsonTensor,
}

/// For each example all labels with their probabilities.
#[cfg_attr(test, utoipa::path(post, path = "/v1/models/{model}:classify", operation_id = "tensorflow_classify", tag = "TensorFlow Serving",
    params(("model" = String, Path, description = "The model's name", example = "default")),
    request_body(content = schema::TensorFlowClassify),
    responses(
        (status = 200, description = "`results`: for each example pairs of label and probability", body = Object),
        (status = 400, description = "Something in the request isn't as it must be", body = ErrorAnswer),
        (status = 404, description = "No such model", body = ErrorAnswer),
        (status = 408, description = "The request took too long", body = ErrorAnswer),
        (status = 413, description = "Too many bytes, pixels or pictures", body = ErrorAnswer),
        (status = 415, description = "No picture", body = ErrorAnswer),
        (status = 503, description = "Too much to do; try again", body = ErrorAnswer),
    ),
))]
async fn classify(
    server: &Server,
    model: &Arc<Loaded>,
    request: ClassifyRequest,
) -> Result<PredictAnswer, Problem> {
    Signature::of(request.signature_name.as_deref())?;
    let labels = &model.recognizer.model().metadata.labels;
    let predictions = read(server, model, request.examples).await?;
    let pairs = |prediction: &Prediction| labels.iter().cloned().zip(prediction.probabilities).collect();
    Ok(PredictAnswer::Results(predictions.iter().map(pairs).collect()))
}

async fn read(server: &Server, model: &Arc<Loaded>, tensor: JsonTensor) -> Result<Vec<Prediction>, Problem> {
    let JsonTensor { shape, values } = tensor;
    match values {
        Values::Numbers(numbers) => {
            let digits = digits::from_numbers("the instances", &shape, &numbers, true)?;
            server.batcher.read(model.clone(), digits).await
        }
        Values::Pictures(pictures) => {
            let named = |(number, bytes): (usize, Vec<u8>)| Picture {
                name: format!("picture {number}"),
                bytes: bytes.into(),
            };
            let pictures = pictures.into_iter().enumerate().map(named).collect();
            server.judge(model, &server.look(pictures, PreprocessOptions::default()).await?).await
        }
    }
}
