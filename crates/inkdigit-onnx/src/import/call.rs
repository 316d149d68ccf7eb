//! One node with its inputs: what the operators' own files ask.

use super::attributes::{Attributes, wrong};
use super::value::{Flow, Int, Known, Value};
use crate::element::ElementType;
use crate::error::Problem;

/// A node as its operator sees it.
pub(super) struct Call<'n> {
    pub(super) name: String,
    pub(super) op: &'n str,
    pub(super) domain: &'n str,
    /// The version of the operator's domain.
    pub(super) opset: i64,
    pub(super) attributes: Attributes<'n>,
    pub(super) inputs: Vec<Option<Value>>,
    /// How many outputs have a name.
    pub(super) outputs: usize,
}

impl Call<'_> {
    /// Whether there is an input at `index`.
    pub(super) fn has(&self, index: usize) -> bool {
        matches!(self.inputs.get(index), Some(Some(_)))
    }

    /// The input at `index`; `name` is what the operator calls it.
    pub(super) fn value(&self, index: usize, name: &'static str) -> Result<&Value, Problem> {
        self.inputs.get(index).and_then(Option::as_ref).ok_or(Problem::MissingInput { index, name })
    }

    /// An input that must be a constant.
    pub(super) fn known(&self, index: usize, name: &'static str) -> Result<&Known, Problem> {
        match self.value(index, name)? {
            Value::Known(known) => Ok(known),
            Value::Flow(_) => Err(Problem::NotConstant { index, name }),
        }
    }

    /// An input that must depend on the image.
    pub(super) fn flow(&self, index: usize, name: &'static str) -> Result<&Flow, Problem> {
        match self.value(index, name)? {
            Value::Flow(flow) => Ok(flow),
            Value::Known(_) => Err(self.kind(index, name, "a value that depends on the image")),
        }
    }

    /// An input that must depend on the image and be of real numbers.
    pub(super) fn real_flow(&self, index: usize, name: &'static str) -> Result<&Flow, Problem> {
        let flow = self.flow(index, name)?;
        if flow.element.is_real() { Ok(flow) } else { Err(self.kind(index, name, "real numbers")) }
    }

    /// A constant input of integers.
    pub(super) fn ints(&self, index: usize, name: &'static str) -> Result<Vec<i64>, Problem> {
        let ints = self.known(index, name)?.as_ints().ok_or_else(|| self.kind(index, name, "integers"))?;
        ints.iter().map(|int| int.known()).collect()
    }

    /// An input that is something else than it should be.
    pub(super) fn kind(&self, index: usize, name: &'static str, expected: &str) -> Problem {
        let found =
            self.inputs.get(index).and_then(Option::as_ref).map_or("missing".into(), ToString::to_string);
        Problem::InputKind { index, name, found, expected: expected.into() }
    }

    /// Axes: an attribute in older versions, an input in newer ones.
    pub(super) fn axes(&self, index: usize) -> Result<Option<Vec<i64>>, Problem> {
        match self.attributes.ints("axes")? {
            Some(axes) => Ok(Some(axes.to_vec())),
            None if self.has(index) => self.ints(index, "axes").map(Some),
            None => Ok(None),
        }
    }

    /// The shape that `Reshape` asks for, and whether a zero in it copies the size that is there.
    pub(super) fn reshape_target(&self) -> Result<(Vec<Int>, bool), Problem> {
        self.attributes.ignore(&["consumed_inputs"]);
        if self.opset < 5 {
            let shape = self.attributes.ints("shape")?;
            let shape = shape.ok_or_else(|| wrong("shape", "missing", "a list of integers"))?;
            return Ok((shape.iter().map(|&size| Int::Known(size)).collect(), true));
        }
        let shape = self.known(1, "shape")?;
        let shape = shape.as_ints().ok_or_else(|| self.kind(1, "shape", "integers"))?;
        Ok((shape.to_vec(), !self.attributes.flag("allowzero", false)?))
    }

    /// The type that `Cast` asks for, a number, before opset 6 a name; or `CastLike`, by an example.
    pub(super) fn cast_target(&self) -> Result<ElementType, Problem> {
        self.attributes.ignore(&["saturate", "round_mode"]);
        if self.op == "CastLike" {
            return Ok(match self.value(1, "target_type")? {
                Value::Known(known) => known.element,
                Value::Flow(flow) => flow.element,
            });
        }
        let number = match self.opset {
            ..6 => match self.attributes.string("to")?.unwrap_or_default() {
                "FLOAT" => Some(1),
                "UINT8" => Some(2),
                "INT8" => Some(3),
                "INT32" => Some(6),
                "INT64" => Some(7),
                "BOOL" => Some(9),
                "FLOAT16" => Some(10),
                "DOUBLE" => Some(11),
                _ => None,
            },
            _ => self.attributes.int("to")?.and_then(|to| i32::try_from(to).ok()),
        };
        let expected = "the number of a real, integer or truth type";
        number.and_then(ElementType::from_number).ok_or_else(|| wrong("to", "unknown", expected))
    }

    /// What `Shape` gives of these dimensions.
    pub(super) fn part_of_shape(&self, dims: Vec<Int>) -> Result<Known, Problem> {
        let rank = dims.len() as i64;
        let bound = |name: &str, default: i64| -> Result<usize, Problem> {
            let at = self.attributes.int(name)?.unwrap_or(default);
            Ok((if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize)
        };
        let (start, end) = (bound("start", 0)?, bound("end", rank)?);
        let part = dims.get(start..end).unwrap_or_default().to_vec();
        Ok(Known::ints(vec![part.len()], part))
    }
}
