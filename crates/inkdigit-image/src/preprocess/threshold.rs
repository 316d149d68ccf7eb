//! Where ink begins: the levels that separate it from paper, for a whole picture or for each place on it.

use std::fmt;
use std::str::FromStr;

use super::components::Components;
use super::mask::Mask;
use super::polarity::Polarity;
use crate::GrayImage;

/// How ink is told from paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threshold {
    /// Above the paper's noise, each stroke by the strength of its own pen: a pencil's digits beside a printed
    /// form's are found as well as a felt pen's alone.
    #[default]
    Auto,
    /// One level for the whole picture (Otsu, 1979).
    Otsu,
    /// A level for each pixel from those around it (Sauvola and Pietikäinen, 2000).
    Sauvola,
    /// This luminance: what is darker (on light paper; on dark ground what is lighter) is ink.
    Fixed(u8),
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "otsu" => Ok(Self::Otsu),
            "sauvola" => Ok(Self::Sauvola),
            number => number.parse().map(Self::Fixed).map_err(|_| {
                format!("found {text:?}, expected auto, otsu, sauvola or a level from 0 to 255")
            }),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Otsu => f.write_str("otsu"),
            Self::Sauvola => f.write_str("sauvola"),
            Self::Fixed(level) => write!(f, "{level}"),
        }
    }
}

/// How many pixels have each level.
pub(super) fn histogram(image: &GrayImage) -> [u32; 256] {
    // Neighbours are alike, and a count must be written before it can be read again: four counts in turn.
    let mut counts = [[0u32; 256]; 4];
    let (fours, rest) = image.pixels().as_chunks::<4>();
    for four in fours {
        four.iter().zip(&mut counts).for_each(|(&pixel, counts)| counts[pixel as usize] += 1);
    }
    rest.iter().for_each(|&pixel| counts[0][pixel as usize] += 1);
    std::array::from_fn(|level| counts.iter().map(|counts| counts[level]).sum())
}

