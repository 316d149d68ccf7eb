//! Printed lines go: ruled and squared paper, boxes of forms, frames.
//!
//! A line is traced through its short cross-sections, from one row (or column) to the next, so that it may be
//! slanted, a little curved, interrupted, and crossed by strokes: where a stroke lies over it the
//! cross-section is long, and such places are passed and stay. What was traced is a ruled line if no hand would
//! have drawn it: it crosses the picture, or is far too long and straight for its width, or closes a frame
//! with others.

use super::mask::Mask;
use super::threshold;
use crate::GrayImage;

/// A stroke differs from the line that it runs along by at least so many levels.
const LEAST_DIFFERENCE: usize = 8;

/// Pictures with a shorter side have no room for ruled lines beside a digit.
const LEAST_SIDE: usize = 48;

/// The printed lines of a picture: cross-sections of upright and of level ones, which show the line and nothing
/// over it.
#[derive(Clone, Debug, Default)]
pub(super) struct RuledLines {
    /// Stretches of rows.
    upright: Vec<Section>,
    /// Stretches of columns.
    level: Vec<Section>,
}

impl RuledLines {
    /// Finds them. They are traced where ink is stronger than `noise`, which shows more than what is taken for
    /// ink: of a light and thin line, cut where strokes are, only dashes are left.
    ///
    /// # Shapes
    /// - `strength`: `[height, width]`, 0 paper to 255 ink
    pub(super) fn find(strength: &GrayImage, noise: usize) -> Self {
        let (width, height) = (strength.width(), strength.height());
        if width.min(height) < LEAST_SIDE {
            return Self::default();
        }
        let traces = threshold::above_level(strength, noise);
        let thickest = (width.min(height) / 80).max(3);
        let upright = trace(&traces, thickest);
        let level = trace(&traces.transposed(), thickest);
        let (upright_ruled, level_ruled) = ruled(&upright, &level, height, width);
        let mut found = Self::default();
        for (line, _) in upright.iter().zip(&upright_ruled).filter(|(_, ruled)| **ruled) {
            found.upright.extend(line.own_sections(|row, place| strength.at(place, row)));
        }
        for (line, _) in level.iter().zip(&level_ruled).filter(|(_, ruled)| **ruled) {
            found.level.extend(line.own_sections(|column, place| strength.at(column, place)));
        }
        found
    }

    /// Takes them out of a mask.
    ///
    /// # Panics
    /// If it has another size than the picture that they were found on.
    pub(super) fn remove(&self, mask: &mut Mask) {
        for section in &self.upright {
            mask.row_mut(section.row)[section.start..section.end].fill(false);
        }
        for section in &self.level {
            (section.start..section.end).for_each(|y| mask.row_mut(y)[section.row] = false);
        }
    }
}

/// A short cross-section of a line: pixels of one row.
#[derive(Clone, Copy, Debug)]
struct Section {
    row: usize,
    start: usize,
    end: usize,
}

impl Section {
    fn middle(&self) -> f32 {
        (self.start + self.end) as f32 / 2.0
    }
}

/// A line from top to bottom.
struct TracedLine {
    sections: Vec<Section>,
    /// Columns that a row is right of the one above.
    slope: f32,
    /// Rows in which a stroke lies over it.
    covered: usize,
    /// The last row in which it was seen or covered.
    last: usize,
}

impl TracedLine {
    fn first(&self) -> &Section {
        &self.sections[0]
    }

    fn end(&self) -> &Section {
        &self.sections[self.sections.len() - 1]
    }

    fn length(&self) -> usize {
        self.last + 1 - self.first().row
    }

    /// Where its middle is to be expected in a row below.
    fn expected(&self, row: usize) -> f32 {
        self.end().middle() + self.slope * (row - self.end().row) as f32
    }

    /// The median of its sections' lengths.
    fn thickness(&self) -> usize {
        let mut lengths: Vec<usize> = self.sections.iter().map(|s| s.end - s.start).collect();
        let middle = lengths.len() / 2;
        *lengths.select_nth_unstable(middle).1
    }

