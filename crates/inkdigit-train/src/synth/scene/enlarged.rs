//! Few pixels blown up: MNIST's own images, the 8x8 digits that come with scikit-learn, icons.

use inkdigit_nn::Rng;

use super::class::Class;
use super::compose::Composed;
use super::config::{Heights, Range};
use super::geometry::{Point, Rect};
use super::plane::Plane;
use super::random::Choose;
use super::source::DigitSource;
use super::{Ignored, Truth};
use inkdigit_image::IMAGE_SIDE;

/// An image of few pixels: 0 ground to 1 ink.
struct Raster {
    label: u8,
    plane: Plane,
}

/// Fills a picture with one or more of them, so enlarged that digits have about this height.
pub(super) fn enlarged(
    source: &DigitSource,
    [width, height]: [usize; 2],
    text_height: f32,
    heights: Heights,
    rng: &mut Rng,
) -> Composed {
    let (paper, ink) = if rng.chance(0.5) { (0.0, 255.0) } else { (255.0, 0.0) };
    let coarse = rng.chance(0.5);
    let nearest = rng.chance(0.4);
    let mut drawn = Composed {
        picture: Plane::new(width, height, paper),
        ink: Plane::new(width, height, 0.0),
        marks: Vec::new(),
        ignored: Vec::new(),
    };
    // One alone in the middle of something else, or as many as fit, as on a contact sheet.
    let (alone, gap) = (rng.chance(0.5), rng.uniform(0.0, 8.0));
    let around = if rng.chance(0.3) { rng.uniform(0.0, 255.0) } else { paper };
    drawn.picture.values.fill(around);
    let scale = text_height / if coarse { 8.0 } else { 20.0 };
    let side = scale * if coarse { 8.0 } else { IMAGE_SIDE as f32 };
    let (columns, rows) = if alone {
        (1, 1)
    } else {
        let count = |length: usize| ((length as f32 / (side + gap)) as usize).clamp(1, 24);
        (count(width), count(height))
    };
    let room = [width as f32 - columns as f32 * (side + gap), height as f32 - rows as f32 * (side + gap)];
    let corner = room.map(|room| room * rng.unit());
    for row in 0..rows {
        for column in 0..columns {
            let label = rng.below(10) as u8;
            if source.count(label) == 0 {
                continue;
            }
            let pixels = source.pixels(label, rng.below(source.count(label)));
            let raster = Raster { label, plane: if coarse { eight(pixels) } else { whole(pixels) } };
            let at = [corner[0] + column as f32 * (side + gap), corner[1] + row as f32 * (side + gap)];
            drawn.place(&raster, at.map(f32::floor), scale, nearest, [paper, ink], heights);
        }
    }
    drawn
}

impl Composed {
    fn place(
        &mut self,
        raster: &Raster,
        at: Point,
        scale: f32,
        nearest: bool,
        [paper, ink]: [f32; 2],
        heights: Heights,
    ) {
        let plane = &raster.plane;
        let (w, h) = (plane.width as f32 * scale, plane.height as f32 * scale);
        let mut seen = Rect::EMPTY;
        let columns = Plane::range(at[0], at[0] + w, self.picture.width);
        for y in Plane::range(at[1], at[1] + h, self.picture.height) {
            for x in columns.clone() {
                let from = [(x as f32 + 0.5 - at[0]) / scale, (y as f32 + 0.5 - at[1]) / scale];
                let value =
                    if nearest { plane.at(from[0] as isize, from[1] as isize) } else { plane.sample(from) };
                if value > 0.3 {
                    seen = seen.including([x as f32 + 0.5, y as f32 + 0.5], 0.5);
                }
                self.picture.values[y * self.picture.width + x] = paper + value * (ink - paper);
                self.ink.values[y * self.ink.width + x] = value;
            }
        }
        if seen.area() <= 0.0 {
            return;
        }
        let whole = at[0] >= -1.0
            && at[1] >= -1.0
            && at[0] + w <= self.picture.width as f32 + 1.0
            && at[1] + h <= self.picture.height as f32 + 1.0;
        let class = Class::of((b'0' + raster.label) as char);
        match (heights.range(seen.height()), class) {
            (Range::Within, Some(class)) if whole => {
                self.marks.push(Truth::new(class, seen, seen.height(), self.marks.len()))
            }
            (Range::Beyond, _) => {}
            _ => self.ignored.push(Ignored::new(seen)),
        }
    }
}

/// MNIST's image as it is.
fn whole(pixels: &[u8]) -> Plane {
    let values = pixels.iter().map(|&pixel| pixel as f32 / 255.0).collect();
    Plane { width: IMAGE_SIDE, height: IMAGE_SIDE, values }
}

/// Its ink stretched to 8x8 pixels of 17 levels, as NIST's bitmaps were for the UCI's "optical digits".
fn eight(pixels: &[u8]) -> Plane {
    let whole = whole(pixels);
    let inked = |x: usize, y: usize| whole.values[y * IMAGE_SIDE + x] > 0.3;
    let mut tight = Rect::EMPTY;
    for y in 0..IMAGE_SIDE {
        for x in (0..IMAGE_SIDE).filter(|&x| inked(x, y)) {
            tight = tight.including([x as f32 + 0.5, y as f32 + 0.5], 0.5);
        }
    }
    let mut small = Plane::new(8, 8, 0.0);
    if tight.area() <= 0.0 {
        return small;
    }
    // Slim digits aren't stretched to a square.
    let slim = (0.6 * tight.height() - tight.width()).max(0.0) / 2.0;
    let tight = tight.grown(slim, 0.0);
    for (i, value) in small.values.iter_mut().enumerate() {
        let look = |k: usize| {
            let (x, y) = (
                (i % 8) as f32 + ((k % 4) as f32 + 0.5) / 4.0,
                (i / 8) as f32 + ((k / 4) as f32 + 0.5) / 4.0,
            );
            let at = [tight.left + x / 8.0 * tight.width(), tight.top + y / 8.0 * tight.height()];
            f32::from(u8::from(whole.sample(at) > 0.5))
        };
        *value = (0..16).map(look).sum::<f32>() / 16.0;
    }
    small
}
