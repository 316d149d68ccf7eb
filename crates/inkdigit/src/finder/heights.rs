//! Which heights of digits a finder's network knows.

use serde::{Deserialize, Serialize};

/// The heights of digits that a network finds, in pixels; others are found on smaller or larger copies of the
/// picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Heights {
    /// Digits at least so high are to be found.
    pub least: f32,
    /// Digits at most so high are.
    pub most: f32,
    /// Up to so many times smaller or larger than that it doesn't matter whether they are found; beyond that
    /// they are not to be.
    pub margin: f32,
}

impl Default for Heights {
    fn default() -> Self {
        Self { least: 14.0, most: 48.0, margin: 1.5 }
    }
}

/// What of a size is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// To be found.
    Within,
    /// May be found.
    Beside,
    /// Not to be found.
    Beyond,
}

impl Heights {
    /// Where a height lies.
    pub fn range(&self, height: f32) -> Range {
        let beyond = (self.least / height.max(1e-3)).max(height / self.most.max(1e-3));
        match beyond {
            b if b <= 1.0 => Range::Within,
            b if b <= self.margin => Range::Beside,
            _ => Range::Beyond,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_have_a_margin_where_it_does_not_matter() {
        let heights = Heights { least: 10.0, most: 40.0, margin: 1.5 };
        let cases = [
            (10.0, Range::Within),
            (40.0, Range::Within),
            (7.0, Range::Beside),
            (59.0, Range::Beside),
            (6.0, Range::Beyond),
            (61.0, Range::Beyond),
            (0.0, Range::Beyond),
        ];
        for (height, range) in cases {
            assert_eq!(heights.range(height), range, "{height}");
        }
    }
}
