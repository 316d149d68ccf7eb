//! Which ink of a line is one digit: broken ones are put together, touching ones cut, as the network reads
//! them best.
//!
//! A line is a row of segments. Each group of neighbours is a hypothesis of one digit, scored by the network
//! and by its form; the best path through all of them is found by dynamic programming, as in the lattices of
//! handwriting and speech (over-segmentation; LeCun et al., "Gradient-based learning applied to document
//! recognition", 1998, section V).

use super::PageDigit;
use super::marks::Marks;
use super::rules::Reader;
use super::segments::Segment;
use crate::prediction::Prediction;
use inkdigit_image::preprocess::Drawing;
use inkdigit_image::{Bounds, DigitImage};

/// The most segments that make one digit.
const MOST_PARTS: usize = 5;

/// A whole mark that is read with at least this probability, and isn't wide, is taken for a digit without
/// looking further.
const SURE: f32 = 0.8;

/// What each further digit costs in nats: of two ways to read some ink, the one with fewer digits is the more
/// likely.
const COST_OF_A_DIGIT: f32 = 2.0;

/// A part of a line: a whole mark and what it was read as, or a piece of one.
struct Piece {
    segment: Segment,
    whole: Option<PageDigit>,
}

impl Piece {
    /// Whether it is a digit without looking further.
    fn is_sure(&self) -> bool {
        self.whole.as_ref().is_some_and(|digit| digit.prediction.probability >= SURE)
    }
}

/// A group of a line's parts, taken for one digit.
struct Hypothesis {
    first: usize,
    /// One past the last.
    last: usize,
    digit: PageDigit,
}

/// Reads lines of marks; a list of digits for each line.
pub(super) fn read(
    reader: &Reader,
    drawing: &Drawing,
    marks: &Marks,
    lines: &[Vec<usize>],
    split_touching: bool,
) -> Vec<Vec<PageDigit>> {
    let wholes: Vec<Vec<Segment>> = lines.iter().map(|line| with_small_parts(marks, line)).collect();
    let mut read = digits(reader, drawing, wholes.iter().flatten()).into_iter();
    let mut whole_digits = wholes.iter().map(|line| read.by_ref().take(line.len()).collect::<Vec<_>>());
    if !split_touching {
        return whole_digits.collect();
    }
    let rows: Vec<Vec<Piece>> = wholes
        .iter()
        .zip(&mut whole_digits)
        .map(|(line, digits)| {
            line.iter().zip(digits).flat_map(|(segment, digit)| parts(segment, digit, marks.height)).collect()
        })
        .collect();
    // All groups of the page go through the network together.
    let groups: Vec<Vec<(usize, usize, Segment)>> =
        rows.iter().map(|row| groups(row, marks.height)).collect();
    let segments = groups.iter().flatten().map(|(_, _, segment)| segment);
    let mut read = digits(reader, drawing, segments).into_iter();
    rows.into_iter()
        .zip(groups)
        .map(|(row, groups)| {
            let count = row.len();
            let read = groups.into_iter().zip(&mut read);
            let mut hypotheses: Vec<Hypothesis> =
                read.map(|((first, last, _), digit)| Hypothesis { first, last, digit }).collect();
            let wholes = row.into_iter().enumerate().filter_map(|(first, part)| Some((first, part.whole?)));
            hypotheses.extend(wholes.map(|(first, digit)| Hypothesis { first, last: first + 1, digit }));
            hypotheses.sort_by_key(|hypothesis| hypothesis.first);
            best_path(&hypotheses, count, marks.height)
        })
        .collect()
}

