//! Of finds that can't all be there, the surest.

use super::Find;

/// The most finds of one picture: more than any page has, few enough to compare each with each.
const MOST_FINDS: usize = 4096;

/// Two finds whose boxes share more than this part of all they cover are one.
const MOST_SHARED: f32 = 0.35;

/// A find of whose box, or of whose neighbour's box, more than this part is shared is the same.
const MOST_WITHIN: f32 = 0.6;

/// A find in whose box so many smaller ones stand beside each other is no digit but a text, seen from far away.
const TEXT: usize = 3;

/// Those are at most this part of its height...
const SMALLER: f32 = 0.5;

/// ...and at least so probable.
const PROBABLE: f32 = 0.6;

/// The finds that are at least so probable, the surest first, without those that lie where a surer one does.
pub(super) fn surest(mut finds: Vec<Find>, threshold: f32) -> Vec<Find> {
    finds.retain(|find| find.probability >= threshold);
    // What is equally sure stays in its order.
    finds.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    finds.truncate(MOST_FINDS);
    let texts: Vec<bool> = finds.iter().map(|find| is_text(find, &finds)).collect();
    let mut kept: Vec<Find> = Vec::new();
    for (find, _) in finds.into_iter().zip(texts).filter(|(_, is_text)| !is_text) {
        if kept.iter().all(|other| !are_one(&find, other)) {
            kept.push(find);
        }
    }
    kept
}

/// Whether several digits stand where this find does.
fn is_text(find: &Find, finds: &[Find]) -> bool {
    let mut within: Vec<&Find> = Vec::new();
    let smaller = finds.iter().filter(|other| {
        let [x, y] = other.middle();
        other.class.digit().is_some()
            && other.probability >= PROBABLE
            && other.height() < SMALLER * find.height()
            && (find.left..find.right).contains(&x)
            && (find.top..find.bottom).contains(&y)
    });
    for other in smaller {
        if within.iter().all(|known| !are_one(other, known)) {
            within.push(other);
            if within.len() == TEXT {
                return true;
            }
        }
    }
    false
}

fn are_one(a: &Find, b: &Find) -> bool {
    let smaller = area(a).min(area(b));
    shared(a, b) > MOST_WITHIN * smaller || shared_part(a, b) > MOST_SHARED
}

/// What two boxes share, as a part of what they cover together.
pub(super) fn shared_part(a: &Find, b: &Find) -> f32 {
    let shared = shared(a, b);
    // Boxes without an area share nothing.
    if shared > 0.0 { shared / (area(a) + area(b) - shared) } else { 0.0 }
}

fn shared(a: &Find, b: &Find) -> f32 {
    let width = a.right.min(b.right) - a.left.max(b.left);
    let height = a.bottom.min(b.bottom) - a.top.max(b.top);
    width.max(0.0) * height.max(0.0)
}

fn area(find: &Find) -> f32 {
    find.width() * find.height()
}
