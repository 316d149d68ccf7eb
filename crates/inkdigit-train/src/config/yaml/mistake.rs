//! What is wrong with a configuration, and where.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::error::Error;

/// A mistake, with its line where that is known.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(super) line: Option<u64>,
    pub(super) cause: Box<Error>,
}

impl Mistake {
    fn of(cause: Error) -> Self {
        Self { line: None, cause: Box::new(cause) }
    }

    pub(super) fn syntax(cause: &str) -> Self {
        Self::of(Error::ConfigSyntax { cause: cause.into() })
    }

    /// The mistake in this line, unless a nearer one is known already.
    pub(super) fn at(self, line: u64) -> Self {
        Self { line: self.line.or((line > 0).then_some(line)), cause: self.cause }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for Mistake {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::syntax(&message.to_string())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::of(Error::unknown("name", variant, expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::of(Error::unknown("key", field, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::syntax(&format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::syntax(&format!("duplicate mapping key: {field}"))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::syntax(&format!("invalid type: {found}, expected {expected}"))
    }
}
