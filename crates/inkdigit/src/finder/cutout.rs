//! What was found, cut out of its picture as it lies there.

use super::Find;
use inkdigit_image::{DigitImage, GrayImage, IMAGE_PIXELS, IMAGE_SIDE};

/// The longer side of a find's box on its cut-out, in pixels: as MNIST's rule has it.
const BOX_SIDE: f32 = 20.0;

/// The share of a box's pixels that are taken for the pen at its strongest.
const STRONGEST: f32 = 0.06;

/// Fainter than this part of the pen is paper's grain.
const FAINT: f32 = 0.12;

/// How far the centre of mass may lie from the middle of the box, in pixels of the cut-out.
const MOST_OFF: f32 = 3.0;

/// A find in the form of the networks' pictures: ink bright and paper dark, its box 20 pixels long, its ink's centre
/// of mass in the middle. What lies within the boxes of `others` and not within its own is taken for paper; all else
/// is as it lies there.
pub fn cut_out(picture: &GrayImage, find: &Find, others: &[Find]) -> DigitImage {
    let straight = ink(picture, find, others, find.middle());
    let (mut mass, mut moments) = (0.0f32, [0.0f32; 2]);
    for (index, &strength) in straight.iter().enumerate() {
        mass += strength;
        moments[0] += strength * (index % IMAGE_SIDE) as f32;
        moments[1] += strength * (index / IMAGE_SIDE) as f32;
    }
    if mass <= 0.0 {
        return DigitImage::new([0; IMAGE_PIXELS]);
    }
    // A neighbour's ink mustn't drag the digit away.
    let off =
        moments.map(|moment| (moment / mass - (IMAGE_SIDE as f32 / 2.0 - 0.5)).clamp(-MOST_OFF, MOST_OFF));
    let scale = scale(find);
    let [x, y] = find.middle();
    let centred = ink(picture, find, others, [x + off[0] * scale, y + off[1] * scale]);
    DigitImage::new(centred.map(|strength| (255.0 * strength).round() as u8))
}

/// Pixels of the picture for one of the cut-out.
fn scale(find: &Find) -> f32 {
    find.width().max(find.height()).max(1.0) / BOX_SIDE
}

/// How strong the ink is on a cut-out with this place in the middle: 0 for paper, 1 for the pen.
fn ink(picture: &GrayImage, find: &Find, others: &[Find], middle: [f32; 2]) -> [f32; IMAGE_PIXELS] {
    let scale = scale(find);
    let half = scale * IMAGE_SIDE as f32 / 2.0;
    let corner = middle.map(|place| place - half);
    let levels = sampled(picture, corner, scale);
    let place = |index: usize| {
        let [column, row] = [index % IMAGE_SIDE, index / IMAGE_SIDE].map(|at| (at as f32 + 0.5) * scale);
        [corner[0] + column, corner[1] + row]
    };
    let within = |find: &Find, place: [f32; 2], margin: f32| {
        (find.left - margin..find.right + margin).contains(&place[0])
            && (find.top - margin..find.bottom + margin).contains(&place[1])
    };
    let own: [bool; IMAGE_PIXELS] = std::array::from_fn(|index| within(find, place(index), 0.5 * scale));
    let others: [bool; IMAGE_PIXELS] = std::array::from_fn(|index| {
        !own[index] && others.iter().any(|other| within(other, place(index), 0.5 * scale))
    });
    let inside: Vec<f32> = (0..IMAGE_PIXELS).filter(|&index| own[index]).map(|index| levels[index]).collect();
    // Most of what lies beside a digit is paper.
    let beside = (0..IMAGE_PIXELS).filter(|&index| !own[index] && !others[index]).map(|index| levels[index]);
    let paper = quantile(beside.collect(), 0.5).or_else(|| quantile(inside.clone(), 0.5)).unwrap_or(0.0);
    let signed: f32 = inside.iter().map(|level| (level - paper) * (level - paper).abs()).sum();
    let sign = if signed < 0.0 { -1.0 } else { 1.0 };
    let pen = quantile(inside.iter().map(|level| sign * (level - paper)).collect(), 1.0 - STRONGEST);
    let pen = pen.unwrap_or(1.0).max(1.0);
    std::array::from_fn(|index| {
        let strength = sign * (levels[index] - paper) / pen;
        if others[index] { 0.0 } else { ((strength - FAINT) / (1.0 - FAINT)).clamp(0.0, 1.0) }
    })
}

