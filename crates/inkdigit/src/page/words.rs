//! Words: digits of a line that stand closer to each other than to the others.

use std::ops::Range;

use inkdigit_image::Bounds;

/// A gap between words is wider than this part of a digit's height: wider than a blank of a typewriter, so that
/// numbers in loose hands stay whole.
const LEAST_GAP: f32 = 0.8;

/// And so many times as wide as the usual gap of its line: where all digits stand apart, as in the squares of
/// a form, none of them is a word.
const UNUSUAL: f32 = 2.0;

/// The words of a line, as ranges of its digits, whose boxes on the upright page stand from left to right.
pub(super) fn find(digits: &[Bounds]) -> Vec<Range<usize>> {
    let height = median(digits.iter().map(|bounds| bounds.height() as f32).collect());
    let extents: Vec<_> = digits.iter().map(|bounds| [bounds.left as f32, bounds.right as f32]).collect();
    let wide = wide_gaps(&extents, height);
    let starts = wide.iter().enumerate().filter(|&(_, &wide)| wide).map(|(place, _)| place + 1);
    let mut edges: Vec<usize> = std::iter::once(0).chain(starts).collect();
    edges.push(digits.len());
    edges.windows(2).map(|edge| edge[0]..edge[1]).filter(|word| !word.is_empty()).collect()
}

/// Behind which of things that stand from left to right there is a gap as between words. Of each its left and its
/// right edge is known; `height` is that of the line's digits.
pub(super) fn wide_gaps(extents: &[[f32; 2]], height: f32) -> Vec<bool> {
    let gaps: Vec<f32> = extents.windows(2).map(|pair| (pair[1][0] - pair[0][1]).max(0.0)).collect();
    // The usual gap is one inside a word: of two numbers of two digits each, two gaps of three.
    let usual = median(gaps.clone());
    let wide = (LEAST_GAP * height).max(UNUSUAL * usual);
    gaps.into_iter().map(|gap| gap > wide).collect()
}

/// The lower middle of some numbers; 0 for none.
pub(super) fn median(mut numbers: Vec<f32>) -> f32 {
    numbers.sort_by(f32::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes 20 wide and 40 high with these gaps between them.
    fn row(gaps: &[usize]) -> Vec<Bounds> {
        let mut left = 5;
        let mut boxes = vec![Bounds { left, top: 0, right: left + 20, bottom: 40 }];
        for gap in gaps {
            left += 20 + gap;
            boxes.push(Bounds { left, top: 0, right: left + 20, bottom: 40 });
        }
        boxes
    }

    /// How many digits each word has, in a row with these gaps.
    fn words(gaps: &[usize]) -> Vec<usize> {
        let words = find(&row(gaps));
        assert!(words.windows(2).all(|pair| pair[0].end == pair[1].start), "{words:?}");
        words.iter().map(|word| word.len()).collect()
    }

    #[test]
    fn wide_gaps_part_words() {
        assert_eq!(words(&[6, 8, 60, 5]), [3, 2]);
        assert_eq!(words(&[6, 60, 5]), [2, 2]);
    }

    #[test]
    fn digits_that_all_stand_apart_are_one_word() {
        assert_eq!(words(&[60, 58, 63, 61]), [5]);
        assert_eq!(words(&[50]), [2], "one gap is the usual one");
    }

    #[test]
    fn lines_of_one_digit_and_of_none() {
        assert_eq!(words(&[]), [1]);
        assert!(find(&[]).is_empty());
    }
}
