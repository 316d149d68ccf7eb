//! From a kind of picture to its pixels: what is chosen once for a picture, and the order of the stages.

use inkdigit_nn::Rng;

use super::camera::{self, Legibility, Medium};
use super::canvas::Canvas;
use super::config::{Kind, SceneConfig};
use super::display::display;
use super::enlarged::enlarged;
use super::geometry::Rect;
use super::ground::{self, Tones};
use super::layout::{Page, clutter};
use super::legible::forget_illegible;
use super::lettering::Spacing;
use super::pen::{Pen, Tool};
use super::plane::Plane;
use super::random::Choose;
use super::rules::{Ruled, Ruling};
use super::source::DigitSource;
use super::strips::strips;
use super::surroundings::{self, Filling, Inset};
use super::view::View;
use super::writer::{Habits, Writer};
use super::{Ignored, Truth, desk, light};

/// A picture before its levels are rounded.
pub(super) struct Composed {
    pub picture: Plane,
    /// How much of each pixel ink hides.
    pub ink: Plane,
    pub marks: Vec<Truth>,
    pub ignored: Vec<Ignored>,
}

/// What is decided for a picture before anything is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan<'a> {
    source: &'a DigitSource<'a>,
    pub config: &'a SceneConfig,
    pub kind: Kind,
    medium: Medium,
    tones: Tones,
    pen: Pen,
    /// Of digits.
    pub height: f32,
    pub difficulty: f32,
}

/// Draws a picture of a kind.
pub(super) fn compose(
    source: &DigitSource,
    config: &SceneConfig,
    kind: Kind,
    size: [usize; 2],
    rng: &mut Rng,
) -> Composed {
    let plan = Plan::draw(source, config, kind, rng);
    let mut composed = match kind {
        Kind::Tight => strips(&plan, size, rng),
        Kind::Cheque if rng.chance(0.7) => strips(&plan, size, rng),
        _ => plan.framed(size, rng),
    };
    camera::expose(&mut composed.picture, plan.medium, plan.legibility(), plan.difficulty, rng);
    forget_illegible(&mut composed);
    if rng.chance(config.inverted) && plan.difficulty > 0.0 {
        composed.picture.values.iter_mut().for_each(|level| *level = 255.0 - *level);
    }
    composed
}

impl<'a> Plan<'a> {
    fn draw(source: &'a DigitSource<'a>, config: &'a SceneConfig, kind: Kind, rng: &mut Rng) -> Self {
        // Most pictures are easy in most ways.
        let difficulty = config.difficulty.clamp(0.0, 1.0) * rng.unit().sqrt();
        let medium = match kind {
            Kind::Enlarged => Medium::Screen,
            Kind::Cheque if rng.chance(0.85) => Medium::Scan,
            _ => Medium::draw(rng),
        };
        let board = rng.chance(0.09) && medium == Medium::Photograph;
        let tool = tool(medium, board, rng);
        let pen = Pen::draw(tool, rng);
        let tones = match medium {
            Medium::Screen => Tones::on_screen(rng),
            _ if board => Tones::on_board(rng),
            Medium::Binary => Tones::on_paper(100.0, rng),
            // Banks refuse what is hard to read.
            Medium::Photograph | Medium::Scan => {
                let least = if kind == Kind::Cheque { 75.0 } else { 55.0 };
                Tones::on_paper(least / pen.opacity, rng)
            }
        };
        Self { source, config, kind, medium, tones, pen, height: text_height(config, kind, rng), difficulty }
    }

    fn legibility(&self) -> Legibility {
        Legibility {
            height: self.height,
            paper: self.tones.paper,
            contrast: (self.tones.paper - self.tones.ink).abs() * self.pen.opacity,
            pen: 2.0 * self.pen.radius * self.height,
        }
    }

    /// The same with another pen of the kind that is used here.
    #[must_use]
    pub(super) fn with_another_pen(&self, rng: &mut Rng) -> Self {
        Self { pen: Pen::draw(tool(self.medium, false, rng), rng), ..*self }
    }

