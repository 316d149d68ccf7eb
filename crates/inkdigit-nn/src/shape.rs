//! The shape of one sample: a feature map or a vector. The batch dimension is never part of it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The shape of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A feature map `[C, H, W]`. Inside the engine its numbers lie channels-last, `[H, W, C]`.
    Map {
        /// Channels C.
        channels: usize,
        /// Height H in pixels.
        height: usize,
        /// Width W in pixels.
        width: usize,
    },
    /// A vector of features.
    Features(usize),
}

impl Shape {
    /// A feature map.
    pub const fn map(channels: usize, height: usize, width: usize) -> Self {
        Self::Map { channels, height, width }
    }

    /// How many numbers one sample has.
    pub const fn len(self) -> usize {
        match self {
            Self::Map { channels, height, width } => channels * height * width,
            Self::Features(features) => features,
        }
    }

    /// [`Shape::len`], or none where it would be more than [`Shape::MOST`].
    pub fn checked_len(self) -> Option<usize> {
        let len = match self {
            Self::Map { channels, height, width } => channels.checked_mul(height)?.checked_mul(width)?,
            Self::Features(features) => features,
        };
        (len <= Self::MOST).then_some(len)
    }

    /// The most numbers one sample may have: sums and products of sizes below it can't overflow.
    pub const MOST: usize = 1 << 28;

    /// Whether a sample has no numbers at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Channels of a map, features of a vector: what a bias or a BatchNorm has one value for.
    pub const fn channels(self) -> usize {
        match self {
            Self::Map { channels, .. } => channels,
            Self::Features(features) => features,
        }
    }

    /// The dimensions in the field's order: `[C, H, W]` or `[features]`.
    pub fn dims(self) -> Vec<usize> {
        match self {
            Self::Map { channels, height, width } => vec![channels, height, width],
            Self::Features(features) => vec![features],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map { channels, height, width } => write!(f, "{channels} maps of {height}x{width}"),
            Self::Features(features) => write!(f, "{features} features"),
        }
    }
}
