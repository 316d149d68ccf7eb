//! What lies beside a digit and isn't part of it: dust, grain, the shadow along a picture's edge.

use super::components::{Component, Components};
use super::mask::Mask;
use crate::Bounds;

/// Components smaller than this share of the largest one, and short beside it, are specks. A digit's own
/// parts that stand alone, such as the bar of a 5, are larger.
const SPECK_AREA: f32 = 0.04;
const SPECK_LENGTH: f32 = 0.2;

/// What lies along an edge of the picture and reaches no farther into it than this share is a shadow, or the
/// end of something else.
const EDGE_REACH: f32 = 0.1;

/// The mask of a single digit without the components that are tiny beside the largest one, and without those
/// that lie along the picture's edges.
pub(super) fn without_specks(mask: &Mask) -> Mask {
    let (width, height) = (mask.width(), mask.height());
    let components = Components::of(mask);
    let inner = |component: &&Component| !lies_along_edge(&component.bounds, width, height);
    let only_edges = !components.list().iter().any(|component| inner(&component));
    let of_digit = |component: &&Component| only_edges || inner(component);
    let Some(largest) = components.list().iter().filter(of_digit).max_by_key(|c| c.area) else {
        return mask.clone();
    };
    components.mask(width, height, |component| {
        let small = (component.area as f32) < SPECK_AREA * largest.area as f32;
        let short = (component.length() as f32) < SPECK_LENGTH * largest.length() as f32;
        !(small && short) && of_digit(&component)
    })
}

/// Whether something touches an edge of the picture, nearly at least, and stays beside it.
fn lies_along_edge(bounds: &Bounds, width: usize, height: usize) -> bool {
    let along = |start: usize, end: usize, size: usize| {
        let (reach, margin) = ((EDGE_REACH * size as f32) as usize, 1 + size / 100);
        start < margin && end <= reach || end + margin > size && start + reach >= size
    };
    along(bounds.left, bounds.right, width) || along(bounds.top, bounds.bottom, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rectangles: &[[usize; 4]]) -> Mask {
        let mut mask = Mask::new(60, 60, vec![false; 3600]);
        for &[left, top, right, bottom] in rectangles {
            (top..bottom).for_each(|y| mask.row_mut(y)[left..right].fill(true));
        }
        mask
    }

    #[test]
    fn specks_and_edges_go_and_parts_of_a_digit_stay() {
        let digit = [[20, 10, 26, 50], [30, 12, 50, 13]];
        let beside = [[5, 5, 6, 6], [55, 30, 57, 32], [0, 0, 60, 4], [57, 20, 60, 60]];
        assert_eq!(without_specks(&drawn(&[&digit[..], &beside].concat())), drawn(&digit));
    }

    #[test]
    fn a_digit_at_the_edge_stays_if_it_is_all_there_is() {
        let bar = drawn(&[[0, 5, 4, 55]]);
        assert_eq!(without_specks(&bar), bar);
        assert_eq!(without_specks(&drawn(&[])), drawn(&[]));
    }
}
