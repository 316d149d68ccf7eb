//! From a digit's 28x28 pixels to the way its pen went, so that any pen can go it again: a hairline, a brush.
//!
//! The ink is thinned to lines of one node's width (Zhang and Suen, "A fast parallel algorithm for thinning
//! digital patterns", 1984), a whole row of the lattice at a time as the bits of a word; the lines are followed
//! from end to end and from crossing to crossing, and smoothed.

use super::field::{LATTICE, upsample};
use super::geometry::{Point, add, between};

/// The ways a pen went, on the lattice of [`super::field`].
#[derive(Clone, Debug)]
pub(super) struct Skeleton {
    pub strokes: Vec<Vec<Point>>,
}

/// Rows of bits with an empty row and column around them.
const SIDE: usize = LATTICE + 2;
type Bits = [u64; SIDE];

/// The eight neighbours in turn, from the upper one clockwise: columns to the right, rows down.
const AROUND: [(isize, isize); 8] = [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)];

impl Skeleton {
    /// Of a 28x28 image; none where a blot is much wider than the strokes, as in a loop that was filled, so
    /// that lines wouldn't be the digit.
    pub(super) fn of(pixels: &[u8]) -> Option<Self> {
        const INK: f32 = 0.48;
        let landscape = upsample(pixels);
        let mut bits: Bits = [0; SIDE];
        for (row, bits) in landscape.iter().zip(&mut bits[1..]) {
            for (i, &height) in row.iter().enumerate() {
                *bits |= u64::from(height > INK) << (i + 1);
            }
        }
        let ink = count(&bits);
        let (rounds, edge) = thin(&mut bits);
        let length = count(&bits);
        if length < 8.0 {
            return None;
        }
        // A stroke has an edge along both sides.
        let pen = 2.0 * ink / edge;
        if rounds as f32 > 0.75 * pen + 2.0 {
            return None;
        }
        let strokes = follow(&bits, pen);
        (!strokes.is_empty()).then_some(Self { strokes })
    }
}

fn count(bits: &Bits) -> f32 {
    bits.iter().map(|row| row.count_ones()).sum::<u32>() as f32
}

/// Peels the ink until only lines are left; gives how many layers that were, and of how many nodes the
/// outermost one was.
fn thin(bits: &mut Bits) -> (usize, f32) {
    let mut edge = 1.0;
    for round in 0.. {
        let before = *bits;
        peel(bits, [0, 2, 4], [2, 4, 6]);
        peel(bits, [0, 2, 6], [0, 4, 6]);
        if *bits == before {
            return (round, edge);
        }
        if round == 0 {
            edge = (count(&before) - count(bits)).max(1.0);
        }
    }
    unreachable!("each round takes ink away, of which there is only so much")
}

/// Takes away the nodes at the edge of the ink that nothing hangs on: at least one of each of two triples of
/// neighbours must be empty.
fn peel(bits: &mut Bits, first: [usize; 3], second: [usize; 3]) {
    let old = *bits;
    for y in 1..SIDE - 1 {
        let middle = old[y];
        if middle == 0 {
            continue;
        }
        let around: [u64; 8] = AROUND.map(|(x, down)| {
            let row = old[y.wrapping_add_signed(down)];
            match x {
                1 => row >> 1,
                -1 => row << 1,
                _ => row,
            }
        });
        let (mut some, mut several, mut blank, mut blanks) = (0, 0, 0, 0);
        let (mut rise, mut rises) = (0, 0);
        for i in 0..8 {
            let (here, next) = (around[i], around[(i + 1) % 8]);
            several |= some & here;
            some |= here;
            blanks |= blank & !here;
            blank |= !here;
            rises |= rise & !here & next;
            rise |= !here & next;
        }
        let full = |triple: [usize; 3]| around[triple[0]] & around[triple[1]] & around[triple[2]];
        let edge = several & blanks & rise & !rises;
        bits[y] = middle & !(edge & !full(first) & !full(second));
    }
}

/// The lines as points in their order.
fn follow(bits: &Bits, pen: f32) -> Vec<Vec<Point>> {
    let graph = Graph(bits);
    // Which ways out of a node were gone already, a bit each.
    let mut gone = [[0u8; SIDE]; SIDE];
    let mut strokes = Vec::new();
    let nodes =
        || (1..SIDE - 1).flat_map(|y| (1..SIDE - 1).map(move |x| (x, y))).filter(|&at| graph.inked(at));
    // From ends and crossings first; what is left then are rings.
    let mut walk = |start: (usize, usize), strokes: &mut Vec<_>| {
        for way in (0..8).filter(|&way| graph.ways(start) & 1 << way != 0) {
            if gone[start.1][start.0] & 1 << way != 0 {
                continue;
            }
            let path = graph.path(start, way, &mut gone);
            let loose = [start, *path.last().unwrap_or(&start)].map(|end| graph.ways(end).count_ones() == 1);
            // Thinning leaves hairs at corners.
            let hair = loose[0] != loose[1] && (path.len() as f32) < 0.9 * pen;
            if !hair {
                strokes.push(smoothed(&path, loose, pen));
            }
        }
    };
    for at in nodes().filter(|&at| graph.ways(at).count_ones() != 2) {
        walk(at, &mut strokes);
    }
    for at in nodes().filter(|&at| graph.ways(at).count_ones() == 2) {
        walk(at, &mut strokes);
    }
    strokes
}

