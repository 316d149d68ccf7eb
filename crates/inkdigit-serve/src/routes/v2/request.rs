//! Requests of the Open Inference Protocol: tensors in JSON or behind it, and what is wanted of the answer.

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName};
use inkdigit::IMAGE_PIXELS;
use serde::Deserialize;

use super::response::{Form, Output, Wanted};
use crate::digits;
use crate::json_tensor::{INPUTS, JsonTensor, Values};
use crate::problem::Problem;
use crate::server::{Images, Picture};

/// How many bytes of the body are JSON; what follows are tensors.
pub(crate) const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

/// A request, understood.
#[derive(Debug)]
pub(super) struct Tensors {
    pub(super) id: Option<String>,
    pub(super) subject: Images,
    pub(super) outputs: Vec<Wanted>,
}

#[derive(Debug, Deserialize)]
struct InferRequest {
    id: Option<String>,
    #[serde(default)]
    parameters: RequestParameters,
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<RequestedOutput>,
}

#[derive(Debug, Default, Deserialize)]
struct RequestParameters {
    /// Whether outputs are binary that say nothing of it themselves.
    #[serde(default)]
    binary_data_output: bool,
}

#[derive(Debug, Deserialize)]
struct Input {
    name: String,
    shape: Vec<usize>,
    datatype: String,
    #[serde(default)]
    parameters: InputParameters,
    data: Option<JsonTensor>,
}

