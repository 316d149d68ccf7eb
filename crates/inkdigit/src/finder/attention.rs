//! Which parts of a copy are looked at: those that aren't blank, and on which smaller copies left something to find.
//!
//! Copies are looked at from the smallest on. The larger they become, the more they cost; and the less there is on
//! them that wasn't found yet.

use super::Find;
use super::pyramid::{BORDER, Level};
use inkdigit_image::{Bounds, GrayImage};

/// Copies whose longer side has no more pixels are looked at as a whole: there is little to save.
const WHOLE: usize = 320;

/// The sides of the squares that are looked at or not, in pixels.
const CELL: usize = 16;

/// Fewer levels between the lightest and the darkest pixel of a square and its neighbours are no ink.
const LEAST_CONTRAST: u8 = 14;

/// Grain makes contrast everywhere: ink is so many times above what a quarter of the squares stay below.
const ABOVE_GRAIN: f32 = 1.7;

/// A find so probable needs no second sight on a larger copy...
const SETTLED: f32 = 0.9;

/// ...if it was so high there, in pixels: then the network saw all of it.
const SETTLED_HEIGHT: f32 = 20.0;

/// The ink around a find that belongs to it, as a part of its height.
const AROUND: f32 = 0.2;

/// A find, and how high it was on the copy it was found on.
pub(super) struct Seen {
    pub(super) find: Find,
    pub(super) height: f32,
}

impl Seen {
    fn is_settled(&self) -> bool {
        self.find.probability >= SETTLED && self.height >= SETTLED_HEIGHT
    }
}

/// The parts of a copy that are to be looked at.
pub(super) struct Attention {
    columns: usize,
    wanted: Vec<bool>,
    parts: Vec<Bounds>,
}

impl Attention {
    /// What is to be looked at where this much was seen on smaller copies.
    pub(super) fn of(level: &Level, seen: &[Seen]) -> Self {
        let picture = &level.picture;
        let [columns, rows] = [picture.width(), picture.height()].map(|side| side.div_ceil(CELL));
        if picture.width().max(picture.height()) <= WHOLE {
            return Self { columns, wanted: vec![true; columns * rows], parts: vec![level.bounds()] };
        }
        let mut wanted = with_ink(picture, columns, rows);
        for seen in seen.iter().filter(|seen| seen.is_settled()) {
            let Find { left, top, right, bottom, .. } = seen.find;
            let around = AROUND * (bottom - top);
            let cells = |from: f32, to: f32, end: usize| {
                let place =
                    |edge: f32| ((edge * level.scale / CELL as f32).round().max(0.0) as usize).min(end);
                place(from - around)..place(to + around)
            };
            for row in cells(top, bottom, rows) {
                cells(left, right, columns).for_each(|column| wanted[row * columns + column] = false);
            }
        }
        let parts = parts(&wanted, columns, picture);
        Self { columns, wanted, parts }
    }

    /// Parts that together hold all that is to be looked at.
    pub(super) fn parts(&self) -> &[Bounds] {
        &self.parts
    }

    /// Whether something in the middle of a find on the copy was to be looked at: what lies beside it was seen in
    /// part only.
    pub(super) fn covers(&self, [x, y]: [f32; 2]) -> bool {
        let cell = |place: f32| (place.max(0.0) as usize) / CELL;
        // Its own square, or one beside it: a middle needn't have ink.
        let (column, row) = (cell(x), cell(y));
        let rows = self.wanted.len() / self.columns;
        (row.saturating_sub(1)..(row + 2).min(rows)).any(|row| {
            let columns = column.saturating_sub(1)..(column + 2).min(self.columns);
            columns.into_iter().any(|column| self.wanted[row * self.columns + column])
        })
    }
}

/// Which squares have more contrast than paper has.
fn with_ink(picture: &GrayImage, columns: usize, rows: usize) -> Vec<bool> {
    let mut ranges = vec![(255u8, 0u8); columns * rows];
    for y in 0..picture.height() {
        let line = &mut ranges[y / CELL * columns..][..columns];
        for (range, pixels) in line.iter_mut().zip(picture.row(y).chunks(CELL)) {
            let (least, most) = pixels.iter().fold(*range, |(a, b), &level| (a.min(level), b.max(level)));
            *range = (least, most);
        }
    }
    let contrasts: Vec<u8> = ranges.iter().map(|&(least, most)| most - least).collect();
    let mut sorted = contrasts.clone();
    let quarter = *sorted.select_nth_unstable(contrasts.len() / 4).1;
    let least = (ABOVE_GRAIN * f32::from(quarter)).min(255.0) as u8;
    // Where nearly everything is ink, a quarter has no blank square: then all is looked at.
    let least = if quarter > 60 { LEAST_CONTRAST } else { least.max(LEAST_CONTRAST) };
    contrasts.into_iter().map(|contrast| contrast >= least).collect()
}

