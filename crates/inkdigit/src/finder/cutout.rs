//! What was found, cut out of its picture as it lies there.

use super::Find;
use inkdigit_image::{DigitImage, GrayImage, IMAGE_SIDE};

/// The longer side of a find's box on its cut-out, in pixels: as MNIST's rule has it.
const BOX_SIDE: f32 = 20.0;

/// The share of a box's pixels that are taken for the pen at its strongest.
const STRONGEST: f32 = 0.06;

/// A find in the form of the networks' pictures: its box 20 pixels long and in the middle, whatever else is there
/// around it, ink bright and paper dark.
pub fn cut_out(picture: &GrayImage, find: &Find) -> DigitImage {
    let longer = find.width().max(find.height()).max(1.0);
    let side = longer * IMAGE_SIDE as f32 / BOX_SIDE;
    let [x, y] = find.middle();
    let levels = sampled(picture, [x - side / 2.0, y - side / 2.0], side / IMAGE_SIDE as f32);
    let [half_width, half_height] =
        [find.width(), find.height()].map(|extent| BOX_SIDE / 2.0 * extent / longer);
    let middle = IMAGE_SIDE as f32 / 2.0;
    let inside = |index: usize| {
        let (column, row) = ((index % IMAGE_SIDE) as f32 + 0.5, (index / IMAGE_SIDE) as f32 + 0.5);
        (column - middle).abs() <= half_width + 0.5 && (row - middle).abs() <= half_height + 0.5
    };
    let within: Vec<f32> =
        (0..levels.len()).filter(|&index| inside(index)).map(|index| levels[index]).collect();
    // Most of what lies beside a digit is paper.
    let beside = (0..levels.len()).filter(|&index| !inside(index)).map(|index| levels[index]);
    let paper = quantile(beside.collect(), 0.5).or_else(|| quantile(within.clone(), 0.5)).unwrap_or(0.0);
    let signed: f32 = within.iter().map(|level| (level - paper) * (level - paper).abs()).sum();
    let sign = if signed < 0.0 { -1.0 } else { 1.0 };
    let strengths: Vec<f32> = levels.iter().map(|level| sign * (level - paper)).collect();
    let pen = quantile(within.iter().map(|level| sign * (level - paper)).collect(), 1.0 - STRONGEST);
    let pen = pen.unwrap_or(1.0).max(1.0);
    DigitImage::new(std::array::from_fn(|index| {
        (255.0 * strengths[index] / pen).clamp(0.0, 255.0).round() as u8
    }))
}

/// A square of the picture from a corner on, in pixels each `scale` wide; outside, the picture's nearest pixels.
fn sampled(picture: &GrayImage, corner: [f32; 2], scale: f32) -> [f32; IMAGE_SIDE * IMAGE_SIDE] {
    // Where the picture becomes smaller, each pixel is the mean of as many as it stands for.
    let each = (scale.ceil() as usize).clamp(1, 16);
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
            let digit = cut_out(&picture, &find(edges));
            let bright: Vec<usize> = (0..784).filter(|&i| digit.pixels()[i] > 128).collect();
            assert!((60..=100).contains(&bright.len()), "{size}: {}", bright.len());
            assert!(bright.iter().all(|i| (12..16).contains(&(i % 28)) && (3..25).contains(&(i / 28))));
            assert_eq!(digit.pixels()[0], 0);
        }
    }

    #[test]
    fn what_reaches_over_the_edge_and_what_is_blank_are_no_trouble() {
        let picture = GrayImage::new(3, 2, vec![7; 6]).unwrap();
        for edges in [[-50.0, -50.0, 50.0, 50.0], [1.0, 1.0, 1.0, 1.0], [900.0, 900.0, 1e6, 1e6]] {
            assert_eq!(cut_out(&picture, &find(edges)).pixels(), &[0; 784]);
        }
    }
}
