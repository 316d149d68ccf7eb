//! Values of all types from [`Node`]s.

use std::str::FromStr;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::mistake::Mistake;
use super::node::{Node, Value};

type Result<T> = std::result::Result<T, Mistake>;

impl<'de> IntoDeserializer<'de, Mistake> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// An integer in decimal, or in hexadecimal, octal or binary after `0x`, `0o`, `0b`, with underscores where one
/// likes.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let bases = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based = bases.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
    let (digits, base) = based.unwrap_or((digits, 10));
    let digits = digits.replace('_', "");
    let is_octal_of_old = base == 10 && digits.len() > 1 && digits.starts_with('0');
    if is_octal_of_old || !digits.starts_with(|digit: char| digit.is_digit(base)) {
        return None;
    }
    i128::from_str_radix(&digits, base).ok().map(|value| sign * value)
}

/// A number as YAML writes it: Rust's own names for what is none aren't YAML's. What is too large for a finite one
/// is none.
fn float<T: FromStr + From<f32> + PartialOrd>(text: &str) -> Option<T> {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Some(f32::NAN.into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f32::INFINITY.into()),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f32::NEG_INFINITY.into()),
        _ => {}
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let is_finite = |value: &T| *value > f32::NEG_INFINITY.into() && *value < f32::INFINITY.into();
    text.parse().ok().filter(|value| is_number && is_finite(value))
}

fn boolean(text: &str) -> Option<bool> {
    match &text.to_ascii_lowercase()[..] {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whether a plain scalar of this text is read as text, and not as a number or another value.
pub(super) fn is_text(text: &str) -> bool {
    let is_nothing = matches!(&text.to_ascii_lowercase()[..], "" | "~" | "null");
    !is_nothing && boolean(text).is_none() && integer(text).is_none() && float::<f64>(text).is_none()
}

impl Node {
    fn expected(&self, what: &str) -> Mistake {
        Mistake::syntax(&format!("expected {what}")).at(self.line)
    }

    fn invalid(&self, what: &str) -> Mistake {
        Mistake::syntax(&format!("invalid {what}")).at(self.line)
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The number that its text is.
    fn number<T>(&self, what: &str, number: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.text().and_then(|text| number(text.trim())).ok_or_else(|| self.invalid(what))
    }

    fn visit_map<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value> {
        let entries: &[(Self, Self)] = match &self.value {
            Value::Map(entries) => entries,
            Value::Scalar { .. } if self.is_null() => &[],
            Value::Scalar { .. } | Value::List(_) => return Err(self.expected("mapping start")),
        };
        let map = MapDeserializer::new(entries.iter().map(|(key, value)| (key, value)));
        visitor.visit_map(map).map_err(|mistake| mistake.at(self.line))
    }

    fn visit_seq<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value> {
        let items: &[Self] = match &self.value {
            Value::List(items) => items,
            Value::Scalar { .. } if self.is_null() => &[],
            Value::Scalar { .. } | Value::Map(_) => return Err(self.expected("sequence start")),
        };
        let mut list = SeqDeserializer::new(items.iter());
        let value = visitor.visit_seq(&mut list).and_then(|value| list.end().map(|()| value));
        value.map_err(|mistake| mistake.at(self.line))
    }

    fn visit_scalar<'de, V: Visitor<'de>>(&self, text: &str, plain: bool, visitor: V) -> Result<V::Value> {
        if !plain {
            return visitor.visit_str(text);
        }
        if self.is_null() {
            return visitor.visit_unit();
        }
        if let "true" | "True" | "TRUE" | "false" | "False" | "FALSE" = text {
            return visitor.visit_bool(text.starts_with(['t', 'T']));
        }
        match (integer(text), float::<f64>(text)) {
            (Some(value), _) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => Err(self.invalid("u64")),
            },
            (None, Some(value)) => visitor.visit_f64(value),
            (None, None) => visitor.visit_str(text),
        }
    }
}

/// Whole numbers of each size.
macro_rules! integers {
    ($($deserialize:ident $visit:ident $type:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let value = |text: &str| integer(text).and_then(|value| $type::try_from(value).ok());
            visitor.$visit(self.number(stringify!($type), value)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::Scalar { text, plain } => {
                self.visit_scalar(text, *plain, visitor).map_err(|mistake| mistake.at(self.line))
            }
            Value::List(_) => self.visit_seq(visitor),
            Value::Map(_) => self.visit_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.number("boolean", boolean)?)
    }

    integers! {
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f32(self.number("floating point", float)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.number("floating point", float)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let text = self.text().filter(|_| !self.is_null()).ok_or_else(|| self.expected("string scalar"))?;
        visitor.visit_str(text).map_err(|mistake: Mistake| mistake.at(self.line))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.visit_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.visit_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let variant = match &self.value {
            Value::Scalar { .. } => Variant { name: self, constants: None },
            Value::Map(entries) => match &entries[..] {
                [(name, constants)] => Variant { name, constants: Some(constants) },
                _ => return Err(self.expected("a single name")),
            },
            Value::List(_) => return Err(self.expected("a name, or a name with its constants")),
        };
        visitor.visit_enum(variant).map_err(|mistake| mistake.at(self.line))
    }

    forward_to_deserialize_any! { i128 u128 char bytes byte_buf unit unit_struct tuple_struct ignored_any }
}

/// A name, alone or with constants.
struct Variant<'de> {
    name: &'de Node,
    constants: Option<&'de Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name = self.name.text().unwrap_or_default();
        let name = seed.deserialize(IntoDeserializer::<Mistake>::into_deserializer(name));
        Ok((name.map_err(|mistake| mistake.at(self.name.line))?, self))
    }
}

impl<'de> Variant<'de> {
    fn constants(self) -> Result<&'de Node> {
        let missing = || Mistake::custom(format_args!("`{}` needs constants", self.name));
        self.constants.ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<()> {
        match self.constants {
            Some(constants) if !constants.is_null() => Err(constants.expected("nothing after the name")),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.constants()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.constants()?.visit_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.constants()?.visit_map(visitor)
    }
}
