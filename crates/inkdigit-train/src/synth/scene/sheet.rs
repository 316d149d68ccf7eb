//! Scenes beside each other with what is to be found on them, for people to look at.

use image::{Rgb, RgbImage};

use super::geometry::{Homography, Rect};
use super::plane::Plane;
use super::print::Typeface;
use super::{Kind, Scene};

/// What is to be found.
const FOUND: Rgb<u8> = Rgb([0, 150, 255]);
/// What a mark is.
const SIGN: Rgb<u8> = Rgb([230, 30, 30]);
/// What is ignored.
const IGNORED: Rgb<u8> = Rgb([240, 170, 0]);
/// Between the pictures.
const GAP: usize = 4;

/// Scenes in rows of `columns`: what is to be found in blue boxes with its sign, what is ignored in yellow ones;
/// above each its kind. All scenes should be of one size.
pub fn contact_sheet(scenes: &[Scene], columns: usize) -> RgbImage {
    let side = |length: fn(&Scene) -> usize| scenes.iter().map(length).max().unwrap_or(1);
    let (width, height) = (side(|scene| scene.picture.width()), side(|scene| scene.picture.height()));
    let (columns, title) = (columns.max(1), 12);
    let rows = scenes.len().div_ceil(columns).max(1);
    let pitch = [width + GAP, height + GAP + title];
    let mut sheet =
        RgbImage::from_pixel((columns * pitch[0]) as u32, (rows * pitch[1]) as u32, Rgb([70, 70, 80]));
    for (i, scene) in scenes.iter().enumerate() {
        let at = [i % columns * pitch[0], i / columns * pitch[1]];
        let name = match scene.quarter_turns {
            0 => kind_name(scene.kind).to_string(),
            turns => format!("{} turned {turns}", kind_name(scene.kind)),
        };
        text(&mut sheet, &name, [at[0] as f32 + 2.0, at[1] as f32 + 10.0], Rgb([255, 255, 255]));
        paste(&mut sheet, scene, [at[0], at[1] + title]);
    }
    sheet
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Lines => "lines",
        Kind::Words => "words",
        Kind::Scattered => "scattered",
        Kind::Fields => "fields",
        Kind::Comb => "comb",
        Kind::Table => "table",
        Kind::Form => "form",
        Kind::Cheque => "cheque",
        Kind::Single => "single",
        Kind::Tight => "tight",
        Kind::Enlarged => "enlarged",
        Kind::Display => "display",
        Kind::Print => "print",
        Kind::Nothing => "nothing",
    }
}

fn paste(sheet: &mut RgbImage, scene: &Scene, [x, y]: [usize; 2]) {
    for row in 0..scene.picture.height() {
        for column in 0..scene.picture.width() {
            let level = scene.picture.at(column, row);
            sheet.put_pixel((x + column) as u32, (y + row) as u32, Rgb([level; 3]));
        }
    }
    let moved = |bounds: Rect| bounds.shifted([x as f32, y as f32]);
    for place in &scene.ignored {
        outline(sheet, moved(place.bounds()), IGNORED);
    }
    for mark in &scene.marks {
        let bounds = moved(mark.bounds());
        outline(sheet, bounds, FOUND);
        text(sheet, &mark.class.sign().to_string(), [bounds.right + 1.0, bounds.top + 7.0], SIGN);
    }
}

/// Around a box, outside of it.
fn outline(sheet: &mut RgbImage, bounds: Rect, colour: Rgb<u8>) {
    let (left, top) = (bounds.left.floor() as i64 - 1, bounds.top.floor() as i64 - 1);
    let (right, bottom) = (bounds.right.ceil() as i64, bounds.bottom.ceil() as i64);
    let mut put = |x: i64, y: i64| {
        if (0..sheet.width() as i64).contains(&x) && (0..sheet.height() as i64).contains(&y) {
            sheet.put_pixel(x as u32, y as u32, colour);
        }
    };
    for x in left..=right {
        put(x, top);
        put(x, bottom);
    }
    for y in top..=bottom {
        put(left, y);
        put(right, y);
    }
}

/// In print as the scenes have it, which needs no font.
fn text(sheet: &mut RgbImage, text: &str, at: [f32; 2], colour: Rgb<u8>) {
    let face = Typeface::plain(7.0);
    for mut glyph in face.set(text) {
        glyph.shift(at);
        let bounds = glyph.extent().grown(1.0, 1.0);
        let (left, top) = (bounds.left.floor(), bounds.top.floor());
        let mut plane = Plane::new(bounds.width() as usize + 2, bounds.height() as usize + 2, 0.0);
        glyph.shift([-left, -top]);
        glyph.draw_on(&mut plane, &Homography::IDENTITY);
        for (i, &covered) in plane.values.iter().enumerate() {
            let (x, y) = (left as i64 + (i % plane.width) as i64, top as i64 + (i / plane.width) as i64);
            if covered > 0.05
                && (0..sheet.width() as i64).contains(&x)
                && (0..sheet.height() as i64).contains(&y)
            {
                let pixel = sheet.get_pixel_mut(x as u32, y as u32);
                for (channel, wanted) in pixel.0.iter_mut().zip(colour.0) {
                    *channel = (*channel as f32 + covered * (wanted as f32 - *channel as f32)) as u8;
                }
            }
        }
    }
}
