//! Lines: which marks stand side by side, on pages that may be a little askew or curved.

use super::marks::{Mark, Marks};

/// Slopes that are tried, in degrees to both sides, and their distance.
const STEEPEST: f32 = 25.0;
const STEP: f32 = 0.5;

/// How much better than on a level line marks must line up on a sloping one.
const GAIN: f32 = 1.15;

/// The slope of the lines in degrees, positive where they fall to the right: the one on which the marks'
/// middles pile up most (their projection's profile has the largest sum of squares).
pub(super) fn skew(marks: &Marks) -> f32 {
    let middles: Vec<(f32, f32)> = marks.list.iter().filter(|mark| marks.is_tall(mark)).map(middle).collect();
    if middles.len() < 4 {
        return 0.0;
    }
    let bin = (marks.height as f32 / 3.0).max(1.0);
    let mut profile = Vec::new();
    let mut sharpness = |degrees: f32| {
        let slope = degrees.to_radians().tan();
        let heights = middles.iter().map(|&(x, y)| (y - slope * x) / bin);
        let (low, high) = heights.clone().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        profile.clear();
        profile.resize((high - low) as usize + 3, 0.0);
        // Each mark counts for the two bins whose middles enclose its own, as near as it is to each.
        for height in heights {
            let place = height - low;
            profile[place as usize] += 1.0 - place.fract();
            profile[place as usize + 1] += place.fract();
        }
        profile.iter().map(|count| count * count).sum::<f32>()
    };
    let level = sharpness(0.0);
    let steps = (STEEPEST / STEP) as i32;
    let angles = (-steps..=steps).map(|step| step as f32 * STEP);
    let scored = angles.map(|angle| (angle, sharpness(angle)));
    // Of equally good slopes the gentlest.
    let best = scored.fold((0.0, level), |best: (f32, f32), next| {
        let better = next.1 > best.1 || next.1 == best.1 && next.0.abs() < best.0.abs();
        if better { next } else { best }
    });
    if best.1 > GAIN * level { best.0 } else { 0.0 }
}

fn middle(mark: &Mark) -> (f32, f32) {
    let b = &mark.bounds;
    ((b.left + b.right) as f32 / 2.0, (b.top + b.bottom) as f32 / 2.0)
}

/// The lines from top to bottom; in each the numbers of its marks, from left to right. Small marks that
/// belong to no line are in none.
pub(super) fn find(marks: &Marks) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..marks.list.len()).collect();
    order.sort_by(|&a, &b| middle(&marks.list[a]).0.total_cmp(&middle(&marks.list[b]).0));
    let (tall, small): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&index| marks.is_tall(&marks.list[index]));
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for index in tall {
        let nearest = nearest(marks, &lines, index).filter(|&(_, distance)| distance < 0.55);
        match nearest {
            Some((line, _)) => lines[line].push(index),
            None => lines.push(vec![index]),
        }
    }
    let (mut parts, bodies) = (vec![Vec::new(); lines.len()], lines.len());
    for index in small {
        if let Some((line, _)) =
            nearest(marks, &lines[..bodies], index).filter(|&(_, distance)| distance < 0.9)
        {
            parts[line].push(index);
        }
    }
    for (line, parts) in lines.iter_mut().zip(parts) {
        line.extend(parts);
        line.sort_by(|&a, &b| middle(&marks.list[a]).0.total_cmp(&middle(&marks.list[b]).0));
    }
    let height = |line: &Vec<usize>| {
        line.iter().map(|&index| middle(&marks.list[index]).1).sum::<f32>() / line.len() as f32
    };
    lines.sort_by(|a, b| height(a).total_cmp(&height(b)));
    lines
}

/// The line whose middle near a mark is nearest to the mark's, and how far it is in heights of a digit. No line
/// is empty.
fn nearest(marks: &Marks, lines: &[Vec<usize>], index: usize) -> Option<(usize, f32)> {
    let (x, y) = middle(&marks.list[index]);
    let distance = |line: &Vec<usize>| {
        // The line's height here, by the marks beside this one: lines drift. They are sorted from left to right.
        let place = line.partition_point(|&other| middle(&marks.list[other]).0 < x);
        let near = &line[place.saturating_sub(3).min(line.len() - 1)..(place + 1).min(line.len())];
        let count = near.len() as f32;
        let height = near.iter().map(|&other| middle(&marks.list[other]).1).sum::<f32>() / count;
        let size = near.iter().map(|&other| marks.list[other].bounds.height() as f32).sum::<f32>() / count;
        (height - y).abs() / size.max(marks.height as f32 * 0.6)
    };
    let distances = lines.iter().enumerate().map(|(line, marks)| (line, distance(marks)));
    distances.min_by(|a, b| a.1.total_cmp(&b.1))
}
