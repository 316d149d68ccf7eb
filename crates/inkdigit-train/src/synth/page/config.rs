//! What a page looks like: the knobs, their ranges, and pages at random.

use inkdigit_nn::Rng;
use serde::Serialize;

/// What a page looks like. The default is an easy one: a pen on clean white paper, scanned straight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageConfig {
    /// Columns of the picture: 16 to 10 000.
    pub width: usize,
    /// Rows of the picture: 16 to 10 000.
    pub height: usize,
    /// What is written, and how.
    pub writing: Writing,
    /// With what.
    pub pen: Pen,
    /// On what.
    pub paper: Paper,
    /// How the picture was taken.
    pub camera: Camera,
}

/// What is written on a page, and how tidily.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Writing {
    /// Lines at most, 0 for a page without digits.
    pub lines: usize,
    /// Digits of a line at most.
    pub digits: usize,
    /// Digits of a number at most: after it comes a gap.
    pub number: usize,
    /// The height of digits in pixels: 8 to a third of the paper's shorter side.
    pub digit_height: f32,
    /// Room between digits, as a share of their height: 0.03 to 2.
    pub spacing: f32,
    /// From one line to the next, as a multiple of the digits' height: 1.2 to 5.
    pub line_pitch: f32,
    /// The share of neighbours that touch or overlap: 0 to 1.
    pub touching: f32,
    /// How far digits stray from their line and size, as a share of their height: 0 to 0.3.
    pub untidiness: f32,
    /// The share of lines that begin with a word of letters: 0 to 1.
    pub letters: f32,
    /// The share of digits written and then crossed out: 0 to 1.
    pub crossed_out: f32,
}

/// What a page is written with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pen {
    /// The width of strokes as a share of the digits' height: 0.02 to 0.3; none for any writer's own.
    pub width: Option<f32>,
    /// The gray level of its ink: 0 to 255, higher than the paper's for chalk.
    pub level: f32,
    /// The share of strokes that break off for a moment: 0 to 1.
    pub broken: f32,
    /// How much the paper's roughness shows through the ink, as with pencils: 0 to 1.
    pub roughness: f32,
}

/// What is printed on the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sheet {
    /// Nothing.
    Plain,
    /// A rule below each line.
    Ruled,
    /// Squared paper.
    Squared,
    /// Rows of cells that share their walls, a digit in each.
    Cells,
    /// A box of its own for each digit.
    Boxes,
    /// A frame around each number.
    Frames,
}

impl Sheet {
    /// Every kind of paper.
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::Ruled, Self::Squared, Self::Cells, Self::Boxes, Self::Frames];
}

/// What a page is written on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paper {
    /// What is printed on it.
    pub sheet: Sheet,
    /// How strong the print is: 0 to 1, as the pen.
    pub print: f32,
    /// The gray level of the paper: 0 to 255.
    pub level: f32,
    /// The deviation of its texture, in gray levels: 0 to 30.
    pub grain: f32,
    /// Specks of dirt on each megapixel: 0 to 2000.
    pub specks: f32,
    /// How strongly writing on the back shows through: 0 to 0.5.
    pub show_through: f32,
}

/// How a picture of a page was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Camera {
    /// Degrees by which the page is turned: -20 to 20.
    pub angle: f32,
    /// Turned by this many times 90 degrees to the right: 0 to 3.
    pub quarter_turns: u8,
    /// How much nearer one side of the page is than its middle: 0 to 0.3.
    pub perspective: f32,
    /// How wide a margin of desk shows around the paper, as a share of the picture: 0 to 0.2.
    pub desk: f32,
    /// How much light is lost toward one side: 0 to 0.9.
    pub uneven_light: f32,
    /// How dark the shadow of a hand or a telephone is: 0 to 0.9.
    pub shadow: f32,
    /// How much light is lost toward the corners: 0 to 0.7.
    pub vignetting: f32,
    /// Deviation of the blur, in pixels: 0 to 8.
    pub blur: f32,
    /// Deviation of the noise, in gray levels: 0 to 40.
    pub noise: f32,
    /// Passed through JPEG of this quality: 1 to 100.
    pub jpeg_quality: Option<u8>,
}