    /// How well the paper is seen and how it is ruled, for one picture or part of one.
    pub(super) fn page(&self, rng: &mut Rng) -> Page<'a> {
        let habits = Habits { stroked: self.config.stroked };
        let rulings = [Ruling::Plain, Ruling::Ruled, Ruling::Squared, Ruling::Dotted, Ruling::Millimetre];
        let ruling = match self.kind {
            Kind::Lines | Kind::Words | Kind::Nothing => rulings[rng.weighted(&[5.0, 2.2, 1.8, 0.5, 0.5])],
            Kind::Scattered => rulings[rng.weighted(&[4.0, 1.5, 3.0, 0.6, 0.6])],
            Kind::Single | Kind::Tight => rulings[rng.weighted(&[8.0, 1.0, 1.2, 0.3, 0.2])],
            Kind::Table => rulings[rng.weighted(&[8.0, 0.6, 1.0, 0.2, 0.2])],
            Kind::Fields
            | Kind::Comb
            | Kind::Form
            | Kind::Cheque
            | Kind::Enlarged
            | Kind::Display
            | Kind::Print => Ruling::Plain,
        };
        let spacing = Spacing::draw(rng);
        Page {
            config: self.config,
            writer: Writer::draw(self.source, habits, self.pen, rng),
            height: self.height,
            spacing,
            ruled: Ruled::draw(ruling, self.height, rng),
            budget: 0,
            untidiness: rng.unit(),
        }
    }

    /// One picture, perhaps with something around it.
    fn framed(&self, size: [usize; 2], rng: &mut Rng) -> Composed {
        let single = self.kind == Kind::Single;
        let in_window = rng.chance(match self.medium {
            Medium::Screen => 0.4,
            _ => 0.05,
        });
        let filled = !in_window && rng.chance(0.1);
        let large_enough = size.iter().all(|&side| side as f32 * 0.35 > self.height);
        let inset =
            if (in_window || filled) && large_enough { Inset::part(size, rng) } else { Inset::whole(size) };
        let mut part = match self.kind {
            Kind::Enlarged => enlarged(self.source, inset.size, self.height, self.config.heights, rng),
            _ => self.on_paper(inset.size, rng),
        };
        if rng.chance(if single { 0.14 } else { 0.05 }) && self.difficulty > 0.0 {
            self.border(&mut part, rng);
        }
        if inset.size == size {
            return part;
        }
        let mut whole = Plane::new(size[0], size[1], 0.0);
        if in_window {
            surroundings::window(&mut whole, inset, self.height, rng);
            inset.paste(&part.picture, &mut whole);
        } else {
            surroundings::fill(&part.picture, inset, &mut whole, Filling::draw(rng), rng);
        }
        let mut ink = Plane::new(size[0], size[1], 0.0);
        inset.paste(&part.ink, &mut ink);
        shift(&mut part, inset.at);
        Composed { picture: whole, ink, ..part }
    }

    /// A border within the picture; what it hides isn't found.
    fn border(&self, part: &mut Composed, rng: &mut Rng) {
        let [left, top, right, bottom] = surroundings::border(&mut part.picture, rng);
        let (w, h) = (part.picture.width as f32, part.picture.height as f32);
        let inside = Rect::new(left, top, w - right, h - bottom);
        let hidden = |bounds: Rect| inside.intersection(bounds).area() < 0.9 * bounds.area();
        let doubtful = part.marks.extract_if(.., |mark| hidden(mark.bounds()));
        part.ignored.extend(doubtful.map(|mark| Ignored::new(mark.bounds())));
    }

    /// Paper with what is written and printed on it, lit.
    fn on_paper(&self, size: [usize; 2], rng: &mut Rng) -> Composed {
        let mut page = self.page(rng);
        let pixels = (size[0] * size[1]) as f32;
        page.budget = (90.0 * pixels / 65536.0) as usize + 4;
        let view = self.view(size, rng);
        let mut canvas = Canvas::new(size, &view, self.config.heights);
        let sheet = view.area.grown(0.3 * view.area.width(), 0.3 * view.area.height());
        page.ruled.print(&mut canvas, sheet, rng);
        match self.kind {
            Kind::Display => display(&mut canvas, self.height, rng),
            _ => page.lay_out(self.kind, &mut canvas, rng),
        }
        if self.difficulty > 0.0 && !matches!(self.kind, Kind::Display) {
            let share = if self.kind == Kind::Nothing { 4.0 } else { 1.0 };
            clutter(&page, &mut canvas, share * self.difficulty, rng);
            if rng.chance(0.12) {
                ground::specks(&mut canvas.ink, &view.map, view.area, rng);
            }
        }
        self.finish(canvas, &view, rng)
    }

    /// How the camera stands.
    fn view(&self, size: [usize; 2], rng: &mut Rng) -> View {
        let difficulty = self.difficulty;
        let on_desk = match self.kind {
            Kind::Single => 0.4,
            Kind::Display => 0.1,
            _ => 0.14,
        };
        match self.medium {
            Medium::Photograph if difficulty > 0.0 && rng.chance(on_desk) => {
                // From a slip for one digit to a page that nearly fills the picture.
                let side = |side: usize, rng: &mut Rng| {
                    let least = (1.6 * self.height).min(0.8 * side as f32);
                    rng.log_uniform(least, (1.02 * side as f32).max(least + 1.0))
                };
                let paper = [side(size[0], rng), side(size[1], rng)];
                View::of_sheet(size, paper, difficulty, rng)
            }
            Medium::Photograph => View::near(size, difficulty, rng),
            Medium::Scan | Medium::Binary => View::near(size, 0.4 * difficulty, rng),
            Medium::Screen => View::straight(size),
        }
    }

    /// From layers to light.
    pub(super) fn finish(&self, mut canvas: Canvas, view: &View, rng: &mut Rng) -> Composed {
        let size = [canvas.ink.width, canvas.ink.height];
        let Tones { paper, ink, print } = self.tones;
        canvas.cut_at_the_edges();
        let mut picture = Plane::new(size[0], size[1], paper);
        let papery = self.difficulty > 0.0 && matches!(self.medium, Medium::Photograph | Medium::Scan);
        if papery {
            self.age(&mut picture, &canvas, rng);
        }
        let secured = match self.kind {
            Kind::Cheque => 0.95,
            Kind::Form | Kind::Fields | Kind::Lines | Kind::Tight => 0.06,
            _ => 0.02,
        };
        if rng.chance(secured) && self.difficulty > 0.0 && self.medium != Medium::Screen {
            let contrast = (paper - ink).abs() * self.pen.opacity / paper.max(1.0);
            ground::security(&mut picture, self.height, contrast.min(0.8), rng);
        }
        if self.kind != Kind::Display {
            self.pen.roughen(&mut canvas.ink, rng);
        }
        for ((level, &inked), &printed) in
            picture.values.iter_mut().zip(&canvas.ink.values).zip(&canvas.print.values)
        {
            // Ink covers what is lighter than it, and print on dark paper what is darker.
            *level += printed * (print - *level);
            let deeper = if ink < paper { level.min(ink) } else { level.max(ink) };
            *level += inked * (deeper - *level);
        }
        if let Some(corners) = &view.corners {
            desk::lay(&mut picture, &desk::desk(size, rng), corners, rng);
        }
        if self.medium == Medium::Photograph {
            light::light(&mut picture, self.difficulty, rng);
        } else if self.medium == Medium::Scan && rng.chance(0.3) {
            light::light(&mut picture, 0.3 * self.difficulty, rng);
        }
        Composed { picture, ink: canvas.ink, marks: canvas.marks, ignored: canvas.ignored }
    }

    /// What use and age leave on paper.
    fn age(&self, picture: &mut Plane, canvas: &Canvas, rng: &mut Rng) {
        let contrast = (self.tones.paper - self.tones.ink).abs() * self.pen.opacity;
        ground::texture(picture, contrast, rng);
        if rng.chance(0.1 * self.difficulty) {
            ground::folds(picture, rng);
        }
        if rng.chance(0.05 * self.difficulty) {
            ground::stains(picture, 1.5 * self.config.heights.most, rng);
        }
        if rng.chance(0.05 * self.difficulty) {
            self.show_through(picture, canvas, rng);
        }
    }

    /// Writing on the back, mirrored and soft.
    fn show_through(&self, picture: &mut Plane, canvas: &Canvas, rng: &mut Rng) {
        let mut back = canvas.ink.clone();
        back.values.chunks_exact_mut(back.width).for_each(|row| row.reverse());
        back.blur(rng.uniform(0.6, 2.0));
        let strength = rng.uniform(0.05, 0.25);
        let down = rng.between(0, picture.height);
        let ink = self.tones.ink;
        let width = picture.width;
        for (y, row) in picture.values.chunks_exact_mut(width).enumerate() {
            let from = (y + down) % back.height;
            for (level, inked) in row.iter_mut().zip(&back.values[from * width..]) {
                *level += strength * inked * (ink - *level);
            }
        }
    }
}

