//! Which ink of a line is one digit: broken ones are put together, touching ones cut, as the network reads
//! them best.
//!
//! A line is a row of segments. Each group of neighbours is a hypothesis of one digit, scored by the network
//! and by its form; the best path through all of them is found by dynamic programming, as in the lattices of
//! handwriting and speech (over-segmentation; LeCun et al., "Gradient-based learning applied to document
//! recognition", 1998, section V).

use super::marks::Marks;
use super::segments::Segment;
use super::{PageDigit, Reader};
use crate::image::DigitImage;
use crate::preprocess::Drawing;
use crate::recognizer::Prediction;

/// The most segments that make one digit.
const MOST_PARTS: usize = 5;

/// A whole mark that is read with at least this probability, and isn't wide, is taken for a digit without
/// looking further.
const SURE: f32 = 0.8;

/// What each further digit costs in nats: of two ways to read some ink, the one with fewer digits is the more
/// likely.
const COST_OF_A_DIGIT: f32 = 0.35;

/// A group of a line's segments, taken for one digit.
struct Hypothesis {
    line: usize,
    first: usize,
    /// One past the last.
    last: usize,
    segment: Segment,
}

/// Reads lines of marks; a list of digits for each line.
pub fn read(
    reader: &Reader,
    drawing: &Drawing,
    marks: &Marks,
    lines: &[Vec<usize>],
    part_digits: bool,
) -> Vec<Vec<PageDigit>> {
    let wholes: Vec<Vec<Segment>> = lines.iter().map(|line| with_small_parts(marks, line)).collect();
    let all: Vec<&Segment> = wholes.iter().flatten().collect();
    let images: Vec<DigitImage> = all.iter().map(|segment| segment.image(drawing)).collect();
    let predictions = reader.read(&images);
    let mut read = predictions.into_iter().zip(images);
    let whole_digits: Vec<Vec<PageDigit>> = wholes
        .iter()
        .map(|line| {
            let digits = line.iter().zip(&mut read).map(|(segment, (prediction, image))| PageDigit {
                bounds: segment.bounds,
                prediction,
                image,
            });
            digits.collect()
        })
        .collect();
    if !part_digits {
        return whole_digits;
    }
    let rows: Vec<Vec<Segment>> = wholes
        .into_iter()
        .zip(&whole_digits)
        .map(|(line, digits)| {
            line.into_iter().zip(digits).flat_map(|(s, d)| pieces(s, d, marks.height)).collect()
        })
        .collect();
    let hypotheses: Vec<Hypothesis> =
        rows.iter().enumerate().flat_map(|(line, row)| hypotheses(line, row, marks.height)).collect();
    let images: Vec<DigitImage> = hypotheses.iter().map(|h| h.segment.image(drawing)).collect();
    let predictions = reader.read(&images);
    rows.iter()
        .enumerate()
        .map(|(line, row)| {
            let first = hypotheses.partition_point(|h| h.line < line);
            let last = hypotheses.partition_point(|h| h.line <= line);
            let path =
                best_path(&hypotheses[first..last], &predictions[first..last], row.len(), marks.height);
            let digit = |at: usize| PageDigit {
                bounds: hypotheses[first + at].segment.bounds,
                prediction: predictions[first + at].clone(),
                image: images[first + at],
            };
            path.into_iter().map(digit).collect()
        })
        .collect()
}