#[derive(Debug, Default, Deserialize)]
struct InputParameters {
    binary_data_size: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct RequestedOutput {
    name: String,
    #[serde(default)]
    parameters: OutputParameters,
}

#[derive(Debug, Default, Deserialize)]
struct OutputParameters {
    binary_data: Option<bool>,
    classification: Option<usize>,
}

/// Reads a request's body.
pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Tensors, Problem> {
    let (json, binary) = match headers.get(JSON_LENGTH) {
        None => (body.clone(), Bytes::new()),
        Some(value) => {
            let length = value.to_str().ok().and_then(|text| text.trim().parse::<usize>().ok());
            let Some(length) = length.filter(|&length| length <= body.len()) else {
                let found = String::from_utf8_lossy(value.as_bytes());
                let expected = format!("a number up to the body's length, {}", body.len());
                return Err(Problem::content("the header Inference-Header-Content-Length", found, expected));
            };
            (body.slice(..length), body.slice(length..))
        }
    };
    if json.is_empty() && headers.contains_key(JSON_LENGTH) {
        return raw(&binary);
    }
    let request: InferRequest = serde_json::from_slice(&json)?;
    let [input] = &request.inputs[..] else {
        let found = format!("a list of {}", request.inputs.len());
        return Err(Problem::content("inputs", found, "one, `input` (numbers) or `picture` (BYTES)"));
    };
    let outputs = wanted(&request)?;
    let subject = subject(input, &binary)?;
    Ok(Tensors { id: request.id, subject, outputs })
}

/// Pixels alone, 784 bytes for each digit.
fn raw(pixels: &[u8]) -> Result<Tensors, Problem> {
    let digits = digits::from_bytes("the body", &[pixels.len() / IMAGE_PIXELS, IMAGE_PIXELS], pixels, true)?;
    let outputs = Output::ALL.map(|output| Wanted { output, form: Form::Json }).into();
    Ok(Tensors { id: None, subject: Images::Digits(digits), outputs })
}

/// The outputs that are asked for, each in its form; all, where none is named.
fn wanted(request: &InferRequest) -> Result<Vec<Wanted>, Problem> {
    let binary = request.parameters.binary_data_output;
    let form = |binary| if binary { Form::Binary } else { Form::Json };
    if request.outputs.is_empty() {
        return Ok(Output::ALL.map(|output| Wanted { output, form: form(binary) }).into());
    }
    let wanted = request.outputs.iter().map(|RequestedOutput { name, parameters }| {
        let Some(output) = Output::ALL.into_iter().find(|output| output.name() == name) else {
            let expected = format!("one of {}", Output::ALL.map(Output::name).join(", "));
            return Err(Problem::content("an output's name", format!("{name:?}"), expected));
        };
        let binary = parameters.binary_data.unwrap_or(binary);
        let form = match parameters.classification {
            None | Some(0) => form(binary),
            Some(_) if output != Output::Probabilities => {
                return Err(Problem::content(
                    "classification",
                    format!("asked for of {name}"),
                    "of probabilities alone",
                ));
            }
            Some(classes) => Form::Classes { count: classes, binary },
        };
        Ok(Wanted { output, form })
    });
    wanted.collect()
}

fn subject(input: &Input, binary: &Bytes) -> Result<Images, Problem> {
    let Input { name, shape, datatype, parameters, data } = input;
    let kind = Datatype::of(datatype)?;
    let expected = if kind == Datatype::Bytes { INPUTS[1] } else { INPUTS[0] };
    if name != expected {
        let expected = format!("{expected:?} for {datatype}");
        return Err(Problem::content("the input's name", format!("{name:?}"), expected));
    }
    let place = format!("the input {name}");
    match (data, parameters.binary_data_size) {
        (Some(_), Some(_)) => Err(Problem::content(place, "data and binary_data_size", "one of them alone")),
        (None, None) => Err(Problem::content(
            place,
            "without data",
            "data, or binary_data_size and bytes behind the JSON",
        )),
        (None, Some(size)) => {
            if size != binary.len() {
                let found = format!("{size} by its binary_data_size");
                let expected = format!("the {} bytes that follow the JSON", binary.len());
                return Err(Problem::content(format!("the length of {place}"), found, expected));
            }
            from_binary(&place, kind, shape, binary)
        }
        (Some(JsonTensor { values: Values::Pictures(pictures), .. }), None) if kind == Datatype::Bytes => {
            named(&place, shape, pictures.iter().cloned().map(Bytes::from).collect())
        }
        (Some(JsonTensor { values: Values::Numbers(numbers), shape: lists }), None)
            if kind != Datatype::Bytes =>
        {
            // Data may be flat whatever the shape is; nested, it has to be of that shape.
            if lists.len() > 1 && lists != shape {
                let (found, expected) = (format!("{lists:?}"), format!("{shape:?}, as its shape says"));
                return Err(Problem::content(format!("the nesting of {place}"), found, expected));
            }
            kind.check(&place, numbers)?;
            // Bytes are never scaled: a picture whose brightest pixel is 1 is dark.
            if kind == Datatype::Uint8 {
                let bytes: Vec<u8> = numbers.iter().map(|&number| number as u8).collect();
                return digits::from_bytes(&place, shape, &bytes, false).map(Images::Digits);
            }
            digits::from_numbers(&place, shape, numbers, false).map(Images::Digits)
        }
        (Some(JsonTensor { values, .. }), None) => {
            let found = match values {
                Values::Numbers(_) => "numbers",
                Values::Pictures(_) => "strings",
            };
            Err(Problem::content(format!("the data of {place}"), found, format!("values of {datatype}")))
        }
    }
}

fn from_binary(place: &str, kind: Datatype, shape: &[usize], binary: &Bytes) -> Result<Images, Problem> {
    match kind {
        Datatype::Uint8 => digits::from_bytes(place, shape, binary, false).map(Images::Digits),
        Datatype::Bytes => named(place, shape, elements(place, binary)?),
        _ => {
            let numbers = kind.numbers(place, binary)?;
            digits::from_numbers(place, shape, &numbers, false).map(Images::Digits)
        }
    }
}

/// Pictures with names to speak of them; as many as the shape says.
fn named(place: &str, shape: &[usize], pictures: Vec<Bytes>) -> Result<Images, Problem> {
    let count = shape.iter().try_fold(1usize, |count, &len| count.checked_mul(len));
    if count != Some(pictures.len()) {
        let expected = format!("as many as its shape {shape:?} says");
        return Err(Problem::content(format!("the number of pictures in {place}"), pictures.len(), expected));
    }
    let named = |(number, bytes)| Picture { name: format!("picture {number}"), bytes };
    Ok(Images::Pictures(pictures.into_iter().enumerate().map(named).collect()))
}

/// The elements of a binary BYTES tensor, each behind its length (32 bits, little-endian).
fn elements(place: &str, binary: &Bytes) -> Result<Vec<Bytes>, Problem> {
    let mut elements = Vec::new();
    let mut rest = binary.clone();
    while !rest.is_empty() {
        let cut =
            || Problem::content(place, "cut off", "a length in 4 bytes and as many bytes for each picture");
        let length = rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes) as usize).ok_or_else(cut)?;
        rest = rest.slice(4..);
        if length > rest.len() {
            return Err(cut());
        }
        elements.push(rest.split_to(length));
    }
    Ok(elements)
}

/// The protocol's datatypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datatype {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Bf16,
    Fp32,
    Fp64,
    Bytes,
}