/// What one writes with here.
fn tool(medium: Medium, board: bool, rng: &mut Rng) -> Tool {
    use Tool::{Ballpoint, Brush, Chalk, Felt, Fountain, Hairline, Marker, Mouse, Pencil};
    let (tools, weights): (&[Tool], &[f32]) = match medium {
        Medium::Screen => {
            (&[Mouse, Hairline, Felt, Brush, Marker, Ballpoint], &[6.0, 1.5, 1.0, 1.0, 1.0, 0.7])
        }
        _ if board => (&[Chalk, Marker, Felt, Brush], &[6.0, 1.0, 1.0, 0.5]),
        Medium::Photograph | Medium::Scan | Medium::Binary => (
            &[Ballpoint, Pencil, Fountain, Felt, Marker, Brush, Hairline],
            &[4.0, 2.0, 2.5, 3.0, 1.3, 0.7, 0.4],
        ),
    };
    tools[rng.weighted(weights)]
}

/// Mostly within what is to be found, at times beside and beyond.
fn text_height(config: &SceneConfig, kind: Kind, rng: &mut Rng) -> f32 {
    let heights = config.heights;
    let (least, most) = (heights.least.max(1.0), heights.most.max(heights.least.max(1.0)));
    let beyond = match kind {
        Kind::Cheque | Kind::Tight | Kind::Comb => [0.93, 0.03, 0.04],
        _ => [0.85, 0.06, 0.09],
    };
    match rng.weighted(&beyond) {
        // Digits of one text differ in height.
        0 => rng.log_uniform(1.1 * least, (0.9 * most).max(1.1 * least)),
        1 => rng.log_uniform(0.3 * least, least),
        _ => rng.log_uniform(most, 5.0 * most),
    }
}

/// Moves the truth to where its part of the picture begins.
pub(super) fn shift(part: &mut Composed, at: [usize; 2]) {
    let [x, y] = at.map(|at| at as f32);
    let moved = |centre: [f32; 2]| [centre[0] + x, centre[1] + y];
    part.marks.iter_mut().for_each(|mark| mark.centre = moved(mark.centre));
    part.ignored.iter_mut().for_each(|place| place.centre = moved(place.centre));
}
