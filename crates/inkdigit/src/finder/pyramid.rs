//! Copies of a picture in sizes that follow one another: on one of them a digit has a height that the network
//! knows.

use super::{Find, Heights, Range, SIDE_UNIT, maps};
use inkdigit_image::{Bounds, GrayImage};

/// How many times smaller each copy is than the one before.
pub(super) const STEP: f32 = 1.5;

/// The most that a picture is enlarged.
const MOST_ENLARGED: f32 = 4.0;

/// Enlarged pictures are no larger than this, in pixels along the longer side.
const ENLARGED_TO: f32 = 320.0;

/// Pixels around what is looked at, so that what touches its edge is no edge of the maps.
pub(super) const BORDER: usize = SIDE_UNIT;

/// How probable a find still is whose height lies beside those that the network was taught.
const BESIDE: f32 = 0.8;

/// A copy of a picture.
pub(super) struct Level {
    /// The copy.
    pub(super) picture: GrayImage,
    /// Pixels of the copy for one of the picture's.
    pub(super) scale: f32,
    heights: Heights,
}

/// The copies of a picture, from the smallest to the largest, whose longer side has at most `longest` pixels.
pub(super) fn levels(picture: &GrayImage, heights: Heights, longest: usize) -> Vec<Level> {
    let [width, height] = [picture.width(), picture.height()].map(|side| side as f32);
    let side = width.max(height);
    let mut scale = (ENLARGED_TO / side).clamp(1.0, MOST_ENLARGED).min(longest as f32 / side);
    // What fills the picture must become small enough, with one copy more.
    let least = (heights.most / STEP / side).min(scale);
    let size = |side: f32, scale: f32| (side * scale).round().max(1.0) as usize;
    // By whole factors as far as they go, which is quicker.
    let reduced = picture.reduced((1.0 / scale).floor().max(1.0) as usize);
    let mut levels: Vec<Level> = Vec::new();
    loop {
        let (width, height) = (size(width, scale), size(height, scale));
        let from = levels.last().map_or(&reduced, |level| &level.picture);
        let same = (from.width(), from.height()) == (width, height);
        let copy = if same { from.clone() } else { from.resized(width, height) };
        levels.push(Level { picture: copy, scale, heights });
        if scale <= least {
            break;
        }
        scale = (scale / STEP).max(least);
    }
    levels.reverse();
    levels
}

impl Level {
    /// The height of the largest digits that the network was taught to find on it.
    pub(super) fn most_height(&self) -> f32 {
        self.heights.most
    }

    /// The whole copy.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds { left: 0, top: 0, right: self.picture.width(), bottom: self.picture.height() }
    }

    /// A part of the copy with a border around it: what lies there, and outside the copy its rim's level.
    pub(super) fn window(&self, part: Bounds) -> GrayImage {
        let rim = maps::rim_level(&self.picture);
        let (width, height) = (part.width() + 2 * BORDER, part.height() + 2 * BORDER);
        let mut pixels = vec![rim; width * height];
        // Columns and rows of the copy that the window shows, and where they begin in it.
        let shown = |from: usize, to: usize, end: usize| {
            (from.saturating_sub(BORDER)..(to + BORDER).min(end), BORDER.saturating_sub(from))
        };
        let (columns, left) = shown(part.left, part.right, self.picture.width());
        let (rows, top) = shown(part.top, part.bottom, self.picture.height());
        for (line, row) in pixels.chunks_exact_mut(width).skip(top).zip(rows) {
            line[left..left + columns.len()].copy_from_slice(&self.picture.row(row)[columns.clone()]);
        }
        GrayImage::new(width, height, pixels).expect("as many pixels as the size says")
    }

    /// A find of such a window where it is on the picture itself; none if it is of a height that another copy is
    /// for. Marks have none of their own, and are taken from each.
    pub(super) fn on_picture(&self, find: Find, part: Bounds) -> Option<Find> {
        let tall = find.height().max(0.8 * find.width());
        let probability = match (find.class.digit(), self.heights.range(tall)) {
            (Some(_), Range::Beyond) => return None,
            (Some(_), Range::Beside) => BESIDE * find.probability,
            (Some(_), Range::Within) | (None, _) => find.probability,
        };
        let back = |place: f32, from: usize| (place + from as f32 - BORDER as f32) / self.scale;
        Some(Find {
            probability,
            left: back(find.left, part.left),
            top: back(find.top, part.top),
            right: back(find.right, part.left),
            bottom: back(find.bottom, part.top),
            ..find
        })
    }
}
