//! Which parts of a copy are looked at: those that aren't blank, and on which smaller copies left something to find.
//!
//! Copies are looked at from the smallest on. The larger they become, the more they cost; and the more there is on
//! them that is known already.

use super::pyramid::{BORDER, Level};
use super::{Find, overlap};
use inkdigit_image::{Bounds, GrayImage};

/// Copies whose longer side has no more pixels are looked at as a whole: there is little to save.
const WHOLE: usize = 320;

/// The sides of the squares that are looked at or not, in pixels.
const CELL: usize = 16;

/// Fewer levels between the lightest and the darkest pixel of a square and its neighbours are no ink.
const LEAST_CONTRAST: u8 = 16;

/// Grain makes contrast everywhere: ink is so many times above what a quarter of the squares stay below.
const ABOVE_GRAIN: f32 = 2.0;

/// Where a quarter of the squares have more contrast, it isn't grain.
const MOST_GRAIN: u8 = 60;

/// Ink that hangs together and has fewer pixels is a speck: strokes of the smallest digits have more.
const SPECK: usize = 20;

/// Squares along a side of the tiles by which ink is divided into rectangles.
const TILE: usize = 10;

/// More rectangles aren't weighed against each other.
const MOST_PARTS: usize = 200;

/// A find so probable is looked into no further...
pub(super) const SETTLED: f32 = 0.9;

/// ...where it is so high, in pixels. A text seen from far away may look like a digit, but the digits of a dozen lines
/// would have been found by then.
const SETTLED_HEIGHT: f32 = 300.0;

/// So is a digit that is larger than the copy's digits, if two smaller copies found the same: what only seems to be
/// one from far away seldom seems to be the same one from two distances. The less sure of both is at least so probable...
const CONFIRMED: f32 = 0.8;

/// ...and their boxes share at least this part of what they cover together.
const SAME: f32 = 0.5;

/// The ink around a find that belongs to it, as a part of its height.
const AROUND: f32 = 0.2;

/// The parts of a copy that are to be looked at.
pub(super) struct Attention {
    columns: usize,
    wanted: Vec<bool>,
    parts: Vec<Bounds>,
}

