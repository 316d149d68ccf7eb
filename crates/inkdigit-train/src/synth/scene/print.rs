//! Typeset letters and digits, in the manner of Metafont (Knuth, 1979): skeletons that a nib follows. Weight,
//! contrast, width, slant and serifs vary, so that a network learns print and not three typefaces.

use std::collections::HashMap;
use std::sync::LazyLock;

use inkdigit_nn::Rng;

use super::geometry::{Affine, Point, Rect, add};
use super::glyph::Glyph;
use super::random::Choose;
use crate::synth::hand::smooth;
use crate::synth::pen::Drawing;
use crate::synth::strokes::{Way, parse};

/// Each sign with its width and strokes, in hundredths of a capital's height.
#[rustfmt::skip]
const SKELETONS: &[(char, f32, &str)] = &[
    ('A', 76.0, "0,100! 38,0! 76,100; 14,64! 62,64"), ('B', 62.0, "4,0! 4,100; 4,0! 34,0 54,10 58,24 54,40 34,48! 4,48; 34,48 58,56 64,74 58,92 34,100! 4,100"),
    ('C', 72.0, "70,18 56,3 38,0 14,12 2,50 14,88 38,100 56,97 70,82"), ('D', 72.0, "4,0! 4,100; 4,0! 32,0 58,10 70,50 58,90 32,100! 4,100"),
    ('E', 58.0, "56,0! 4,0! 4,100! 58,100; 4,48! 50,48"), ('F', 54.0, "54,0! 4,0! 4,100; 4,48! 48,48"),
    ('G', 76.0, "70,18 56,3 38,0 14,12 2,50 14,88 38,100 58,97 72,84! 72,54! 46,54"), ('H', 72.0, "4,0! 4,100; 68,0! 68,100; 4,48! 68,48"),
    ('I', 10.0, "5,0! 5,100"), ('J', 46.0, "42,0! 42,70 38,92 22,100 8,94 2,80"), ('K', 66.0, "4,0! 4,100; 62,0! 4,62; 26,40! 66,100"),
    ('L', 52.0, "4,0! 4,100! 52,100"), ('M', 86.0, "4,100! 4,0! 43,80! 82,0! 82,100"), ('N', 72.0, "4,100! 4,0! 68,100! 68,0"),
    ('O', 80.0, "40,0 14,10 2,50 14,90 40,100 66,90 78,50 66,10 40,0"), ('P', 60.0, "4,100! 4,0! 34,0 54,8 60,27 54,46 34,54! 4,54"),
    ('Q', 80.0, "40,0 14,10 2,50 14,90 40,100 66,90 78,50 66,10 40,0; 50,76! 78,108"), ('R', 64.0, "4,100! 4,0! 34,0 54,8 60,26 54,44 34,52! 4,52; 34,52! 64,100"),
    ('S', 60.0, "56,16 44,3 30,0 12,6 6,24 14,40 30,47 50,56 58,74 50,94 30,100 12,96 2,82"), ('T', 66.0, "0,0! 66,0; 33,0! 33,100"),
    ('U', 70.0, "4,0! 4,66 10,90 35,100 60,90 66,66! 66,0"), ('V', 72.0, "0,0! 36,100! 72,0"), ('W', 104.0, "0,0! 26,100! 52,4! 78,100! 104,0"),
    ('X', 68.0, "2,0! 66,100; 66,0! 2,100"), ('Y', 66.0, "0,0! 33,48! 33,100; 66,0! 33,48"), ('Z', 64.0, "4,0! 62,0! 2,100! 64,100"),
    ('a', 50.0, "6,44 16,34 28,32 42,38 46,52! 46,100; 46,60 20,64 6,72 4,84 10,96 24,100 38,94 46,82"), ('b', 54.0, "4,0! 4,100; 4,56 12,38 28,32 46,42 52,66 46,90 28,100 12,94 4,78"),
    ('c', 48.0, "46,44 36,34 26,32 10,42 3,66 10,90 26,100 36,98 47,88"), ('d', 54.0, "50,0! 50,100; 50,56 42,38 26,32 8,42 2,66 8,90 26,100 42,94 50,78"),
    ('e', 52.0, "4,64! 50,64! 46,42 28,32 10,42 3,66 10,90 28,100 40,98 49,88"), ('f', 32.0, "32,2 24,0 14,6 12,20! 12,100; 0,34! 30,34"),
    ('g', 54.0, "50,34! 50,104 46,122 28,130 8,124; 50,56 42,38 26,32 8,42 2,66 8,90 26,100 42,94 50,78"), ('h', 52.0, "4,0! 4,100; 4,56 12,38 28,32 42,38 48,54! 48,100"),
    ('i', 10.0, "5,34! 5,100; 5,8! 5,12"), ('j', 16.0, "12,34! 12,110 8,124 -4,128; 12,8! 12,12"), ('k', 48.0, "4,0! 4,100; 44,34! 4,72; 20,58! 48,100"),
    ('l', 10.0, "5,0! 5,100"), ('m', 82.0, "4,34! 4,100; 4,54 12,38 24,32 36,38 42,54! 42,100; 42,54 50,38 62,32 74,38 80,54! 80,100"), ('n', 52.0, "4,34! 4,100; 4,56 12,38 28,32 42,38 48,54! 48,100"),
    ('o', 54.0, "27,32 9,42 2,66 9,90 27,100 45,90 52,66 45,42 27,32"), ('p', 54.0, "4,34! 4,130; 4,56 12,38 28,32 46,42 52,66 46,90 28,100 12,94 4,78"),
    ('q', 54.0, "50,34! 50,130; 50,56 42,38 26,32 8,42 2,66 8,90 26,100 42,94 50,78"), ('r', 34.0, "4,34! 4,100; 4,58 12,40 24,33 33,34"),
    ('s', 44.0, "40,44 32,34 22,32 8,38 6,48 14,60 30,68 41,78 39,92 22,100 10,98 2,88"), ('t', 34.0, "14,12! 14,86 20,98 32,97; 0,34! 30,34"),
    ('u', 52.0, "4,34! 4,78 10,94 24,100 40,94 48,76; 48,34! 48,100"), ('v', 50.0, "0,34! 25,100! 50,34"), ('w', 74.0, "0,34! 18,100! 37,38! 56,100! 74,34"),
    ('x', 48.0, "2,34! 46,100; 46,34! 2,100"), ('y', 50.0, "0,34! 25,98; 50,34! 25,100 14,124 2,128"), ('z', 46.0, "4,34! 44,34! 2,100! 46,100"),
    ('0', 56.0, "28,0 10,10 2,50 10,90 28,100 46,90 54,50 46,10 28,0"), ('1', 40.0, "4,20 16,14 26,0! 26,100"), ('2', 56.0, "4,28 8,10 28,0 46,8 51,28 42,48 20,72 3,100! 54,100"),
    ('3', 56.0, "4,18 14,4 28,0 46,8 50,26 42,42 24,47! 44,54 53,72 46,92 28,100 12,96 2,82"), ('4', 60.0, "44,100! 44,0! 2,70! 60,70"), ('5', 56.0, "50,0! 10,0! 6,46 28,38 46,46 53,68 46,90 28,100 12,96 2,84"),
    ('6', 56.0, "50,14 40,2 28,0 10,14 3,56 10,90 28,100 46,90 53,68 46,48 28,40 10,48 3,64"), ('7', 54.0, "2,0! 54,0! 18,100"), ('8', 56.0, "28,0 10,8 6,24 12,40 28,47 48,58 54,74 46,92 28,100 10,92 2,74 8,58 28,47 44,40 50,24 46,8 28,0"),
    ('9', 56.0, "6,86 16,98 28,100 46,86 53,44 46,10 28,0 10,10 3,32 10,52 28,60 46,52 53,36"),
    ('.', 12.0, "6,98! 6,99"), (',', 12.0, "7,96! 7,100 2,114"), (':', 12.0, "6,44! 6,46; 6,96! 6,98"), ('-', 36.0, "4,62! 32,62"), ('/', 42.0, "40,-4! 2,106"), ('(', 28.0, "26,-6 8,22 4,56 8,90 26,118"),
    (')', 28.0, "2,-6 20,22 24,56 20,90 2,118"), ('+', 62.0, "31,24! 31,88; 0,56! 62,56"), ('=', 62.0, "0,42! 62,42; 0,68! 62,68"), ('%', 84.0, "66,0! 18,100; 18,2 4,12 4,36 18,46 32,36 32,12 18,2; 66,54 52,64 52,88 66,98 80,88 80,64 66,54"),
    ('#', 64.0, "26,4! 16,96; 50,4! 40,96; 4,34! 62,34; 2,66! 60,66"), ('$', 58.0, "54,18 42,6 28,4 10,10 5,26 12,40 28,47 48,57 54,74 46,92 28,97 12,93 2,80; 28,-8! 28,110"), ('*', 40.0, "20,0! 20,44; 2,10! 38,34; 38,10! 2,34"),
    ('&', 76.0, "74,100! 24,34 20,14 32,0 46,10 42,28 12,58 4,80 16,98 38,100 58,86 68,56"), ('?', 48.0, "3,22 8,6 24,0 40,6 46,24 38,42 24,54! 24,72; 24,96! 24,99"), ('€', 66.0, "64,16 50,2 36,4 16,20 10,50 16,80 36,98 52,98 64,86; 0,40! 46,40; 0,58! 42,58"),
];

