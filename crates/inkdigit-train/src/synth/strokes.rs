//! The ways of writing each sign, as a pen moves: strokes through points in a unit square, x to the right and
//! y down. Small letters begin lower, and what hangs below the line goes beyond 1.
//!
//! A sign is noted as text: points `x,y` in hundredths of the square, `!` behind one that is a corner, `;`
//! between strokes. `"30,24 55,0! 55,100"` is a 1 with a hook.

use std::collections::HashMap;
use std::sync::LazyLock;

mod digits;
mod letters;
mod symbols;

/// A point on or near the unit square.
pub(super) type Point = [f32; 2];

/// One way of writing a sign: its strokes, each through its points. A point given twice is a corner.
pub(super) type Way = Vec<Vec<Point>>;

/// Signs with their ways of writing; common ways are listed as often as they shall be drawn.
type Table = &'static [(char, &'static [&'static str])];

/// Letters and symbols that some people's digits look like: a network can't be taught to tell them apart.
const LIKE_DIGITS: &str = "BDGIOQSYZabgijloqrsyz!?/()&$|";

/// All ways of writing `sign`; none for a sign that isn't known.
pub(super) fn ways_of_writing(sign: char) -> &'static [Way] {
    static WAYS: LazyLock<HashMap<char, Vec<Way>>> = LazyLock::new(|| {
        let tables = [digits::DIGITS, letters::LETTERS, symbols::SYMBOLS];
        let signs = tables.into_iter().flatten();
        signs.map(|(sign, ways)| (*sign, ways.iter().map(|way| parse(way)).collect())).collect()
    });
    WAYS.get(&sign).map_or(&[], Vec::as_slice)
}

/// The letters A to Z and a to z, those among them that look like digits left out or not.
pub fn letters(also_like_digits: bool) -> Vec<char> {
    listed(letters::LETTERS, also_like_digits)
}

/// Punctuation, marks and little drawings, those among them that look like digits left out or not.
pub fn symbols(also_like_digits: bool) -> Vec<char> {
    listed(symbols::SYMBOLS, also_like_digits)
}

fn listed(table: Table, also_like_digits: bool) -> Vec<char> {
    let signs = table.iter().map(|(sign, _)| *sign);
    signs.filter(|&sign| also_like_digits || !LIKE_DIGITS.contains(sign)).collect()
}

/// Reads the notation of a way of writing.
pub(super) fn parse(way: &str) -> Way {
    let stroke = |text: &str| {
        let mut points = Vec::new();
        for word in text.split_whitespace() {
            let (x, y) = word.trim_end_matches('!').split_once(',').expect("a point is x,y");
            let point = [x, y].map(|n| n.parse::<f32>().expect("hundredths are a number") / 100.0);
            points.extend(std::iter::repeat_n(point, if word.ends_with('!') { 2 } else { 1 }));
        }
        points
    };
    way.split(';').map(stroke).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_can_be_read_and_lies_near_the_square() {
        let digits: Vec<char> = ('0'..='9').collect();
        for sign in [digits, letters(true), symbols(true)].concat() {
            let ways = ways_of_writing(sign);
            assert!(!ways.is_empty(), "{sign}");
            for way in ways {
                for stroke in way {
                    assert!(stroke.len() >= 2, "{sign}: a stroke of {} points", stroke.len());
                }
                let near = |p: &Point| (-0.15..=1.15).contains(&p[0]) && (-0.15..=1.45).contains(&p[1]);
                assert!(way.iter().flatten().all(near), "{sign}: {way:?}");
            }
        }
        assert!(ways_of_writing('§').is_empty());
    }

    #[test]
    fn all_letters_are_there_and_those_like_digits_can_be_left_out() {
        let all: String = ('A'..='Z').chain('a'..='z').collect();
        assert_eq!(letters(true).iter().collect::<String>(), all);
        let unlike = letters(false);
        assert!(unlike.contains(&'K') && unlike.contains(&'m'));
        assert!("OoIlSsZzBbgq".chars().all(|letter| !unlike.contains(&letter)), "{unlike:?}");
        assert!(LIKE_DIGITS.chars().all(|sign| !ways_of_writing(sign).is_empty()), "no idle entry");
    }

    #[test]
    fn notation_keeps_corners() {
        let way = parse("30,24 55,0! 55,100; 0,5 5,0");
        assert_eq!(way[0], [[0.3, 0.24], [0.55, 0.0], [0.55, 0.0], [0.55, 1.0]]);
        assert_eq!(way[1], [[0.0, 0.05], [0.05, 0.0]]);
    }
}