impl Default for PageConfig {
    fn default() -> Self {
        Self {
            width: 1000,
            height: 700,
            writing: Writing {
                lines: 6,
                digits: 12,
                number: 5,
                digit_height: 60.0,
                spacing: 0.25,
                line_pitch: 1.7,
                touching: 0.0,
                untidiness: 0.03,
                letters: 0.0,
                crossed_out: 0.0,
            },
            pen: Pen { width: None, level: 40.0, broken: 0.0, roughness: 0.0 },
            paper: Paper {
                sheet: Sheet::Plain,
                print: 0.4,
                level: 240.0,
                grain: 0.0,
                specks: 0.0,
                show_through: 0.0,
            },
            camera: Camera {
                angle: 0.0,
                quarter_turns: 0,
                perspective: 0.0,
                desk: 0.0,
                uneven_light: 0.0,
                shadow: 0.0,
                vignetting: 0.0,
                blur: 0.0,
                noise: 0.0,
                jpeg_quality: None,
            },
        }
    }
}

impl PageConfig {
    /// Any page, as people photograph and scan them: most are easy in most ways, few are hard in all.
    pub fn random(rng: &mut Rng) -> Self {
        let difficulty = rng.unit();
        Self::of_difficulty(difficulty, rng)
    }

    /// A page at random, from a clean scan (0) to what one can just read (1).
    pub fn of_difficulty(difficulty: f32, rng: &mut Rng) -> Self {
        let difficulty = difficulty.clamp(0.0, 1.0);
        // Each nuisance comes to some pages only, and seldom at its full strength.
        let nuisance = |most: f32, rng: &mut Rng| {
            let comes = rng.unit() < 0.15 + 0.6 * difficulty;
            let strength = most * difficulty * rng.unit();
            if comes { strength } else { 0.0 }
        };
        let either = |share: f32, rng: &mut Rng| rng.unit() < share;

        let shorter = rng.uniform(360.0, 1400.0);
        let longer = shorter * rng.uniform(1.0, 1.6);
        let (width, height) = if either(0.5, rng) { (shorter, longer) } else { (longer, shorter) };
        let sheet = match rng.below(10) {
            0..4 => Sheet::Plain,
            4..6 => Sheet::Ruled,
            6 => Sheet::Squared,
            7 => Sheet::Cells,
            8 => Sheet::Boxes,
            _ => Sheet::Frames,
        };
        // From one large number to a page full of small ones, with at least some 16 pixels each.
        let (lines, line_pitch) = (1 + rng.below(12), rng.uniform(1.45, 2.6));
        let room = (0.8 * height / (lines as f32 * line_pitch)).min(0.2 * shorter);
        let digit_height = (room * rng.uniform(0.45, 1.0)).max(32.0 - 16.0 * difficulty);
        let writing = Writing {
            lines,
            digits: 1 + rng.below(16),
            number: 1 + rng.below(8),
            digit_height,
            spacing: rng.uniform(0.15, 0.5) + if either(0.3, rng) { rng.uniform(0.2, 0.8) } else { 0.0 },
            line_pitch,
            touching: nuisance(0.35, rng),
            untidiness: 0.02 + nuisance(0.12, rng),
            letters: nuisance(0.5, rng),
            crossed_out: nuisance(0.08, rng),
        };
        let chalk = either(0.06, rng);
        let paper_level =
            if chalk { rng.uniform(15.0, 80.0) } else { rng.uniform(245.0 - 110.0 * difficulty, 255.0) };
        let pencil = either(0.25, rng);
        // A faint pen keeps a fifth of the paper's level between itself and the paper.
        let darkest = if pencil { 0.45 } else { 0.15 };
        let faintest = darkest + 0.1 + 0.25 * difficulty;
        let level =
            if chalk { rng.uniform(190.0, 255.0) } else { paper_level * rng.uniform(darkest, faintest) };
        let pen = Pen {
            width: either(0.3, rng).then(|| rng.uniform(0.06 - 0.03 * difficulty, 0.18 + 0.06 * difficulty)),
            level,
            broken: nuisance(0.25, rng),
            roughness: if pencil || chalk { rng.uniform(0.1, 0.6) } else { nuisance(0.2, rng) },
        };
        let paper = Paper {
            sheet,
            print: rng.uniform(0.2, 0.6 + 0.4 * difficulty),
            level: paper_level,
            grain: rng.uniform(0.0, 2.0) + nuisance(6.0, rng),
            specks: nuisance(120.0, rng),
            show_through: nuisance(0.15, rng),
        };
        let camera = Camera {
            angle: 1.5 * rng.normal() * difficulty + nuisance(8.0, rng) * rng.uniform(-1.0, 1.0),
            quarter_turns: if either(0.15, rng) { 1 + rng.below(3) as u8 } else { 0 },
            perspective: nuisance(0.12, rng),
            desk: if either(0.15 * difficulty, rng) { rng.uniform(0.02, 0.1) } else { 0.0 },
            uneven_light: nuisance(0.6, rng),
            shadow: nuisance(0.6, rng),
            vignetting: nuisance(0.5, rng),
            blur: nuisance(0.05 * digit_height, rng).min(4.0),
            noise: rng.uniform(0.0, 2.0) + nuisance(10.0, rng),
            jpeg_quality: either(0.5, rng).then(|| (92.0 - 60.0 * difficulty * rng.unit()) as u8),
        };
        Self { width: width as usize, height: height as usize, writing, pen, paper, camera }
    }

