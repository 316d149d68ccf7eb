//! Names as people type them: the nearest known one for a misspelt one, and values that are written as a
//! name (`adam`) or as a name with constants (`adam: {epsilon: 1e-6}`).

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The known name that takes the fewest edits; none if there are no names.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|candidate| edits(&name.to_lowercase(), candidate))
}

/// Insertions, deletions and replacements from one word to another (Levenshtein, 1965).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

/// Reads an enum whose variants are written as a name, or as a map of one name to its constants; constants
/// that all have defaults may be left out with the map.
pub(crate) fn named<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(NameVisitor(PhantomData))
}

struct NameVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for NameVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a name with its constants")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        bare(name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let name: String = map.next_key()?.ok_or_else(|| Error::invalid_length(0, &self))?;
        let value = with_constants(&name, &mut map)?;
        end(&mut map)?;
        Ok(value)
    }
}

/// The variant of this name with all constants at their defaults.
pub(crate) fn bare<T: DeserializeOwned, E: Error>(name: &str) -> Result<T, E> {
    T::deserialize(Variant { name, constants: Defaults(PhantomData) })
}

/// The variant of this name, whose constants are the map's next value.
pub(crate) fn with_constants<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    name: &str,
    map: &mut A,
) -> Result<T, A::Error> {
    T::deserialize(Variant { name, constants: Constants { map, lifetime: PhantomData } })
}

/// Refuses a second entry.
pub(crate) fn end<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    match map.next_key::<String>()? {
        None => Ok(()),
        Some(second) => Err(Error::custom(format_args!(
            "`{second}` is a second name where one is expected; indent it if it is a constant"
        ))),
    }
}

struct Variant<'a, C> {
    name: &'a str,
    constants: C,
}

impl<'de, C: VariantAccess<'de>> Deserializer<'de> for Variant<'_, C> {
    type Error = C::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, C: VariantAccess<'de>> EnumAccess<'de> for Variant<'_, C> {
    type Error = C::Error;
    type Variant = C;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, C), C::Error> {
        let name: StrDeserializer<'_, C::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.constants))
    }
}

/// Constants that weren't given.
struct Defaults<E>(PhantomData<E>);

fn nothing<'de, E: Error>() -> MapDeserializer<'de, std::iter::Empty<(&'static str, &'static str)>, E> {
    MapDeserializer::new(std::iter::empty())
}

impl<'de, E: Error> VariantAccess<'de> for Defaults<E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, E> {
        seed.deserialize(nothing())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, E> {
        visitor.visit_map(nothing())
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, E> {
        visitor.visit_map(nothing())
    }
}

/// Constants that are the next value of a map.
struct Constants<'a, 'de, A> {
    map: &'a mut A,
    lifetime: PhantomData<&'de ()>,
}

/// What stands behind the name of something without constants: nothing, or an empty map.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoConstants {}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Constants<'_, 'de, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.map.next_value::<Option<NoConstants>>().map(|_| ())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(Fields(Some(len), &[], visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(Fields(None, fields, visitor))
    }
}

/// Visits the fields of a tuple of this length, or of a struct of these names.
struct Fields<V>(Option<usize>, &'static [&'static str], V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        match self.0 {
            Some(len) => deserializer.deserialize_tuple(len, self.2),
            None => deserializer.deserialize_struct("constants", self.1, self.2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_nn::{OptimizerConfig, Schedule};
    use serde::Deserialize;

    /// [`named`] for a value in its own right, which deserializers of other types call.
    struct Named<T>(T);

    impl<'de, T: DeserializeOwned> Deserialize<'de> for Named<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            named(deserializer).map(Named)
        }
    }

    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in
            [("", "abc", 3), ("kitten", "sitting", 3), ("relu", "relu", 0), ("conv2", "conv2d", 1)]
        {
            assert_eq!(edits(from, to), expected, "{from} to {to}");
        }
        assert_eq!(nearest("lerning_rate", ["seed", "learning_rate", "ema"]), Some("learning_rate"));
    }

    #[test]
    fn names_stand_alone_or_with_constants() {
        let optimizer =
            |text: &str| serde_json::from_str::<Named<OptimizerConfig>>(text).map(|named| named.0);
        let schedule = |text: &str| serde_json::from_str::<Named<Schedule>>(text).map(|named| named.0);
        assert_eq!(optimizer("\"sgd\"").unwrap(), OptimizerConfig::default());
        assert_eq!(optimizer("{\"sgd\": {}}").unwrap(), OptimizerConfig::default());
        assert!(matches!(optimizer("\"adam\"").unwrap(), OptimizerConfig::Adam { epsilon: 1e-8, .. }));
        assert!(optimizer("{\"adam\": {\"epsilom\": 1}}").unwrap_err().to_string().contains("epsilom"));
        assert!(optimizer("{\"adam\": {}, \"sgd\": {}}").unwrap_err().to_string().contains("second name"));
        assert!(optimizer("\"adan\"").unwrap_err().to_string().contains("unknown variant `adan`"));
        assert_eq!(schedule("\"constant\"").unwrap(), Schedule::Constant);
        assert_eq!(schedule("{\"constant\": null}").unwrap(), Schedule::Constant);
        assert!(matches!(schedule("\"cosine\"").unwrap(), Schedule::Cosine { warmup: 0.0, .. }));
        assert!(schedule("\"step\"").unwrap_err().to_string().contains("missing field `every`"));
    }
}
