//! What on a page may be a digit or a part of one: connected ink of a likely size that isn't a frame around
//! others.

use inkdigit_image::Bounds;
use inkdigit_image::preprocess::{Component, Components, Drawing, Run, Unreadable};

/// Ink that hangs together.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// The box around it.
    pub bounds: Bounds,
    /// Its pixels, from top to bottom.
    pub runs: Vec<Run>,
}

/// The marks of a page.
pub(super) struct Marks {
    /// From the picture's top to its bottom, by their first pixels.
    pub list: Vec<Mark>,
    /// How tall digits are here, in pixels.
    pub height: usize,
}

impl Marks {
    /// Whether a mark is tall enough to be a digit, rather than a part of one or punctuation.
    pub(super) fn is_tall(&self, mark: &Mark) -> bool {
        5 * mark.bounds.height() >= 2 * self.height
    }
}

/// Digits are at least this tall, in pixels: with less, nobody could read them.
const LEAST_HEIGHT: usize = 6;

/// What a stroke as long as a mark may have of ink for each pixel of its length.
const BROAD_PEN: usize = 6;

/// A page full of the smallest writing has fewer; grain has more, and would take the network's time.
const MOST_MARKS: usize = 3_000;

/// The marks of a drawing.
///
/// # Errors
/// [`Unreadable::NoDigitFound`] if there are none.
pub(super) fn find(drawing: &Drawing) -> Result<Marks, Unreadable> {
    let components = Components::of(&drawing.mask);
    let large: Vec<&Component> = components.list().iter().filter(|c| c.length() >= LEAST_HEIGHT).collect();
    // A table around the paper, a frame around the page.
    let (width, height) = (drawing.mask.width(), drawing.mask.height());
    let is_surround = |c: &Component| 5 * c.bounds.width() > 3 * width && 5 * c.bounds.height() > 3 * height;
    let frames = frames(&large);
    let is_only = large.len() == 1;
    let kept = large
        .into_iter()
        .zip(frames)
        .filter(|(component, frame)| is_only || !(*frame || is_surround(component)))
        .map(|(component, _)| component);
    let mut kept: Vec<&Component> = kept.collect();
    // The ends of shadows, unless that is all there is.
    let is_shade = |c: &Component| reaches_edge(&c.bounds, width, height) && is_filled(c);
    if !kept.iter().all(|component| is_shade(component)) {
        kept.retain(|component| !is_shade(component));
    }
    let height = typical_height(&kept).ok_or(Unreadable::NoDigitFound)?;
    // Dust goes, and what is many times as tall as a digit: blots, the edges of tables.
    kept.retain(|c| 6 * c.length() >= height && 2 * c.bounds.height() <= 5 * height);
    if kept.len() > MOST_MARKS {
        kept.sort_by_key(|component| std::cmp::Reverse(component.area));
        kept.truncate(MOST_MARKS);
    }
    let mark =
        |component: &&Component| Mark { bounds: component.bounds, runs: components.runs(component).to_vec() };
    Ok(Marks { list: kept.iter().map(mark).collect(), height })
}

/// Whether a box ends at the picture's edge, nearly at least.
fn reaches_edge(bounds: &Bounds, width: usize, height: usize) -> bool {
    bounds.left < 3 || bounds.top < 3 || bounds.right + 3 > width || bounds.bottom + 3 > height
}

/// Whether a mark has more ink than strokes of its length have.
fn is_filled(component: &Component) -> bool {
    4 * component.area > component.length() * component.length()
}

/// The height that half of the ink doesn't exceed: by ink, because a page may have more dust than digits. Ink
/// beyond a broad pen's stroke doesn't count, because a shadow's end may have more than all digits.
fn typical_height(components: &[&Component]) -> Option<usize> {
    let tall = components.iter().filter(|c| c.bounds.height() >= LEAST_HEIGHT);
    let stroke = |c: &Component| c.area.min(BROAD_PEN * c.length());
    let mut heights: Vec<(usize, usize)> = tall.map(|c| (c.bounds.height(), stroke(c))).collect();
    heights.sort();
    let half = heights.iter().map(|&(_, area)| area).sum::<usize>() / 2;
    let mut sum = 0;
    heights.into_iter().find_map(|(height, area)| {
        sum += area;
        (sum > half).then_some(height)
    })
}

/// Which components are drawn around others: thin for their size, with something in them that is no speck.
fn frames(components: &[&Component]) -> Vec<bool> {
    let is_hollow = |c: &Component| 4 * c.area < c.bounds.width() * c.bounds.height();
    let around = |outer: &Component, inner: &Component| {
        let (o, i) = (&outer.bounds, &inner.bounds);
        let within = o.left <= i.left && i.right <= o.right && o.top <= i.top && i.bottom <= o.bottom;
        within && 10 * i.height() >= 3 * o.height().min(o.width()) && 10 * o.height() > 12 * i.height()
    };
    // By their left edges, so that only those that begin within a frame are looked at.
    let mut order: Vec<usize> = (0..components.len()).collect();
    order.sort_by_key(|&index| components[index].bounds.left);
    let lefts: Vec<usize> = order.iter().map(|&index| components[index].bounds.left).collect();
    let mut frames = vec![false; components.len()];
    for (index, outer) in components.iter().enumerate().filter(|(_, outer)| is_hollow(outer)) {
        let first = lefts.partition_point(|&left| left < outer.bounds.left);
        let last = lefts.partition_point(|&left| left < outer.bounds.right);
        let mut inner = order[first..last].iter().filter(|&&other| other != index);
        frames[index] = inner.any(|&other| around(outer, components[other]));
    }
    frames
}
