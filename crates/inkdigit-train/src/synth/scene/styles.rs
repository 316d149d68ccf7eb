//! Ways of writing that MNIST's writers, Americans of the nineties, had not or hardly; and the marks that stand
//! between digits. In the notation of `strokes`: hundredths of a digit's height, from its upper left corner;
//! the line it stands on is at 100.

use std::sync::LazyLock;

use super::class::Class;
use crate::synth::strokes::{Way, parse, ways_of_writing};

/// Digits as they are written in Europe, in South America, in a hurry, and with ornaments.
#[rustfmt::skip]
const DIGITS: [&[&str]; 10] = [
    &[
        "50,0 28,24 24,70 46,100 68,74 70,26 50,0",                              // narrow
        "40,4 14,34 14,76 44,100 80,78 84,34 56,2",                              // open at the top
        "62,6 24,16 10,56 30,96 66,94 88,54 74,14 52,6 70,-6 98,-2",             // leaves with a hook
        "50,6 16,22 10,66 44,98 88,78 92,28 52,4",                               // flat
        "70,14 40,0 10,34 14,82 48,100 86,70 84,24 56,2 34,10",                  // overshot
        "56,2 26,10 10,50 28,94 62,96 86,54 74,10 54,2; 92,-4 50,50 6,106",      // slashed through
    ],
    &[
        "0,78 34,40 58,2! 60,50 62,100",                                         // a narrow caret
        "20,90 44,44 60,0! 62,52 62,100",
        "8,54 36,26 60,0! 56,50 50,100",                                         // a long upstroke
        "14,50 40,24 58,0! 56,50 52,94 60,100 74,96",                            // leaves along the line
        "68,0 50,50 30,100",                                                     // a slanted stroke
        "34,16 54,0! 54,50 54,99; 28,99 54,99 82,98",                            // with flag and foot
        "30,28 60,2! 62,48 64,88; 6,106 50,100 98,92",                           // its foot set apart
        "50,0 49,50 50,99; 22,100 50,99 80,98",                                  // a foot alone
        "36,10 52,0! 50,50 48,100",                                              // a short flag
    ],
    &[
        "12,8 50,3 84,6! 50,50 8,96! 50,95 96,98",                               // like a Z
        "16,22 40,0 74,10 78,34 52,66 22,92 8,90 12,76 34,74 56,90 92,104",      // a large loop
        "14,26 34,4 66,4 78,24 60,54 30,84 10,99! 40,90 70,96 100,84",
        "20,24 44,2 70,14 62,46 34,76 6,98! 60,92 120,84",                       // a long base
        "22,30 30,6 60,2 74,22 56,58 20,96! 26,78 44,80 60,98 86,96",            // a small loop
    ],
    &[
        "12,4 50,4 86,2! 56,36 40,42! 70,46 88,66 70,94 36,101 6,88",            // a flat top
        "22,6 54,2 66,16 48,36 32,40! 66,44 90,66 78,92 40,102 4,88",            // a small upper bow
        "18,14 44,0 68,12 54,38 36,46! 70,50 82,74 56,100 14,108",               // a long tail
        "10,10 40,0 74,6 76,26 46,40 40,46 60,46 86,62 78,92 44,104 10,96 14,84 30,86",
    ],
    &[
        "16,0 12,30 30,46 56,42 80,8! 74,60 84,100 100,104",                     // like a y
        "60,0 30,34 8,62! 60,56 100,52; 70,30 62,70 54,104",                     // like lightning
        "30,0 20,30 6,60! 50,60 98,56; 66,28 62,70 58,110",                      // stem below
        "68,100 69,50 70,0! 34,36 4,70! 50,69 104,68",                           // closed, in one stroke
        "20,6 14,36 12,58! 50,58 90,56; 82,-4 78,50 74,104",                     // square and open
    ],
    &[
        "24,16 20,30 18,46! 44,38 72,48 78,74 56,98 14,94; 34,2 64,0 104,-4",    // the bar set apart
        "84,4 52,4 28,14 30,36 58,50 76,66 68,92 36,100 8,90",                   // like an S
        "26,4 22,26 18,46! 50,38 80,56 74,88 44,96 26,84 40,72; 28,6 60,6 96,0", // its bow closed
        "90,2 28,4! 22,44! 66,40 84,62 70,92 10,98",                             // angular
        "20,20 18,34 16,48! 46,40 74,52 72,80 44,100 8,92; 22,18 60,10 110,0",   // a long bar
    ],
    &[
        "60,0 32,30 16,66 30,98 60,96 70,76 48,66 24,80",                        // hardly a bow
        "30,0 20,40 18,80 40,100 66,90 64,70 40,64 20,78",                       // an upright stem
        "76,0 40,20 14,56 16,90 50,102 82,84 74,58 40,56 14,76",                 // a large bow
        "92,-8 52,10 18,50 14,88 42,102 72,88 66,66 36,66 16,82",                // a long stem
    ],
    &[
        "6,34 10,6! 50,8 92,0! 66,44 50,104",                                    // a long serif
        "4,30 14,4! 52,10 94,2! 60,56 42,108; 28,60 56,54 88,46",                // serif and bar
        "10,8 50,6 92,2! 44,100",
        "14,10 50,6 84,6! 60,50 52,100; 24,52 52,50 84,48",                      // crossed
        "2,18 22,0 56,12 90,2 66,48 50,106",                                     // a waved top
        "4,30 14,4! 52,10 94,2! 60,56 42,108; 18,44 56,52 92,58",                // its bar falls
    ],
    &[
        "50,2 34,12 38,30 52,38 66,28 64,10 50,2; 50,38 18,54 14,84 46,100 82,86 80,56 50,38", // two rings
        "80,2 46,40 16,66 24,96 56,98 74,78 56,52 26,28 24,8 46,0",              // open at the top
        "50,0 22,10 24,36 50,44 76,34 76,8 50,0; 52,44 22,56 20,90 50,100 80,88 78,56 52,46",
        "90,4 60,26 18,70 30,98 62,94 68,72 34,34 32,10 58,2 76,16",
    ],
    &[
        "76,14 46,2 20,20 30,44 60,42 76,14! 74,60 72,104",                      // a straight tail
        "80,16 52,0 22,14 24,42 56,46 80,18! 82,60 72,98 40,108 14,96",          // like a g
        "70,8 40,2 20,22 32,44 60,36 72,8! 56,60 36,104",                        // leans
        "66,18 46,6 30,20 38,40 60,34 66,16! 66,60 66,110",                      // a small ring
        "84,10 54,0 20,18 26,46 58,46 82,22 86,8 78,60 60,102",                  // in one sweep
    ],
];

