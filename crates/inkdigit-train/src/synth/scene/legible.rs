//! Whether a mark can still be told from its ground after all that light, lens, sensor and threshold did to
//! it. What a person couldn't see isn't to be found, and it isn't to be missed either.

use super::compose::Composed;
use super::geometry::Rect;
use super::plane::Plane;
use super::{Ignored, Truth};

/// Marks that can't be seen any more become ignored.
pub(super) fn forget_illegible(composed: &mut Composed) {
    let (picture, ink) = (&composed.picture, &composed.ink);
    let faint = composed.marks.extract_if(.., |mark: &mut Truth| !is_legible(picture, ink, mark));
    composed.ignored.extend(faint.map(|mark| Ignored::new(mark.bounds())));
}

/// Whether the ink's level differs from its ground's, in levels and in deviations of the ground's.
fn is_legible(picture: &Plane, ink: &Plane, mark: &Truth) -> bool {
    const LEVELS: f32 = 7.0;
    let Some((difference, deviation)) = contrast(picture, ink, mark.bounds()) else { return false };
    // A digit's strokes are followed through noise that hides a point.
    let needed = if mark.class.digit().is_some() { 0.9 } else { 1.4 };
    difference >= LEVELS && difference >= needed * deviation
}

/// How far the inked pixels in and around a box are from those without ink, on the average, and by how much
/// the latter deviate; none if there is no ink or no ground.
fn contrast(picture: &Plane, ink: &Plane, bounds: Rect) -> Option<(f32, f32)> {
    let around = bounds.grown(2.0, 2.0);
    let columns = Plane::range(around.left, around.right, picture.width);
    let rows = || Plane::range(around.top, around.bottom, picture.height);
    let pixels = |y: usize| {
        let row = y * picture.width;
        let (levels, inks) = (&picture.values[row..][columns.clone()], &ink.values[row..][columns.clone()]);
        levels.iter().map(|level| level.clamp(0.0, 255.0)).zip(inks)
    };
    // Of a thin or rough pen no pixel is full.
    let darkest = rows().flat_map(pixels).fold(0.0, |most: f32, (_, &inked)| most.max(inked));
    let (mut inked_count, mut inked_sum) = (0.0, 0.0);
    let (mut count, mut sum, mut square) = (0.0, 0.0, 0.0);
    for (level, &inked) in rows().flat_map(pixels) {
        if inked > 0.5 * darkest {
            (inked_count, inked_sum) = (inked_count + 1.0, inked_sum + level);
        } else if inked < 0.1 * darkest {
            (count, sum, square) = (count + 1.0, sum + level, square + level * level);
        }
    }
    if darkest <= 0.0 || inked_count == 0.0 || count < 4.0 {
        return None;
    }
    let mean = sum / count;
    let deviation = (square / count - mean * mean).max(0.0f32).sqrt();
    Some(((inked_sum / inked_count - mean).abs(), deviation))
}

#[cfg(test)]
mod tests {
    use super::super::class::Class;
    use super::*;

    /// A bar of ink on a ground that deviates.
    fn drawn(difference: f32, deviation: f32) -> (Plane, Plane) {
        let mut ink = Plane::new(20, 30, 0.0);
        ink.convex(&[[8.0, 5.0], [12.0, 5.0], [12.0, 25.0], [8.0, 25.0]], 1.0);
        let mut picture = Plane::new(20, 30, 150.0);
        for (i, (level, inked)) in picture.values.iter_mut().zip(&ink.values).enumerate() {
            *level += if (i * 7919) % 13 < 6 { deviation } else { -deviation } - difference * inked;
        }
        (picture, ink)
    }

    #[test]
    fn what_drowns_in_noise_is_not_legible() {
        let bounds = Rect::new(8.0, 5.0, 12.0, 25.0);
        let digit = Truth::new(Class::of('1').unwrap(), bounds, 20.0, 0);
        let point = Truth::new(Class::of('.').unwrap(), bounds, 20.0, 0);
        let cases = [
            (60.0, 5.0, true, true),
            (4.0, 0.0, false, false),
            (22.0, 20.0, true, false),
            (15.0, 40.0, false, false),
        ];
        for (difference, deviation, digit_is, point_is) in cases {
            let (picture, ink) = drawn(difference, deviation);
            assert_eq!(is_legible(&picture, &ink, &digit), digit_is, "{difference} {deviation}");
            assert_eq!(is_legible(&picture, &ink, &point), point_is, "{difference} {deviation}");
        }
        assert!(!is_legible(&Plane::new(20, 30, 9.0), &Plane::new(20, 30, 0.0), &digit));
    }
}