/// A line's tall marks, each with the small ones that belong to it: the bar of a 5, a dotted stroke. Other
/// small marks are punctuation.
fn with_small_parts(marks: &Marks, line: &[usize]) -> Vec<Segment> {
    let (tall, small): (Vec<usize>, Vec<usize>) =
        line.iter().partition(|&&index| marks.is_tall(&marks.list[index]));
    let mut digits: Vec<Segment> = tall.into_iter().map(|index| Segment::of(&marks.list[index])).collect();
    let reach = marks.height / 6;
    for part in small.into_iter().map(|index| Segment::of(&marks.list[index])) {
        let own = part.bounds;
        let distance = |digit: &Segment| {
            let b = &digit.bounds;
            let across = own.left.saturating_sub(b.right).max(b.left.saturating_sub(own.right));
            let down = own.top.saturating_sub(b.bottom).max(b.top.saturating_sub(own.bottom));
            let overlap = own.right.min(b.right).saturating_sub(own.left.max(b.left));
            let beside = across <= reach && down == 0;
            let above = 2 * overlap >= own.width() && down <= reach;
            let fits = 4 * b.union(&own).width() <= 5 * marks.height.max(b.width());
            ((beside || above) && fits).then_some(across + down)
        };
        let nearest = digits
            .iter()
            .enumerate()
            .filter_map(|(index, digit)| Some((index, distance(digit)?)))
            .min_by_key(|&(_, distance)| distance);
        if let Some((index, _)) = nearest {
            digits[index] = Segment::union(&[digits[index].clone(), part]);
        }
    }
    digits
}

/// The pieces of a mark that may be several digits; the mark itself if it is surely one.
fn pieces(segment: Segment, digit: &PageDigit, height: usize) -> Vec<Segment> {
    let (width, own_height) = (segment.bounds.width(), segment.bounds.height());
    let narrow = 10 * width <= 9 * own_height.max(height);
    let sure = digit.prediction.probability >= SURE;
    if narrow && sure || 10 * width < 5 * own_height { vec![segment] } else { segment.pieces(height) }
}

/// All groups of neighbours in a row that may be one digit.
fn hypotheses(line: usize, row: &[Segment], height: usize) -> Vec<Hypothesis> {
    let mut found = Vec::new();
    for first in 0..row.len() {
        for last in first + 1..=(first + MOST_PARTS).min(row.len()) {
            let parts = &row[first..last];
            if last > first + 1 {
                let [.., before, new] = parts else { continue };
                let whole = parts.iter().map(|p| p.bounds).reduce(|a, b| a.union(&b)).unwrap_or(new.bounds);
                let gap = new.bounds.left.saturating_sub(before.bounds.right);
                if 5 * gap > height || 2 * whole.width() > 3 * height {
                    break;
                }
            }
            found.push(Hypothesis { line, first, last, segment: Segment::union(parts) });
        }
    }
    found
}

/// The hypotheses of the best path from the first segment to the last, `count` of them; hypotheses are sorted
/// by their first segment.
fn best_path(
    hypotheses: &[Hypothesis],
    predictions: &[Prediction],
    count: usize,
    height: usize,
) -> Vec<usize> {
    let mut best: Vec<(f32, usize)> = vec![(f32::NEG_INFINITY, 0); count + 1];
    best[0].0 = 0.0;
    for (index, (hypothesis, prediction)) in hypotheses.iter().zip(predictions).enumerate() {
        let score = best[hypothesis.first].0 + score(&hypothesis.segment, prediction, height);
        if score > best[hypothesis.last].0 {
            best[hypothesis.last] = (score, index);
        }
    }
    let mut path = Vec::new();
    let mut end = count;
    while end > 0 {
        let index = best[end].1;
        path.push(index);
        end = hypotheses[index].first;
    }
    path.reverse();
    path
}

/// How likely some ink is to be the one digit it was read as, in nats.
fn score(segment: &Segment, prediction: &Prediction, height: usize) -> f32 {
    let (width, own) = (segment.bounds.width() as f32, segment.bounds.height() as f32);
    let aspect = width / own;
    // What networks don't see, because every digit is fitted to the same size: slivers, and their breadth.
    let unlikely = match prediction.digit {
        1 => (aspect - 0.7).max(0.0) * 4.0,
        _ => (0.35 - aspect).max(0.0) * 8.0 + (aspect - 1.25).max(0.0) * 4.0,
    };
    let short = (0.55 - own / height as f32).max(0.0) * 6.0;
    prediction.probability.max(1e-6).ln() - COST_OF_A_DIGIT - unlikely - short
}
