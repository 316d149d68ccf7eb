//! A person with a pen: one slant, one size, one way of writing each digit, as far as hands are steady.

use inkdigit_nn::Rng;

use super::class::Class;
use super::field::{Field, LATTICE};
use super::geometry::{Affine, Rect};
use super::glyph::Glyph;
use super::pen::Pen;
use super::random::Choose;
use super::skeleton::Skeleton;
use super::source::DigitSource;
use super::styles;
use crate::synth::hand::Writer as Hand;
use crate::synth::pen::Drawing;
use crate::synth::strokes::ways_of_writing;
use inkdigit_image::IMAGE_SIDE;

/// Someone who writes.
#[derive(Clone, Debug)]
pub(super) struct Writer<'a> {
    source: &'a DigitSource<'a>,
    pub pen: Pen,
    hand: Hand,
    /// The way this person writes each digit.
    ways: [usize; 10],
    /// Whether each digit is drawn by our own strokes, in place of taken from the source.
    stroked: [bool; 10],
    /// How tall each digit is, to the height of the text: small zeros, tall ones.
    heights: [f32; 10],
    /// Digits that reach below the line, by this share of their height.
    below: [f32; 10],
    /// Whether digits of the source are written again with this pen, in place of with their own.
    again: bool,
    /// Where digits of the source begin to be ink: the lower the thicker.
    level: f32,
    /// How much sizes and places stray.
    pub untidiness: f32,
}

/// How people write here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// The share of digits that are drawn by our own strokes.
    pub stroked: f32,
}

impl<'a> Writer<'a> {
    pub(super) fn draw(source: &'a DigitSource<'a>, habits: Habits, pen: Pen, rng: &mut Rng) -> Self {
        let slant = if rng.chance(0.75) { 0.1 + 0.15 * rng.normal() } else { rng.uniform(-0.35, 0.6) };
        let hand = Hand {
            slant: slant.clamp(-0.45, 0.7),
            aspect: (0.78 + 0.16 * rng.normal()).clamp(0.45, 1.15),
            pen: pen.radius,
            jitter: rng.uniform(0.008, 0.045),
            pressure: rng.uniform(0.0, 0.2),
        };
        // Most people's digits come wholly from one source; some have a way or two of our own among others'.
        let stroked = match rng.weighted(&[1.0 - habits.stroked, habits.stroked * 0.6, habits.stroked * 0.4])
        {
            0 => [false; 10],
            1 => [true; 10],
            _ => std::array::from_fn(|digit| rng.chance(if digit == 1 { 0.6 } else { 0.25 })),
        };
        let uneven = rng.chance(0.35);
        let heights = std::array::from_fn(|digit| match digit {
            _ if !uneven => 1.0,
            0 => rng.uniform(0.6, 1.05),
            _ => rng.uniform(0.82, 1.18),
        });
        let hanging = rng.chance(0.25);
        let below = std::array::from_fn(|digit| match digit {
            4 | 7 | 9 if hanging => rng.uniform(0.0, 0.35),
            1 | 3 | 5 if hanging => rng.uniform(0.0, 0.15),
            _ => 0.0,
        });
        Self {
            source,
            pen,
            hand,
            ways: std::array::from_fn(|digit| {
                let sign = (b'0' + digit as u8) as char;
                Class::of(sign).map_or(0, |class| rng.below(styles::ways(class).len()))
            }),
            stroked: std::array::from_fn(|digit| stroked[digit] || source.count(digit as u8) == 0),
            heights,
            below,
            again: pen.radius < 0.042 || pen.radius > 0.1 || rng.chance(0.4),
            level: rng.uniform(0.34, 0.6),
            untidiness: rng.uniform(0.01, 0.07),
        }
    }

    /// The pen's half width for text of this height.
    pub(super) fn radius(&self, height: f32) -> f32 {
        self.pen.radius * height
    }

    /// A sign that stands on the line at 0, its left end at 0, in text of this height; none if nobody knows how
    /// to write it.
    pub(super) fn write(&self, sign: char, height: f32, rng: &mut Rng) -> Option<Glyph> {
        let mut glyph = match Class::of(sign) {
            Some(class) => match class.digit() {
                Some(digit) => self.digit(digit, height, rng),
                None => self.mark(class, height, rng),
            },
            None => self.letter(sign, height, rng)?,
        };
        glyph.shift([-glyph.extent().left, 0.0]);
        glyph.strength = (self.pen.opacity * (1.0 + 0.06 * rng.normal())).clamp(0.3, 1.0);
        Some(glyph)
    }

