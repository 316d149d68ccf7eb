//! Where something lies on a picture.

/// A rectangle of pixels, its right and bottom edges outside.
///
/// ```
/// use inkdigit_image::Bounds;
///
/// let bounds = Bounds { left: 2, top: 1, right: 5, bottom: 9 };
/// assert_eq!((bounds.width(), bounds.height()), (3, 8));
/// assert!(bounds.contains(2, 1) && !bounds.contains(5, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// One past the last column.
    pub right: usize,
    /// One past the last row.
    pub bottom: usize,
}

impl Bounds {
    /// Columns.
    pub fn width(&self) -> usize {
        self.right - self.left
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// Whether a pixel lies within.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// Larger by `margin` on all sides, as far as a picture of this size reaches.
    pub fn grown(&self, margin: usize, width: usize, height: usize) -> Self {
        Self {
            left: self.left.saturating_sub(margin),
            top: self.top.saturating_sub(margin),
            right: (self.right + margin).min(width),
            bottom: (self.bottom + margin).min(height),
        }
    }

    /// The box around both.
    pub fn union(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}
