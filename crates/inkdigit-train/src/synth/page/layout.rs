//! What stands where on the flat paper: lines of numbers, and the print they are written into.

use inkdigit_nn::Rng;

use super::config::{PageConfig, Sheet};
use crate::synth::digit_sign;
use crate::synth::hand::Writer;
use crate::synth::pen::{Drawing, Extent};
use crate::synth::strokes::{self, Point};

/// Something written on the paper.
pub(super) struct Sign {
    pub drawing: Drawing,
    /// Its label; none for letters and for what is crossed out.
    pub digit: Option<u8>,
    /// Which number of its line it belongs to.
    pub number: usize,
}

/// The paper before it is photographed.
pub(super) struct Layout {
    pub lines: Vec<Vec<Sign>>,
    /// Rules, frames, specks and what shows through from the back, each with its strength.
    pub printed: Vec<(Drawing, f32)>,
}

/// A cell of a form, as a multiple of the digits' height.
const CELL: Point = [1.3, 1.5];

/// Fills a paper of `size` (columns, rows).
pub(super) fn lay_out(config: &PageConfig, size: Point, rng: &mut Rng) -> Layout {
    let scribe = Scribe::new(config, size, rng);
    let mut layout = Layout { lines: Vec::new(), printed: Vec::new() };
    let pitch = scribe.pitch;
    let mut baseline = scribe.first_baseline;
    while layout.lines.len() < config.writing.lines && baseline < size[1] - scribe.margin {
        let line = scribe.line(baseline, &mut layout.printed, rng);
        layout.lines.push(line);
        baseline += pitch;
    }
    scribe.rule(&mut layout.printed, rng);
    show_through(config, size, &mut layout, pitch, rng);
    for _ in 0..(config.paper.specks * size[0] * size[1] / 1e6) as usize {
        let at = [size[0] * rng.unit(), size[1] * rng.unit()];
        let to = [at[0] + rng.uniform(0.0, 2.0), at[1] + rng.uniform(0.0, 2.0)];
        layout.printed.push((Drawing::line(at, to, rng.uniform(0.5, 1.8)), rng.uniform(0.3, 1.0)));
    }
    layout
}

/// Writing on the back, mirrored.
fn show_through(config: &PageConfig, size: Point, layout: &mut Layout, pitch: f32, rng: &mut Rng) {
    if config.paper.show_through == 0.0 {
        return;
    }
    let down = pitch * rng.uniform(0.2, 0.8);
    for sign in layout.lines.iter().flatten() {
        let mut back = sign.drawing.clone();
        back.transform(|[x, y]| [size[0] - x, y + down], 1.2);
        layout.printed.push((back, config.paper.show_through));
    }
}

/// Writes lines onto one paper.
struct Scribe<'a> {
    config: &'a PageConfig,
    writer: Writer,
    size: Point,
    margin: f32,
    /// Of digits.
    height: f32,
    /// From one line to the next.
    pitch: f32,
    first_baseline: f32,
    /// Half the width of printed lines.
    rule: f32,
}

impl<'a> Scribe<'a> {
    fn new(config: &'a PageConfig, size: Point, rng: &mut Rng) -> Self {
        let height = config.writing.digit_height;
        let mut writer = Writer::draw(rng);
        if let Some(width) = config.pen.width {
            writer.pen = width / 2.0;
        }
        let needed = match config.paper.sheet {
            Sheet::Cells | Sheet::Boxes | Sheet::Frames => CELL[1] + 0.2,
            Sheet::Plain | Sheet::Ruled | Sheet::Squared => 1.2,
        };
        let margin = 0.04 * size[0].min(size[1]) + 0.3 * height;
        let pitch = height * config.writing.line_pitch.max(needed);
        // Few lines don't all begin at the top.
        let unused = (size[1] - 2.0 * margin - config.writing.lines as f32 * pitch).max(0.0);
        Self {
            config,
            writer,
            size,
            margin,
            height,
            pitch,
            first_baseline: margin + 1.2 * height + unused * rng.uniform(0.0, 0.7),
            rule: rng.uniform(0.008, 0.025) * height,
        }
    }