/// A sign's width and strokes, whose height is 1.
type Skeleton = (f32, Way);

static TYPE: LazyLock<HashMap<char, Skeleton>> = LazyLock::new(|| {
    SKELETONS.iter().map(|&(sign, width, way)| (sign, (width / 100.0, parse(way)))).collect()
});

/// A typeface at some size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typeface {
    /// Of capitals, in pixels.
    pub height: f32,
    /// Half the width of upright strokes by the height.
    weight: f32,
    /// How much thinner level strokes are.
    contrast: f32,
    width: f32,
    slant: f32,
    /// Half the length of the serifs by the height; 0 in a sans serif.
    serif: f32,
    /// Between two signs, by the height.
    tracking: f32,
    /// The same room for each sign, as typewriters give.
    mono: bool,
}

impl Typeface {
    pub(super) fn draw(height: f32, rng: &mut Rng) -> Self {
        let serif = rng.chance(0.4);
        Self {
            height,
            weight: if rng.chance(0.3) { rng.uniform(0.075, 0.12) } else { rng.uniform(0.035, 0.07) },
            contrast: if serif { rng.uniform(0.2, 0.65) } else { rng.uniform(0.0, 0.2) },
            width: rng.uniform(0.75, 1.15),
            slant: if rng.chance(0.15) { rng.uniform(0.1, 0.3) } else { 0.0 },
            serif: if serif { rng.uniform(0.06, 0.11) } else { 0.0 },
            tracking: rng.uniform(0.1, 0.26),
            mono: rng.chance(0.12),
        }
    }