impl Attention {
    /// What is to be looked at where this much was seen on smaller copies.
    ///
    /// `seen` has the finds with the number of their copy.
    pub(super) fn of(level: &Level, seen: &[(usize, Find)]) -> Self {
        let picture = &level.picture;
        let [columns, rows] = [picture.width(), picture.height()].map(|side| side.div_ceil(CELL));
        if picture.width().max(picture.height()) <= WHOLE {
            return Self { columns, wanted: vec![true; columns * rows], parts: vec![level.bounds()] };
        }
        let ink = ink(picture, columns, rows);
        let mut wanted: Vec<bool> = ink.iter().map(|&ink| ink > 0).collect();
        let settled = |(copy, find): &&(usize, Find)| {
            let height = find.height() * level.scale;
            find.probability >= SETTLED
                && (height >= SETTLED_HEIGHT
                    || height > level.most_height() && is_confirmed(*copy, find, seen))
        };
        for &(_, Find { left, top, right, bottom, .. }) in seen.iter().filter(settled) {
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
        let parts = parts(&mut wanted, &ink, columns, picture);
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

/// Whether another copy found the same digit there.
fn is_confirmed(copy: usize, find: &Find, seen: &[(usize, Find)]) -> bool {
    find.class.digit().is_some()
        && seen.iter().any(|(other_copy, other)| {
            *other_copy != copy
                && other.class == find.class
                && other.probability >= CONFIRMED
                && overlap::shared_part(find, other) > SAME
        })
}

/// How many pixels of ink each square has: none where its contrast is no more than paper's.
fn ink(picture: &GrayImage, columns: usize, rows: usize) -> Vec<usize> {
    let mut ranges = vec![(255u8, 0u8); columns * rows];
    for y in 0..picture.height() {
        let line = &mut ranges[y / CELL * columns..][..columns];
        for (range, pixels) in line.iter_mut().zip(picture.row(y).chunks(CELL)) {
            *range = pixels.iter().fold(*range, |(a, b), &level| (a.min(level), b.max(level)));
        }
    }
    let contrasts: Vec<u8> = ranges.iter().map(|&(least, most)| most - least).collect();
    let mut sorted = contrasts.clone();
    let quarter = *sorted.select_nth_unstable(contrasts.len() / 4).1;
    // Where nearly everything is ink, a quarter has no blank square: then all is looked at.
    let least = if quarter > MOST_GRAIN { 0 } else { (ABOVE_GRAIN * f32::from(quarter)) as u8 };
    let least = least.max(LEAST_CONTRAST);
    // Which of the two is ink isn't known, but there is less of it.
    let mut darker = vec![[0usize; 2]; columns * rows];
    for y in 0..picture.height() {
        let row = y / CELL * columns;
        for (column, pixels) in picture.row(y).chunks(CELL).enumerate() {
            let (low, high) = ranges[row + column];
            let dark = pixels.iter().filter(|&&level| level < low + (high - low) / 2).count();
            darker[row + column][0] += dark;
            darker[row + column][1] += pixels.len() - dark;
        }
    }
    let ink =
        contrasts.iter().zip(darker).map(|(&contrast, [a, b])| if contrast >= least { a.min(b) } else { 0 });
    ink.collect()
}

/// Rectangles that hold all wanted squares: those that hang together, and together what costs less so. Squares of
/// specks are wanted no longer.
fn parts(wanted: &mut [bool], ink: &[usize], columns: usize, picture: &GrayImage) -> Vec<Bounds> {
    let rows = wanted.len() / columns;
    let mut visited = vec![false; wanted.len()];
    let mut parts: Vec<Bounds> = Vec::new();
    for start in 0..wanted.len() {
        if !wanted[start] || visited[start] {
            continue;
        }
        visited[start] = true;
        let (mut group, mut next) = (vec![start], 0);
        while next < group.len() {
            let (column, row) = (group[next] % columns, group[next] / columns);
            next += 1;
            for r in row.saturating_sub(1)..(row + 2).min(rows) {
                for c in column.saturating_sub(1)..(column + 2).min(columns) {
                    let cell = r * columns + c;
                    if wanted[cell] && !visited[cell] {
                        visited[cell] = true;
                        group.push(cell);
                    }
                }
            }
        }
        if group.iter().map(|&cell| ink[cell]).sum::<usize>() < SPECK {
            group.iter().for_each(|&cell| wanted[cell] = false);
            continue;
        }
        // By tiles: what hangs together may go around the whole page, as its edge does.
        let mut tiles: Vec<([usize; 2], Bounds)> = Vec::new();
        for cell in group {
            let (column, row) = (cell % columns, cell / columns);
            // With what stands beside it: digits reach beyond the squares of their unsure parts.
            let square = Bounds {
                left: (column * CELL).saturating_sub(BORDER),
                top: (row * CELL).saturating_sub(BORDER),
                right: ((column + 1) * CELL + BORDER).min(picture.width()),
                bottom: ((row + 1) * CELL + BORDER).min(picture.height()),
            };
            let place = [row / TILE, column / TILE];
            match tiles.iter_mut().find(|(tile, _)| *tile == place) {
                Some((_, tile)) => *tile = both(tile, &square),
                None => tiles.push((place, square)),
            }
        }
        parts.extend(tiles.into_iter().map(|(_, tile)| tile));
    }
    joined(parts)
}

/// Rectangles of which two become one as long as that costs less.
fn joined(mut parts: Vec<Bounds>) -> Vec<Bounds> {
    let cost = |part: &Bounds| (part.width() + 2 * BORDER) * (part.height() + 2 * BORDER);
    if parts.len() > MOST_PARTS {
        return parts.into_iter().reduce(|a, b| both(&a, &b)).into_iter().collect();
    }
    let mut place = 0;
    while place < parts.len() {
        let own = parts[place];
        let gain = |other: &Bounds| (cost(&own) + cost(other)).checked_sub(cost(&both(&own, other)));
        match (place + 1..parts.len()).filter_map(|other| Some((gain(&parts[other])?, other))).max() {
            // What it became may join others that it hadn't before.
            Some((_, other)) => {
                parts[place] = both(&own, &parts[other]);
                parts.swap_remove(other);
                place = 0;
            }
            None => place += 1,
        }
    }
    parts
}

/// The smallest rectangle around two.
fn both(a: &Bounds, b: &Bounds) -> Bounds {
    Bounds {
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
    }
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
    fn specks_are_passed_over_and_neighbours_looked_at_together() {
        let mut picture = paper(&[[100, 100], [135, 100], [600, 400]]);
        let mut pixels = picture.pixels().to_vec();
        for y in 300..303 {
            pixels[y * 800 + 300..y * 800 + 303].fill(0);
        }
        picture = GrayImage::new(800, 600, pixels).unwrap();
        let level = largest(&picture);
        let attention = Attention::of(&level, &[]);
        assert!(!attention.covers([301.0, 301.0]) && attention.covers([110.0, 110.0]));
        assert_eq!(attention.parts().len(), 2, "{:?}", attention.parts());
    }

    #[test]
    fn what_was_found_large_is_settled() {
        let mut pixels = paper(&[[600, 400]]).pixels().to_vec();
        (50..380).for_each(|y| pixels[y * 800 + 100..y * 800 + 160].fill(30));
        let level = largest(&GrayImage::new(800, 600, pixels).unwrap());
        let seen = |probability, height: f32| Find {
            class: Class::of('1').unwrap(),
            probability,
            digits: [0.0; 10],
            left: 95.0,
            top: 45.0,
            right: 165.0,
            bottom: 45.0 + height,
        };
        let covers = |seen: Find| Attention::of(&level, &[(0, seen)]).covers([104.0, 200.0]);
        assert!(!covers(seen(0.95, 340.0)) && covers(seen(0.6, 340.0)), "sure, unsure");
        assert!(covers(seen(0.95, 290.0)), "what it may be made of could be seen only now");
        assert!(Attention::of(&level, &[(0, seen(0.95, 340.0))]).covers([610.0, 410.0]));
        // Found twice alike, it needn't be as large.
        let twice = |second| Attention::of(&level, &[(0, seen(0.95, 290.0)), second]).covers([104.0, 200.0]);
        assert!(!twice((1, seen(0.85, 300.0))) && twice((1, seen(0.7, 300.0))), "sure, unsure");
        assert!(twice((0, seen(0.85, 300.0))), "on one copy");
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
