//! A node's attributes, by name and kind. What nobody asked for is unknown, and an error.

use crate::array::{Array, Files, Numbers};
use crate::element::ElementType;
use crate::error::Problem;
use crate::proto::{AttributeProto, NodeProto, attribute_type};
use std::cell::RefCell;
use std::collections::HashSet;

/// The largest window, step or margin: sums and products of such can't overflow.
pub(super) const MOST_PIXELS: i64 = 1 << 16;

/// The attributes of one node.
pub(super) struct Attributes<'n> {
    attributes: &'n [AttributeProto],
    asked: RefCell<HashSet<&'n str>>,
}

impl<'n> Attributes<'n> {
    pub(super) fn of(node: &'n NodeProto) -> Self {
        Self { attributes: &node.attribute, asked: RefCell::default() }
    }

    fn find(&self, name: &str) -> Option<&'n AttributeProto> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name() == name)?;
        self.asked.borrow_mut().insert(attribute.name());
        Some(attribute)
    }

    /// What was stored under `name`, if it is of the kind `wanted`. Before IR version 2 the kind wasn't
    /// stored; then what is there must do.
    fn of_kind<T>(
        &self,
        name: &str,
        wanted: (i32, &'static str),
        value: impl Fn(&'n AttributeProto) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(attribute) = self.find(name) else { return Ok(None) };
        let (kind, expected) = wanted;
        let untyped = attribute.r#type.unwrap_or(0) == 0;
        match value(attribute) {
            Some(value) if untyped || attribute.r#type == Some(kind) => Ok(Some(value)),
            _ => Err(Problem::Attribute {
                name: name.into(),
                found: format!("of kind {}", attribute.r#type.unwrap_or(0)),
                expected: expected.into(),
            }),
        }
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Problem> {
        // A zero may have been left out by a writer that takes it for the default.
        let typed = |a: &AttributeProto| a.i.or((a.r#type == Some(attribute_type::INT)).then_some(0));
        self.of_kind(name, (attribute_type::INT, "an integer"), typed)
    }

    pub(super) fn float(&self, name: &str) -> Result<Option<f32>, Problem> {
        let typed = |a: &AttributeProto| a.f.or((a.r#type == Some(attribute_type::FLOAT)).then_some(0.0));
        self.of_kind(name, (attribute_type::FLOAT, "a real number"), typed)
    }

    pub(super) fn ints(&self, name: &str) -> Result<Option<&'n [i64]>, Problem> {
        self.of_kind(name, (attribute_type::INTS, "a list of integers"), |a| Some(&a.ints[..]))
    }

    pub(super) fn floats(&self, name: &str) -> Result<Option<&'n [f32]>, Problem> {
        self.of_kind(name, (attribute_type::FLOATS, "a list of real numbers"), |a| Some(&a.floats[..]))
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<&'n str>, Problem> {
        self.of_kind(name, (attribute_type::STRING, "a text"), |a| {
            std::str::from_utf8(a.s.as_deref().unwrap_or_default()).ok()
        })
    }

    pub(super) fn tensor(&self, name: &str, files: &mut Files<'_>) -> Result<Option<Array>, Problem> {
        let message = self.of_kind(name, (attribute_type::TENSOR, "a tensor"), |a| a.t.as_ref())?;
        Ok(message.map(|message| Array::read(message, files)).transpose()?)
    }

    /// A switch, 0 or 1.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, Problem> {
        match self.int(name)? {
            None => Ok(default),
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => Err(wrong(name, other, "0 or 1")),
        }
    }

    /// Two sizes along height and width, each at least 1.
    pub(super) fn extent(&self, name: &str) -> Result<Option<[usize; 2]>, Problem> {
        let Some(ints) = self.ints(name)? else { return Ok(None) };
        let expected = format!("two numbers from 1 to {MOST_PIXELS}: height and width");
        match *ints {
            [height, width] if [height, width].iter().all(|size| (1..=MOST_PIXELS).contains(size)) => {
                Ok(Some([height as usize, width as usize]))
            }
            _ => Err(wrong(name, format_args!("{ints:?}"), &expected)),
        }
    }

    /// A node's constant: the one attribute that `Constant` has, whichever it is.
    pub(super) fn constant(&self, files: &mut Files<'_>) -> Result<Option<Array>, Problem> {
        if let Some(array) = self.tensor("value", files)? {
            return Ok(Some(array));
        }
        let integers = |dims: Vec<usize>, numbers: Vec<i64>| {
            Some(Array { element: ElementType::Int64, dims, numbers: Numbers::Integers(numbers) })
        };
        if let Some(value) = self.float("value_float")? {
            return Ok(Some(Array::reals(Vec::new(), vec![value])));
        }
        if let Some(values) = self.floats("value_floats")? {
            return Ok(Some(Array::reals(vec![values.len()], values.to_vec())));
        }
        if let Some(value) = self.int("value_int")? {
            return Ok(integers(Vec::new(), vec![value]));
        }
        Ok(self.ints("value_ints")?.and_then(|values| integers(vec![values.len()], values.to_vec())))
    }

    /// Attributes that have no effect on an answer.
    pub(super) fn ignore(&self, names: &[&str]) {
        names.iter().for_each(|name| {
            self.find(name);
        });
    }

    /// An error if there are attributes that nobody asked for.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        let asked = self.asked.borrow();
        match self.attributes.iter().find(|attribute| !asked.contains(attribute.name())) {
            None => Ok(()),
            Some(attribute) => Err(Problem::UnknownAttribute { name: attribute.name().into() }),
        }
    }
}

/// An attribute with a value that can't be.
pub(super) fn wrong(name: &str, found: impl std::fmt::Display, expected: &str) -> Problem {
    Problem::Attribute { name: name.into(), found: found.to_string(), expected: expected.into() }
}