    /// The same typeface in another size.
    #[must_use]
    pub(super) fn sized(self, height: f32) -> Self {
        Self { height, ..self }
    }

    /// A sans serif that is easily read.
    pub(super) fn plain(height: f32) -> Self {
        Self {
            height,
            weight: 0.06,
            contrast: 0.1,
            width: 0.95,
            slant: 0.0,
            serif: 0.0,
            tracking: 0.2,
            mono: false,
        }
    }

    /// A line of type that begins at 0 and stands on 0; what isn't in the case is left out.
    pub(super) fn set(&self, text: &str) -> Vec<Glyph> {
        let (mut x, mut line) = (0.0, Vec::with_capacity(text.len()));
        for sign in text.chars() {
            let Some((width, way)) = TYPE.get(&sign) else {
                x += 0.45 * self.height;
                continue;
            };
            let advance = if self.mono { 0.62 } else { width * self.width };
            let drawing = self.follow(way);
            let mut glyph = Glyph::strokes(sign, drawing);
            glyph.transform(Affine([
                [self.height * self.width, -self.height * self.slant, x],
                [0.0, self.height, -self.height],
            ]));
            // The map above scaled the nib as areas; put it right.
            let by = 1.0 / self.width.sqrt();
            if let Some(drawing) = glyph.drawing_mut() {
                drawing.strokes.iter_mut().flatten().for_each(|(_, radius)| *radius *= by);
            }
            line.push(glyph);
            x += (advance + self.tracking) * self.height;
        }
        line
    }

