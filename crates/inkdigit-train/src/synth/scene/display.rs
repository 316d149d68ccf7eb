//! Seven-segment displays: clocks, meters, calculators. Alone on a picture their digits are to be read as any.

use inkdigit_nn::Rng;

use super::canvas::{Canvas, Reading};
use super::geometry::{Point, Rect, add};
use super::glyph::Glyph;
use super::random::Choose;
use crate::synth::pen::Drawing;

/// The segments a digit lights: the top, then clockwise, the middle last.
const LIT: [[u8; 7]; 10] = [
    [1, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 0, 0, 0, 0],
    [1, 1, 0, 1, 1, 0, 1],
    [1, 1, 1, 1, 0, 0, 1],
    [0, 1, 1, 0, 0, 1, 1],
    [1, 0, 1, 1, 0, 1, 1],
    [1, 0, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0, 0],
    [1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 0, 1, 1],
];

/// One make of display.
struct Display {
    height: f32,
    /// By the height.
    width: f32,
    /// Half a segment's width, by the height.
    radius: f32,
    /// Between segments, by the height.
    gap: f32,
    slant: f32,
    /// How far unlit segments are seen.
    ghosts: f32,
    /// Segments end square, in place of pointed.
    square: bool,
    /// Writes 6, 7 and 9 the other way.
    short: bool,
}

/// Draws one or more rows of digits.
pub(super) fn display(canvas: &mut Canvas, height: f32, rng: &mut Rng) {
    let face = Display {
        height,
        width: rng.uniform(0.42, 0.62),
        radius: rng.uniform(0.035, 0.075),
        gap: rng.uniform(0.0, 0.03),
        slant: if rng.chance(0.5) { rng.uniform(0.0, 0.2) } else { 0.0 },
        ghosts: if rng.chance(0.3) { rng.uniform(0.03, 0.2) } else { 0.0 },
        square: rng.chance(0.4),
        short: rng.chance(0.2),
    };
    let pitch = face.width + 2.0 * face.radius + rng.uniform(0.12, 0.5);
    let area = canvas.area;
    let alone = rng.chance(0.3);
    let mut y = area.top + height * rng.uniform(0.2, 1.2);
    while y + 0.8 * height < area.bottom {
        let room = ((area.width() / height - 0.3) / pitch) as usize;
        let count = if alone { 1 } else { rng.between(1, 10) }.clamp(1, room.max(1));
        let spare = area.width() - count as f32 * pitch * height;
        let mut x = area.left + spare.max(0.0) * rng.unit();
        for i in 0..count {
            face.digit(rng.below(10) as u8, [x, y], canvas);
            x += pitch * height;
            if i + 1 < count && rng.chance(0.12) {
                x += face.point(if rng.chance(0.5) { '.' } else { ':' }, [x, y], canvas);
            }
        }
        y += height * rng.uniform(1.4, 3.0);
        if rng.chance(0.5) {
            break;
        }
    }
}

impl Display {
    fn digit(&self, digit: u8, at: Point, canvas: &mut Canvas) {
        let (w, r) = (self.width, self.radius);
        let corners = [[r, r], [r + w, r], [r + w, 0.5], [r + w, 1.0 - r], [r, 1.0 - r], [r, 0.5]];
        let ends = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (5, 2)];
        let mut lit = Vec::new();
        let mut lights = LIT[digit as usize];
        if self.short {
            // Some makes spare a segment, or light one more.
            match digit {
                6 => lights[0] = 0,
                9 => lights[3] = 0,
                7 => lights[5] = 1,
                _ => {}
            }
        }
        for (&(from, to), on) in ends.iter().zip(lights) {
            let segment = self.segment(corners[from], corners[to], at);
            if on == 1 {
                canvas.fill_ink(&segment, 1.0);
                lit.extend(segment.map(|corner| (corner, 0.0)));
            } else if self.ghosts > 0.0 {
                canvas.fill_ink(&segment, self.ghosts);
            }
        }
        // The truth is that of a sign through the segments' corners, which is drawn without ink.
        let sign = (b'0' + digit) as char;
        canvas.note(&Glyph::strokes(sign, Drawing { strokes: vec![lit] }), Reading::Asked, self.height);
    }

    /// A segment's outline on paper, clockwise.
    fn segment(&self, from: Point, to: Point, at: Point) -> [Point; 6] {
        let [dx, dy] = add(to, from, -1.0);
        let length = dx.hypot(dy);
        let along = [dx / length, dy / length];
        let across = [-along[1], along[0]];
        let (r, gap) = (self.radius, self.gap);
        let tip = if self.square { 0.0 } else { r };
        let corner = |end: Point, inward: f32, side: f32| {
            let [x, y] = add(add(end, along, inward), across, side * r);
            add(at, [x - self.slant * (y - 1.0), y], self.height)
        };
        let start = gap + if self.square { r } else { 0.0 };
        [
            corner(from, start, 0.0),
            corner(from, start + tip, -1.0),
            corner(to, -start - tip, -1.0),
            corner(to, -start, 0.0),
            corner(to, -start - tip, 1.0),
            corner(from, start + tip, 1.0),
        ]
    }

    /// A point or a colon; gives how much room it took.
    fn point(&self, sign: char, at: Point, canvas: &mut Canvas) -> f32 {
        let heights: &[f32] = if sign == '.' { &[1.0] } else { &[0.3, 0.7] };
        let r = 1.1 * self.radius * self.height;
        let x = at[0] - 0.05 * self.height;
        let mut corners = Vec::new();
        for height in heights {
            let y = at[1] + height * self.height - r;
            let dot = Rect::EMPTY.including([x + r, y], r).corners();
            canvas.fill_ink(&dot, 1.0);
            corners.extend(dot.map(|corner| (corner, 0.0)));
        }
        let glyph = Glyph::strokes(sign, Drawing { strokes: vec![corners] });
        canvas.note(&glyph, Reading::Asked, self.height);
        0.12 * self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_light_the_segments_that_everybody_knows() {
        let counts = LIT.map(|lit| lit.iter().sum::<u8>());
        assert_eq!(counts, [6, 2, 5, 5, 4, 5, 6, 3, 7, 6]);
    }
}