    /// The same, with every value in its range.
    pub(super) fn within_range(&self) -> Self {
        let (width, height) = (self.width.clamp(16, 10_000), self.height.clamp(16, 10_000));
        // What is no number at all becomes the least.
        let keep = |value: f32, least: f32, most: f32| value.max(least).min(most);
        let share = |value: f32| keep(value, 0.0, 1.0);
        let writing = &self.writing;
        Self {
            width,
            height,
            writing: Writing {
                lines: writing.lines,
                digits: writing.digits,
                number: writing.number.max(1),
                digit_height: keep(writing.digit_height, 8.0, width.min(height) as f32 / 3.0),
                spacing: keep(writing.spacing, 0.03, 2.0),
                line_pitch: keep(writing.line_pitch, 1.2, 5.0),
                touching: share(writing.touching),
                untidiness: keep(writing.untidiness, 0.0, 0.3),
                letters: share(writing.letters),
                crossed_out: share(writing.crossed_out),
            },
            pen: Pen {
                width: self.pen.width.map(|width| keep(width, 0.02, 0.3)),
                level: keep(self.pen.level, 0.0, 255.0),
                broken: share(self.pen.broken),
                roughness: share(self.pen.roughness),
            },
            paper: Paper {
                sheet: self.paper.sheet,
                print: share(self.paper.print),
                level: keep(self.paper.level, 0.0, 255.0),
                grain: keep(self.paper.grain, 0.0, 30.0),
                specks: keep(self.paper.specks, 0.0, 2000.0),
                show_through: keep(self.paper.show_through, 0.0, 0.5),
            },
            camera: Camera {
                angle: keep(self.camera.angle, -20.0, 20.0),
                quarter_turns: self.camera.quarter_turns % 4,
                perspective: keep(self.camera.perspective, 0.0, 0.3),
                desk: keep(self.camera.desk, 0.0, 0.2),
                uneven_light: keep(self.camera.uneven_light, 0.0, 0.9),
                shadow: keep(self.camera.shadow, 0.0, 0.9),
                vignetting: keep(self.camera.vignetting, 0.0, 0.7),
                blur: keep(self.camera.blur, 0.0, 8.0),
                noise: keep(self.camera.noise, 0.0, 40.0),
                jpeg_quality: self.camera.jpeg_quality.map(|quality| quality.clamp(1, 100)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_and_random_pages_are_within_range() {
        assert_eq!(PageConfig::default().within_range(), PageConfig::default());
        let mut rng = Rng::new(1);
        for _ in 0..500 {
            let random = PageConfig::random(&mut rng);
            assert_eq!(random.within_range(), random);
        }
    }

    #[test]
    fn every_sheet_comes_and_easy_pages_have_no_nuisance() {
        let mut rng = Rng::new(1);
        let sheets: Vec<Sheet> = (0..200).map(|_| PageConfig::random(&mut rng).paper.sheet).collect();
        assert!(Sheet::ALL.iter().all(|sheet| sheets.contains(sheet)));
        for _ in 0..50 {
            let easy = PageConfig::of_difficulty(0.0, &mut rng);
            let nuisances = [easy.writing.touching, easy.pen.broken, easy.camera.shadow, easy.camera.blur];
            assert_eq!(nuisances, [0.0; 4]);
        }
    }

    #[test]
    fn wild_values_are_brought_into_range() {
        let mut wild = PageConfig { width: 0, height: usize::MAX, ..PageConfig::default() };
        wild.camera.blur = f32::NAN;
        wild.writing.digit_height = f32::INFINITY;
        let tamed = wild.within_range();
        assert_eq!((tamed.width, tamed.height, tamed.camera.blur), (16, 10_000, 0.0));
        assert_eq!(tamed.writing.digit_height, 16.0 / 3.0);
    }
}
