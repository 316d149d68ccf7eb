//! How pictures become digits.

use super::Threshold;

/// How pictures become digits; the defaults are what everything uses.
///
/// ```
/// use inkdigit_image::preprocess::{PreprocessOptions, Threshold};
///
/// let scan = PreprocessOptions { threshold: Threshold::Otsu, ..PreprocessOptions::default() };
/// assert!(scan.even_light);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreprocessOptions {
    /// How ink is told from paper.
    pub threshold: Threshold,
    /// Whether shadows are divided out.
    pub even_light: bool,
    /// Whether ruled lines, squares, boxes and frames are taken away.
    pub remove_ruled_lines: bool,
    /// Whether specks and what lies along the picture's edges are taken away.
    pub remove_specks: bool,
    /// Whether pens much thinner or thicker than MNIST's are brought toward them.
    pub normalize_pen: bool,
}

impl Default for PreprocessOptions {
    fn default() -> Self {
        Self {
            threshold: Threshold::Auto,
            even_light: true,
            remove_ruled_lines: true,
            remove_specks: true,
            normalize_pen: true,
        }
    }
}
