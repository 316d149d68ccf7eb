//! Tensors as ONNX stores them: a shape and numbers, in whichever of the message's fields.

use prost::Message;

use super::element::ElementType;
use super::error::{Error, TensorError};
use super::proto::{StringStringEntryProto, TensorProto};
use inkdigit_nn::shape::Shape;

/// The numbers of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Real numbers.
    Reals(Vec<f32>),
    /// Integers and truth values (0 and 1). Unsigned ones beyond `i64` wrap around.
    Integers(Vec<i64>),
}

/// A tensor as ONNX stores it: row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What its elements were stored as.
    pub element: ElementType,
    /// The size of each dimension, outermost first; none for a single number.
    pub dims: Vec<usize>,
    /// Its numbers, as many as its dimensions multiply out to.
    pub numbers: Numbers,
}

/// Where numbers lie that a model keeps in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalData {
    /// The file's name, relative to the model's folder. It comes from the file: don't trust it.
    pub location: String,
    /// The first byte.
    pub offset: u64,
    /// How many bytes the tensor's shape asks for.
    pub length: usize,
}

/// What a model asks for numbers in files beside it. The answer has `length` bytes, or says why not.
pub type Files<'a> = dyn FnMut(&ExternalData) -> Result<Vec<u8>, String> + 'a;

impl Array {
    /// A tensor of real numbers.
    ///
    /// # Panics
    /// If there aren't as many as `dims` say.
    pub fn reals(dims: Vec<usize>, numbers: Vec<f32>) -> Self {
        assert_eq!(dims.iter().product::<usize>(), numbers.len());
        Self { element: ElementType::Float, dims, numbers: Numbers::Reals(numbers) }
    }

    /// Reads a file with one tensor (a bare `TensorProto`), as in the folders `test_data_set_N`.
    ///
    /// # Errors
    /// [`Error::NotOnnx`], [`Error::Initializer`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let not_one = |reason: String| Error::NotOnnx { expected: "a tensor in ONNX's form", reason };
        let message = TensorProto::decode(bytes).map_err(|error| not_one(error.to_string()))?;
        if message.data_type.is_none() {
            return Err(not_one("it has no element type".into()));
        }
        Self::read(&message, &mut |_| Err("a tensor's own file must hold its numbers".into()))
            .map_err(|source| Error::Initializer { name: message.name.unwrap_or_default(), source })
    }

    /// The file of one tensor, as in the folders `test_data_set_N`: little-endian `raw_data`.
    pub fn to_bytes(&self, name: &str) -> Vec<u8> {
        self.to_message(name).encode_to_vec()
    }

    /// Its numbers as reals, whatever they are.
    pub fn to_reals(&self) -> Vec<f32> {
        match &self.numbers {
            Numbers::Reals(reals) => reals.clone(),
            Numbers::Integers(integers) => integers.iter().map(|&i| i as f32).collect(),
        }
    }

    /// The tensor in a message. Its numbers must lie in one place: raw bytes, a field of its type, or a file
    /// that `files` gives.
    pub(crate) fn read(message: &TensorProto, files: &mut Files<'_>) -> Result<Self, TensorError> {
        let number = message.data_type.unwrap_or_default();
        let element = ElementType::from_number(number).ok_or(TensorError::Element { found: number })?;
        let dims = dims(&message.dims)?;
        let expected = dims.iter().product();
        let numbers = if message.data_location == Some(1) {
            let data = external(&message.external_data, expected, element)?;
            let bytes = files(&data)
                .map_err(|reason| TensorError::External { location: data.location.clone(), reason })?;
            from_raw(element, &dims, &bytes)?
        } else if let Some(bytes) = &message.raw_data {
            from_raw(element, &dims, bytes)?
        } else {
            from_fields(element, message)
        };
        let found = match &numbers {
            Numbers::Reals(reals) => reals.len(),
            Numbers::Integers(integers) => integers.len(),
        };
        if found != expected {
            return Err(TensorError::Length { found, expected, shape: dims });
        }
        Ok(Self { element, dims, numbers })
    }

    /// The message of this tensor: little-endian `raw_data`, reals as float32.
    pub(crate) fn to_message(&self, name: &str) -> TensorProto {
        let raw = match &self.numbers {
            Numbers::Reals(reals) => reals.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Numbers::Integers(integers) => {
                let size = self.element.size();
                integers.iter().flat_map(|i| i.to_le_bytes().into_iter().take(size)).collect()
            }
        };
        let element = if self.element.is_real() { ElementType::Float } else { self.element };
        TensorProto {
            name: Some(name.into()),
            dims: self.dims.iter().map(|&dim| dim as i64).collect(),
            data_type: Some(element.number()),
            raw_data: Some(raw),
            ..TensorProto::default()
        }
    }
}