    fn follow(&self, way: &Way) -> Drawing {
        let mut strokes = Vec::with_capacity(way.len() * 2);
        for stroke in way {
            let path = smooth(stroke);
            let nib = |i: usize| {
                let (before, after) = (path[i.saturating_sub(1)], path[(i + 1).min(path.len() - 1)]);
                let [x, y] = add(after, before, -1.0);
                let level = x.abs() / x.hypot(y).max(1e-6);
                self.weight * (1.0 - self.contrast * level * level)
            };
            strokes.push(path.iter().enumerate().map(|(i, &point)| (point, nib(i))).collect());
            if self.serif > 0.0 {
                let ends = [(path[0], stroke[1]), (path[path.len() - 1], stroke[stroke.len() - 2])];
                strokes.extend(ends.iter().filter_map(|&(end, inward)| self.serif_at(end, inward)));
            }
        }
        Drawing { strokes }
    }

    /// A short level stroke where an upright one ends.
    fn serif_at(&self, end: Point, inward: Point) -> Option<Vec<(Point, f32)>> {
        let [x, y] = add(inward, end, -1.0);
        if y.abs() < 0.2 || x.abs() > y.abs() {
            return None;
        }
        let nib = self.weight * (1.0 - self.contrast) * 0.8;
        Some([-1.0, 1.0].map(|side| (add(end, [side * self.serif, 0.0], 1.0), nib)).to_vec())
    }
}

/// Words as they stand on forms, letters and receipts.
const WORDS: &[&str] = &[
    "Name",
    "Date",
    "Total",
    "Amount",
    "Number",
    "Street",
    "City",
    "Account",
    "Tel.",
    "No.",
    "Datum",
    "Betrag",
    "Summe",
    "Nom",
    "Montant",
    "Fecha",
    "Importe",
    "Signature",
    "Invoice",
    "Order",
    "Page",
    "Customer",
    "Price",
    "Tax",
    "VAT",
    "Qty",
    "Code",
    "Postal",
    "Birth",
    "First name",
    "Last name",
    "Phone",
    "Please print",
    "in block letters",
    "for office use only",
    "EUR",
    "USD",
    "PESOS",
    "Nr.",
    "Konto",
    "Unterschrift",
    "Ort",
    "Strasse",
    "Room",
    "Weight kg",
    "Height cm",
    "Time",
    "Result",
    "Pay to the order of",
    "Bank",
    "Branch",
    "Serie",
    "CHEQUE",
    "the",
    "and",
    "of",
    "with",
    "shall",
    "be",
    "received",
    "within",
    "days",
    "Form",
    "Section",
    "Part A",
    "Question",
    "Answer",
    "Class",
    "Grade",
    "Points",
    "Meter reading",
];

/// Something printed: words, and numbers among them.
pub(super) fn words(count: usize, rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..count {
        if !text.is_empty() {
            text.push(' ');
        }
        match rng.below(10) {
            0 => text += &super::content::Content::any(rng).text(rng),
            1 => text += &rng.pick(WORDS).to_uppercase(),
            _ => text += rng.pick(WORDS),
        }
        if rng.chance(0.12) {
            text.push(rng.pick(&[':', ',', '.']));
        }
    }
    text
}

/// The box of a line of type.
pub(super) fn extent(line: &[Glyph]) -> Rect {
    super::writer::extent(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_type_stand_on_their_line_from_left_to_right() {
        let mut rng = Rng::new(2);
        for _ in 0..50 {
            let face = Typeface::draw(20.0, &mut rng);
            let line = face.set("HEx10 n");
            assert_eq!(line.len(), 6);
            let middles: Vec<f32> = line.iter().map(|glyph| glyph.extent().middle()[0]).collect();
            assert!(middles.is_sorted(), "{middles:?}");
            for glyph in &line {
                let extent = glyph.extent();
                assert!(extent.bottom.abs() < 3.0 && extent.top > -24.0, "{} {extent:?}", glyph.sign);
            }
        }
    }

    #[test]
    fn all_letters_and_digits_are_in_the_case() {
        for sign in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-/.,:+()=".chars()) {
            assert!(TYPE.contains_key(&sign), "{sign}");
        }
    }
}
