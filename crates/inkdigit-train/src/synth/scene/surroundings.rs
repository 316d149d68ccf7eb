//! What is around the paper's picture within the picture: a window and its buttons, a border that was left
//! when it was cropped, the level that fills a picture up to a tile.

use inkdigit_nn::Rng;

use super::geometry::Rect;
use super::plane::Plane;
use super::print::{Typeface, words};
use super::random::Choose;

/// Columns and rows of a picture that is part of another, and where it begins there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inset {
    pub at: [usize; 2],
    pub size: [usize; 2],
}

impl Inset {
    /// All of it.
    pub(super) fn whole(size: [usize; 2]) -> Self {
        Self { at: [0, 0], size }
    }

    /// A part of at least a third of each side.
    pub(super) fn part(size: [usize; 2], rng: &mut Rng) -> Self {
        let length = size.map(|side| {
            let shorter = side as f32 * rng.uniform(0.35, 0.95);
            (shorter as usize).clamp(1, side)
        });
        Self { at: [0, 1].map(|axis| rng.between(0, size[axis] - length[axis])), size: length }
    }

    pub(super) fn bounds(&self) -> Rect {
        let [x, y, w, h] = [self.at[0], self.at[1], self.size[0], self.size[1]].map(|length| length as f32);
        Rect::new(x, y, x + w, y + h)
    }

    /// Puts the part into the whole.
    pub(super) fn paste(&self, part: &Plane, whole: &mut Plane) {
        for (y, row) in part.values.chunks_exact(self.size[0].max(1)).enumerate() {
            whole.values[(self.at[1] + y) * whole.width + self.at[0]..][..self.size[0]].copy_from_slice(row);
        }
    }
}

/// How a picture that is smaller than the tile is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    /// With its own edge's level, on the average.
    Mean,
    /// Each pixel with the nearest one of the picture.
    Nearest,
    Black,
    White,
    /// With some gray.
    Gray,
}

impl Filling {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        [Self::Mean, Self::Nearest, Self::Black, Self::White, Self::Gray]
            [rng.weighted(&[3.0, 3.0, 1.5, 1.5, 1.0])]
    }
}

/// Fills all around an inset.
pub(super) fn fill(part: &Plane, inset: Inset, whole: &mut Plane, filling: Filling, rng: &mut Rng) {
    let (w, h) = (part.width, part.height);
    let level = match filling {
        Filling::Mean | Filling::Nearest => {
            let rim = |x: usize, y: usize| part.values[y * w + x];
            let sum: f32 = (0..w).map(|x| rim(x, 0) + rim(x, h - 1)).sum::<f32>()
                + (0..h).map(|y| rim(0, y) + rim(w - 1, y)).sum::<f32>();
            sum / (2 * (w + h)) as f32
        }
        Filling::Black => 0.0,
        Filling::White => 255.0,
        Filling::Gray => rng.uniform(0.0, 255.0),
    };
    let width = whole.width;
    for (i, value) in whole.values.iter_mut().enumerate() {
        *value = match filling {
            Filling::Nearest => part
                .at((i % width) as isize - inset.at[0] as isize, (i / width) as isize - inset.at[1] as isize),
            _ => level,
        };
    }
    inset.paste(part, whole);
}

/// A program's window around a drawing: title, buttons, a frame, another window's text.
pub(super) fn window(whole: &mut Plane, inset: Inset, text_height: f32, rng: &mut Rng) {
    let base = if rng.chance(0.5) { rng.uniform(200.0, 255.0) } else { rng.uniform(0.0, 200.0) };
    whole.values.fill(base);
    let bounds = inset.bounds();
    let (w, h) = (whole.width as f32, whole.height as f32);
    let block = |whole: &mut Plane, rect: Rect, level: f32| {
        let columns = Plane::range(rect.left, rect.right, whole.width);
        for y in Plane::range(rect.top, rect.bottom, whole.height) {
            whole.values[y * whole.width..][columns.clone()].fill(level);
        }
    };
    let tool = text_height * rng.uniform(0.5, 1.1);
    if rng.chance(0.5) {
        block(whole, Rect::new(0.0, 0.0, w, tool), rng.uniform(0.0, 255.0));
    }
    for _ in 0..rng.between(0, 8) {
        // Buttons, tool icons, colour fields.
        let (x, y) = (rng.uniform(0.0, w), rng.uniform(0.0, h));
        let size = [tool * rng.uniform(0.6, 3.0), tool * rng.uniform(0.5, 1.2)];
        let level = rng.uniform(0.0, 255.0);
        block(whole, Rect::new(x, y, x + size[0], y + size[1]), level);
        if rng.chance(0.5) {
            block(whole, Rect::new(x + 1.0, y + 1.0, x + size[0] - 1.0, y + size[1] - 1.0), base);
        }
    }
    if rng.chance(0.6) {
        let face = Typeface::draw((text_height * rng.uniform(0.3, 0.6)).max(5.0), rng);
        let mut layer = Plane::new(whole.width, whole.height, 0.0);
        for _ in 0..rng.between(1, 3) {
            let at = [rng.uniform(-0.1, 0.8) * w, rng.uniform(0.0, 1.0) * h];
            for mut glyph in face.set(&words(2, rng)) {
                glyph.shift(at);
                glyph.draw_on(&mut layer, &super::geometry::Homography::IDENTITY);
            }
        }
        let level = if base > 128.0 { rng.uniform(0.0, 100.0) } else { rng.uniform(170.0, 255.0) };
        for (value, covered) in whole.values.iter_mut().zip(&layer.values) {
            *value += covered * (level - *value);
        }
    }
    if rng.chance(0.7) {
        // The frame of the canvas.
        let wide = rng.uniform(1.0, 5.0);
        let level = rng.uniform(0.0, 255.0);
        block(whole, bounds.grown(wide, wide), level);
    }
}

/// A border all around or at some sides: the edge of a cut, a passe-partout, a line inside of the picture.
pub(super) fn border(picture: &mut Plane, rng: &mut Rng) -> [f32; 4] {
    let (w, h) = (picture.width as f32, picture.height as f32);
    let level = if rng.chance(0.6) { rng.uniform(0.0, 90.0) } else { rng.uniform(0.0, 255.0) };
    let even = rng.log_uniform(1.0, (0.09 * w.min(h)).max(1.5));
    let all = rng.chance(0.65);
    let inset = if rng.chance(0.3) { rng.uniform(0.0, 0.05) * w.min(h) } else { 0.0 };
    let sides: [f32; 4] = std::array::from_fn(|_| match all {
        true => even,
        false if rng.chance(0.4) => even * rng.uniform(0.3, 1.5),
        false => 0.0,
    });
    for (y, row) in picture.rows_mut() {
        for (x, value) in row.iter_mut().enumerate() {
            let x = x as f32 + 0.5;
            let inward = [x, y, w - x, h - y];
            let within = inward.iter().zip(sides).any(|(&at, width)| at >= inset && at < inset + width);
            // A line that is inset isn't drawn beyond its own corners.
            if within && inward.iter().all(|&at| at >= inset) {
                *value = level;
            }
        }
    }
    sides.map(|width| if width > 0.0 { width + inset } else { 0.0 })
}