    /// The root of the mean square of its sections' distances from the straight line that fits them best.
    fn waviness(&self) -> f32 {
        let n = self.sections.len() as f64;
        let sum = |of: &dyn Fn(&Section) -> f64| self.sections.iter().map(of).sum::<f64>();
        let (row, middle) = (sum(&|s| s.row as f64) / n, sum(&|s| s.middle() as f64) / n);
        let spread = sum(&|s| (s.row as f64 - row).powi(2));
        let slope = sum(&|s| (s.row as f64 - row) * (s.middle() as f64 - middle)) / spread.max(1.0);
        let off = |s: &Section| (s.middle() as f64 - middle - slope * (s.row as f64 - row)).powi(2);
        (sum(&off) / n).sqrt() as f32
    }

    /// The sections that show the line and nothing over it: where a stroke begins to leave it they are longer,
    /// and where a stroke runs along it they are stronger, if it is printed lighter than the pen. `tone` gives
    /// the strength of a row at a place across.
    fn own_sections(&self, tone: impl Fn(usize, usize) -> u8) -> impl Iterator<Item = &Section> {
        let longest = self.thickness() * 3 / 2 + 1;
        let strongest = |s: &Section| (s.start..s.end).map(|place| tone(s.row, place)).max().unwrap_or(0);
        let mut tones: Vec<u8> = self.sections.iter().map(strongest).collect();
        let middle = tones.len() / 2;
        let usual = *tones.clone().select_nth_unstable(middle).1 as usize;
        let own = move |(section, tone): &(&Section, u8)| {
            section.end - section.start <= longest && *tone as usize <= usual * 3 / 2 + LEAST_DIFFERENCE
        };
        self.sections.iter().zip(std::mem::take(&mut tones)).filter(own).map(|(section, _)| section)
    }

    /// Whether a cross-section is about as long as those before it.
    fn is_usual(&self, length: usize) -> bool {
        let seen = self.sections.len();
        let recent = &self.sections[seen.saturating_sub(8)..];
        let sum: usize = recent.iter().map(|s| s.end - s.start).sum();
        seen < 4 || length * recent.len() <= 2 * sum + recent.len()
    }

    /// Whether it has the form of a printed line of some length, drawn along a ruler.
    fn is_straight(&self) -> bool {
        let length = self.length();
        length >= 20
            && length >= 7 * self.thickness()
            && 5 * self.sections.len() >= 2 * length
            && 10 * (self.sections.len() + self.covered) >= 7 * length
            && self.waviness() <= (0.006 * length as f32).max(1.0)
    }
}

/// The straight lines of a mask that run from top to bottom, slanted by less than 27 degrees.
fn trace(mask: &Mask, thickest: usize) -> Vec<TracedLine> {
    let (mut active, mut found) = (Vec::<TracedLine>::new(), Vec::new());
    let mut runs = Vec::new();
    let mut taken = Vec::new();
    for row in 0..mask.height() {
        runs.clear();
        runs.extend(mask.runs(row).map(|run| Section { row, start: run.start, end: run.end }));
        taken.clear();
        taken.resize(runs.len(), false);
        active.retain_mut(|line| {
            let expected = line.expected(row);
            let at = runs.partition_point(|run| (run.end as f32) < expected);
            let distance =
                |run: &Section| (run.start as f32 - expected).max(expected - run.end as f32).max(0.0);
            let near = (at.saturating_sub(1)..(at + 2).min(runs.len()))
                .min_by(|&a, &b| distance(&runs[a]).total_cmp(&distance(&runs[b])))
                .filter(|&run| distance(&runs[run]) <= 1.0);
            match near {
                Some(run)
                    if runs[run].end - runs[run].start <= thickest
                        && line.is_usual(runs[run].end - runs[run].start) =>
                {
                    let section = runs[run];
                    // Two lines that have met are one from here on.
                    if std::mem::replace(&mut taken[run], true) {
                        return keep(line, &mut found);
                    }
                    line.sections.push(section);
                    line.last = row;
                    if line.sections.len() >= 8 {
                        let earlier = &line.sections[line.sections.len().saturating_sub(48)];
                        let rows = (row - earlier.row) as f32;
                        line.slope = ((section.middle() - earlier.middle()) / rows).clamp(-0.5, 0.5);
                    }
                    true
                }
                Some(_) => {
                    line.covered += 1;
                    line.last = row;
                    true
                }
                None if row - line.last <= 2 + line.length() / 8 => true,
                None => keep(line, &mut found),
            }
        });
        let fresh =
            runs.iter().zip(&taken).filter(|(run, taken)| !**taken && run.end - run.start <= thickest);
        active.extend(fresh.map(|(&section, _)| TracedLine {
            sections: vec![section],
            slope: 0.0,
            covered: 0,
            last: row,
        }));
    }
    active.iter_mut().for_each(|line| {
        keep(line, &mut found);
    });
    found
}