/// Dimensions whose product can't overflow.
fn dims(found: &[i64]) -> Result<Vec<usize>, TensorError> {
    let dims: Option<Vec<usize>> = found.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let len = |dims: &[usize]| dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    dims.filter(|dims| len(dims).is_some_and(|len| len <= Shape::MOST))
        .ok_or_else(|| TensorError::Shape { found: found.to_vec() })
}

fn external(
    entries: &[StringStringEntryProto],
    expected: usize,
    element: ElementType,
) -> Result<ExternalData, TensorError> {
    let find = |key: &str| {
        entries
            .iter()
            .find(|entry| entry.key.as_deref() == Some(key))
            .and_then(|entry| entry.value.as_deref())
    };
    let location = find("location").unwrap_or_default().to_string();
    let refused = |reason: String| TensorError::External { location: location.clone(), reason };
    let number = |key: &str| match find(key) {
        None => Ok(None),
        Some(text) => text
            .parse::<u64>()
            .map(Some)
            .map_err(|_| refused(format!("its {key} is `{text}`, expected a number of bytes"))),
    };
    let length = expected * element.size();
    match number("length")? {
        Some(found) if found != length as u64 => {
            Err(refused(format!("its length is {found}, expected {length} bytes for its shape")))
        }
        _ => Ok(ExternalData { offset: number("offset")?.unwrap_or(0), length, location: location.clone() }),
    }
}

fn from_raw(element: ElementType, dims: &[usize], bytes: &[u8]) -> Result<Numbers, TensorError> {
    let expected = dims.iter().product::<usize>() * element.size();
    if bytes.len() != expected {
        return Err(TensorError::Bytes { found: bytes.len(), expected, shape: dims.to_vec(), element });
    }
    /// Each group of `N` bytes as a number.
    fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks().0.iter().map(|&chunk| number(chunk)).collect()
    }
    use ElementType as E;
    use Numbers::{Integers, Reals};
    Ok(match element {
        E::Float => Reals(each(bytes, f32::from_le_bytes)),
        E::Double => Reals(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        E::Float16 => Reals(each(bytes, |b| half(u16::from_le_bytes(b)))),
        E::Bfloat16 => Reals(each(bytes, |b| brain(u16::from_le_bytes(b)))),
        E::Uint8 | E::Bool => Integers(each(bytes, |b| u8::from_le_bytes(b).into())),
        E::Int8 => Integers(each(bytes, |b| i8::from_le_bytes(b).into())),
        E::Uint16 => Integers(each(bytes, |b| u16::from_le_bytes(b).into())),
        E::Int16 => Integers(each(bytes, |b| i16::from_le_bytes(b).into())),
        E::Uint32 => Integers(each(bytes, |b| u32::from_le_bytes(b).into())),
        E::Int32 => Integers(each(bytes, |b| i32::from_le_bytes(b).into())),
        E::Int64 => Integers(each(bytes, i64::from_le_bytes)),
        E::Uint64 => Integers(each(bytes, |b| u64::from_le_bytes(b) as i64)),
    })
}

/// The numbers in the field where ONNX puts elements of this type.
fn from_fields(element: ElementType, message: &TensorProto) -> Numbers {
    use ElementType as E;
    use Numbers::{Integers, Reals};
    match element {
        E::Float => Reals(message.float_data.clone()),
        E::Double => Reals(message.double_data.iter().map(|&x| x as f32).collect()),
        E::Float16 => Reals(message.int32_data.iter().map(|&x| half(x as u16)).collect()),
        E::Bfloat16 => Reals(message.int32_data.iter().map(|&x| brain(x as u16)).collect()),
        E::Int64 => Integers(message.int64_data.clone()),
        E::Uint32 | E::Uint64 => Integers(message.uint64_data.iter().map(|&x| x as i64).collect()),
        E::Uint8 | E::Int8 | E::Uint16 | E::Int16 | E::Int32 | E::Bool => {
            Integers(message.int32_data.iter().map(|&x| x.into()).collect())
        }
    }
}