/// Thinned ink as a graph of nodes.
struct Graph<'a>(&'a Bits);

impl Graph<'_> {
    fn inked(&self, (x, y): (usize, usize)) -> bool {
        self.0[y] >> x & 1 == 1
    }

    fn step(&self, (x, y): (usize, usize), way: usize) -> (usize, usize) {
        let (right, down) = AROUND[way];
        (x.wrapping_add_signed(right), y.wrapping_add_signed(down))
    }

    /// The neighbours one can go to, a bit each; a diagonal only where there is no way around its corner.
    fn ways(&self, at: (usize, usize)) -> u8 {
        let inked = |way: usize| self.inked(self.step(at, way % 8));
        let open =
            |way: &usize| inked(*way) && (way.is_multiple_of(2) || !(inked(way + 7) || inked(way + 1)));
        (0..8).filter(open).fold(0, |ways, way| ways | 1 << way)
    }

    /// From `start` until the next end or crossing, or back to where it began.
    fn path(
        &self,
        start: (usize, usize),
        first: usize,
        gone: &mut [[u8; SIDE]; SIDE],
    ) -> Vec<(usize, usize)> {
        let mut path = vec![start];
        let (mut at, mut way) = (start, first);
        loop {
            gone[at.1][at.0] |= 1 << way;
            at = self.step(at, way);
            let back = (way + 4) % 8;
            gone[at.1][at.0] |= 1 << back;
            path.push(at);
            let ways = self.ways(at);
            let onward = ways & !(1 << back);
            if ways.count_ones() != 2 || onward == 0 || at == start {
                return path;
            }
            way = onward.trailing_zeros() as usize;
        }
    }
}

/// Without the lattice's steps; loose ends are as long again as thinning took away.
fn smoothed(path: &[(usize, usize)], loose: [bool; 2], pen: f32) -> Vec<Point> {
    // Nodes lie in the middle of their cell, and around the lattice there is one of margin.
    let mut points: Vec<Point> = path.iter().map(|&(x, y)| [x as f32 - 0.5, y as f32 - 0.5]).collect();
    let last = points.len() - 1;
    let ring = path.len() > 3 && path[0] == path[last];
    for _ in 0..5 {
        let old = points.clone();
        for i in 1..last {
            points[i] = between(old[i], between(old[i - 1], old[i + 1], 0.5), 0.5);
        }
        if ring {
            points[0] = between(old[0], between(old[last - 1], old[1], 0.5), 0.5);
            points[last] = points[0];
        }
    }
    for (end, loose) in [(0, loose[0]), (last, loose[1])] {
        let before = points[end.abs_diff(last.min(4))];
        let along = add(points[end], before, -1.0);
        let length = along[0].hypot(along[1]);
        if loose && length > 0.5 {
            points[end] = add(points[end], along, 0.35 * pen / length);
        }
    }
    // Every other point says as much.
    points.iter().enumerate().filter(|(i, _)| i % 2 == 0 || *i == last).map(|(_, &point)| point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(inside: impl Fn(f32, f32) -> bool) -> Vec<u8> {
        let ink = |i: usize| inside((i % 28) as f32 - 13.5, (i / 28) as f32 - 13.5);
        (0..784).map(|i| if ink(i) { 255 } else { 0 }).collect()
    }

    #[test]
    fn a_bar_becomes_one_stroke_of_its_length() {
        let skeleton = Skeleton::of(&drawn(|x, y| x.abs() < 2.0 && y.abs() < 10.0)).unwrap();
        assert_eq!(skeleton.strokes.len(), 1, "{skeleton:?}");
        let stroke = &skeleton.strokes[0];
        let (from, to) = (stroke[0], stroke[stroke.len() - 1]);
        assert!(((from[1] - to[1]).abs() - 37.0).abs() < 4.0, "{from:?} {to:?}");
        assert!(stroke.iter().all(|p| (p[0] - 28.0).abs() < 1.1), "{stroke:?}");
    }

    #[test]
    fn a_ring_is_closed_and_a_cross_has_four_arms() {
        let ring = Skeleton::of(&drawn(|x, y| (6.0..9.5).contains(&x.hypot(y)))).unwrap();
        assert_eq!(ring.strokes.len(), 1);
        assert_eq!(ring.strokes[0].first(), ring.strokes[0].last());
        for point in &ring.strokes[0] {
            let radius = (point[0] - 28.0).hypot(point[1] - 28.0);
            assert!((radius - 15.5).abs() < 1.6, "{radius}");
        }
        let cross =
            Skeleton::of(&drawn(|x, y| x.abs().min(y.abs()) < 1.5 && x.abs().max(y.abs()) < 10.0)).unwrap();
        assert!((4..=5).contains(&cross.strokes.len()), "{cross:?}");
    }

    #[test]
    fn blots_have_no_strokes() {
        assert!(Skeleton::of(&[0; 784]).is_none());
        let blot = drawn(|x, y| x.hypot(y + 4.0) < 5.5 || x.abs() < 1.0 && (0.0..10.0).contains(&y));
        assert!(Skeleton::of(&blot).is_none());
    }
}
