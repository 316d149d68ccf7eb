//! What lies and stands on paper besides what is to be read: scribbles, signatures, blots, punched holes,
//! staples, stamps, tape.

use inkdigit_nn::Rng;

use super::super::canvas::{Canvas, Reading, Rule};
use super::super::geometry::{Affine, Point, Rect, add, direction};
use super::super::print::{Typeface, words};
use super::super::random::Choose;
use super::Page;
use crate::synth::hand::smooth;

/// One sort of it.
type Draw = fn(&Page, &mut Canvas, &mut Rng);

/// Adds some, where nothing is written.
pub(crate) fn clutter(page: &Page, canvas: &mut Canvas, share: f32, rng: &mut Rng) {
    let kinds: [(f32, Draw); 7] = [
        (0.09, scribble),
        (0.05, signature),
        (0.05, blots),
        (0.03, holes),
        (0.02, staple),
        (0.05, stamp),
        (0.06, long_lines),
    ];
    for (probability, draw) in kinds {
        if rng.chance(probability * share) {
            draw(page, canvas, rng);
        }
    }
}

/// A place where nothing is written; none if it isn't found soon.
fn free_place(canvas: &Canvas, width: f32, height: f32, rng: &mut Rng) -> Option<Rect> {
    let area = canvas.area;
    (0..6).find_map(|_| {
        let x = rng.uniform(area.left - 0.3 * width, area.right - 0.7 * width);
        let y = rng.uniform(area.top - 0.3 * height, area.bottom - 0.7 * height);
        let place = Rect::new(x, y, x + width, y + height);
        canvas.is_free(place).then_some(place)
    })
}

fn ink_path(canvas: &mut Canvas, points: &[Point], radius: f32, strength: f32) {
    let seen: Vec<_> =
        smooth(points).iter().step_by(2).map(|&point| (canvas.view.apply(point), radius)).collect();
    canvas.ink.polyline(&seen, strength);
}

/// A pen to and fro.
fn scribble(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let h = page.height;
    let Some(place) = free_place(canvas, h * rng.uniform(1.5, 5.0), h * rng.uniform(1.0, 3.0), rng) else {
        return;
    };
    let count = rng.between(8, 30);
    let points: Vec<Point> = (0..count)
        .map(|_| [rng.uniform(place.left, place.right), rng.uniform(place.top, place.bottom)])
        .collect();
    ink_path(canvas, &points, page.writer.radius(h).max(0.3), page.writer.pen.opacity);
    canvas.take(place);
}

/// A line in loops and peaks that gets flatter toward its end.
fn signature(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let h = page.height;
    let Some(place) = free_place(canvas, h * rng.uniform(3.0, 7.0), h * rng.uniform(1.2, 2.2), rng) else {
        return;
    };
    let count = rng.between(10, 22);
    let points: Vec<Point> = (0..count)
        .map(|i| {
            let t = i as f32 / count as f32;
            let x = place.left + place.width() * (t + 0.07 * rng.normal());
            let swing = (1.0 - 0.7 * t) * place.height() * 0.5;
            [x, place.middle()[1] + swing * rng.uniform(-1.0, 1.0)]
        })
        .collect();
    ink_path(canvas, &points, 0.7 * page.writer.radius(h).max(0.3), page.writer.pen.opacity);
    canvas.take(place);
}

/// Ink where it shouldn't be. Blots as small as points would be points.
fn blots(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let h = page.height;
    for _ in 0..rng.between(1, 2) {
        let radius = h * rng.log_uniform(0.3, 1.2);
        let Some(place) = free_place(canvas, 2.0 * radius, 2.0 * radius, rng) else { return };
        let middle = place.middle();
        for _ in 0..rng.between(4, 9) {
            let at = add(middle, direction(rng.uniform(0.0, 6.3)), radius * rng.uniform(0.0, 0.6));
            canvas.ink.polyline(&[(canvas.view.apply(at), radius * rng.uniform(0.25, 0.6))], 1.0);
        }
        canvas.take(place);
    }
}

/// Punched holes: discs of the desk's tone; a filled disc is no 0.
fn holes(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let radius = page.height * rng.uniform(0.3, 0.9);
    let x = canvas.area.left + radius * rng.uniform(0.8, 2.0);
    let strength = rng.uniform(0.3, 1.0);
    for share in [0.2, 0.8] {
        let at = [x, canvas.area.top + share * canvas.area.height()];
        let place = Rect::EMPTY.including(at, radius);
        if canvas.is_free(place) {
            let centre = canvas.view.apply(at);
            canvas.print.polyline(&[(centre, radius)], strength);
            canvas.take(place);
        }
    }
}

/// A bright or dark bar of metal, slanted enough to be no 1.
fn staple(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let h = page.height;
    let Some(place) = free_place(canvas, 1.2 * h, 1.2 * h, rng) else { return };
    let along = direction(rng.uniform(0.5, 1.0) * rng.sign());
    let (from, to) = (add(place.middle(), along, -0.5 * h), add(place.middle(), along, 0.5 * h));
    canvas.rule(from, to, Rule { radius: 0.05 * h, strength: rng.uniform(0.4, 1.0) });
    canvas.take(place);
}

/// A round or square stamp with print in it, turned.
fn stamp(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let h = page.height;
    let face = Typeface::draw(h * rng.uniform(0.35, 0.7), rng);
    let text = words(rng.between(1, 2), rng);
    let mut line = face.set(&text);
    let extent = super::super::writer::extent(&line);
    let Some(place) = free_place(canvas, extent.width() + h, extent.width().min(3.0 * h) + h, rng) else {
        return;
    };
    let strength = rng.uniform(0.3, 0.8);
    let centre = extent.middle();
    let to = place.middle();
    let turn = Affine::shift([to[0] - centre[0], to[1] - centre[1]]).after(Affine::turn(
        rng.uniform(-0.5, 0.5),
        1.0,
        centre,
    ));
    line.iter_mut().for_each(|glyph| glyph.transform(turn));
    canvas.print(&line, strength, Reading::Nothing, face.height);
    let frame = extent.grown(0.4 * h, 0.4 * h).corners().map(|corner| turn.apply(corner));
    let rule = Rule { radius: 0.04 * h, strength };
    (0..4).for_each(|i| canvas.rule(frame[i], frame[(i + 1) % 4], rule));
}

/// Lines across the picture: folds that were traced, cables, edges of other sheets.
fn long_lines(page: &Page, canvas: &mut Canvas, rng: &mut Rng) {
    let area = canvas.area;
    for _ in 0..rng.between(1, 2) {
        let through = [rng.uniform(area.left, area.right), rng.uniform(area.top, area.bottom)];
        let along = direction(rng.uniform(0.0, 3.2));
        let length = area.width() + area.height();
        let rule =
            Rule { radius: page.height * rng.log_uniform(0.01, 0.12), strength: rng.uniform(0.15, 1.0) };
        canvas.rule(add(through, along, -length), add(through, along, length), rule);
    }
}
