//! What requests and answers look like, for the OpenAPI document: the forms that are read and written by hand.
//!
//! The answers of the server's own interface are `inkdigit::answer`'s types, which derive their schemas where they
//! are defined. Tests hold the ones here against real requests and answers.
#![allow(dead_code, reason = "only their schemas are used")]

use utoipa::ToSchema;

/// A 3 of 28x28 pixels as a PNG file in base64, so that examples can be sent as they stand.
const EXAMPLE: &str = "\
iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAABcklEQVR4Ae3AA6AkWZbG8f937o3IzKdyS2Oubdu2bdu2bdu2bWmM\
npZKr54yMyLu+Xa3anqmhztr1S94/gAInj8AgucPgOD5AyB4/gAInullv+JP7nryt9zMMwEgANj4qvcXwLk3/ksuA0AAnP7FlweQ\
ue8VbgcAgADgXV4efue9X+49j7jmOwUAABWAP1p2n/FlyV8d/ahe7y1+FgAAAcCZ7i4Avv9d+cm3BwCgAsBZANCT4SQAAFSe7b0/\
5BHH5d8GAADxLIuLvcwTXmkfAIDCs+TbXgfsbPzhAAAgnm37nd7vlYB/eMO7AQDxQHrNL3t5+Lm3AgDEc4oP/yq1m+4FgOA55df+\
A+UxAEBwv0f/wCd2ABNUAEDc7+fflN9517t5s5+VH3w7AFTu91R4rb/8+PnXSL90OwAg7lc/95MkA/e+8jMAgML98jf+5vU3BHe8\
6ZMAAArP9sTv6a6/9D3veisAAOL5AyB4/gAInj8A/hGz6UoowpDNtwAAAABJRU5ErkJggg==";

/// What the bodies of pictures may be.
pub(crate) const PICTURES: &str =
    "A picture by itself (PNG, JPEG, GIF, BMP, WebP), a form with files, or JSON";

/// A picture file's bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct RawPicture(Vec<u8>);

/// A form with files of any names.
#[derive(ToSchema)]
pub(crate) struct MultipartPictures {
    /// PNG, JPEG, GIF, BMP or WebP.
    #[schema(value_type = Vec<String>, format = Binary)]
    picture: Vec<Vec<u8>>,
}

/// Pictures in JSON; `pictures`, `image` and `images` are the same key.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"picture": EXAMPLE}))]
pub(crate) struct JsonPictures {
    /// A picture in base64 or a `data:` URL, a list of them, or numbers: 28x28 pixels, bright ink (255) on dark (0),
    /// or a list of them.
    picture: JsonPicture,
}

/// A picture, or several.
#[derive(ToSchema, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum JsonPicture {
    Base64(String),
    Base64List(Vec<String>),
    Image(Vec<Vec<f32>>),
    Images(Vec<Vec<Vec<f32>>>),
}

/// A request of the Open Inference Protocol.
#[derive(ToSchema)]
#[schema(example = json!({
    "inputs": [{"name": "picture", "shape": [1], "datatype": "BYTES", "data": [EXAMPLE]}],
    "outputs": [{"name": "digit"}, {"name": "probabilities", "parameters": {"classification": 3}}],
}))]
pub(crate) struct InferRequest {
    /// Comes back with the answer.
    id: Option<String>,
    /// One: `input` (numbers) or `picture` (BYTES).
    inputs: Vec<InferInput>,
    /// `probabilities`, `digit`, `probability`, `rejected`; all, where none is named.
    outputs: Option<Vec<InferOutput>>,
}

/// An input.
#[derive(ToSchema)]
pub(crate) struct InferInput {
    name: String,
    shape: Vec<u32>,
    datatype: String,
    /// `binary_data_size`, where the data follow the JSON.
    parameters: Option<std::collections::BTreeMap<String, u32>>,
    /// Numbers, flat or nested, or base64 strings.
    #[schema(value_type = Vec<Object>)]
    data: Option<Vec<f32>>,
}

/// An output that is asked for.
#[derive(ToSchema)]
pub(crate) struct InferOutput {
    name: String,
    /// `binary_data` (whether it follows the JSON), `classification` (how many classes, as strings).
    #[schema(value_type = Option<Object>)]
    parameters: Option<()>,
}

/// An answer of the Open Inference Protocol.
#[derive(ToSchema)]
pub(crate) struct InferResponse {
    model_name: String,
    model_version: String,
    id: Option<String>,
    outputs: Vec<InferTensor>,
}

/// An output.
#[derive(ToSchema)]
pub(crate) struct InferTensor {
    name: String,
    datatype: String,
    shape: Vec<u32>,
    /// `binary_data_size`, where the data follow the JSON.
    #[schema(value_type = Option<Object>)]
    parameters: Option<()>,
    #[schema(value_type = Option<Vec<Object>>)]
    data: Option<()>,
}

/// A request to predict: `instances` or `inputs`.
#[derive(ToSchema)]
#[schema(example = json!({"signature_name": "digits", "instances": [{"b64": EXAMPLE}]}))]
pub(crate) struct TensorFlowPredict {
    /// `serving_default` (the probabilities alone) or `digits` (all there is).
    signature_name: Option<String>,
    /// Rows: for each digit 28x28 numbers, or `{"b64": "..."}`.
    #[schema(value_type = Option<Vec<Object>>)]
    instances: Option<()>,
    /// Columns: `[N, 28, 28]` numbers, or `{"picture": [{"b64": "..."}]}`.
    #[schema(value_type = Option<Object>)]
    inputs: Option<()>,
}

/// A request to classify.
#[derive(ToSchema)]
#[schema(example = json!({"examples": [{"picture": {"b64": EXAMPLE}}]}))]
pub(crate) struct TensorFlowClassify {
    signature_name: Option<String>,
    /// For each digit its `input` (28x28 numbers) or `picture` (`{"b64": "..."}`).
    #[schema(value_type = Vec<Object>)]
    examples: (),
}
