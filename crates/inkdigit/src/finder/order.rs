//! The order in which finds are read: lines from above, each from the left.

use super::Find;

/// How far beside the line's own course a find's middle may lie to belong to it, in heights.
const MOST_BESIDE: f32 = 0.5;

/// How many times higher than a line's digits a digit of it may be.
const MOST_HIGHER: f32 = 2.2;

/// How far the course of a line is followed, in heights: what stands further away begins another one.
const MOST_APART: f32 = 12.0;

/// How steep a line may be.
const STEEPEST: f32 = 0.4;

/// A line that grows to the right.
struct Line {
    members: Vec<usize>,
    /// The middles of the digits in it. Marks hang above and below the course.
    middles: Vec<[f32; 2]>,
    /// Of its digits, on average.
    height: f32,
}

impl Line {
    fn begin(index: usize, find: &Find) -> Self {
        Self { members: vec![index], middles: vec![find.middle()], height: find.height() }
    }

    fn last(&self) -> [f32; 2] {
        self.middles[self.middles.len() - 1]
    }

    /// Its height at `x`, straight on from its last digits.
    fn course(&self, x: f32) -> f32 {
        let last = self.last();
        let before = self.middles[self.middles.len().saturating_sub(4)];
        let run = last[0] - before[0];
        // Two digits close together say little about the slope: as if the line had begun a height before, level.
        let slope = (last[1] - before[1]) / (run + self.height);
        last[1] + slope.clamp(-STEEPEST, STEEPEST) * (x - last[0])
    }

    fn add(&mut self, index: usize, find: &Find) {
        self.members.push(index);
        if find.class.digit().is_some() {
            self.height += (find.height() - self.height) / (self.middles.len() + 1) as f32;
            self.middles.push(find.middle());
        }
    }

    /// How far from its course a find lies, in heights; none if it can't belong to it.
    fn distance(&self, find: &Find) -> Option<f32> {
        let [x, y] = find.middle();
        let distance = (y - self.course(x)).abs() / self.height;
        let ratio = find.height().max(1e-3) / self.height;
        let fits = find.class.digit().is_none() || (1.0 / MOST_HIGHER..MOST_HIGHER).contains(&ratio);
        let most = if find.class.digit().is_some() { MOST_BESIDE } else { 2.0 * MOST_BESIDE };
        (fits && distance < most && x - self.last()[0] < MOST_APART * self.height).then_some(distance)
    }
}

/// The lines that finds stand in, from above, as indices from left to right. Marks that stand in no line of digits
/// are in none.
pub fn lines(finds: &[Find]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..finds.len()).collect();
    order.sort_by(|&a, &b| finds[a].middle()[0].total_cmp(&finds[b].middle()[0]));
    let mut lines: Vec<Line> = Vec::new();
    for &index in order.iter().filter(|&&index| finds[index].class.digit().is_some()) {
        match nearest(&mut lines, &finds[index]) {
            Some(line) => line.add(index, &finds[index]),
            None => lines.push(Line::begin(index, &finds[index])),
        }
    }
    // A mark may stand before the first digit, so its line is looked for when all digits have theirs.
    for &index in order.iter().filter(|&&index| finds[index].class.digit().is_none()) {
        let find = &finds[index];
        let distance = |line: &Line| {
            let near = line.members.iter().map(|&member| &finds[member]).min_by(|a, b| {
                let apart = |other: &Find| (other.middle()[0] - find.middle()[0]).abs();
                apart(a).total_cmp(&apart(b))
            })?;
            let [across, down] = [0, 1].map(|i| (near.middle()[i] - find.middle()[i]).abs() / line.height);
            (across < 2.0 && down < 1.0).then_some(across + down)
        };
        let best = lines.iter_mut().filter_map(|line| Some((distance(line)?, line)));
        if let Some((_, line)) = best.min_by(|a, b| a.0.total_cmp(&b.0)) {
            line.members.push(index);
        }
    }
    lines.sort_by(|a, b| mean_height(a).total_cmp(&mean_height(b)));
    let left = |&a: &usize, &b: &usize| finds[a].middle()[0].total_cmp(&finds[b].middle()[0]);
    lines.iter_mut().for_each(|line| line.members.sort_by(left));
    lines.into_iter().map(|line| line.members).collect()
}

/// The line that a find continues best.
fn nearest<'a>(lines: &'a mut [Line], find: &Find) -> Option<&'a mut Line> {
    let near = lines.iter_mut().filter_map(|line| Some((line.distance(find)?, line)));
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, line)| line)
}

fn mean_height(line: &Line) -> f32 {
    line.middles.iter().map(|middle| middle[1]).sum::<f32>() / line.middles.len() as f32
}
