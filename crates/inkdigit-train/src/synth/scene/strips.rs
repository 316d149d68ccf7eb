//! Pictures that are cropped to what is written: smaller than what a finder learns from, so that several stand
//! below each other, and what is left is filled up.

use inkdigit_nn::Rng;

use super::Truth;
use super::canvas::Canvas;
use super::compose::{Composed, Plan, shift};
use super::config::Kind;
use super::geometry::{Affine, Homography};
use super::layout::crop;
use super::plane::Plane;
use super::random::Choose;
use super::surroundings::{self, Filling, Inset};
use super::view::View;

/// Cropped pictures below each other, or one alone.
pub(super) fn strips(plan: &Plan, size: [usize; 2], rng: &mut Rng) -> Composed {
    let filling = Filling::draw(rng);
    let alone = rng.chance(0.25);
    let blank = Plane::new(size[0], size[1], 0.0);
    let mut whole = Composed { picture: blank.clone(), ink: blank, marks: Vec::new(), ignored: Vec::new() };
    let mut top = 0;
    while top < size[1] {
        let left = size[1] - top;
        // Each has another writer and another paper.
        let plan = if top == 0 { *plan } else { plan.with_another_pen(rng) };
        let mut strip = one(&plan, [size[0], left], rng);
        let [width, height] = [strip.picture.width, strip.picture.height];
        // What is left may be too low for another one.
        let next = height + rng.between(2, 24);
        let rows = if alone || ((left as f32) < next as f32 + plan.height) { left } else { next };
        let at = [rng.between(0, size[0] - width), rng.between(0, rows - height)];
        let mut band = Plane::new(size[0], rows, 0.0);
        surroundings::fill(&strip.picture, Inset { at, size: [width, height] }, &mut band, filling, rng);
        Inset { at: [0, top], size: [size[0], rows] }.paste(&band, &mut whole.picture);
        let place = Inset { at: [at[0], at[1] + top], size: [width, height] };
        place.paste(&strip.ink, &mut whole.ink);
        shift(&mut strip, place.at);
        let lines = whole.marks.last().map_or(0, |mark: &Truth| mark.line + 1);
        strip.marks.iter_mut().for_each(|mark| mark.line += lines);
        whole.marks.append(&mut strip.marks);
        whole.ignored.append(&mut strip.ignored);
        top += rows;
    }
    whole
}

/// One such picture, at most of this size.
fn one(plan: &Plan, most: [usize; 2], rng: &mut Rng) -> Composed {
    let mut page = plan.page(rng);
    page.budget = 64;
    let cheque = plan.kind == Kind::Cheque;
    let crop = crop(&mut page, cheque, most.map(|side| side as f32), rng);
    let bounds = crop.bounds;
    let size = [(bounds.width(), most[0]), (bounds.height(), most[1])]
        .map(|(side, most)| (side.max(1.0).round() as usize).clamp(1, most));
    // Who crops tightly crops upright, mostly.
    let turn = if cheque || rng.chance(0.4) { 0.02 * plan.difficulty * rng.normal() } else { 0.0 };
    let middle = [size[0] as f32 / 2.0, size[1] as f32 / 2.0];
    let map: Homography =
        Affine::turn(turn, 1.0, middle).after(Affine::shift([-bounds.left, -bounds.top])).into();
    let view = View { map, area: bounds, corners: None };
    let mut canvas = Canvas::new(size, &view, plan.config.heights);
    page.ruled.print(&mut canvas, bounds.grown(plan.height, plan.height), rng);
    crop.put(&page, &mut canvas, rng);
    plan.finish(canvas, &view, rng)
}
