//! Finds beside the truth of a scene.

use inkdigit::finder::Find;
use serde::{Deserialize, Serialize};

use crate::synth::scene::{Scene, Truth};

/// How many marks were found, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Digits and marks that were to be found.
    pub marks: usize,
    /// Found, and taken for what they are.
    pub right: usize,
    /// Found, and taken for something else.
    pub wrong: usize,
    /// Not found.
    pub missed: usize,
    /// Finds where nothing was to be found.
    pub invented: usize,
}

impl Counts {
    /// The share of right ones among all that were there or were said to be: 1 where nothing is wrong, missed or
    /// invented.
    pub fn score(&self) -> f64 {
        let all = self.marks + self.invented;
        if all == 0 { 1.0 } else { self.right as f64 / all as f64 }
    }

    /// These and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            marks: self.marks + other.marks,
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            missed: self.missed + other.missed,
            invented: self.invented + other.invented,
        }
    }
}

/// What a find turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// What stands there.
    Right,
    /// Something else stands there.
    Wrong,
    /// It doesn't matter what is found there.
    Ignored,
    /// Nothing is to be found there.
    Invented,
}

/// Puts finds to a scene's marks, the surest first, each to the nearest one that nothing was put to. A verdict for
/// each find, and how many marks nothing was put to.
pub(super) fn judge(finds: &[Find], scene: &Scene) -> (Vec<Verdict>, usize) {
    let mut taken = vec![false; scene.marks.len()];
    let mut verdicts = vec![Verdict::Ignored; finds.len()];
    let mut order: Vec<usize> = (0..finds.len()).collect();
    order.sort_by(|&a, &b| finds[b].probability.total_cmp(&finds[a].probability));
    for place in order {
        let find = &finds[place];
        let free = scene.marks.iter().enumerate().filter(|&(i, _)| !taken[i]);
        let near = free.filter_map(|(i, mark)| Some((distance(find, mark)?, i)));
        verdicts[place] = match near.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, i)) => {
                taken[i] = true;
                if scene.marks[i].class == find.class { Verdict::Right } else { Verdict::Wrong }
            }
            None if is_ignored(find, scene) => Verdict::Ignored,
            None => Verdict::Invented,
        }
    }
    (verdicts, taken.iter().filter(|taken| !**taken).count())
}

/// How many finds are what.
pub(super) fn count(finds: &[Find], scene: &Scene) -> Counts {
    let (verdicts, missed) = judge(finds, scene);
    let of = |verdict| verdicts.iter().filter(|&&v| v == verdict).count();
    Counts {
        marks: scene.marks.len(),
        right: of(Verdict::Right),
        wrong: of(Verdict::Wrong),
        missed,
        invented: of(Verdict::Invented),
    }
}

/// How far a find is from a mark, as a part of how far it may be; none if it is farther.
fn distance(find: &Find, mark: &Truth) -> Option<f32> {
    let [x, y] = find.middle();
    // Of a thin 1 or a point, half the box would be less than a pixel or two.
    let across = (0.5 * mark.width).max(0.2 * mark.text_height);
    let down = (0.5 * mark.height).max(0.2 * mark.text_height);
    let distance = ((x - mark.centre[0]) / across).hypot((y - mark.centre[1]) / down);
    (distance < 1.0).then_some(distance)
}

fn is_ignored(find: &Find, scene: &Scene) -> bool {
    let [x, y] = find.middle();
    let within = |middle: f32, centre: f32, extent: f32| (middle - centre).abs() <= 0.5 * extent + 4.0;
    let mut places = scene.ignored.iter();
    places.any(|place| within(x, place.centre[0], place.width) && within(y, place.centre[1], place.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::GrayImage;
    use inkdigit::finder::Class;

    use crate::synth::scene::{Ignored, Kind};

    #[test]
    fn each_find_is_right_wrong_ignored_or_invented() {
        let class = |sign| Class::of(sign).unwrap();
        let mark = |sign, x| Truth {
            class: class(sign),
            centre: [x, 20.0],
            width: 10.0,
            height: 20.0,
            text_height: 20.0,
            line: 0,
        };
        let scene = Scene {
            picture: GrayImage::new(1, 1, vec![0]).unwrap(),
            kind: Kind::Lines,
            marks: vec![mark('3', 10.0), mark('5', 30.0), mark('7', 50.0)],
            ignored: vec![Ignored { centre: [90.0, 20.0], width: 10.0, height: 10.0 }],
            quarter_turns: 0,
        };
        let find = |sign, x: f32, probability| {
            let (left, right) = (x - 5.0, x + 5.0);
            Find { class: class(sign), probability, digits: [0.0; 10], left, top: 10.0, right, bottom: 30.0 }
        };
        let finds = [
            find('8', 11.0, 0.5), // A second one over the 3.
            find('3', 12.0, 0.9),
            find('6', 31.0, 0.8),
            find('1', 92.0, 0.8),
            find('1', 70.0, 0.8),
        ];
        let counts = count(&finds, &scene);
        assert_eq!(counts, Counts { marks: 3, right: 1, wrong: 1, missed: 1, invented: 2 });
        assert!((counts.score() - 0.2).abs() < 1e-9 && Counts::default().score() == 1.0);
        assert_eq!(counts.and(counts).marks, 6);
    }
}
