//! What was read beside what it should have been.

use std::str::FromStr;

use crate::error::Error;

/// The digits that pictures or pages should be read as, row by row.
///
/// ```
/// use inkdigit::labels::Labels;
///
/// let labels: Labels = "31 41\n\n592\n".parse()?;
/// assert_eq!(labels.rows, [vec![3, 1, 4, 1], vec![5, 9, 2]]);
/// assert_eq!("3x".parse::<Labels>().unwrap_err().to_string(), "found 'x' in line 1, expected digits");
/// # Ok::<(), inkdigit::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Each row that has any.
    pub rows: Vec<Vec<u8>>,
}

impl FromStr for Labels {
    type Err = Error;

    /// Digits one a line, or a line for each line of a page, with or without blanks between.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut rows = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let characters = line.chars().filter(|character| !character.is_whitespace());
            let digit = |found: char| match found.to_digit(10) {
                Some(digit) => Ok(digit as u8),
                None => Err(Error::Label { found, line: number + 1 }),
            };
            let row = characters.map(digit).collect::<Result<Vec<u8>, Error>>()?;
            if !row.is_empty() {
                rows.push(row);
            }
        }
        Ok(Self { rows })
    }
}

impl Labels {
    /// All labels in their order.
    pub fn all(&self) -> Vec<u8> {
        self.rows.concat()
    }
}

/// A digit that was read and its label. Of a digit that nobody labelled, and a label for which nothing was
/// read, one is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<T> {
    /// What was read.
    pub read: Option<T>,
    /// What it should be.
    pub label: Option<u8>,
}

/// Puts labels to digits, in order. Where there are more of one than of the other, those stay alone that leave
/// the fewest mistakes (Levenshtein's alignment): a digit that was overlooked doesn't shift all that follow.
///
/// ```
/// use inkdigit::labels::align;
///
/// // The 2 was overlooked.
/// let pairs = align(vec![1, 3, 4], &[1, 2, 3, 4], |&digit| digit);
/// let right = pairs.iter().filter(|pair| pair.read == pair.label).count();
/// assert_eq!((right, pairs[1].read, pairs[1].label), (3, None, Some(2)));
/// ```
pub fn align<T>(read: Vec<T>, labels: &[u8], digit: impl Fn(&T) -> u8) -> Vec<Pair<T>> {
    if read.len() == labels.len() {
        let pairs = read.into_iter().zip(labels);
        return pairs.map(|(read, &label)| Pair { read: Some(read), label: Some(label) }).collect();
    }
    let digits: Vec<u8> = read.iter().map(digit).collect();
    let width = labels.len() + 1;
    // The fewest mistakes from each place to the end.
    let mut costs = vec![0usize; (digits.len() + 1) * width];
    for i in (0..=digits.len()).rev() {
        for j in (0..=labels.len()).rev() {
            let both = (i < digits.len() && j < labels.len())
                .then(|| costs[(i + 1) * width + j + 1] + usize::from(digits[i] != labels[j]));
            let digit_alone = (i < digits.len()).then(|| costs[(i + 1) * width + j] + 1);
            let label_alone = (j < labels.len()).then(|| costs[i * width + j + 1] + 1);
            costs[i * width + j] = [both, digit_alone, label_alone].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let (mut pairs, mut j) = (Vec::new(), 0);
    let mut read = read.into_iter().enumerate().peekable();
    while read.peek().is_some() || j < labels.len() {
        let place = read.peek().map_or(digits.len(), |&(i, _)| i);
        let cost = costs[place * width + j];
        let fits = place < digits.len()
            && j < labels.len()
            && cost == costs[(place + 1) * width + j + 1] + usize::from(digits[place] != labels[j]);
        let overlooked = !fits && j < labels.len() && cost == costs[place * width + j + 1] + 1;
        let label = (fits || overlooked).then(|| labels[j]);
        j += usize::from(label.is_some());
        let digit = if overlooked { None } else { read.next().map(|(_, digit)| digit) };
        pairs.push(Pair { read: digit, label });
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(read: &[u8], labels: &[u8]) -> String {
        let pairs = align(read.to_vec(), labels, |&digit| digit);
        let name = |digit: Option<u8>| digit.map_or("-".into(), |digit| digit.to_string());
        let words = pairs.into_iter().map(|pair| format!("{}{}", name(pair.read), name(pair.label)));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn as_many_labels_as_digits_are_compared_in_order() {
        assert_eq!(aligned(&[1, 2, 3], &[2, 3, 1]), "12 23 31");
        assert_eq!(aligned(&[], &[]), "");
    }

    #[test]
    fn a_digit_that_was_overlooked_shifts_nothing() {
        assert_eq!(aligned(&[1, 3, 4], &[1, 2, 3, 4]), "11 -2 33 44");
        assert_eq!(aligned(&[1, 2, 7, 3], &[1, 2, 3]), "11 22 7- 33");
        assert_eq!(aligned(&[1, 9], &[1, 2, 3]), "11 92 -3");
        assert_eq!(aligned(&[], &[5]), "-5");
        assert_eq!(aligned(&[5], &[]), "5-");
    }
}