/// Segments, each read as one digit.
fn digits<'a>(
    reader: &Reader,
    drawing: &Drawing,
    segments: impl Iterator<Item = &'a Segment>,
) -> Vec<PageDigit> {
    let (bounds, images): (Vec<_>, Vec<DigitImage>) =
        segments.map(|segment| (segment.bounds, segment.image(drawing))).unzip();
    let predictions = reader.read(&images);
    let all = bounds.into_iter().zip(predictions).zip(images);
    all.map(|((bounds, prediction), image)| PageDigit { bounds, prediction, image }).collect()
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

/// Whether a mark in this box, as it was read, is one digit without looking further.
pub(super) fn is_whole(bounds: &Bounds, prediction: &Prediction, height: usize) -> bool {
    10 * bounds.width() <= 9 * bounds.height().max(height) && prediction.probability >= SURE
}

/// The pieces of a mark that may be several digits; the mark itself if it is surely one, or can't be cut.
fn parts(segment: &Segment, digit: PageDigit, height: usize) -> Vec<Piece> {
    let (width, own_height) = (segment.bounds.width(), segment.bounds.height());
    let whole = is_whole(&segment.bounds, &digit.prediction, height);
    let pieces = match whole || 2 * width < own_height {
        true => Vec::new(),
        false => segment.pieces(height),
    };
    match pieces.len() {
        0 | 1 => vec![Piece { segment: segment.clone(), whole: Some(digit) }],
        _ => pieces.into_iter().map(|segment| Piece { segment, whole: None }).collect(),
    }
}

/// All groups of neighbours in a row that may be one digit and haven't been read yet: first, one past the last,
/// and what they are together. Digits that are sure each for itself aren't put together.
fn groups(row: &[Piece], height: usize) -> Vec<(usize, usize, Segment)> {
    let mut found = Vec::new();
    for first in 0..row.len() {
        let mut whole = row[first].segment.clone();
        if row[first].whole.is_none() {
            found.push((first, first + 1, whole.clone()));
        }
        let mut all_sure = row[first].is_sure();
        for last in first + 1..(first + MOST_PARTS).min(row.len()) {
            let new = &row[last].segment;
            let gap = new.bounds.left.saturating_sub(row[last - 1].segment.bounds.right);
            if 5 * gap > height || 2 * whole.bounds.union(&new.bounds).width() > 3 * height {
                break;
            }
            whole = Segment::union(&[whole, new.clone()]);
            all_sure &= row[last].is_sure();
            if !all_sure {
                found.push((first, last + 1, whole.clone()));
            }
        }
    }
    found
}

/// The digits of the best path from the first part to the last, `count` of them; hypotheses are sorted by their
/// first part, and each part alone is one.
fn best_path(hypotheses: &[Hypothesis], count: usize, height: usize) -> Vec<PageDigit> {
    let mut best: Vec<(f32, usize)> = vec![(f32::NEG_INFINITY, 0); count + 1];
    best[0].0 = 0.0;
    for (index, hypothesis) in hypotheses.iter().enumerate() {
        let score = best[hypothesis.first].0 + score(&hypothesis.digit, height);
        if score > best[hypothesis.last].0 {
            best[hypothesis.last] = (score, index);
        }
    }
    let mut path = Vec::new();
    let mut end = count;
    while end > 0 {
        let hypothesis = &hypotheses[best[end].1];
        path.push(hypothesis.digit.clone());
        end = hypothesis.first;
    }
    path.reverse();
    path
}

/// How likely some ink is to be the one digit it was read as, in nats.
fn score(digit: &PageDigit, height: usize) -> f32 {
    let (width, own) = (digit.bounds.width() as f32, digit.bounds.height() as f32);
    let prediction = &digit.prediction;
    let aspect = width / own;
    // What networks don't see, because every digit is fitted to the same size: slivers, and their breadth.
    let unlikely = match prediction.digit {
        1 => (aspect - 0.7).max(0.0) * 4.0,
        _ => (0.35 - aspect).max(0.0) * 8.0 + (aspect - 1.25).max(0.0) * 4.0,
    };
    let short = (0.55 - own / height as f32).max(0.0) * 6.0;
    prediction.probability.max(1e-6).ln() - COST_OF_A_DIGIT - unlikely - short
}
