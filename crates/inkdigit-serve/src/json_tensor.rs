//! Tensors in JSON, as all three interfaces take them: lists of numbers nested to any shape, read straight into
//! one flat vector, or encoded pictures.
//!
//! A picture is a string in base64, with or without a `data:` URL's head, or TensorFlow Serving's
//! `{"b64": "..."}`. An object with the name of an input stands for its value.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// The names an input may be called by.
pub(crate) const INPUTS: [&str; 2] = ["input", "picture"];

/// The deepest nesting of any tensor here is four.
const MAX_DEPTH: usize = 6;

/// A tensor of numbers or of pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JsonTensor {
    /// The lengths of the lists, from the outermost.
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Values,
}

/// What a tensor is of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    Numbers(Vec<f32>),
    /// Encoded pictures: PNG, JPEG and so on.
    Pictures(Vec<Vec<u8>>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Numbers(Vec::new())
    }
}

impl<'de> de::Deserialize<'de> for JsonTensor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut builder = Builder::default();
        Element { builder: &mut builder, depth: 0 }.deserialize(deserializer)?;
        Ok(Self {
            shape: builder.lens.into_iter().flatten().collect(),
            values: builder.values.unwrap_or_default(),
        })
    }
}

/// A tensor that grows.
#[derive(Default)]
struct Builder {
    /// The length of the lists at each depth, once one is complete.
    lens: Vec<Option<usize>>,
    /// The depth at which values stand, once one was seen.
    rank: Option<usize>,
    values: Option<Values>,
}

impl Builder {
    fn at<E: de::Error>(&mut self, depth: usize) -> Result<(), E> {
        match *self.rank.get_or_insert(depth) {
            rank if rank == depth => Ok(()),
            rank => Err(E::custom(format_args!("a value {depth} lists deep, expected all {rank} deep"))),
        }
    }

    fn number<E: de::Error>(&mut self, depth: usize, number: f32) -> Result<(), E> {
        self.at(depth)?;
        match self.values.get_or_insert_default() {
            Values::Numbers(numbers) => {
                numbers.push(number);
                Ok(())
            }
            Values::Pictures(_) => Err(E::custom("a number among pictures, expected one or the other")),
        }
    }

    fn picture<E: de::Error>(&mut self, depth: usize, text: &str) -> Result<(), E> {
        self.at(depth)?;
        let picture = decode(text).map_err(E::custom)?;
        match self.values.get_or_insert_with(|| Values::Pictures(Vec::new())) {
            Values::Pictures(pictures) => {
                pictures.push(picture);
                Ok(())
            }
            Values::Numbers(_) => Err(E::custom("a string among numbers, expected one or the other")),
        }
    }

    fn begin<E: de::Error>(&mut self, depth: usize) -> Result<(), E> {
        if depth >= MAX_DEPTH {
            return Err(E::custom(format_args!("lists nested more than {MAX_DEPTH} deep")));
        }
        if self.rank.is_some_and(|rank| rank <= depth) {
            return Err(E::custom(format_args!("a list {depth} lists deep, expected a value")));
        }
        if self.lens.len() == depth {
            self.lens.push(None);
        }
        Ok(())
    }

    fn end<E: de::Error>(&mut self, depth: usize, len: usize) -> Result<(), E> {
        match *self.lens[depth].get_or_insert(len) {
            expected if expected == len => Ok(()),
            expected => {
                Err(E::custom(format_args!("a list of {len} beside one of {expected}, expected them alike")))
            }
        }
    }
}

/// One element of the tensor, a list or a value.
struct Element<'a> {
    builder: &'a mut Builder,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists of numbers, or pictures in base64")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.builder.number(self.depth, number as f32)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.builder.number(self.depth, number as f32)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.builder.number(self.depth, number as f32)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.builder.number(self.depth, value.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.builder.picture(self.depth, text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { builder, depth } = self;
        builder.begin(depth)?;
        let mut len = 0;
        while list.next_element_seed(Element { builder: &mut *builder, depth: depth + 1 })?.is_some() {
            len += 1;
        }
        builder.end(depth, len)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { builder, depth } = self;
        let expected = "expected one of `b64`, `input` and `picture`";
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::custom(format_args!("an empty object, {expected}")));
        };
        if name == "b64" {
            let text: std::borrow::Cow<'_, str> = map.next_value()?;
            builder.picture(depth, &text)?;
        } else if INPUTS.contains(&name.as_str()) {
            map.next_value_seed(Element { builder, depth })?;
        } else {
            return Err(A::Error::custom(format_args!("an input called {name:?}, {expected}")));
        }
        match map.next_key::<String>()? {
            None => Ok(()),
            Some(name) => Err(A::Error::custom(format_args!("a second input {name:?}, expected one alone"))),
        }
    }
}

/// The bytes behind base64, standard alphabet; in a `data:` URL behind its comma.
fn decode(text: &str) -> Result<Vec<u8>, String> {
    let data = match text.strip_prefix("data:") {
        Some(url) => url.split_once(";base64,").ok_or("a data: URL that isn't base64")?.1,
        None => text,
    };
    STANDARD.decode(data.trim()).map_err(|error| format!("a string that isn't base64 ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<JsonTensor, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_become_flat_with_their_shape() {
        let cases: [(&str, &[usize], &[f32]); 6] = [
            ("[1, 2.5, 3]", &[3], &[1.0, 2.5, 3.0]),
            ("[[1, 2], [3, 4], [5, 6]]", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            ("[[[true], [false]]]", &[1, 2, 1], &[1.0, 0.0]),
            ("{\"input\": [[7]]}", &[1, 1], &[7.0]),
            ("[{\"input\": [7, 8]}, {\"input\": [9, 10]}]", &[2, 2], &[7.0, 8.0, 9.0, 10.0]),
            ("[]", &[0], &[]),
        ];
        for (json, shape, numbers) in cases {
            let tensor = read(json).unwrap();
            assert_eq!(
                tensor,
                JsonTensor { shape: shape.into(), values: Values::Numbers(numbers.into()) },
                "{json}"
            );
        }
    }

    #[test]
    fn pictures_are_base64_in_any_wrapping() {
        for json in [
            r#"["aGk="]"#,
            r#"[{"b64": "aGk="}]"#,
            r#"[{"picture": {"b64": "aGk="}}]"#,
            r#"["data:image/png;base64,aGk="]"#,
        ] {
            let expected = JsonTensor { shape: vec![1], values: Values::Pictures(vec![b"hi".into()]) };
            assert_eq!(read(json).unwrap(), expected, "{json}");
        }
        assert_eq!(read(r#"{"b64": "aGk="}"#).unwrap().shape, [0; 0]);
    }

    #[test]
    fn what_is_no_tensor_is_said() {
        for (json, expected) in [
            ("[[1, 2], [3]]", "a list of 1 beside one of 2"),
            ("[1, [2]]", "a list 1 lists deep, expected a value"),
            ("[[1], 2]", "a value 1 lists deep, expected all 2 deep"),
            ("[1, \"aGk=\"]", "a string among numbers"),
            ("[\"aGk=\", 1]", "a number among pictures"),
            ("[\"a\"]", "isn't base64"),
            ("[\"data:text/plain,a\"]", "a data: URL that isn't base64"),
            ("[{\"image\": 1}]", "an input called \"image\""),
            ("[{}]", "an empty object"),
            ("{\"input\": 1, \"picture\": 2}", "a second input"),
            ("[[[[[[[1]]]]]]]", "nested more than 6 deep"),
            ("null", "lists of numbers"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err());
    }
}
