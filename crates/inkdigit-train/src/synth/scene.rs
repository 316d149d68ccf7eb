//! Pictures for a finder of digits to learn from, with the truth about them: whatever people photograph, scan
//! and draw that has digits on it, and what else is on such pictures.
//!
//! A picture's paper is lit and textured (`ground`), ruled (`rules`), written on by one writer (`writer`,
//! `lettering`) with one pen (`pen`) as its kind has it (`layout`), seen at an angle (`view`), perhaps on a desk
//! (`desk`) or within a window (`surroundings`), lit (`light`) and taken (`camera`). Digits are a data set's
//! (`source`), inked anew at any size (`field`) or written again with another pen (`skeleton`), and our own
//! strokes (`styles`). Marks are drawn as points on paper pass through the view, so that nothing is blurred but
//! by the lens.
//!
//! # What is to be found
//! - Handwritten digits, and the marks `- / . , : + ( ) =` where they stand in numbers. Marks are as large as
//!   the digits they belong to.
//! - Digits of the sizes that [`Heights`](inkdigit::finder::Heights) gives. Up to `margin` times smaller or larger ones are ignored: whether
//!   they are found costs nothing. Still larger or smaller ones are background, as the parts of a large digit
//!   are; they are found on another copy of the picture.
//! - Digits of which a part is cut off are found if 85 % of their box is on the picture, ignored down to 30 %.
//! - A number that one line strikes through is ignored (people differ in what that means), one that is crossed
//!   out is background.
//! - Letters are background even where they look like digits: their neighbours say what they are.
//! - Seven-segment digits are digits: nobody has them on a picture but to have them read. Typeset digits beside
//!   handwriting are background (the print of a form is not what was filled in). On a picture of nothing but
//!   print, [`Typeset`] decides; by default they are ignored, since without handwriting beside them nothing on
//!   the picture says which of both it is.
//!
//! # Turned pictures
//! A finder that is to read upright digits only can't be asked to find them turned: a 6 is a 9 then. But a page
//! on its side must be noticed. So a small share of the pictures is turned by one to three quarters, and on these
//! digits are background, except for those that still look like a digit when so turned (0 on its side; 0, 1, 2,
//! 5, 6, 8, 9 upside down), which are ignored. Then digits on the upright page are surer than on its turned
//! copies, and of the four turns that one is right on which the finder is surest. [`Scene::quarter_turns`] says
//! the truth, for those who prefer to learn it.

use inkdigit_nn::Rng;
use serde::Serialize;

use geometry::Rect;
use inkdigit::finder::Class;
use inkdigit_image::GrayImage;
use plane::Plane;
use random::Choose;

mod camera;
mod canvas;
mod compose;
mod config;
mod content;
mod desk;
mod display;
mod enlarged;
mod field;
mod geometry;
mod glyph;
mod ground;
mod jpeg;
mod layout;
mod legible;
mod lettering;
mod light;
mod pen;
mod plane;
mod print;
mod random;
mod rules;
mod sheet;
mod skeleton;
mod source;
mod strips;
mod styles;
mod surroundings;
mod view;
mod writer;

pub use config::{Kind, KindWeights, SceneConfig, Typeset};
pub use sheet::contact_sheet;
pub use source::DigitSource;

/// A picture and what is to be found on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    /// What people take or draw.
    #[serde(skip)]
    pub picture: GrayImage,
    /// What of it this is.
    pub kind: Kind,
    /// The digits and marks that are to be found.
    pub marks: Vec<Truth>,
    /// Where it doesn't matter what is found.
    pub ignored: Vec<Ignored>,
    /// How many quarters the picture was turned to the right: 0 to 3. Where it was, digits are not to be found.
    pub quarter_turns: u8,
}

/// A digit or a mark that is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// What it is.
    pub class: Class,
    /// The middle of the box around its ink: across and down, in pixels, where the first pixel's middle is at
    /// 0.5.
    pub centre: [f32; 2],
    /// Of the box, in pixels.
    pub width: f32,
    /// Of the box, in pixels.
    pub height: f32,
    /// How high digits of its text are: for digits their own height, for marks that of the digits beside them.
    pub text_height: f32,
    /// Which line of writing it belongs to; within a line marks stand in reading order.
    pub line: usize,
}