/// The value of an IEEE 754 half-precision number.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10) & 31, f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f32.powi(i32::from(exponent) - 15),
    }
}

/// The value of a bfloat16 number: the upper half of a float32.
fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_files(_: &ExternalData) -> Result<Vec<u8>, String> {
        Err("none here".into())
    }

    #[test]
    fn halves_have_their_values() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
        ];
        for (bits, expected) in cases {
            assert_eq!(half(bits), expected, "{bits:#x}");
        }
        assert!(half(0x7c00) == f32::INFINITY && half(0x7e00).is_nan());
        assert_eq!(brain(0x3f80), 1.0);
    }

    #[test]
    fn numbers_are_read_from_every_field() {
        let message = |element: ElementType| TensorProto {
            dims: vec![2],
            data_type: Some(element.number()),
            float_data: vec![1.5, -2.0],
            double_data: vec![1.5, -2.0],
            int32_data: vec![0x3c00, 0x4000],
            int64_data: vec![7, -7],
            uint64_data: vec![3, 4],
            ..TensorProto::default()
        };
        let cases = [
            (ElementType::Float, Numbers::Reals(vec![1.5, -2.0])),
            (ElementType::Double, Numbers::Reals(vec![1.5, -2.0])),
            (ElementType::Float16, Numbers::Reals(vec![1.0, 2.0])),
            (ElementType::Int32, Numbers::Integers(vec![0x3c00, 0x4000])),
            (ElementType::Int64, Numbers::Integers(vec![7, -7])),
            (ElementType::Uint64, Numbers::Integers(vec![3, 4])),
        ];
        for (element, expected) in cases {
            let array = Array::read(&message(element), &mut no_files).unwrap();
            assert_eq!((array.numbers, array.dims), (expected, vec![2]), "{element}");
        }
    }

    #[test]
    fn tensors_come_back_from_their_bytes() {
        let real = Array::reals(vec![1, 2], vec![0.1, f32::MIN_POSITIVE]);
        let bytes =
            Array { element: ElementType::Int8, dims: vec![3], numbers: Numbers::Integers(vec![-1, 0, 127]) };
        let single =
            Array { element: ElementType::Int64, dims: vec![], numbers: Numbers::Integers(vec![-5]) };
        for array in [real, bytes, single] {
            assert_eq!(Array::from_bytes(&array.to_bytes("x")).unwrap(), array);
        }
    }

    #[test]
    fn wrong_lengths_shapes_and_types_are_refused() {
        let good = TensorProto { dims: vec![2], data_type: Some(1), ..TensorProto::default() };
        let entry = |key: &str, value: &str| StringStringEntryProto {
            key: Some(key.into()),
            value: Some(value.into()),
        };
        let external = |entries: Vec<StringStringEntryProto>| TensorProto {
            data_location: Some(1),
            external_data: entries,
            ..good.clone()
        };
        let cases = [
            (good.clone(), "it holds 0 numbers, expected 2"),
            (TensorProto { raw_data: Some(vec![0; 7]), ..good.clone() }, "it holds 7 bytes, expected 8"),
            (TensorProto { dims: vec![-1], ..good.clone() }, "its shape is [-1]"),
            (TensorProto { dims: vec![i64::MAX, i64::MAX], ..good.clone() }, "at most 2^28"),
            (TensorProto { data_type: Some(8), ..good.clone() }, "ONNX's type 8"),
            (external(vec![entry("location", "w.bin")]), "in the file w.bin: none here"),
            (external(vec![entry("location", "w"), entry("offset", "-1")]), "its offset is `-1`"),
            (external(vec![entry("location", "w"), entry("length", "9")]), "its length is 9, expected 8"),
        ];
        for (message, expected) in cases {
            let error = Array::read(&message, &mut no_files).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = Array::from_bytes(b"no tensor").unwrap_err().to_string();
        assert!(error.contains("not a tensor"), "{error}");
    }
}