/// A square of the picture from a corner on, in pixels each `scale` wide; outside, the picture's nearest pixels.
fn sampled(picture: &GrayImage, corner: [f32; 2], scale: f32) -> [f32; IMAGE_PIXELS] {
    // Where the picture becomes smaller, each pixel is the mean of as many as it stands for.
    let each = (scale.round() as usize).clamp(1, 8);
    let place = |corner: f32, at: usize, part: usize, end: usize| {
        let place = corner + (at as f32 + (part as f32 + 0.5) / each as f32) * scale - 0.5;
        place.clamp(0.0, (end - 1) as f32)
    };
    std::array::from_fn(|index| {
        let mut sum = 0.0;
        for part in 0..each * each {
            let x = place(corner[0], index % IMAGE_SIDE, part % each, picture.width());
            let y = place(corner[1], index / IMAGE_SIDE, part / each, picture.height());
            sum += between(picture, x, y);
        }
        sum / (each * each) as f32
    })
}

/// The level between four pixels.
fn between(picture: &GrayImage, x: f32, y: f32) -> f32 {
    let (column, row) = (x as usize, y as usize);
    let (right, below) = ((column + 1).min(picture.width() - 1), (row + 1).min(picture.height() - 1));
    let (across, down) = (x - column as f32, y - row as f32);
    let level = |x: usize, y: usize| f32::from(picture.row(y)[x]);
    let above = level(column, row) * (1.0 - across) + level(right, row) * across;
    let under = level(column, below) * (1.0 - across) + level(right, below) * across;
    above * (1.0 - down) + under * down
}

/// The number below which this part of all lie; none of none.
fn quantile(mut numbers: Vec<f32>, part: f32) -> Option<f32> {
    if numbers.is_empty() {
        return None;
    }
    let place = ((numbers.len() - 1) as f32 * part).round() as usize;
    Some(*numbers.select_nth_unstable_by(place, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::Class;

    fn find([left, top, right, bottom]: [f32; 4]) -> Find {
        let class = Class::of('1').expect("a digit");
        Find { class, probability: 1.0, digits: [0.0; 10], left, top, right, bottom }
    }

    #[test]
    fn dark_and_light_ink_of_any_size_become_bright_in_the_middle() {
        for (paper, ink, size) in [(230u8, 40u8, 10), (20, 200, 40), (128, 100, 100)] {
            // A stroke of a fifth of the height.
            let (width, height) = (3 * size, 2 * size);
            let mut pixels = vec![paper; width * height];
            let (left, right) = (size, size + size / 5);
            (size / 2..size / 2 + size).for_each(|y| pixels[y * width + left..y * width + right].fill(ink));
            let picture = GrayImage::new(width, height, pixels).unwrap();
            let edges = [left, size / 2, right, size / 2 + size].map(|edge| edge as f32);
            let digit = cut_out(&picture, &find(edges), &[]);
            let bright: Vec<usize> = (0..784).filter(|&i| digit.pixels()[i] > 128).collect();
            assert!((60..=100).contains(&bright.len()), "{size}: {}", bright.len());
            assert!(bright.iter().all(|i| (12..16).contains(&(i % 28)) && (3..25).contains(&(i / 28))));
            assert_eq!(digit.pixels()[0], 0);
        }
    }

    #[test]
    fn a_neighbours_ink_is_left_out() {
        // Two strokes that stand close together.
        let mut pixels = vec![240u8; 60 * 40];
        (10..30).for_each(|y| {
            pixels[y * 60 + 20..y * 60 + 24].fill(20);
            pixels[y * 60 + 28..y * 60 + 32].fill(20);
        });
        let picture = GrayImage::new(60, 40, pixels).unwrap();
        let (left, right) = (find([20.0, 10.0, 24.0, 30.0]), find([28.0, 10.0, 32.0, 30.0]));
        let ink = |digit: DigitImage| digit.pixels().iter().filter(|&&pixel| pixel > 128).count();
        let (both, alone) = (ink(cut_out(&picture, &left, &[])), ink(cut_out(&picture, &left, &[right])));
        assert!((120..=180).contains(&both) && (60..=100).contains(&alone), "{both} {alone}");
    }

    #[test]
    fn what_reaches_over_the_edge_and_what_is_blank_are_no_trouble() {
        let picture = GrayImage::new(3, 2, vec![7; 6]).unwrap();
        for edges in [[-50.0, -50.0, 50.0, 50.0], [1.0, 1.0, 1.0, 1.0], [900.0, 900.0, 1e6, 1e6]] {
            assert_eq!(cut_out(&picture, &find(edges), &[]).pixels(), &[0; 784]);
        }
    }
}
