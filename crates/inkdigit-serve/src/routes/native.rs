//! The server's own interface: pictures in any usual form, answers as the command line prints them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use inkdigit::answer::{DigitAnswer, PageAnswer};
use inkdigit::preprocess::{PreprocessOptions, Threshold, Trace};
use inkdigit::{DigitImage, FoundDigit, PageOptions};
use inkdigit_view::annotate;
use serde::Deserialize;

use crate::json_tensor::{JsonTensor, Values};
use crate::models::Loaded;
#[cfg(test)]
use crate::problem::ErrorAnswer;
use crate::problem::Problem;
#[cfg(test)]
use crate::schema;
use crate::server::{Images, Picture, Seen, Server};
use crate::{accept, digits};

pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/v1/predict", post(predict)).route("/v1/read", post(read))
}

/// What a query may say.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
struct Choice {
    /// The model that answers; the server's default if left out.
    model: Option<String>,
    /// Its version; the newest if left out.
    version: Option<String>,
    /// How ink is told from paper: `auto`, `otsu`, `sauvola`, or the level from 0 to 255 at which ink begins.
    threshold: Option<String>,
}

impl Choice {
    fn of(parts: &Parts) -> Result<Self, Problem> {
        let expected = "model, version and threshold, each at most once";
        let query = Query::try_from_uri(&parts.uri);
        query
            .map(|Query(choice)| choice)
            .map_err(|error| Problem::content("the query", error.body_text(), expected))
    }

    fn model(&self, server: &Server) -> Result<Arc<Loaded>, Problem> {
        server.models.current().find(self.model.as_deref(), self.version.as_deref()).cloned()
    }

    fn preprocess(&self) -> Result<PreprocessOptions, Problem> {
        let threshold = match &self.threshold {
            None => Threshold::Auto,
            Some(text) => text.parse().map_err(|_| {
                Problem::content(
                    "threshold",
                    format!("{text:?}"),
                    "auto, otsu, sauvola or a level from 0 to 255",
                )
            })?,
        };
        Ok(PreprocessOptions { threshold, ..PreprocessOptions::default() })
    }
}

/// Reads the digit on each picture.
#[cfg_attr(test, utoipa::path(
    post, path = "/v1/predict", tag = "Digits", params(Choice),
    request_body(description = schema::PICTURES, content(
        (schema::JsonPictures = "application/json"),
        (schema::MultipartPictures = "multipart/form-data"),
        (schema::RawPicture = "image/png"),
        (schema::RawPicture = "image/jpeg"),
        (schema::RawPicture = "application/octet-stream"),
    )),
    responses(
        (status = 200, description = "For each picture what it was read as; with `Accept: image/png` and one picture what the network saw of it", content(
            (Vec<DigitAnswer> = "application/json"),
            (schema::RawPicture = "image/png"),
        )),
        (status = 400, description = "Something in the request isn't as it must be", body = ErrorAnswer),
        (status = 404, description = "No such model", body = ErrorAnswer),
        (status = 408, description = "The request took too long", body = ErrorAnswer),
        (status = 413, description = "Too many bytes, pixels or pictures", body = ErrorAnswer),
        (status = 415, description = "No picture, or not of a form that is taken", body = ErrorAnswer),
        (status = 503, description = "Too much to do; try again", body = ErrorAnswer),
    ),
))]
pub(crate) async fn predict(
    State(server): State<Arc<Server>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = server.receive(request).await?;
    let choice = Choice::of(&parts)?;
    let model = choice.model(&server)?;
    let (names, seen): (Vec<String>, Vec<Seen>) = match subject(&parts, body.bytes.clone()).await? {
        // Which level parts ink from paper is a question of rules alone.
        Images::Pictures(pictures) if choice.threshold.is_none() => {
            return found(&server, &model, &parts, pictures).await;
        }
        Images::Pictures(pictures) => {
            let names = pictures.iter().map(|picture| picture.name.clone()).collect();
            (names, server.look(pictures, choice.preprocess()?).await?)
        }
        Images::Digits(digits) => {
            let names = (0..digits.len()).map(|number| format!("image {number}")).collect();
            (names, digits.into_iter().map(Ok).collect())
        }
    };
    if accept::prefers_png(&parts.headers) {
        return match &seen[..] {
            [Ok(digit)] => Ok(png(digit.to_png())),
            [Err(reason)] => {
                Err(Problem::content("the picture", reason, "one with a digit on it, to draw it"))
            }
            _ => Err(one_picture(seen.len())),
        };
    }
    let predictions = server.judge(&model, &seen).await?;
    let answers =
        names.into_iter().zip(predictions).map(|(name, prediction)| DigitAnswer::new(name, prediction));
    Ok(Json(answers.collect::<Vec<_>>()).into_response())
}