    /// One line, with the boxes around its digits where the paper has such.
    fn line(&self, baseline: f32, printed: &mut Vec<(Drawing, f32)>, rng: &mut Rng) -> Vec<Sign> {
        let writing = &self.config.writing;
        let mut signs = Vec::new();
        let mut x = self.margin + self.height * rng.uniform(0.0, 1.0);
        if rng.unit() < writing.letters {
            x = self.word(x, baseline, &mut signs, rng) + self.height * rng.uniform(0.5, 1.0);
        }
        let mut wanted = if writing.digits == 0 { 0 } else { 1 + rng.below(writing.digits) };
        for number in 0.. {
            let length = wanted.min(1 + rng.below(writing.number));
            let digits = self.number([x, baseline], length, printed, rng);
            let room = digits.len() == length;
            if let Some((_, _, end)) = digits.last() {
                x = end + self.height * (writing.spacing + rng.uniform(0.5, 1.2));
            }
            signs.extend(digits.into_iter().map(|(drawing, digit, _)| Sign { drawing, digit, number }));
            wanted -= length;
            if wanted == 0 || !room {
                break;
            }
        }
        signs
    }

    /// Digits of one number, as many of `length` as there is room for: each with its label, none where it is
    /// crossed out, and where the room it takes ends.
    fn number(
        &self,
        [start, baseline]: Point,
        length: usize,
        printed: &mut Vec<(Drawing, f32)>,
        rng: &mut Rng,
    ) -> Vec<(Drawing, Option<u8>, f32)> {
        let sheet = self.config.paper.sheet;
        let mut digits: Vec<(Drawing, Option<u8>, f32)> = Vec::with_capacity(length);
        let (mut x, mut last) = (start, None);
        for _ in 0..length {
            let label = rng.below(10) as u8;
            let mut drawing = self.sign(digit_sign(label), baseline, rng);
            let end = match sheet {
                Sheet::Cells | Sheet::Boxes => self.centre(&mut drawing, x),
                _ => self.set_beside(last.as_ref(), &mut drawing, x, rng),
            };
            if end + 0.2 * self.height > self.size[0] - self.margin {
                break;
            }
            if matches!(sheet, Sheet::Cells | Sheet::Boxes) {
                self.frame([x, end], baseline, printed);
            }
            x = x.max(end) + if sheet == Sheet::Boxes { 0.25 * self.height } else { 0.0 };
            last = Some(drawing.clone());
            let crossed_out = rng.unit() < self.config.writing.crossed_out;
            if crossed_out {
                self.cross_out(&mut drawing, rng);
            }
            drawing.break_strokes(self.config.pen.broken, rng);
            digits.push((drawing, (!crossed_out).then_some(label), x));
        }
        if sheet == Sheet::Frames && !digits.is_empty() {
            self.frame([start, x], baseline, printed);
        }
        digits
    }

    /// Puts a digit into the middle of the cell that starts at `x`; gives where the cell ends.
    fn centre(&self, drawing: &mut Drawing, x: f32) -> f32 {
        let cell = CELL[0] * self.height;
        drawing.shift([x + cell / 2.0 - drawing.extent().middle()[0], 0.0]);
        x + cell
    }

    /// Puts a digit beside the last one of its number, or else to `x`; gives where it ends.
    fn set_beside(&self, last: Option<&Drawing>, drawing: &mut Drawing, x: f32, rng: &mut Rng) -> f32 {
        let gap = self.gap(rng);
        let by = last.map(|last| gap - last.clearance(drawing)).filter(|by| by.is_finite());
        drawing.shift([by.unwrap_or(x - drawing.extent().left), 0.0]);
        drawing.extent().right
    }

    /// A sign that stands on the baseline.
    fn sign(&self, sign: char, baseline: f32, rng: &mut Rng) -> Drawing {
        let stray = self.config.writing.untidiness;
        let height = self.height * (1.0 + stray * rng.normal()).clamp(0.6, 1.4);
        let mut drawing = self.writer.varied(rng).write(sign, height, rng);
        let down = baseline - if sign.is_ascii_digit() { drawing.extent().bottom } else { height };
        drawing.shift([0.0, down + self.height * stray * rng.normal()]);
        drawing
    }