/// The marks, in a digit's square.
#[rustfmt::skip]
const MARKS: [(char, &[&str]); 9] = [
    ('-', &["4,57 26,57 50,56", "0,56 34,55 70,53", "0,56 12,56 24,55", "2,60 24,55 52,52", "0,55 20,52 36,57 58,52"]),
    ('/', &["60,-8 30,50 0,112", "44,-2 22,50 0,104", "30,-6 16,50 2,108", "80,4 40,50 0,98"]),
    ('.', &["1,97 3,98", "0,96 5,98", "0,98 1,98"]),
    (',', &["12,93 13,103 2,118", "9,92 2,114", "6,94 10,96 9,106 0,116", "16,88 4,120"]),
    (':', &["4,46 5,48; 4,93 5,95", "4,36 5,37; 3,90 4,91"]),
    ('+', &["30,24 30,56 30,86; 0,55 30,55 60,54", "40,16 38,54 36,92; 0,58 38,55 76,52"]),
    ('(', &["34,-8 10,24 6,70 30,110", "26,-12 4,30 4,74 24,114", "40,0 16,30 14,72 38,104"]),
    (')', &["6,-8 30,24 34,70 8,110", "0,-12 22,30 22,74 2,114", "2,0 28,30 28,72 2,104"]),
    ('=', &["2,44 26,43 50,42; 4,66 28,65 52,64", "0,46 40,44 76,42; 0,64 40,62 78,62", "4,40 40,40! 4,64 44,62"]),
];

/// A class with its ways of writing.
static WAYS: LazyLock<Vec<Vec<Way>>> = LazyLock::new(|| {
    let ways = |class: Class| match class.digit() {
        Some(digit) => {
            let extra = DIGITS[digit as usize].iter().map(|way| parse(way));
            ways_of_writing(class.sign()).iter().cloned().chain(extra).collect()
        }
        None => MARKS[class.index() - 10].1.iter().map(|way| parse(way)).collect(),
    };
    Class::all().map(ways).collect()
});

/// The ways of writing a class: some of them.
pub(super) fn ways(class: Class) -> &'static [Way] {
    &WAYS[class.index()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_several_ways_near_its_square() {
        for class in Class::all() {
            assert!(ways(class).len() >= 2, "{class:?}");
            for point in ways(class).iter().flatten().flatten() {
                assert!(point.iter().all(|at| (-0.2..=1.3).contains(at)), "{}: {point:?}", class.sign());
            }
        }
    }

    #[test]
    fn marks_are_listed_as_their_classes_are() {
        for (i, (sign, _)) in MARKS.iter().enumerate() {
            assert_eq!(Class::of(*sign).unwrap().index(), 10 + i);
        }
    }
}