    fn digit(&self, digit: u8, height: f32, rng: &mut Rng) -> Glyph {
        let stray = (1.0 + self.untidiness * rng.normal()).clamp(0.7, 1.3);
        let tall = height * self.heights[digit as usize] * stray;
        // Now and then one writes a digit otherwise.
        let stroked = self.stroked[digit as usize] && (self.source.count(digit) == 0 || !rng.chance(0.04));
        let mut glyph =
            if stroked { self.by_strokes(digit, tall, rng) } else { self.copied(digit, tall, rng) };
        let down = self.below[digit as usize] * tall + 0.6 * self.untidiness * height * rng.normal();
        glyph.shift([0.0, down - glyph.extent().bottom]);
        glyph
    }

    /// A digit in one of our ways of writing it.
    fn by_strokes(&self, digit: u8, height: f32, rng: &mut Rng) -> Glyph {
        let sign = (b'0' + digit) as char;
        let ways = Class::of(sign).map_or(&[][..], styles::ways);
        let way = if rng.chance(0.88) { self.ways[digit as usize] } else { rng.below(ways.len()) };
        // An upright 1 stays slim, a 0 may become round.
        let aspect = self.hand.aspect.min(if digit == 1 { 0.75 } else { 1.2 });
        let hand = Hand { aspect, ..self.hand.varied(rng) };
        self.inked(sign, hand.follow(&ways[way % ways.len()], height, rng), rng)
    }

    /// A digit of the source, brought to this person's slant and size.
    fn copied(&self, digit: u8, height: f32, rng: &mut Rng) -> Glyph {
        let sign = (b'0' + digit) as char;
        for _ in 0..4 {
            let pixels = self.source.pixels(digit, rng.below(self.source.count(digit)));
            let glyph = if self.again {
                Skeleton::of(pixels).map(|skeleton| Glyph::strokes(sign, drawn(&skeleton)))
            } else {
                let level = (self.level + 0.03 * rng.normal()).clamp(0.3, 0.64);
                Field::new(pixels, level).map(|field| Glyph::field(sign, field))
            };
            let Some(mut glyph) = glyph else { continue };
            // Half of what the digit had of a slant goes, and this person's comes.
            let upright = 0.6 * slant(pixels) - self.hand.slant * rng.uniform(0.5, 1.0) + 0.05 * rng.normal();
            let middle = LATTICE as f32 / 2.0;
            let narrow = rng.uniform(0.85, 1.12) * (0.55 + 0.5 * self.hand.aspect).min(1.1);
            let shear = Affine([[narrow, upright, -upright * middle], [0.0, 1.0, 0.0]]);
            glyph.transform(Affine::turn(0.05 * rng.normal(), 1.0, [middle; 2]).after(shear));
            let extent = glyph.extent();
            // A lying 1 or a flat 0 isn't blown up to the text's height.
            let size = extent.height().max(0.6 * extent.width()).max(4.0);
            glyph.transform(Affine::turn(0.0, height / size, [0.0, 0.0]));
            return match glyph.drawing_mut() {
                None => glyph,
                Some(drawing) => {
                    let radius = self.radius(height);
                    drawing.strokes.iter_mut().flatten().for_each(|(_, r)| *r = radius);
                    let drawing = drawing.clone();
                    self.inked(sign, drawing, rng)
                }
            };
        }
        self.by_strokes(digit, height, rng)
    }

    fn mark(&self, class: Class, height: f32, rng: &mut Rng) -> Glyph {
        let ways = styles::ways(class);
        let sign = class.sign();
        let dotted = matches!(sign, '.' | ':' | ',');
        // A dot is small against a digit's square, in which points stray.
        let jitter = if dotted { 0.006 } else { self.hand.jitter.min(0.03) };
        let slant = if matches!(sign, '/') { 0.5 * self.hand.slant } else { self.hand.slant };
        let hand = Hand { jitter, slant, ..self.hand };
        let mut drawing = hand.follow(&ways[rng.below(ways.len())], height, rng);
        if dotted {
            // A resting pen leaves a larger dot, and at least one that can be seen.
            let grown = rng.uniform(1.0, 1.7);
            let least = 0.025 * height;
            drawing
                .strokes
                .iter_mut()
                .flatten()
                .for_each(|(_, radius)| *radius = (*radius * grown).max(least));
        }
        let mut glyph = Glyph::strokes(sign, drawing);
        glyph.shift([0.0, -height]);
        glyph
    }