/// The answer for pictures on which digits are to be found.
async fn found(
    server: &Server,
    model: &Arc<Loaded>,
    parts: &Parts,
    pictures: Vec<Picture>,
) -> Result<Response, Problem> {
    let names: Vec<String> = pictures.iter().map(|picture| picture.name.clone()).collect();
    let found = server.find(model, pictures).await?;
    if accept::prefers_png(&parts.headers) {
        let [FoundDigit { image, prediction, .. }] = &found[..] else { return Err(one_picture(found.len())) };
        return match (image, prediction.reason) {
            (Some(digit), _) => Ok(png(digit.to_png())),
            (None, reason) => {
                let reason = reason.map_or_else(|| "nothing".into(), |reason| reason.to_string());
                Err(Problem::content("the picture", reason, "one with a digit on it, to draw it"))
            }
        };
    }
    let answers = names.into_iter().zip(found).map(|(name, found)| DigitAnswer::new(name, found.prediction));
    Ok(Json(answers.collect::<Vec<_>>()).into_response())
}

/// Reads all digits of each picture, in reading order.
#[cfg_attr(test, utoipa::path(
    post, path = "/v1/read", tag = "Digits", params(Choice),
    request_body(description = schema::PICTURES, content(
        (schema::JsonPictures = "application/json"),
        (schema::MultipartPictures = "multipart/form-data"),
        (schema::RawPicture = "image/png"),
        (schema::RawPicture = "image/jpeg"),
        (schema::RawPicture = "application/octet-stream"),
    )),
    responses(
        (status = 200, description = "For each picture its text, lines, and boxes; with `Accept: image/png` and one picture what was read, drawn on it", content(
            (Vec<PageAnswer> = "application/json"),
            (schema::RawPicture = "image/png"),
        )),
        (status = 400, description = "Something in the request isn't as it must be", body = ErrorAnswer),
        (status = 404, description = "No such model", body = ErrorAnswer),
        (status = 408, description = "The request took too long", body = ErrorAnswer),
        (status = 413, description = "Too many bytes, pixels or pictures", body = ErrorAnswer),
        (status = 415, description = "No picture, or not of a form that is taken", body = ErrorAnswer),
        (status = 503, description = "Too much to do; try again", body = ErrorAnswer),
    ),
))]
pub(crate) async fn read(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = server.receive(request).await?;
    let choice = Choice::of(&parts)?;
    let model = choice.model(&server)?;
    let pictures = match subject(&parts, body.bytes.clone()).await? {
        Images::Pictures(pictures) => pictures,
        // A digit in the network's form is a small page.
        Images::Digits(digits) => digits.iter().enumerate().map(as_picture).collect(),
    };
    let limit = server.config.limits.max_pictures;
    if pictures.len() > limit {
        return Err(Problem::TooManyPictures { found: pictures.len(), limit });
    }
    let max_pixels = server.config.limits.max_pixels;
    let options = PageOptions {
        preprocess: choice.preprocess()?,
        batch_size: server.config.batching.max_images,
        ..PageOptions::default()
    };
    if accept::prefers_png(&parts.headers) {
        let [picture] = <[Picture; 1]>::try_from(pictures).map_err(|pictures| one_picture(pictures.len()))?;
        let drawn = server.pool.run(move || {
            let gray = picture.decode(max_pixels)?;
            let page = model.recognizer.read_page_with(&gray, &options, &mut Trace::off());
            let page = page.unwrap_or_default();
            Ok::<_, Problem>(annotate(&gray, &page, None))
        });
        return Ok(png(drawn.await??));
    }
    let answers = server.pool.run(move || {
        let answer = |picture: Picture| {
            let gray = picture.decode(max_pixels)?;
            let page = model.recognizer.read_page_with(&gray, &options, &mut Trace::off());
            Ok(PageAnswer::new(picture.name, page.as_ref().map_err(|reason| *reason)))
        };
        pictures.into_iter().map(answer).collect::<Result<Vec<_>, Problem>>()
    });
    Ok(Json(answers.await??).into_response())
}

