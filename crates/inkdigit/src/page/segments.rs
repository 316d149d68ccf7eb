//! Parts of marks: whole marks, their pieces between cuts, and several of them taken together.

use super::marks::Mark;
use inkdigit_image::preprocess::{Drawing, Ink, Mask, Run};
use inkdigit_image::{Bounds, DigitImage, IMAGE_PIXELS};

/// Some ink of a page.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The box around it.
    pub bounds: Bounds,
    /// Its pixels.
    pub runs: Vec<Run>,
}

impl Segment {
    /// A whole mark.
    pub(super) fn of(mark: &Mark) -> Self {
        Self { bounds: mark.bounds, runs: mark.runs.clone() }
    }

    /// Several taken together.
    ///
    /// # Panics
    /// If there are none.
    pub(super) fn union(parts: &[Self]) -> Self {
        let mut whole = parts[0].clone();
        for part in &parts[1..] {
            whole.bounds = whole.bounds.union(&part.bounds);
            whole.runs.extend(&part.runs);
        }
        whole
    }

    /// A segment of these runs; `None` without any.
    fn from_runs(runs: Vec<Run>) -> Option<Self> {
        let bounds = runs
            .iter()
            .map(|run| Bounds { left: run.start, top: run.y, right: run.end, bottom: run.y + 1 })
            .reduce(|a, b| a.union(&b))?;
        Some(Self { bounds, runs })
    }

    /// What the network is to see of it: its own ink with its soft edges, and none of its neighbours'.
    pub(super) fn image(&self, drawing: &Drawing) -> DigitImage {
        let length = self.bounds.width().max(self.bounds.height());
        let margin = 2 + length / 20;
        let (left, top) = (self.bounds.left.saturating_sub(margin), self.bounds.top.saturating_sub(margin));
        let (width, height) = (self.bounds.right + margin - left, self.bounds.bottom + margin - top);
        let crop = drawing.strength.crop(left, top, width, height).expect("a segment lies on its page");
        let (width, height) = (crop.width(), crop.height());
        let mut own = Mask::new(width, height, vec![false; width * height]);
        for run in &self.runs {
            own.row_mut(run.y - top)[run.start - left..run.end - left].fill(true);
        }
        let mut ink = Ink::of(&crop, &own, drawing.paper, length);
        for y in 0..height {
            let all = &drawing.mask.row(top + y)[left..left + width];
            let values = &mut ink.values[y * width..][..width];
            for ((value, &own), &any) in values.iter_mut().zip(own.row(y)).zip(all) {
                if any && !own {
                    *value = 0.0;
                }
            }
        }
        ink.to_digit(true).unwrap_or(DigitImage::new([0; IMAGE_PIXELS]))
    }

    /// Its pieces between the cuts that part touching digits best, from left to right: itself alone where no
    /// cut is cheap. `height` is a digit's height.
    ///
    /// A cut is the path from top to bottom that crosses the least ink, among those near each column (a seam,
    /// as drop-fall algorithms look for it from above).
    pub(super) fn pieces(&self, height: usize) -> Vec<Self> {
        let (width, rows) = (self.bounds.width(), self.bounds.height());
        let least = (height / 5).max(3);
        if width < 2 * least {
            return vec![self.clone()];
        }
        let mut own = Mask::new(width, rows, vec![false; width * rows]);
        for run in &self.runs {
            own.row_mut(run.y - self.bounds.top)[run.start - self.bounds.left..run.end - self.bounds.left]
                .fill(true);
        }
        let seams: Vec<Seam> = (least..=width - least)
            .step_by((height / 24).max(1))
            .map(|column| Seam::near(&own, column, height / 6))
            .collect();
        let mut order: Vec<usize> = (0..seams.len()).collect();
        order.sort_by_key(|&index| seams[index].cost);
        // A cut through more ink than some pens are wide cuts along strokes.
        let dearest = seams[order[0]].cost.max(height as u32 / 3);
        let mut cuts: Vec<&Seam> = Vec::new();
        for &index in &order {
            let seam = &seams[index];
            let far = |cut: &&Seam| cut.middle().abs_diff(seam.middle()) >= least;
            if seam.cost <= dearest && cuts.iter().all(far) && cuts.len() < 3 * width / height.max(1) + 2 {
                cuts.push(seam);
            }
        }
        cuts.sort_by_key(|cut| cut.middle());
        self.cut(&cuts)
    }

    /// The parts between cuts that are sorted from left to right.
    fn cut(&self, cuts: &[&Seam]) -> Vec<Self> {
        let mut parts = vec![Vec::new(); cuts.len() + 1];
        for run in &self.runs {
            let mut start = run.start;
            for (part, cut) in cuts.iter().enumerate() {
                let column = self.bounds.left + cut.columns[run.y - self.bounds.top];
                let end = column.clamp(start, run.end);
                if start < end {
                    parts[part].push(Run { y: run.y, start, end });
                }
                start = end;
            }
            if start < run.end {
                parts[cuts.len()].push(Run { y: run.y, start, end: run.end });
            }
        }
        parts.into_iter().filter_map(Self::from_runs).collect()
    }
}

/// A path from the top of a mask to its bottom.
struct Seam {
    /// Where it passes in each row.
    columns: Vec<usize>,
    /// The ink it crosses, in pixels.
    cost: u32,
}

impl Seam {
    /// The cheapest path that stays within `reach` columns of `column`.
    fn near(mask: &Mask, column: usize, reach: usize) -> Self {
        let first = column.saturating_sub(reach);
        let last = (column + reach).min(mask.width() - 1);
        let count = last + 1 - first;
        // Cost of ink and, much smaller, of stepping aside.
        const INK: u32 = 8;
        let mut best: Vec<u32> = mask.row(0)[first..=last].iter().map(|&bit| INK * bit as u32).collect();
        let mut came_from = Vec::with_capacity(mask.height() * count);
        came_from.extend(0..count);
        let mut next = vec![0; count];
        for y in 1..mask.height() {
            let row = &mask.row(y)[first..=last];
            for x in 0..count {
                let near = x.saturating_sub(1)..=(x + 1).min(count - 1);
                let from = near.min_by_key(|&from| best[from] + (from != x) as u32).unwrap_or(x);
                next[x] = best[from] + (from != x) as u32 + INK * row[x] as u32;
                came_from.push(from);
            }
            std::mem::swap(&mut best, &mut next);
        }
        let mut at = (0..count).min_by_key(|&x| best[x]).unwrap_or(0);
        let cost = best[at] / INK;
        let mut columns = vec![0; mask.height()];
        for y in (0..mask.height()).rev() {
            columns[y] = first + at;
            at = came_from[y * count + at];
        }
        Self { columns, cost }
    }

    fn middle(&self) -> usize {
        self.columns.iter().sum::<usize>() / self.columns.len()
    }
}
