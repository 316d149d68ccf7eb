//! What on a picture is ink: threshold, polarity, the paper's level, specks.

use std::collections::VecDeque;

use super::fit::{FIT_SIDE, Ink};
use crate::image::GrayImage;

/// Which side of the threshold is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// A pen on paper.
    DarkOnLight,
    /// Chalk on a board, or MNIST.
    LightOnDark,
}

/// Luminances that differ by less than this are one: a scanner's or camera's noise on blank paper.
const LEAST_CONTRAST: f32 = 24.0;

/// Components smaller than this share of the largest one, and short beside it, are specks. A digit's own
/// parts that stand alone, such as the bar of a 5, are larger.
const SPECK_AREA: f32 = 0.04;
const SPECK_LENGTH: f32 = 0.2;

/// How many pixels have each luminance.
pub fn histogram(image: &GrayImage) -> [u32; 256] {
    let mut counts = [0; 256];
    for &pixel in image.pixels() {
        counts[pixel as usize] += 1;
    }
    counts
}

/// The threshold that best separates two classes of luminance: the largest of the darker class (Otsu, "A
/// threshold selection method from gray-level histograms", 1979). None where all pixels are alike.
pub fn otsu(histogram: &[u32; 256]) -> Option<u8> {
    let total: f64 = histogram.iter().map(|&n| n as f64).sum();
    let sum: f64 = histogram.iter().enumerate().map(|(level, &n)| level as f64 * n as f64).sum();
    let (mut below, mut sum_below) = (0.0, 0.0);
    // The variance between classes is flat over empty levels: the middle of the flat part is the safest.
    let (mut best, mut first, mut last) = (0.0, 0, 0);
    for (level, &n) in histogram.iter().enumerate() {
        below += n as f64;
        sum_below += level as f64 * n as f64;
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let distance = sum_below / below - (sum - sum_below) / above;
        let between = below * above * distance * distance;
        if between > best * (1.0 + 1e-12) {
            (best, first, last) = (between, level, level);
        } else if between >= best * (1.0 - 1e-12) {
            last = level;
        }
    }
    (best > 0.0).then_some(((first + last) / 2) as u8)
}

/// Whether the drawing is the dark or the light part of a picture, split at `threshold`.
///
/// The border of a picture shows its ground. Only where the border is mixed (the digit runs into it, or a
/// table's edge does) or what it calls ink would fill the picture, the rarer of the two is the ink.
pub fn polarity(image: &GrayImage, threshold: u8) -> Polarity {
    let light = |pixels: &mut dyn Iterator<Item = u8>| {
        let (mut light, mut all) = (0usize, 0usize);
        for pixel in pixels {
            light += (pixel > threshold) as usize;
            all += 1;
        }
        light as f32 / all.max(1) as f32
    };
    let (width, height) = (image.width(), image.height());
    let sides = (0..height).flat_map(|y| [image.at(0, y), image.at(width - 1, y)]);
    let ends = image.row(0).iter().chain(image.row(height - 1)).copied();
    let border = light(&mut sides.chain(ends));
    let whole = light(&mut image.pixels().iter().copied());

    let border_decides = !(0.3..=0.7).contains(&border);
    let ink_if_light_ground = 1.0 - whole;
    let ink_by_border = if border > 0.5 { ink_if_light_ground } else { whole };
    let light_ground = if border_decides && ink_by_border < 0.7 { border > 0.5 } else { whole > 0.5 };
    if light_ground { Polarity::DarkOnLight } else { Polarity::LightOnDark }
}