fn as_picture((number, digit): (usize, &DigitImage)) -> Picture {
    Picture { name: format!("image {number}"), bytes: digit.to_png().into() }
}

fn one_picture(found: usize) -> Problem {
    Problem::content("the number of pictures", found, "one, to be drawn as the Accept header asks")
}

fn png(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/png")], bytes).into_response()
}

/// What a body holds, by its Content-Type, and where that says nothing by its first byte.
async fn subject(parts: &Parts, bytes: Bytes) -> Result<Images, Problem> {
    let essence = essence(&parts.headers);
    match essence.as_str() {
        "multipart/form-data" => multipart(parts, bytes).await.map(Images::Pictures),
        "application/json" => json(&bytes),
        // What curl says of anything, and what is said where nothing is said.
        "application/x-www-form-urlencoded" | "application/octet-stream" | "" => {
            let json_like = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
            if json_like { json(&bytes) } else { Ok(raw(bytes)) }
        }
        other if other.starts_with("image/") => Ok(raw(bytes)),
        other => Err(Problem::ContentType {
            found: other.into(),
            expected: "image/png or another picture, multipart/form-data or application/json",
        }),
    }
}

/// A Content-Type in lower case, without its parameters; empty if there is none.
fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn raw(bytes: Bytes) -> Images {
    Images::Pictures(vec![Picture { name: "the body".into(), bytes }])
}

/// The files of a form. Fields without a file name are a form's buttons and hidden words.
async fn multipart(parts: &Parts, bytes: Bytes) -> Result<Vec<Picture>, Problem> {
    let broken = |cause: String| Problem::Body { cause };
    let request = Request::from_parts(parts.clone(), Body::from(bytes));
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|rejection| broken(rejection.body_text()))?;
    let mut pictures = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(error.body_text()))? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let bytes = field.bytes().await.map_err(|error| broken(error.body_text()))?;
        pictures.push(Picture { name, bytes });
    }
    if pictures.is_empty() {
        return Err(Problem::content(
            "the form",
            "without a file",
            "one with pictures, as `curl -F picture=@digit.png` sends it",
        ));
    }
    Ok(pictures)
}

/// Pictures in base64 or 28x28 numbers; one, or a list of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonBody {
    #[serde(alias = "pictures", alias = "image", alias = "images")]
    picture: JsonTensor,
}

fn json(bytes: &[u8]) -> Result<Images, Problem> {
    let JsonTensor { shape, values } = serde_json::from_slice::<JsonBody>(bytes)?.picture;
    match values {
        Values::Numbers(numbers) => {
            digits::from_numbers("the images", &shape, &numbers, false).map(Images::Digits)
        }
        Values::Pictures(pictures) => {
            let pictures = pictures.into_iter().enumerate();
            let named = |(number, bytes): (usize, Vec<u8>)| Picture {
                name: format!("picture {number}"),
                bytes: bytes.into(),
            };
            Ok(Images::Pictures(pictures.map(named).collect()))
        }
    }
}