    fn letter(&self, sign: char, height: f32, rng: &mut Rng) -> Option<Glyph> {
        let ways = ways_of_writing(sign);
        if ways.is_empty() {
            return None;
        }
        let drawing = self.hand.varied(rng).follow(&ways[rng.below(ways.len())], height, rng);
        let mut glyph = self.inked(sign, drawing, rng);
        glyph.shift([0.0, -height]);
        Some(glyph)
    }

    fn inked(&self, sign: char, mut drawing: Drawing, rng: &mut Rng) -> Glyph {
        self.pen.lead(&mut drawing, rng);
        Glyph::strokes(sign, drawing)
    }
}

/// A skeleton's strokes; their widths are set later.
fn drawn(skeleton: &Skeleton) -> Drawing {
    let stroke = |points: &Vec<[f32; 2]>| points.iter().map(|&point| (point, 1.0)).collect();
    Drawing { strokes: skeleton.strokes.iter().map(stroke).collect() }
}

/// How much an image leans: columns to the right for each row down (from its second moments).
fn slant(pixels: &[u8]) -> f32 {
    let (mut mass, mut x_mean, mut y_mean) = (0.0f32, 0.0f32, 0.0f32);
    let inked = || {
        let at = |(i, &pixel): (usize, &u8)| ((i % IMAGE_SIDE) as f32, (i / IMAGE_SIDE) as f32, pixel as f32);
        pixels.iter().enumerate().filter(|(_, pixel)| **pixel > 0).map(at)
    };
    for (x, y, ink) in inked() {
        (mass, x_mean, y_mean) = (mass + ink, x_mean + ink * x, y_mean + ink * y);
    }
    let (x_mean, y_mean) = (x_mean / mass.max(1.0), y_mean / mass.max(1.0));
    let (mut mixed, mut down) = (0.0, 0.0);
    for (x, y, ink) in inked() {
        mixed += ink * (x - x_mean) * (y - y_mean);
        down += ink * (y - y_mean).powi(2);
    }
    // Deslanting shears by the opposite.
    (-mixed / f32::max(down, 1.0)).clamp(-0.8, 0.8)
}

/// The box around several glyphs.
pub(super) fn extent(glyphs: &[Glyph]) -> Rect {
    glyphs.iter().fold(Rect::EMPTY, |rect, glyph| rect.union(glyph.extent()))
}

#[cfg(test)]
mod tests {
    use super::super::pen::Tool;
    use super::*;
    use crate::synth;

    #[test]
    fn every_class_is_written_at_its_height_and_on_the_line() {
        let data = synth::dataset(200, 1);
        let source = DigitSource::new(&data);
        let mut rng = Rng::new(3);
        for stroked in [0.0, 1.0] {
            for class in Class::all() {
                for tool in Tool::ALL {
                    let pen = Pen::draw(tool, &mut rng);
                    let writer = Writer::draw(&source, Habits { stroked }, pen, &mut rng);
                    let glyph = writer.write(class.sign(), 40.0, &mut rng).unwrap();
                    let extent = glyph.extent();
                    assert!(
                        extent.left.abs() < 1e-3 && extent.width() < 90.0,
                        "{}: {extent:?}",
                        class.sign()
                    );
                    if class.digit().is_some() {
                        assert!((18.0..64.0).contains(&extent.height()), "{}: {extent:?}", class.sign());
                        assert!((-14.0..30.0).contains(&extent.bottom), "{}: {extent:?}", class.sign());
                    }
                }
            }
        }
    }

    #[test]
    fn slants_are_measured_and_nobody_writes_what_nobody_knows() {
        let leaning: Vec<u8> = (0..784)
            .map(|i| {
                let (x, y) = ((i % 28) as f32 - 13.5, (i / 28) as f32 - 13.5);
                if (x + 0.4 * y).abs() < 1.6 && y.abs() < 10.0 { 255 } else { 0 }
            })
            .collect();
        assert!((slant(&leaning) - 0.4).abs() < 0.05, "{}", slant(&leaning));
        let data = crate::Dataset::default();
        let source = DigitSource::new(&data);
        let mut rng = Rng::new(1);
        let pen = Pen::draw(Tool::Felt, &mut rng);
        let writer = Writer::draw(&source, Habits { stroked: 0.0 }, pen, &mut rng);
        assert!(writer.write('§', 20.0, &mut rng).is_none());
        assert!(writer.write('8', 20.0, &mut rng).is_some());
    }
}