/// The ink of a picture: its polarity decided, the paper's level removed, contrast stretched so that the
/// pen's full tone is 1, soft edges kept, and nothing of the paper's texture. None for a blank picture.
pub fn extract(image: &GrayImage) -> Option<Ink> {
    let counts = histogram(image);
    let threshold = otsu(&counts)?;
    let polarity = polarity(image, threshold);

    // Work on ink levels, where more is darker or lighter as the polarity has it.
    let strength = |pixel: u8| match polarity {
        Polarity::DarkOnLight => 255 - pixel,
        Polarity::LightOnDark => pixel,
    };
    let mut levels = counts;
    if polarity == Polarity::DarkOnLight {
        levels.reverse();
    }
    let split = match polarity {
        Polarity::DarkOnLight => 255 - threshold as usize,
        Polarity::LightOnDark => threshold as usize + 1,
    };
    let paper = quantile(&levels[..split], 0.5) as f32;
    // Thin pens have few pixels in full tone: most lie on the stroke's soft edge.
    let pen = (split + quantile(&levels[split..], 0.75)) as f32;
    if pen - paper < LEAST_CONTRAST {
        return None;
    }
    // Where a strong pen meets textured paper, half the way is a better boundary than Otsu's.
    let core_level = (split as f32).max(paper + 0.3 * (pen - paper));

    let (width, height) = (image.width(), image.height());
    let core: Vec<bool> = image.pixels().iter().map(|&p| strength(p) as f32 >= core_level).collect();
    let core = without_specks(core, width, height);
    if !core.iter().any(|&c| c) {
        return None;
    }
    // Soft edges belong to the digit as far as a pixel of its final form, the paper's texture doesn't.
    let reach = 1 + length(&core, width) / (FIT_SIDE + 5);
    let near = dilate(&core, width, height, reach);
    let tone = |(&pixel, &near): (&u8, &bool)| {
        if near { ((strength(pixel) as f32 - paper) / (pen - paper)).clamp(0.0, 1.0) } else { 0.0 }
    };
    Some(Ink { width, height, values: image.pixels().iter().zip(&near).map(tone).collect() })
}

/// The level below which `share` of the counted pixels lie.
fn quantile(counts: &[u32], share: f64) -> usize {
    let total: u64 = counts.iter().map(|&n| n as u64).sum();
    let mut rest = (total as f64 * share) as u64;
    for (level, &n) in counts.iter().enumerate() {
        if rest < n as u64 {
            return level;
        }
        rest -= n as u64;
    }
    counts.len().saturating_sub(1)
}

/// A connected part of a mask.
struct Component {
    pixels: Vec<usize>,
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Component {
    fn length(&self) -> usize {
        (self.right - self.left).max(self.bottom - self.top) + 1
    }
}

/// The longer side of the box around a mask.
fn length(mask: &[bool], width: usize) -> usize {
    let rows = || mask.chunks_exact(width);
    let lit = |row: &[bool]| row.contains(&true);
    let height = rows().rposition(lit).unwrap_or(0) + 1 - rows().position(lit).unwrap_or(0);
    let firsts = rows().filter_map(|row| row.iter().position(|&lit| lit));
    let lasts = rows().filter_map(|row| row.iter().rposition(|&lit| lit));
    let breadth = lasts.max().unwrap_or(0) + 1 - firsts.min().unwrap_or(0);
    height.max(breadth)
}

/// The mask without the components that are tiny beside the largest one.
fn without_specks(mask: Vec<bool>, width: usize, height: usize) -> Vec<bool> {
    let components = components(&mask, width, height);
    let Some(largest) = components.iter().max_by_key(|c| c.pixels.len()) else { return mask };
    let (area, length) = (largest.pixels.len() as f32, largest.length() as f32);
    let mut kept = vec![false; mask.len()];
    for component in &components {
        let speck = (component.pixels.len() as f32) < SPECK_AREA * area
            && (component.length() as f32) < SPECK_LENGTH * length;
        if !speck {
            component.pixels.iter().for_each(|&at| kept[at] = true);
        }
    }
    kept
}

/// The 8-connected components of a mask.
fn components(mask: &[bool], width: usize, height: usize) -> Vec<Component> {
    let mut seen = vec![false; mask.len()];
    let mut found = Vec::new();
    let mut queue = VecDeque::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        let (x, y) = (start % width, start / width);
        let mut component = Component { pixels: Vec::new(), left: x, right: x, top: y, bottom: y };
        seen[start] = true;
        queue.push_back(start);
        while let Some(at) = queue.pop_front() {
            let (x, y) = (at % width, at / width);
            component.pixels.push(at);
            component.left = component.left.min(x);
            component.right = component.right.max(x);
            component.bottom = component.bottom.max(y);
            for y in y.saturating_sub(1)..(y + 2).min(height) {
                for x in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = y * width + x;
                    if mask[next] && !seen[next] {
                        seen[next] = true;
                        queue.push_back(next);
                    }
                }
            }
        }
        found.push(component);
    }
    found
}

