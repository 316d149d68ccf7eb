//! The paper's level everywhere on a picture, and ink relative to it: shadows, lamps and vignettes go.

use super::levels::Levels;
use crate::GrayImage;

/// Cells along the longer side of the grid on which the paper's level is estimated.
const CELLS: usize = 64;

/// Dark things narrower than twice this number of cells, and one, are taken for ink on the paper: a fifth of
/// the picture. Larger ones are paper, too: a shadow, a table.
const INK_REACH: usize = 6;

/// Paper darker than this is taken for this dark: dividing by less would blow up the camera's noise.
const DARKEST_PAPER: f32 = 40.0;

/// The paper's level on a coarse grid, interpolated between its cells.
struct Background {
    /// The picture's columns.
    width: usize,
    cell: usize,
    columns: usize,
    rows: usize,
    /// `[rows, columns]`, luminances.
    levels: Vec<f32>,
}

/// How strong the ink is on each pixel of a picture with dark ink on light paper: the share of the paper's
/// light that it takes away, 0 none to 255 all. Where `even` is set the paper's level is taken to be the same
/// everywhere.
///
/// # Shapes
/// - `image`: `[height, width]`, luminances, dark ink
/// - result: `[height, width]`, 0 paper to 255 ink
pub(super) fn ink_strength(image: &GrayImage, even: bool) -> GrayImage {
    if even {
        return image.inverted();
    }
    let background = Background::estimate(image);
    let mut pixels = Vec::with_capacity(image.pixels().len());
    // The cells' rows between whose middles the pixels' row lies.
    let mut cells = [0, 0];
    let mut levels = [background.row(0), background.row(0)];
    for y in 0..image.height() {
        let place = background.place(y, background.rows);
        if [place.first, place.second] != cells {
            levels.swap(0, 1);
            levels[1] = background.row(place.second);
            cells = [place.first, place.second];
        }
        let strength = |((&pixel, &above), &below): ((&u8, &f32), &f32)| {
            let level = above + place.share * (below - above);
            // Compared and not by f32::max, whose rule for NaN costs as much as the rest; there is none here.
            let paper = if level > DARKEST_PAPER { level } else { DARKEST_PAPER };
            let ink = (paper - pixel as f32) * (255.0 / paper);
            // By way of i32, to which processors convert whole vectors.
            (if ink > 0.0 { ink } else { 0.0 }) as i32 as u8
        };
        pixels.extend(image.row(y).iter().zip(&levels[0]).zip(&levels[1]).map(strength));
    }
    GrayImage::new(image.width(), image.height(), pixels).expect("a strength for each pixel")
}

impl Background {
    fn estimate(image: &GrayImage) -> Self {
        let cell = image.width().max(image.height()).div_ceil(CELLS);
        let (columns, rows) = (image.width().div_ceil(cell), image.height().div_ceil(cell));
        let mut levels = Vec::with_capacity(columns * rows);
        for top in (0..image.height()).step_by(cell) {
            for left in (0..image.width()).step_by(cell) {
                let columns = left..(left + cell).min(image.width());
                let rows = (top..(top + cell).min(image.height())).map(|y| &image.row(y)[columns.clone()]);
                levels.push(upper_middle(rows));
            }
        }
        let mut background = Self { width: image.width(), cell, columns, rows, levels };
        // Not f32::max and min, for the same reason as below.
        background.extremes(INK_REACH, |a, b| if b > a { b } else { a });
        background.extremes(INK_REACH, |a, b| if b < a { b } else { a });
        background.blur();
        background
    }

    /// Each cell becomes the most extreme of those within `reach`, separably.
    fn extremes(&mut self, reach: usize, extreme: impl Fn(f32, f32) -> f32) {
        self.separably(|line, at| {
            let near = &line[at.saturating_sub(reach)..(at + reach + 1).min(line.len())];
            near.iter().copied().fold(line[at], &extreme)
        });
    }

