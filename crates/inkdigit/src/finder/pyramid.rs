//! Copies of a picture in sizes that follow one another: on one of them a digit has a height that the network
//! knows.

use super::{Find, Heights, Range, SIDE_UNIT, maps};
use inkdigit_image::GrayImage;

/// How many times smaller each copy is than the one before.
const STEP: f32 = 1.5;

/// The most that a picture is enlarged.
const MOST_ENLARGED: f32 = 4.0;

/// Enlarged pictures are no larger than this, in pixels along the longer side.
const ENLARGED_TO: f32 = 320.0;

/// Pixels around a picture, so that what touches its edge is no edge of the maps.
const BORDER: usize = SIDE_UNIT;

/// How probable a find still is whose height lies beside those that the network was taught.
const BESIDE: f32 = 0.8;

/// A copy of a picture.
pub(super) struct Level {
    /// The copy, with a border around it.
    pub(super) picture: GrayImage,
    /// Pixels of the copy for one of the picture's.
    scale: f32,
    heights: Heights,
}

/// Calls `look` for each copy of a picture, from the largest one, whose longer side has at most `longest` pixels.
pub(super) fn for_each_level(
    picture: &GrayImage,
    heights: Heights,
    longest: usize,
    mut look: impl FnMut(&Level),
) {
    let [width, height] = [picture.width(), picture.height()].map(|side| side as f32);
    let side = width.max(height);
    let mut scale = (ENLARGED_TO / side).clamp(1.0, MOST_ENLARGED).min(longest as f32 / side);
    // What fills the picture must become small enough, with one copy more.
    let least = (heights.most / STEP / side).min(scale);
    let size = |side: f32, scale: f32| (side * scale).round().max(1.0) as usize;
    let mut copy = picture.resized(size(width, scale), size(height, scale));
    loop {
        look(&Level { picture: bordered(&copy), scale, heights });
        if scale <= least {
            break;
        }
        scale = (scale / STEP).max(least);
        copy = copy.resized(size(width, scale), size(height, scale));
    }
}

/// The picture in the middle of a larger one of its rim's level.
fn bordered(picture: &GrayImage) -> GrayImage {
    let (width, height) = (picture.width() + 2 * BORDER, picture.height() + 2 * BORDER);
    let mut pixels = vec![maps::rim_level(picture); width * height];
    for (y, line) in pixels.chunks_exact_mut(width).skip(BORDER).take(picture.height()).enumerate() {
        line[BORDER..][..picture.width()].copy_from_slice(picture.row(y));
    }
    GrayImage::new(width, height, pixels).expect("as many pixels as the size says")
}

impl Level {
    /// A find of this copy where it is on the picture itself; none if it is of a height that another copy is for.
    /// Marks have none of their own, and are taken from each.
    pub(super) fn on_picture(&self, find: Find) -> Option<Find> {
        let tall = find.height().max(0.8 * find.width());
        let probability = match (find.class.digit(), self.heights.range(tall)) {
            (Some(_), Range::Beyond) => return None,
            (Some(_), Range::Beside) => BESIDE * find.probability,
            (Some(_), Range::Within) | (None, _) => find.probability,
        };
        let back = |place: f32| (place - BORDER as f32) / self.scale;
        Some(Find {
            probability,
            left: back(find.left),
            top: back(find.top),
            right: back(find.right),
            bottom: back(find.bottom),
            ..find
        })
    }
}