/// The mask grown by `reach` pixels to all sides (a square), separably.
fn dilate(mask: &[bool], width: usize, height: usize, reach: usize) -> Vec<bool> {
    let mut wide = vec![false; mask.len()];
    let mut grown = vec![false; mask.len()];
    for at in (0..mask.len()).filter(|&at| mask[at]) {
        let (x, row) = (at % width, at - at % width);
        wide[row + x.saturating_sub(reach)..row + (x + reach + 1).min(width)].fill(true);
    }
    for (y, row) in wide.chunks_exact(width).enumerate() {
        for y in y.saturating_sub(reach)..(y + reach + 1).min(height) {
            for (grown, &lit) in grown[y * width..][..width].iter_mut().zip(row) {
                *grown |= lit;
            }
        }
    }
    grown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one gray level with a rectangle of another.
    fn rectangle(ground: u8, ink: u8, [left, top, right, bottom]: [usize; 4]) -> GrayImage {
        let inside = |i: usize| (left..right).contains(&(i % 60)) && (top..bottom).contains(&(i / 60));
        let pixels = (0..3600).map(|i| if inside(i) { ink } else { ground }).collect();
        GrayImage::new(60, 60, pixels).unwrap()
    }

    #[test]
    fn otsu_splits_between_two_levels() {
        let split = otsu(&histogram(&rectangle(200, 40, [10, 10, 20, 50]))).unwrap();
        assert!((40..200).contains(&split), "{split}");
        assert_eq!(otsu(&histogram(&rectangle(90, 90, [0, 0, 1, 1]))), None);
    }

    #[test]
    fn polarity_is_read_from_the_ground() {
        let cases = [
            ("pen", rectangle(230, 30, [20, 10, 30, 50]), Polarity::DarkOnLight),
            ("chalk", rectangle(20, 240, [20, 10, 30, 50]), Polarity::LightOnDark),
            ("pen across the border", rectangle(230, 30, [0, 25, 60, 35]), Polarity::DarkOnLight),
            ("half the picture inked", rectangle(230, 30, [8, 8, 52, 45]), Polarity::DarkOnLight),
            ("paper in a dark frame", rectangle(10, 240, [1, 1, 59, 59]), Polarity::DarkOnLight),
        ];
        for (name, picture, expected) in cases {
            let threshold = otsu(&histogram(&picture)).unwrap();
            assert_eq!(polarity(&picture, threshold), expected, "{name}");
        }
    }

    #[test]
    fn noise_on_blank_paper_is_no_ink() {
        let pixels = (0..3600u32).map(|i| 225 + (i.wrapping_mul(2654435761) >> 28) as u8).collect();
        assert_eq!(extract(&GrayImage::new(60, 60, pixels).unwrap()), None);
    }

    #[test]
    fn specks_go_and_broken_strokes_stay() {
        let mut pixels = rectangle(240, 20, [20, 10, 26, 50]).pixels().to_vec();
        pixels[5 * 60 + 5] = 20; // a speck
        (30..50).for_each(|x| pixels[12 * 60 + x] = 20); // a bar of its own, thin but long
        let ink = extract(&GrayImage::new(60, 60, pixels).unwrap()).unwrap();
        assert_eq!(ink.values[5 * 60 + 5], 0.0);
        assert_eq!(ink.values[12 * 60 + 40], 1.0);
        assert_eq!(ink.values[30 * 60 + 22], 1.0);
        assert_eq!(ink.values[0], 0.0);
    }
}