/// Adds a line that has ended to those found, if it is straight; says that it isn't active any more.
fn keep(line: &mut TracedLine, found: &mut Vec<TracedLine>) -> bool {
    // What covers its end is a stroke that it runs into, no part of it.
    line.covered -= (line.last - line.end().row).min(line.covered);
    line.last = line.end().row;
    if line.is_straight() {
        let ended = TracedLine { sections: std::mem::take(&mut line.sections), ..*line };
        found.push(ended);
    }
    false
}

/// Which of the upright and of the level lines are ruled, in a picture `along` long in the upright direction
/// and `across` in the level one.
fn ruled(
    upright: &[TracedLine],
    level: &[TracedLine],
    along: usize,
    across: usize,
) -> (Vec<bool>, Vec<bool>) {
    let crosses = |line: &TracedLine, size: usize| {
        let margin = size / 33 + 2;
        let (from_edge, to_edge) = (line.first().row <= margin, line.end().row + margin >= size);
        let (length, thickness) = (line.length(), line.thickness());
        let far_too_long = 2 * length >= size && length >= 50 * thickness;
        // Beyond a stroke that led it astray a line may be found again, up to the edge.
        let rest = (from_edge || to_edge) && 6 * length >= size && length >= 25 * thickness;
        from_edge && to_edge || far_too_long || rest
    };
    let long_upright: Vec<bool> = upright.iter().map(|line| crosses(line, along)).collect();
    let long_level: Vec<bool> = level.iter().map(|line| crosses(line, across)).collect();
    let (mut of_frames, mut of_level_frames) = (vec![true; upright.len()], vec![true; level.len()]);
    // A side of a frame ends at other sides of frames, with both ends. What doesn't is taken off until
    // nothing more falls.
    loop {
        let before = (of_frames.clone(), of_level_frames.clone());
        let prune =
            |these: &[TracedLine], others: &[TracedLine], sides: &mut [bool], other_sides: &[bool]| {
                for (side, line) in sides.iter_mut().zip(these).filter(|(side, _)| **side) {
                    let meets = |end: &Section| {
                        let candidates = others.iter().zip(other_sides).filter(|(_, other)| **other);
                        candidates.into_iter().any(|(other, _)| touches(end, other))
                    };
                    *side = meets(line.first()) && meets(line.end());
                }
            };
        prune(upright, level, &mut of_frames, &of_level_frames);
        prune(level, upright, &mut of_level_frames, &of_frames);
        if before == (of_frames.clone(), of_level_frames.clone()) {
            break;
        }
    }
    let either = |a: Vec<bool>, b: Vec<bool>| a.into_iter().zip(b).map(|(a, b)| a || b).collect();
    (either(long_upright, of_frames), either(long_level, of_level_frames))
}