    /// Each cell becomes the mean of those around it: an envelope has steps, paper hasn't.
    fn blur(&mut self) {
        self.separably(|line, at| {
            let near = &line[at.saturating_sub(1)..(at + 2).min(line.len())];
            near.iter().sum::<f32>() / near.len() as f32
        });
    }

    /// Applies `filter` (a line and a place in it) to the rows and then to the columns.
    fn separably(&mut self, filter: impl Fn(&[f32], usize) -> f32) {
        let mut line = Vec::new();
        for row in self.levels.chunks_exact_mut(self.columns) {
            line.clear();
            line.extend_from_slice(row);
            row.iter_mut().enumerate().for_each(|(at, level)| *level = filter(&line, at));
        }
        for x in 0..self.columns {
            line.clear();
            line.extend(self.levels[x..].iter().step_by(self.columns));
            for at in 0..self.rows {
                self.levels[at * self.columns + x] = filter(&line, at);
            }
        }
    }

    /// The paper's level in a row of cells, in each column of pixels.
    fn row(&self, row: usize) -> Vec<f32> {
        let line = &self.levels[row * self.columns..][..self.columns];
        let level = |x: usize| {
            let place = self.place(x, self.columns);
            line[place.first] + place.share * (line[place.second] - line[place.first])
        };
        (0..self.width).map(level).collect()
    }

    /// Where a pixel lies among the middles of `count` cells.
    fn place(&self, at: usize, count: usize) -> Place {
        let place = ((at as f32 + 0.5) / self.cell as f32 - 0.5).clamp(0.0, (count - 1) as f32);
        Place { first: place as usize, second: (place as usize + 1).min(count - 1), share: place.fract() }
    }
}

/// A place between the middles of two cells.
struct Place {
    first: usize,
    second: usize,
    /// How far it is from the first to the second.
    share: f32,
}

/// The level that three quarters of a cell's pixels don't exceed: paper, even where some strokes cross it.
fn upper_middle<'a>(rows: impl Iterator<Item = &'a [u8]> + Clone) -> f32 {
    let first = rows.clone().next().map_or(0, |row| row[0]);
    if rows.clone().all(|row| row.iter().all(|&pixel| pixel == first)) {
        return first as f32;
    }
    let mut levels = Levels::default();
    rows.for_each(|row| levels.add(row));
    levels.at_rank(levels.count() * 3 / 4) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shadows_go_and_ink_stays() {
        // From bright to half of it, a stroke of half the paper's light across.
        let paper = |x: usize| 240.0 - 0.6 * x as f32;
        let level = |x: usize, y: usize| paper(x) * if (95..105).contains(&y) { 0.5 } else { 1.0 };
        let pixels = (0..200 * 200).map(|i| level(i % 200, i / 200) as u8).collect();
        let ink = ink_strength(&GrayImage::new(200, 200, pixels).unwrap(), false);
        for x in 10..190 {
            assert!(ink.at(x, 50) < 20, "paper in column {x}: {}", ink.at(x, 50));
            assert!((110..145).contains(&ink.at(x, 100)), "ink in column {x}: {}", ink.at(x, 100));
        }
    }

    #[test]
    fn a_table_around_the_paper_is_no_ink() {
        let inside = |x: usize, y: usize| (60..240).contains(&x) && (60..240).contains(&y);
        let pixels = (0..300 * 300).map(|i| if inside(i % 300, i / 300) { 230 } else { 50 }).collect();
        let ink = ink_strength(&GrayImage::new(300, 300, pixels).unwrap(), false);
        assert!(ink.at(10, 150) < 10 && ink.at(150, 150) < 10, "{} {}", ink.at(10, 150), ink.at(150, 150));
    }

    #[test]
    fn a_single_pixel_has_a_background() {
        assert_eq!(ink_strength(&GrayImage::new(1, 1, vec![90]).unwrap(), false).pixels(), [0]);
        assert_eq!(ink_strength(&GrayImage::new(1, 1, vec![90]).unwrap(), true).pixels(), [165]);
    }
}
