//! Connected components: which pixels of a mask hang together, by runs of pixels and a union of their sets.
//!
//! Runs rather than pixels, because a page has millions of pixels and only some ten thousand runs.

use std::ops::Range;

use super::mask::Mask;
use crate::Bounds;

/// Pixels of one row that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The row.
    pub y: usize,
    /// The first column.
    pub start: usize,
    /// One past the last column.
    pub end: usize,
}

impl Run {
    /// Pixels.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// One connected part of a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The tightest box around it.
    pub bounds: Bounds,
    /// Pixels.
    pub area: usize,
    runs: Range<usize>,
}

impl Component {
    /// The longer side of its box.
    pub fn length(&self) -> usize {
        self.bounds.width().max(self.bounds.height())
    }
}

/// The 8-connected components of a mask, in the order of their first pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    list: Vec<Component>,
    /// Those of each component side by side, each from top to bottom.
    runs: Vec<Run>,
}

impl Components {
    /// Finds them.
    pub fn of(mask: &Mask) -> Self {
        let (runs, sets) = linked_runs(mask);
        let mut label = vec![usize::MAX; runs.len()];
        let mut list: Vec<Component> = Vec::new();
        let mut labels = Vec::with_capacity(runs.len());
        for (index, run) in runs.iter().enumerate() {
            let root = sets.root(index);
            if label[root] == usize::MAX {
                label[root] = list.len();
                let bounds = Bounds { left: run.start, top: run.y, right: run.end, bottom: run.y + 1 };
                list.push(Component { bounds, area: 0, runs: 0..0 });
            }
            let component = &mut list[label[root]];
            component.bounds.left = component.bounds.left.min(run.start);
            component.bounds.right = component.bounds.right.max(run.end);
            component.bounds.bottom = run.y + 1;
            component.area += run.len();
            component.runs.end += 1;
            labels.push(label[root]);
        }
        // Counting sort of the runs by component.
        let mut next = 0;
        for component in &mut list {
            let count = component.runs.end;
            component.runs = next..next;
            next += count;
        }
        let mut sorted = runs.clone();
        for (run, label) in runs.into_iter().zip(labels) {
            let range = &mut list[label].runs;
            sorted[range.end] = run;
            range.end += 1;
        }
        Self { list, runs: sorted }
    }

    /// All of them.
    pub fn list(&self) -> &[Component] {
        &self.list
    }

    /// A component's runs, from top to bottom.
    pub fn runs(&self, component: &Component) -> &[Run] {
        &self.runs[component.runs.clone()]
    }

    /// The pixels of the components that `keep` chooses.
    pub fn mask(&self, width: usize, height: usize, keep: impl Fn(&Component) -> bool) -> Mask {
        let mut mask = Mask::new(width, height, vec![false; width * height]);
        for run in self.list.iter().filter(|component| keep(component)).flat_map(|c| self.runs(c)) {
            mask.row_mut(run.y)[run.start..run.end].fill(true);
        }
        mask
    }
}

/// The runs of a mask, and which of them touch, also by their corners.
fn linked_runs(mask: &Mask) -> (Vec<Run>, DisjointSets) {
    let (mut runs, mut sets) = (Vec::<Run>::new(), DisjointSets::default());
    let mut above = 0..0;
    for y in 0..mask.height() {
        let first = runs.len();
        for Range { start, end } in mask.runs(y) {
            let this = sets.add();
            // Those above that end before this one starts are of no use to the runs that follow, either.
            while above.start < above.end && runs[above.start].end < start {
                above.start += 1;
            }
            for other in above.clone().take_while(|&other| runs[other].start <= end) {
                sets.unite(this, other);
            }
            runs.push(Run { y, start, end });
        }
        above = first..runs.len();
    }
    (runs, sets)
}

/// Disjoint sets of the numbers from 0 on, as a forest (Galler and Fischer, 1964).
#[derive(Default)]
struct DisjointSets {
    parent: Vec<usize>,
}

impl DisjointSets {
    fn add(&mut self) -> usize {
        self.parent.push(self.parent.len());
        self.parent.len() - 1
    }

    fn root(&self, mut member: usize) -> usize {
        while self.parent[member] != member {
            member = self.parent[member];
        }
        member
    }

    /// Halves the path it takes, so that paths stay short.
    fn root_mut(&mut self, mut member: usize) -> usize {
        while self.parent[member] != member {
            self.parent[member] = self.parent[self.parent[member]];
            member = self.parent[member];
        }
        member
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root_mut(a), self.root_mut(b));
        // The older one stays root: a component is found at its first run.
        self.parent[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Mask {
        let bits = rows.iter().flat_map(|row| row.bytes().map(|b| b == b'#')).collect();
        Mask::new(rows[0].len(), rows.len(), bits)
    }

    #[test]
    fn what_touches_hangs_together_also_by_corners() {
        let mask = mask(&["#..#.#", "#.#..#", ".#...#", "......", "##..##"]);
        let components = Components::of(&mask);
        let found: Vec<_> = components.list().iter().map(|c| (c.area, c.bounds)).collect();
        let bounds = |left, top, right, bottom| Bounds { left, top, right, bottom };
        let expected = [
            (5, bounds(0, 0, 4, 3)),
            (3, bounds(5, 0, 6, 3)),
            (2, bounds(0, 4, 2, 5)),
            (2, bounds(4, 4, 6, 5)),
        ];
        assert_eq!(found, expected);
        assert_eq!(components.mask(6, 5, |_| true), mask);
        assert_eq!(components.mask(6, 5, |c| c.area == 3).count(), 3);
    }

    #[test]
    fn branches_that_meet_below_are_one() {
        let components = Components::of(&mask(&["#.#.#", "#.#.#", "#####"]));
        assert_eq!(components.list().len(), 1);
        assert_eq!(components.runs(&components.list()[0]).len(), 7);
    }

    #[test]
    fn an_empty_mask_has_none() {
        assert!(Components::of(&mask(&["...", "..."])).list().is_empty());
    }

    proptest::proptest! {
        /// Against a flood fill, which is slow and plain.
        #[test]
        fn runs_find_what_a_flood_finds(bits in proptest::collection::vec(proptest::bool::ANY, 12 * 9)) {
            let mask = Mask::new(12, 9, bits);
            let mut areas: Vec<usize> = Components::of(&mask).list().iter().map(|c| c.area).collect();
            let mut flooded = Vec::new();
            let mut rest = mask.bits().to_vec();
            while let Some(start) = rest.iter().position(|&bit| bit) {
                let (mut queue, mut area) = (vec![start], 0);
                rest[start] = false;
                while let Some(at) = queue.pop() {
                    area += 1;
                    for y in (at / 12).saturating_sub(1)..(at / 12 + 2).min(9) {
                        for x in (at % 12).saturating_sub(1)..(at % 12 + 2).min(12) {
                            if std::mem::take(&mut rest[y * 12 + x]) {
                                queue.push(y * 12 + x);
                            }
                        }
                    }
                }
                flooded.push(area);
            }
            areas.sort();
            flooded.sort();
            proptest::prop_assert_eq!(areas, flooded);
        }
    }
}