/// A box in which it doesn't matter what is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ignored {
    /// Its middle, as [`Truth::centre`].
    pub centre: [f32; 2],
    /// In pixels.
    pub width: f32,
    /// In pixels.
    pub height: f32,
}

impl Truth {
    fn new(class: Class, bounds: Rect, text_height: f32, line: usize) -> Self {
        Self {
            class,
            centre: bounds.middle(),
            width: bounds.width(),
            height: bounds.height(),
            text_height,
            line,
        }
    }

    fn bounds(&self) -> Rect {
        around(self.centre, self.width, self.height)
    }
}

impl Ignored {
    fn new(bounds: Rect) -> Self {
        Self { centre: bounds.middle(), width: bounds.width(), height: bounds.height() }
    }

    fn bounds(&self) -> Rect {
        around(self.centre, self.width, self.height)
    }
}

fn around([x, y]: [f32; 2], width: f32, height: f32) -> Rect {
    Rect::new(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0)
}

/// Draws scene `index` of a sequence; the same for the same arguments, whatever else is drawn.
///
/// # Shapes
/// - `size`: columns and rows of the picture; 0 is taken for 1
pub fn draw(source: &DigitSource, config: &SceneConfig, size: [usize; 2], seed: u64, index: u64) -> Scene {
    let mut rng = Rng::stream(seed, &[index]);
    let size = size.map(|side| side.max(1));
    let kind = Kind::ALL[rng.weighted(&config.kinds.in_order())];
    let quarter_turns = if rng.chance(config.turned) { 1 + rng.below(3) as u8 } else { 0 };
    let upright = if quarter_turns % 2 == 0 { size } else { [size[1], size[0]] };
    let composed = compose::compose(source, config, kind, upright, &mut rng);
    let mut scene = Scene {
        picture: quantised(&composed.picture),
        kind,
        marks: composed.marks,
        ignored: composed.ignored,
        quarter_turns: 0,
    };
    for _ in 0..quarter_turns {
        scene = turned(scene);
    }
    if quarter_turns > 0 {
        forget_turned(&mut scene);
    }
    scene
}

fn quantised(picture: &Plane) -> GrayImage {
    // Half a level more, as the cast cuts off; it also saturates.
    let pixels = picture.values.iter().map(|level| (level + 0.5) as u8).collect();
    GrayImage::new(picture.width, picture.height, pixels)
        .expect("a plane has as many values as its size says")
}

/// The same, turned by a quarter to the right.
fn turned(scene: Scene) -> Scene {
    let height = scene.picture.height();
    let turn = |[x, y]: [f32; 2]| [height as f32 - y, x];
    let mark =
        |mark: Truth| Truth { centre: turn(mark.centre), width: mark.height, height: mark.width, ..mark };
    let ignore =
        |place: Ignored| Ignored { centre: turn(place.centre), width: place.height, height: place.width };
    Scene {
        picture: scene.picture.turned(1),
        kind: scene.kind,
        marks: scene.marks.into_iter().map(mark).collect(),
        ignored: scene.ignored.into_iter().map(ignore).collect(),
        quarter_turns: (scene.quarter_turns + 1) % 4,
    }
}

/// On a turned picture nothing is to be found; what still looks like a digit or a mark is ignored.
fn forget_turned(scene: &mut Scene) {
    let upside_down = scene.quarter_turns == 2;
    for mark in std::mem::take(&mut scene.marks) {
        let alike = match mark.class.digit() {
            Some(0) | None => true,
            Some(1) => true,
            Some(digit) => upside_down && [2, 5, 6, 8, 9].contains(&digit),
        };
        if alike {
            scene.ignored.push(Ignored::new(mark.bounds()));
        }
    }
}

#[cfg(test)]
mod tests;