/// The level below which `share` of the counted pixels lie.
pub(super) fn quantile(counts: &[u32], share: f64) -> usize {
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

/// The threshold that best separates two classes of levels: the largest of the lower class (Otsu, "A threshold
/// selection method from gray-level histograms", 1979). None where all pixels are alike.
pub(super) fn otsu(histogram: &[u32; 256]) -> Option<u8> {
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

/// What is ink by Sauvola's threshold, m (1 + k (s / R - 1)) with mean m and deviation s of the luminances
/// in a window around each pixel, k = 0.2 and R = 128 ("Adaptive document image binarization", 2000).
///
/// # Shapes
/// - `strength`: `[height, width]`, 0 paper to 255 ink
pub(super) fn sauvola(strength: &GrayImage, window: usize) -> Mask {
    const K: f64 = 0.2;
    const R: f64 = 128.0;
    let (width, height) = (strength.width(), strength.height());
    let reach = (window / 2).max(1);
    // Sums of each column over the window's rows, moved down row by row, stand in for an integral image: the
    // same sums in the memory of two rows.
    let (mut sums, mut squares) = (vec![0u64; width], vec![0u64; width]);
    let mut bits = Vec::with_capacity(width * height);
    let mut rows = 0..0;
    for y in 0..height {
        let wanted = y.saturating_sub(reach)..(y + reach + 1).min(height);
        let entering = rows.end..wanted.end;
        let leaving = rows.start..wanted.start;
        for (x, (sum, square)) in sums.iter_mut().zip(&mut squares).enumerate() {
            for y in entering.clone() {
                let level = 255 - strength.at(x, y) as u64;
                (*sum, *square) = (*sum + level, *square + level * level);
            }
            for y in leaving.clone() {
                let level = 255 - strength.at(x, y) as u64;
                (*sum, *square) = (*sum - level, *square - level * level);
            }
        }
        rows = wanted;
        let (mut sum, mut square, mut columns) = (0, 0, 0..0);
        for (x, &pixel) in strength.row(y).iter().enumerate() {
            let wanted = x.saturating_sub(reach)..(x + reach + 1).min(width);
            for x in columns.end..wanted.end {
                (sum, square) = (sum + sums[x], square + squares[x]);
            }
            for x in columns.start..wanted.start {
                (sum, square) = (sum - sums[x], square - squares[x]);
            }
            columns = wanted;
            let count = (rows.len() * columns.len()) as f64;
            let mean = sum as f64 / count;
            let deviation = (square as f64 / count - mean * mean).max(0.0).sqrt();
            bits.push(f64::from(255 - pixel) < mean * (1.0 + K * (deviation / R - 1.0)));
        }
    }
    Mask::new(width, height, bits)
}

/// Levels that differ by less than this from the paper's are paper: a scanner's or camera's noise.
const LEAST_CONTRAST: usize = 14;

/// Noise reaches this many of its median deviations above the paper's level: 5.3 standard deviations, which
/// one pixel of ten millions exceeds.
const NOISE_REACH: usize = 8;

/// The paper's level, and the level above which there is more than its noise.
pub(super) fn paper_and_noise(counts: &[u32; 256]) -> (usize, usize) {
    let paper = quantile(counts, 0.5);
    let mut deviations = [0u32; 256];
    for (level, &count) in counts.iter().enumerate() {
        deviations[level.abs_diff(paper)] += count;
    }
    let deviation = quantile(&deviations, 0.5);
    (paper, paper + (NOISE_REACH * deviation).max(LEAST_CONTRAST))
}

/// The strength of most of what lies above `noise` (its 90 % quantile), and how many pixels do.
pub(super) fn above(counts: &[u32; 256], noise: usize) -> (usize, u64) {
    let first = (noise + 1).min(255);
    let amount = counts[first..].iter().map(|&n| n as u64).sum();
    (first + quantile(&counts[first..], 0.9), amount)
}

/// Everything stronger than a level.
pub(super) fn above_level(strength: &GrayImage, level: usize) -> Mask {
    let level = u8::try_from(level).unwrap_or(u8::MAX);
    let bits = strength.pixels().iter().map(|&pixel| pixel > level).collect();
    Mask::new(strength.width(), strength.height(), bits)
}

/// What is ink by one level for the whole picture.
///
/// # Shapes
/// - `strength`: `[height, width]`, 0 paper to 255 ink
pub(super) fn otsu_mask(strength: &GrayImage) -> Mask {
    let level = otsu(&histogram(strength)).unwrap_or(u8::MAX);
    above_level(strength, level as usize)
}

/// What is darker than a luminance, or lighter on dark ground.
pub(super) fn fixed(image: &GrayImage, level: u8, polarity: Polarity) -> Mask {
    let ink = |&pixel: &u8| match polarity {
        Polarity::DarkOnLight => pixel < level,
        Polarity::LightOnDark => pixel > level,
    };
    Mask::new(image.width(), image.height(), image.pixels().iter().map(ink).collect())
}

/// A pen so many times as strong as the ruled lines of a page is told from them by its strength alone.
const STRONGER_THAN_RULES: f32 = 2.2;

/// What is ink by the strength of each stroke's own pen: what hangs together above the paper's noise is cut
/// where it has the share `edge` of its strength.
///
/// On pages, where the longest stroke is known, ruled lines that hang together with digits are cut off if they are
/// lighter than the pen.
///
/// # Shapes
/// - `strength`: `[height, width]`, 0 paper to 255 ink
/// - `counts`: its [`histogram`]
pub(super) fn by_stroke(
    strength: &GrayImage,
    counts: &[u32; 256],
    edge: f32,
    longest: Option<usize>,
) -> Mask {
    let (paper, noise) = paper_and_noise(counts);
    // Light ruled lines on paper link everything with everything; a share of the picture's strongest pen parts them.
    let (strongest, _) = above(counts, noise);
    let lowest = noise.max(paper + ((strongest.saturating_sub(paper)) as f32 * edge * 0.5) as usize);
    let mut mask = above_level(strength, lowest);
    let components = Components::of(&mask);
    for component in components.list() {
        let runs = components.runs(component);
        let mut counts = [0u32; 256];
        for run in runs {
            let levels = &strength.row(run.y)[run.start..run.end];
            levels.iter().for_each(|&level| counts[level as usize] += 1);
        }
        // Where thin pens and small pictures leave nothing but soft edges, few pixels have the full strength.
        let pen = quantile(&counts, 0.85);
        let of_pen = paper + (edge * (pen - paper) as f32) as usize;
        let above_ruled_lines = longest.and_then(|longest| {
            let (level, times) = two_tones(&counts, paper)?;
            (component.length() > longest && times > STRONGER_THAN_RULES).then_some(level)
        });
        let cut = of_pen.max(above_ruled_lines.unwrap_or(0));
        if cut > lowest {
            for run in runs {
                let bits = &mut mask.row_mut(run.y)[run.start..run.end];
                let levels = &strength.row(run.y)[run.start..run.end];
                bits.iter_mut().zip(levels).for_each(|(bit, &level)| *bit = level as usize > cut);
            }
        }
    }
    mask
}

/// The level between two tones, and how many times as far from the paper the stronger one is.
fn two_tones(counts: &[u32; 256], paper: usize) -> Option<(usize, f32)> {
    let level = otsu(counts)? as usize;
    let mean = |levels: std::ops::Range<usize>| {
        let (mut sum, mut count) = (0.0, 0.0);
        for level in levels {
            sum += counts[level] as f32 * level.saturating_sub(paper) as f32;
            count += counts[level] as f32;
        }
        sum / f32::max(count, 1.0)
    };
    let (weak, strong) = (mean(0..level + 1), mean(level + 1..256));
    (weak > 0.0).then(|| (level, strong / weak))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, level: impl Fn(usize, usize) -> u8) -> GrayImage {
        let pixels = (0..width * height).map(|i| level(i % width, i / width)).collect();
        GrayImage::new(width, height, pixels).unwrap()
    }

    #[test]
    fn otsu_splits_between_two_levels() {
        let split = otsu(&histogram(&picture(60, 60, |x, _| if x < 8 { 40 } else { 200 }))).unwrap();
        assert!((40..200).contains(&split), "{split}");
        assert_eq!(otsu(&histogram(&picture(60, 60, |_, _| 90))), None);
    }

    #[test]
    fn sauvola_is_what_its_formula_says() {
        let levels = picture(23, 17, |x, y| (x * 31 + y * 57 + x * y * 7) as u8);
        let mask = sauvola(&levels, 7);
        for y in 0..17usize {
            for x in 0..23usize {
                let rows = y.saturating_sub(3)..(y + 4).min(17);
                let columns = x.saturating_sub(3)..(x + 4).min(23);
                let window: Vec<f64> = rows
                    .flat_map(|y| columns.clone().map(move |x| (x, y)))
                    .map(|(x, y)| 255.0 - levels.at(x, y) as f64)
                    .collect();
                let mean = window.iter().sum::<f64>() / window.len() as f64;
                let variance = window.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / window.len() as f64;
                let threshold = mean * (1.0 + 0.2 * (variance.sqrt() / 128.0 - 1.0));
                assert_eq!(mask.at(x, y), 255.0 - (levels.at(x, y) as f64) < threshold, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_pencil_beside_a_felt_pen_is_found_and_noise_is_not() {
        let level = |x: usize, y: usize| match x {
            20..26 => 220,
            60..63 => 60,
            _ => ((x * 7 + y * 13) % 5) as u8,
        };
        let picture = picture(100, 80, level);
        assert_eq!(by_stroke(&picture, &histogram(&picture), 0.36, None).count(), 80 * 9);
    }

    #[test]
    fn lighter_ruled_lines_go_on_pages() {
        // Squared paper with bars on it.
        let level = |x: usize, y: usize| match () {
            () if (20..28).contains(&(x % 100)) && (30..70).contains(&y) => 200,
            () if x % 25 == 5 || y % 25 == 5 => 70,
            () => 0,
        };
        let page = picture(300, 100, level);
        let counts = histogram(&page);
        assert_eq!(by_stroke(&page, &counts, 0.3, Some(60)).count(), 3 * 8 * 40);
        assert!(by_stroke(&page, &counts, 0.3, None).count() > 2000);
    }

    #[test]
    fn thresholds_are_told_by_their_names() {
        for threshold in [Threshold::Auto, Threshold::Otsu, Threshold::Sauvola, Threshold::Fixed(128)] {
            assert_eq!(threshold.to_string().parse(), Ok(threshold));
        }
        let error = "300".parse::<Threshold>().unwrap_err();
        assert!(error.contains("\"300\"") && error.contains("0 to 255"), "{error}");
    }
}