/// Whether a line's end lies on a line of the other direction, whose rows are this one's columns.
fn touches(end: &Section, other: &TracedLine) -> bool {
    let slack = 3 + other.thickness();
    let place = end.middle() as usize;
    if place + slack < other.first().row || place > other.end().row + slack {
        return false;
    }
    let next = other.sections.partition_point(|section| section.row < place).min(other.sections.len() - 1);
    let nearest = other.sections[next.saturating_sub(1)..=next].iter().min_by_key(|s| s.row.abs_diff(place));
    nearest.is_some_and(|section| (section.middle() - end.row as f32).abs() <= slack as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a test draws: rectangles [left, top, right, bottom].
    fn drawn(width: usize, height: usize, rectangles: &[[usize; 4]]) -> Mask {
        let mut mask = Mask::new(width, height, vec![false; width * height]);
        for &[left, top, right, bottom] in rectangles {
            (top..bottom).for_each(|y| mask.row_mut(y)[left..right].fill(true));
        }
        mask
    }

    fn without_ruled_lines(mask: &Mask, strength: &GrayImage, noise: usize) -> Mask {
        let mut cleared = mask.clone();
        RuledLines::find(strength, noise).remove(&mut cleared);
        cleared
    }

    fn clear(mask: Mask) -> Mask {
        without_ruled_lines(&mask, &mask.to_gray(), 0)
    }

    fn slanted(mut mask: Mask, top: usize, slope: f32) -> Mask {
        for x in 0..mask.width() {
            let y = top + (x as f32 * slope) as usize;
            mask.row_mut(y)[x] = true;
            mask.row_mut(y + 1)[x] = true;
        }
        mask
    }

    #[test]
    fn ruled_lines_go_and_the_strokes_that_cross_them_stay() {
        let stroke = [100, 40, 106, 120];
        for slope in [0.0, 0.05, 0.2] {
            let paper = slanted(slanted(drawn(300, 200, &[stroke]), 60, slope), 100, slope);
            let cleared = clear(paper);
            let only = drawn(300, 200, &[stroke]);
            let differing = cleared.bits().iter().zip(only.bits()).filter(|(a, b)| a != b).count();
            assert!(differing <= 24, "slope {slope}: {differing} pixels differ");
            assert!((40..120).all(|y| cleared.at(102, y)), "slope {slope}: the stroke is whole");
        }
    }

    #[test]
    fn a_pen_along_a_lighter_line_stays() {
        let ruled = [0, 100, 300, 103];
        let stroke = [120, 100, 160, 103];
        let mask = drawn(300, 200, &[ruled]);
        let mut levels = mask.to_gray().pixels().iter().map(|&p| p / 4).collect::<Vec<u8>>();
        for y in 100..103 {
            levels[y * 300 + 120..y * 300 + 160].fill(220);
        }
        let strength = GrayImage::new(300, 200, levels).unwrap();
        assert_eq!(without_ruled_lines(&mask, &strength, 10), drawn(300, 200, &[stroke]));
    }

    #[test]
    fn of_dashes_the_line_is_traced_where_it_shows() {
        let line = slanted(drawn(300, 200, &[]), 60, 0.05);
        let mut dashes = line.clone();
        (0..200).for_each(|y| (0..300).filter(|x| x % 40 > 12).for_each(|x| dashes.row_mut(y)[x] = false));
        assert!(clear(dashes.clone()).count() > 0);
        assert_eq!(without_ruled_lines(&dashes, &line.to_gray(), 0).count(), 0);
    }

    #[test]
    fn boxes_go_and_what_is_in_them_stays() {
        let mut boxes = Vec::new();
        for left in [20, 80, 140, 200] {
            boxes.extend([[left, 30, left + 62, 32], [left, 90, left + 62, 92]]);
            boxes.extend([[left, 30, left + 2, 92], [left + 60, 30, left + 62, 92]]);
        }
        let digits = [[48, 40, 53, 80], [100, 50, 125, 55], [165, 36, 170, 99]];
        let cleared = clear(drawn(300, 200, &[&boxes[..], &digits].concat()));
        for [left, top, right, bottom] in digits {
            for y in top..bottom {
                assert!((left..right).all(|x| cleared.at(x, y)), "row {y} of the digit at {left}");
            }
        }
        let left_over = cleared.count() - drawn(300, 200, &digits).count();
        assert!(left_over < 60, "{left_over}");
    }

    #[test]
    fn strokes_of_digits_are_no_ruled_lines() {
        let strokes = [
            // A 1 as thin as a line and half as tall as the picture; a 4; a 7's bar.
            [40, 50, 43, 150],
            [90, 60, 93, 110],
            [90, 108, 130, 111],
            [115, 60, 118, 150],
            [180, 60, 240, 63],
        ];
        let mask = drawn(300, 200, &strokes);
        assert_eq!(clear(mask.clone()), mask);
    }

    #[test]
    fn noise_and_small_pictures_pass_through() {
        // A linear congruential generator's upper bits.
        let mut state = 5u32;
        let mut bit = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 31 == 0
        };
        let bits: Vec<bool> = (0..200 * 150).map(|_| bit()).collect();
        clear(Mask::new(200, 150, bits));
        let full = Mask::new(20, 20, vec![true; 400]);
        assert_eq!(clear(full.clone()), full);
    }
}
