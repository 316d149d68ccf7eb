//! Answers of the Open Inference Protocol: tensors in JSON or behind it.

use axum::body::Body;
use axum::response::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use inkdigit::Prediction;
use serde::Serialize;

use super::request::JSON_LENGTH;
use crate::models::Loaded;

/// What a model gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Probabilities,
    Digit,
    Probability,
    Rejected,
}

impl Output {
    pub(super) const ALL: [Self; 4] = [Self::Probabilities, Self::Digit, Self::Probability, Self::Rejected];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Probabilities => "probabilities",
            Self::Digit => "digit",
            Self::Probability => "probability",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn datatype(self) -> &'static str {
        match self {
            Self::Probabilities | Self::Probability => "FP32",
            Self::Digit => "INT64",
            Self::Rejected => "BOOL",
        }
    }
}

/// An output that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) output: Output,
    pub(super) form: Form,
}

/// How an output is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Binary,
    /// The likeliest classes as strings, `probability:index:label`.
    Classes {
        count: usize,
        binary: bool,
    },
}

#[derive(Serialize)]
struct InferResponse<'a> {
    model_name: &'a str,
    model_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    outputs: Vec<Tensor>,
}

#[derive(Serialize)]
struct Tensor {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<TensorParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
}

#[derive(Serialize)]
struct TensorParameters {
    binary_data_size: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Fp32(Vec<f32>),
    Int64(Vec<i64>),
    Bool(Vec<bool>),
    Bytes(Vec<String>),
}

impl Data {
    fn datatype(&self) -> &'static str {
        match self {
            Self::Fp32(_) => "FP32",
            Self::Int64(_) => "INT64",
            Self::Bool(_) => "BOOL",
            Self::Bytes(_) => "BYTES",
        }
    }

    fn to_binary(&self) -> Vec<u8> {
        match self {
            Self::Fp32(numbers) => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            Self::Int64(numbers) => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            Self::Bool(values) => values.iter().map(|&value| value.into()).collect(),
            Self::Bytes(texts) => {
                let element = |text: &String| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
                texts.iter().flat_map(element).collect()
            }
        }
    }
}

/// The answer to a request, with what it asked for.
pub(super) fn write(
    model: &Loaded,
    id: Option<String>,
    wanted: &[Wanted],
    predictions: &[Prediction],
) -> Response {
    let mut binary = Vec::new();
    let outputs = wanted.iter().map(|&wanted| tensor(model, wanted, predictions, &mut binary)).collect();
    let (model_name, model_version) = (model.name.as_str(), model.version.to_string());
    let mut body = serde_json::to_vec(&InferResponse { model_name, model_version, id, outputs })
        .expect("plain data is written into memory");
    let json_length = body.len();
    body.append(&mut binary);
    let has_binary = body.len() > json_length;
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    let content_type = if has_binary { "application/octet-stream" } else { "application/json" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if has_binary {
        headers.insert(JSON_LENGTH, json_length.into());
    }
    response
}

fn tensor(model: &Loaded, wanted: Wanted, predictions: &[Prediction], binary: &mut Vec<u8>) -> Tensor {
    let Wanted { output, form } = wanted;
    let each = predictions.iter();
    let mut shape = vec![predictions.len()];
    let data = match (output, form) {
        (Output::Probabilities, Form::Classes { count, .. }) => {
            let count = count.min(10);
            shape.push(count);
            Data::Bytes(each.flat_map(|prediction| classes(model, prediction, count)).collect())
        }
        (Output::Probabilities, _) => {
            shape.push(10);
            Data::Fp32(each.flat_map(|prediction| prediction.probabilities).collect())
        }
        (Output::Digit, _) => Data::Int64(each.map(|prediction| prediction.digit.into()).collect()),
        (Output::Probability, _) => Data::Fp32(each.map(|prediction| prediction.probability).collect()),
        (Output::Rejected, _) => Data::Bool(each.map(|prediction| prediction.rejected).collect()),
    };
    let (name, datatype) = (output.name(), data.datatype());
    if matches!(form, Form::Binary | Form::Classes { binary: true, .. }) {
        let mut bytes = data.to_binary();
        let parameters = Some(TensorParameters { binary_data_size: bytes.len() });
        binary.append(&mut bytes);
        return Tensor { name, datatype, shape, parameters, data: None };
    }
    Tensor { name, datatype, shape, parameters: None, data: Some(data) }
}

/// The likeliest classes, the likeliest first.
fn classes(model: &Loaded, prediction: &Prediction, count: usize) -> Vec<String> {
    let labels = &model.recognizer.model().metadata.labels;
    let ranking = prediction.ranking();
    let likeliest = ranking.iter().take(count);
    likeliest
        .map(|&(digit, probability)| format!("{probability:.6}:{digit}:{}", labels[digit as usize]))
        .collect()
}