impl Datatype {
    const ALL: [(&'static str, Self); 14] = [
        ("BOOL", Self::Bool),
        ("UINT8", Self::Uint8),
        ("UINT16", Self::Uint16),
        ("UINT32", Self::Uint32),
        ("UINT64", Self::Uint64),
        ("INT8", Self::Int8),
        ("INT16", Self::Int16),
        ("INT32", Self::Int32),
        ("INT64", Self::Int64),
        ("FP16", Self::Fp16),
        ("BF16", Self::Bf16),
        ("FP32", Self::Fp32),
        ("FP64", Self::Fp64),
        ("BYTES", Self::Bytes),
    ];

    fn of(name: &str) -> Result<Self, Problem> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|&(_, kind)| kind).ok_or_else(|| {
            let expected = format!("one of {}", Self::ALL.map(|(name, _)| name).join(", "));
            Problem::content("the input's datatype", format!("{name:?}"), expected)
        })
    }

    /// Whether numbers in JSON can be of this type.
    fn check(self, place: &str, numbers: &[f32]) -> Result<(), Problem> {
        let (most, whole) = match self {
            Self::Bool => (1.0, true),
            Self::Uint8 => (255.0, true),
            Self::Fp16 | Self::Bf16 | Self::Fp32 | Self::Fp64 => return Ok(()),
            _ => (f32::MAX, true),
        };
        let wrong = |number: &f32| !(0.0..=most).contains(number) || whole && number.fract() != 0.0;
        match numbers.iter().position(wrong) {
            None => Ok(()),
            Some(index) => {
                let place = format!("number {index} of {place}");
                Err(Problem::content(
                    place,
                    numbers[index],
                    "a pixel of its datatype, a whole number from 0 to 255",
                ))
            }
        }
    }

    /// The numbers of a binary tensor of this type, little-endian.
    fn numbers(self, place: &str, binary: &[u8]) -> Result<Vec<f32>, Problem> {
        match self {
            Self::Bool | Self::Uint8 => Ok(binary.iter().map(|&byte| byte.into()).collect()),
            Self::Int8 => Ok(binary.iter().map(|&byte| (byte as i8).into()).collect()),
            Self::Uint16 => each(place, binary, |bytes| u16::from_le_bytes(bytes).into()),
            Self::Int16 => each(place, binary, |bytes| i16::from_le_bytes(bytes).into()),
            Self::Uint32 => each(place, binary, |bytes| u32::from_le_bytes(bytes) as f32),
            Self::Int32 => each(place, binary, |bytes| i32::from_le_bytes(bytes) as f32),
            Self::Uint64 => each(place, binary, |bytes| u64::from_le_bytes(bytes) as f32),
            Self::Int64 => each(place, binary, |bytes| i64::from_le_bytes(bytes) as f32),
            Self::Fp32 => each(place, binary, f32::from_le_bytes),
            Self::Fp64 => each(place, binary, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::Bf16 => each(place, binary, |[low, high]| f32::from_le_bytes([0, 0, low, high])),
            Self::Fp16 => each(place, binary, |bytes| half(u16::from_le_bytes(bytes))),
            Self::Bytes => Err(Problem::content(place, "BYTES", "numbers")),
        }
    }
}

fn each<const N: usize>(
    place: &str,
    binary: &[u8],
    number: impl Fn([u8; N]) -> f32,
) -> Result<Vec<f32>, Problem> {
    let (whole, rest) = binary.as_chunks::<N>();
    if !rest.is_empty() {
        let expected = format!("a multiple of {N}, as its datatype has bytes");
        return Err(Problem::content(format!("the length of {place}"), binary.len(), expected));
    }
    Ok(whole.iter().map(|&bytes| number(bytes)).collect())
}

/// A number of IEEE 754's binary16.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = ((bits >> 10) & 0x1f, (bits & 0x3ff) as f32);
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f32.powi(exponent as i32 - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::DigitImage;

    #[test]
    fn halves_are_read() {
        for (bits, expected) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3800, 0.5),
            (0x5bf8, 255.0),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half(bits), expected, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn every_numeric_type_says_the_same() {
        let cases: [(&str, Vec<u8>); 12] = [
            ("UINT8", vec![200; 784]),
            ("INT8", vec![100; 784]),
            ("UINT16", 200u16.to_le_bytes().repeat(784)),
            ("INT16", 200i16.to_le_bytes().repeat(784)),
            ("UINT32", 200u32.to_le_bytes().repeat(784)),
            ("INT32", 200i32.to_le_bytes().repeat(784)),
            ("UINT64", 200u64.to_le_bytes().repeat(784)),
            ("INT64", 200i64.to_le_bytes().repeat(784)),
            ("FP32", 200f32.to_le_bytes().repeat(784)),
            ("FP64", 200f64.to_le_bytes().repeat(784)),
            ("FP16", 0x5a40u16.to_le_bytes().repeat(784)),
            ("BF16", 0x4348u16.to_le_bytes().repeat(784)),
        ];
        for (name, bytes) in cases {
            let kind = Datatype::of(name).unwrap();
            let Images::Digits(digits) = from_binary("x", kind, &[1, 28, 28], &bytes.into()).unwrap() else {
                panic!("{name} gives digits")
            };
            let expected = if name == "INT8" { 100 } else { 200 };
            assert_eq!(digits, [DigitImage::new([expected; IMAGE_PIXELS])], "{name}");
        }
        let ink = from_binary("x", Datatype::Bool, &[784], &vec![1; 784].into()).unwrap();
        assert!(matches!(ink, Images::Digits(digits) if digits[0].pixels() == &[255; IMAGE_PIXELS]));
    }

    #[test]
    fn elements_have_their_lengths_before_them() {
        let bytes = |bytes: &'static [u8]| Bytes::from_static(bytes);
        let two = elements("x", &bytes(b"\x02\0\0\0hi\0\0\0\0")).unwrap();
        assert_eq!(two, [bytes(b"hi"), bytes(b"")]);
        for cut in [&b"\x02\0\0\0h"[..], b"\x02\0", b"\xff\xff\xff\xffhi"] {
            assert!(elements("x", &Bytes::copy_from_slice(cut)).is_err(), "{cut:?}");
        }
    }
}