/// Bands of the copy that hold all wanted squares: rows of squares that follow one another, from the first wanted
/// column to the last.
fn parts(wanted: &[bool], columns: usize, picture: &GrayImage) -> Vec<Bounds> {
    let mut parts: Vec<Bounds> = Vec::new();
    for (row, cells) in wanted.chunks_exact(columns).enumerate() {
        let Some(first) = cells.iter().position(|&wanted| wanted) else { continue };
        let last = cells.iter().rposition(|&wanted| wanted).expect("there is a first one");
        // With what stands beside them: digits reach beyond the squares of their unsure parts.
        let band = Bounds {
            left: (first * CELL).saturating_sub(BORDER),
            top: (row * CELL).saturating_sub(BORDER),
            right: ((last + 1) * CELL + BORDER).min(picture.width()),
            bottom: ((row + 1) * CELL + BORDER).min(picture.height()),
        };
        match parts.last_mut().filter(|part| part.bottom >= band.top) {
            Some(part) => {
                *part = Bounds {
                    left: part.left.min(band.left),
                    top: part.top,
                    right: part.right.max(band.right),
                    bottom: band.bottom,
                };
            }
            None => parts.push(band),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Heights, pyramid};
    use super::*;

    /// White paper with black squares of 20 pixels at these places.
    fn paper(places: &[[usize; 2]]) -> GrayImage {
        let mut pixels = vec![250u8; 800 * 600];
        for &[x, y] in places {
            (y..y + 20).for_each(|y| pixels[y * 800 + x..y * 800 + x + 20].fill(10));
        }
        GrayImage::new(800, 600, pixels).unwrap()
    }

    fn largest(picture: &GrayImage) -> Level {
        pyramid::levels(picture, Heights::default(), 1600).pop().unwrap()
    }

    #[test]
    fn blank_paper_is_passed_over() {
        let level = largest(&paper(&[[100, 100], [600, 400]]));
        let attention = Attention::of(&level, &[]);
        assert!(attention.covers([110.0, 110.0]) && attention.covers([610.0, 410.0]));
        assert!(!attention.covers([400.0, 300.0]) && !attention.covers([110.0, 300.0]));
        let area: usize = attention.parts().iter().map(|part| part.width() * part.height()).sum();
        assert!(attention.parts().len() == 2 && area < 20_000, "{:?}", attention.parts());
        assert!(Attention::of(&largest(&paper(&[])), &[]).parts().is_empty());
    }

    #[test]
    fn what_was_found_on_a_smaller_copy_is_settled() {
        let level = largest(&paper(&[[100, 100], [600, 400]]));
        let seen = |probability, height| Seen {
            find: Find {
                class: Class::of('1').unwrap(),
                probability,
                digits: [0.0; 10],
                left: 98.0,
                top: 98.0,
                right: 122.0,
                bottom: 122.0,
            },
            height,
        };
        assert!(!Attention::of(&level, &[seen(0.95, 30.0)]).covers([110.0, 110.0]));
        assert!(Attention::of(&level, &[seen(0.95, 30.0)]).covers([610.0, 410.0]));
        assert!(Attention::of(&level, &[seen(0.95, 12.0)]).covers([110.0, 110.0]), "it was too small");
        assert!(Attention::of(&level, &[seen(0.6, 30.0)]).covers([110.0, 110.0]), "it was too unsure");
    }

    #[test]
    fn small_pictures_are_looked_at_as_a_whole() {
        let small = GrayImage::new(300, 20, vec![9; 6000]).unwrap();
        let level = largest(&small);
        let attention = Attention::of(&level, &[]);
        assert_eq!(attention.parts(), [level.bounds()]);
        assert!(attention.covers([299.0, 19.0]));
    }
}
