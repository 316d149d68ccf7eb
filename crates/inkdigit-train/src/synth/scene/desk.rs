//! What lies under and beside the paper: table tops, cloth, tiles, the dark of a scanner's lid.

use inkdigit_nn::Rng;

use super::geometry::{Point, add, direction, lerp};
use super::plane::{Convex, Plane};
use super::random::{Choose, Cloud, wave};

/// A picture full of desk.
pub(super) fn desk([width, height]: [usize; 2], rng: &mut Rng) -> Plane {
    let base = rng.uniform(5.0, 235.0);
    let mut plane = Plane::new(width, height, base);
    match rng.below(8) {
        0..2 => {}
        2..5 => wood(&mut plane, rng),
        5 => cloth(&mut plane, rng),
        6 => tiles(&mut plane, rng),
        _ => {
            let strength = rng.uniform(5.0, 50.0);
            let cell = rng.log_uniform(1.5, 30.0);
            Cloud::new(cell, rng).over(&mut plane, |level, cloud| *level += strength * cloud);
        }
    }
    if rng.chance(0.5) {
        let strength = rng.uniform(2.0, 14.0);
        Cloud::new(1.0, rng).over(&mut plane, |level, cloud| *level += strength * cloud);
    }
    plane
}

/// Grain of wood: rings cut lengthwise.
fn wood(plane: &mut Plane, rng: &mut Rng) {
    let [cos, sin] = direction(if rng.chance(0.7) { rng.pick(&[0.0, 1.57]) } else { rng.uniform(0.0, 3.1) });
    let (pitch, strength) = (rng.log_uniform(3.0, 30.0), rng.uniform(4.0, 40.0));
    let (bend, length) = (rng.uniform(0.1, 2.0), rng.log_uniform(40.0, 300.0));
    let mut rings = Plane::new(plane.width, plane.height, 0.0);
    let mut knots = Cloud::new(rng.uniform(15.0, 60.0), rng);
    knots.cell[0] *= rng.uniform(1.0, 4.0);
    knots.over(&mut rings, |level, knot| *level = bend * knot);
    let width = plane.width;
    for (y, row) in plane.rows_mut() {
        let bent = &rings.values[y as usize * width..];
        for (x, level) in row.iter_mut().enumerate() {
            let (u, v) = (cos * x as i32 as f32 + sin * y, cos * y - sin * x as i32 as f32);
            *level += strength * wave(v / pitch + bent[x] + 0.5 * wave(u / length));
        }
    }
}

/// Woven, striped or checked cloth.
fn cloth(plane: &mut Plane, rng: &mut Rng) {
    let [cos, sin] = direction(rng.uniform(0.0, 3.1));
    let (pitch, strength) = (rng.log_uniform(2.5, 50.0), rng.uniform(5.0, 50.0));
    let both = rng.chance(0.6);
    for (y, row) in plane.rows_mut() {
        for (x, level) in row.iter_mut().enumerate() {
            let (u, v) = (cos * x as i32 as f32 + sin * y, cos * y - sin * x as i32 as f32);
            let second = if both { wave(v / pitch) } else { 0.0 };
            *level += strength * (wave(u / pitch) + second);
        }
    }
}

/// Tiles, planks, the keys of a keyboard: lighter areas between dark joints.
fn tiles(plane: &mut Plane, rng: &mut Rng) {
    let [cos, sin] = direction(0.15 * rng.normal());
    let pitch = rng.log_uniform(30.0, 160.0);
    let (joint, strength) = (rng.uniform(0.01, 0.06), rng.uniform(10.0, 90.0) * rng.sign());
    let long = if rng.chance(0.4) { 1e4 } else { pitch * rng.uniform(0.8, 3.0) };
    for (y, row) in plane.rows_mut() {
        for (x, level) in row.iter_mut().enumerate() {
            let (u, v) = (cos * x as i32 as f32 + sin * y, cos * y - sin * x as i32 as f32);
            let edge = (u / pitch).rem_euclid(1.0).min((v / long).rem_euclid(1.0));
            if edge < joint {
                *level -= strength;
            }
        }
    }
}

/// Lays paper onto a desk: outside of its corners the desk is seen, with the paper's shadow on it.
pub(super) fn lay(paper: &mut Plane, desk: &Plane, corners: &[Point; 4], rng: &mut Rng) {
    let sheet = Convex::new(corners);
    let fall = direction(rng.uniform(0.0, 6.3));
    let (depth, reach) = (rng.uniform(0.0, 0.6), rng.log_uniform(1.0, 14.0));
    let shadow = Convex::new(&corners.map(|corner| add(corner, fall, 0.6 * reach)));
    let width = paper.width;
    for (y, row) in paper.rows_mut() {
        for (x, level) in row.iter_mut().enumerate() {
            let at = [x as f32 + 0.5, y];
            let covered = sheet.coverage(at);
            if covered < 1.0 {
                let dark = depth * (0.5 - shadow.distance(at) / reach).clamp(0.0, 1.0);
                let beside = desk.values[y as usize * width + x] * (1.0 - dark);
                *level = lerp(beside, *level, covered);
            }
        }
    }
}
