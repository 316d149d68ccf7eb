//! The paper while it is written on, as the camera will show it, and the truth about what stands on it.

use super::class::Class;
use super::config::{Heights, Range};
use super::geometry::{Homography, Point, Rect};
use super::glyph::Glyph;
use super::lettering::Lettering;
use super::plane::{Convex, Plane};
use super::view::View;
use super::{Ignored, Truth};

/// Whether what is written is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As far as it has a class, and a size that is to be found.
    Asked,
    /// A person might read it or not.
    Doubtful,
    /// No: letters, print, what is crossed out.
    Nothing,
}

/// Two layers, what is written and what is printed, each as the share of the paper it hides; and the truth.
#[derive(Debug)]
pub(super) struct Canvas {
    /// From paper to picture.
    pub view: Homography,
    /// Where on the paper there is room, in the paper's pixels.
    pub area: Rect,
    pub ink: Plane,
    pub print: Plane,
    pub marks: Vec<Truth>,
    pub ignored: Vec<Ignored>,
    heights: Heights,
    /// The paper on the picture, where its edges are seen.
    sheet: Option<Convex>,
    lines: usize,
    /// Where writing stands, on paper.
    taken: Vec<Rect>,
}

/// A straight printed line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Half its width, in pixels.
    pub radius: f32,
    /// How dark it is: 0 to 1.
    pub strength: f32,
}

impl Canvas {
    pub(super) fn new([width, height]: [usize; 2], view: &View, heights: Heights) -> Self {
        Self {
            view: view.map,
            area: view.area,
            sheet: view.corners.as_ref().map(|corners| Convex::new(corners)),
            ink: Plane::new(width, height, 0.0),
            print: Plane::new(width, height, 0.0),
            marks: Vec::new(),
            ignored: Vec::new(),
            heights,
            lines: 0,
            taken: Vec::new(),
        }
    }

    /// Writes a line. Signs without a class are never to be found, whatever is asked.
    pub(super) fn write(&mut self, line: &Lettering, reading: Reading) {
        for glyph in line.glyphs.iter().chain(&line.ligatures) {
            self.put(glyph, reading, line.height);
        }
        self.lines += 1;
        self.take(line.extent());
    }

    /// Prints a line of type.
    pub(super) fn print(&mut self, line: &[Glyph], strength: f32, reading: Reading, height: f32) {
        for glyph in line {
            let seen = glyph.extent_in(&self.view);
            if self.is_visible(seen) {
                let mut glyph = glyph.clone();
                glyph.strength = strength;
                glyph.draw_on(&mut self.print, &self.view);
                self.judge(glyph.sign, seen, height, reading);
            }
        }
        self.lines += 1;
        self.take(super::writer::extent(line));
    }

    /// Puts one sign, which belongs to the line that is being written, in text of this height.
    pub(super) fn put(&mut self, glyph: &Glyph, reading: Reading, height: f32) {
        let seen = glyph.extent_in(&self.view);
        if self.is_visible(seen) {
            glyph.draw_on(&mut self.ink, &self.view);
            self.judge(glyph.sign, seen, height, reading);
        }
    }

    /// Notes the truth about a sign whose ink was drawn otherwise.
    pub(super) fn note(&mut self, glyph: &Glyph, reading: Reading, height: f32) {
        let seen = glyph.extent_in(&self.view);
        if self.is_visible(seen) {
            self.judge(glyph.sign, seen, height, reading);
        }
    }

    /// A straight printed line between two points of the paper.
    pub(super) fn rule(&mut self, from: Point, to: Point, Rule { radius, strength }: Rule) {
        let radius = radius * self.view.scale_at(super::geometry::between(from, to, 0.5));
        let (from, to) = (self.view.apply(from), self.view.apply(to));
        self.print.segment(super::plane::Segment { from: (from, radius), to: (to, radius) }, strength);
    }

    /// A printed frame.
    pub(super) fn frame(&mut self, frame: Rect, rule: Rule) {
        let corners = frame.corners();
        (0..4).for_each(|i| self.rule(corners[i], corners[(i + 1) % 4], rule));
    }

    /// A filled shape of the print, convex and clockwise on paper.
    pub(super) fn fill(&mut self, corners: &[Point], strength: f32) {
        let seen: Vec<Point> = corners.iter().map(|&corner| self.view.apply(corner)).collect();
        self.print.convex(&seen, strength);
    }

    /// A filled shape of ink, convex and clockwise on paper.
    pub(super) fn fill_ink(&mut self, corners: &[Point], strength: f32) {
        let seen: Vec<Point> = corners.iter().map(|&corner| self.view.apply(corner)).collect();
        self.ink.convex(&seen, strength);
    }

    /// Whether nothing is written there.
    pub(super) fn is_free(&self, place: Rect) -> bool {
        self.taken.iter().all(|taken| taken.intersection(place).area() <= 0.0)
    }

    /// Keeps others from writing there.
    pub(super) fn take(&mut self, place: Rect) {
        self.taken.push(place);
    }

    /// The picture.
    pub(super) fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, self.ink.width as f32, self.ink.height as f32)
    }

    fn is_visible(&self, seen: Rect) -> bool {
        // Also false where perspective makes nonsense of a far-away point.
        let finite = [seen.left, seen.top, seen.right, seen.bottom].iter().all(|at| at.abs() < 1e5);
        finite && self.bounds().grown(1.0, 1.0).intersection(seen).area() > 0.0
    }

    /// How much of a box lies on the paper.
    fn on_paper(&self, seen: Rect) -> f32 {
        let Some(sheet) = &self.sheet else { return 1.0 };
        let part = |i: usize| [(i % 4) as f32 / 3.0, (i / 4) as f32 / 3.0];
        let inside = (0..16).map(part).filter(|[u, v]| {
            let at = [seen.left + u * seen.width(), seen.top + v * seen.height()];
            sheet.distance(at) < 0.0
        });
        inside.count() as f32 / 16.0
    }

    /// Hides ink beyond the paper.
    pub(super) fn cut_at_the_edges(&mut self) {
        let Some(sheet) = &self.sheet else { return };
        for (y, row) in self.ink.rows_mut() {
            for (x, ink) in row.iter_mut().enumerate().filter(|(_, ink)| **ink > 0.0) {
                *ink *= sheet.coverage([x as f32 + 0.5, y]);
            }
        }
    }

    /// Notes what is to be found of a sign whose ink lies in `seen`.
    fn judge(&mut self, sign: char, seen: Rect, height: f32, reading: Reading) {
        let Some(class) = Class::of(sign) else { return };
        // A digit is as large as it is; marks belong to digits of some size.
        let scale = || self.view.scale_at(self.area.middle());
        let height = if class.digit().is_some() { seen.height() } else { height * scale() };
        let visible = seen.intersection(self.bounds());
        // Ink of no width has no area.
        let share = self.on_paper(seen) * visible.grown(0.1, 0.1).area() / seen.grown(0.1, 0.1).area();
        let reading = match (reading, self.heights.range(height)) {
            (Reading::Asked, Range::Within) if share >= 0.85 => Reading::Asked,
            (Reading::Nothing, _) | (_, Range::Beyond) => Reading::Nothing,
            _ if share < 0.3 => Reading::Nothing,
            _ => Reading::Doubtful,
        };
        match reading {
            Reading::Asked => self.marks.push(Truth::new(class, visible, height, self.lines)),
            Reading::Doubtful => self.ignored.push(Ignored::new(visible)),
            Reading::Nothing => {}
        }
    }
}