    /// The room before the next digit.
    fn gap(&self, rng: &mut Rng) -> f32 {
        let writing = &self.config.writing;
        if rng.unit() < writing.touching {
            // From just touching to crossing each other's strokes.
            -2.0 * self.writer.pen * self.height * rng.uniform(0.1, 1.2)
        } else {
            self.height * (writing.spacing * rng.uniform(0.7, 1.3)).max(0.04)
        }
    }

    /// A word of letters; gives where it ends.
    fn word(&self, start: f32, baseline: f32, signs: &mut Vec<Sign>, rng: &mut Rng) -> f32 {
        let letters = strokes::letters(false);
        let mut x = start;
        for _ in 0..2 + rng.below(5) {
            let mut drawing = self.sign(letters[rng.below(letters.len())], baseline, rng);
            drawing.shift([x - drawing.extent().left, 0.0]);
            let end = drawing.extent().right;
            if end > self.size[0] - self.margin {
                break;
            }
            x = end + self.height * rng.uniform(0.05, 0.2);
            signs.push(Sign { drawing, digit: None, number: 0 });
        }
        x
    }

    /// Two to four strokes to and fro over a digit.
    fn cross_out(&self, drawing: &mut Drawing, rng: &mut Rng) {
        let Extent { left, top, right, bottom } = drawing.extent();
        let radius = self.writer.pen * self.height;
        for _ in 0..2 + rng.below(3) {
            let mut y = || top + (bottom - top) * rng.uniform(0.1, 0.9);
            let (from, to) = ([left - radius, y()], [right + radius, y()]);
            drawing.strokes.push(vec![(from, radius), (to, radius)]);
        }
    }

    /// A frame around a line's height, between two columns.
    fn frame(&self, [left, right]: Point, baseline: f32, printed: &mut Vec<(Drawing, f32)>) {
        let reach = if self.config.paper.sheet == Sheet::Frames { 0.25 * self.height } else { 0.0 };
        let (left, right) = (left - reach, right + reach);
        let bottom = baseline + (CELL[1] - 1.0) / 2.0 * self.height;
        let top = bottom - CELL[1] * self.height;
        let corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
        for side in corners.windows(2) {
            self.print(side[0], side[1], printed);
        }
    }

    /// The rules of ruled and squared paper.
    fn rule(&self, printed: &mut Vec<(Drawing, f32)>, rng: &mut Rng) {
        let [width, height] = self.size;
        // Paper goes on beyond what the picture shows of it, where it is turned.
        let reach = if self.config.camera.desk > 0.0 { 0.0 } else { 0.5 };
        let step = match self.config.paper.sheet {
            Sheet::Ruled => self.pitch,
            Sheet::Squared => self.pitch * [0.5, 1.0][rng.below(2)],
            _ => return,
        };
        // The first baseline stands on a rule, nearly.
        let first = self.first_baseline + self.height * rng.uniform(0.05, 0.2);
        let lines = |first: f32, size: f32| {
            let start = ((first + reach * size) / step).floor();
            let count = ((1.0 + 2.0 * reach) * size / step) as usize;
            (0..=count)
                .map(move |i| first + (i as f32 - start) * step)
                .filter(move |at| reach > 0.0 || *at < size)
        };
        for y in lines(first, height) {
            self.print([-reach * width, y], [(1.0 + reach) * width, y], printed);
        }
        if self.config.paper.sheet == Sheet::Squared {
            for x in lines(self.margin, width) {
                self.print([x, -reach * height], [x, (1.0 + reach) * height], printed);
            }
        }
    }

    /// A printed line, in short pieces: the drawing of a long slanted one would visit all of the box around it.
    fn print(&self, from: Point, to: Point, printed: &mut Vec<(Drawing, f32)>) {
        const PIECE: f32 = 40.0;
        let pieces = ((to[0] - from[0]).hypot(to[1] - from[1]) / PIECE).ceil().max(1.0) as usize;
        let at =
            |i: usize| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * i as f32 / pieces as f32);
        let stroke = (0..=pieces).map(|i| (at(i), self.rule)).collect();
        printed.push((Drawing { strokes: vec![stroke] }, self.config.paper.print));
    }
}
