//! Pages of handwritten numbers with the truth about them: what a telephone or a scanner makes of ruled
//! paper, forms, shadows, touching digits and broken strokes.
//!
//! A page is laid out on flat paper as strokes (`layout`), whose points pass through the camera's geometry
//! (`camera`) before they are drawn, so that turning and perspective blur nothing; then come tone, light and
//! noise (`exposure`).

use inkdigit_nn::Rng;
use serde::Serialize;

use super::pen::Extent;
use camera::View;
use inkdigit_image::GrayImage;
use inkdigit_image::preprocess::Ink;

mod camera;
mod config;
mod exposure;
mod layout;

pub use config::{Camera, PageConfig, Paper, Pen, Sheet, Writing};

/// A page and what is written on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SyntheticPage {
    /// The picture.
    #[serde(skip)]
    pub image: GrayImage,
    /// The digits in reading order: for each line, from left to right as the writer sees it.
    pub lines: Vec<Vec<TrueDigit>>,
    /// Boxes around what is written and is no digit: letters, and digits crossed out.
    pub others: Vec<PixelBox>,
}

/// A digit that stands on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrueDigit {
    /// 0 to 9.
    pub digit: u8,
    /// Where its ink lies.
    #[serde(rename = "box")]
    pub bounds: PixelBox,
    /// Which number of its line it belongs to, from 0: between numbers there are gaps.
    pub number: usize,
}

/// The first column, the first row, columns and rows of a part of a picture.
pub type PixelBox = [usize; 4];

impl SyntheticPage {
    /// The digits as text, a line for each line of the page.
    pub fn text(&self) -> String {
        let line = |digits: &Vec<TrueDigit>| -> String {
            digits.iter().map(|d| d.digit.to_string()).chain(["\n".to_string()]).collect()
        };
        self.lines.iter().map(line).collect()
    }
}

/// Draws a page. The same for the same generator, whatever the number of threads. What finds no room on the
/// picture isn't written, so lines may be fewer and shorter than asked for.
///
/// Values outside of their range are brought into it.
///
/// ```
/// use inkdigit_train::synth::{self, PageConfig};
///
/// let page = synth::page(&PageConfig::default(), &mut inkdigit_nn::Rng::new(1));
/// println!("{}x{} pixels that say\n{}", page.image.width(), page.image.height(), page.text());
/// ```
pub fn page(config: &PageConfig, rng: &mut Rng) -> SyntheticPage {
    let config = config.within_range();
    let view = View::draw(&config.camera, config.width, config.height, rng);
    let (width, height) = view.paper_size();
    let sheet = layout::lay_out(&config, [width, height], rng);

    let mut ink =
        Ink { width: config.width, height: config.height, values: vec![0.0; config.width * config.height] };
    for (line, strength) in &sheet.printed {
        view.seen(line).draw_on(&mut ink, *strength);
    }
    let mut page = SyntheticPage {
        image: GrayImage::new(1, 1, vec![0]).expect("one pixel is a picture"),
        lines: Vec::new(),
        others: Vec::new(),
    };
    for line in &sheet.lines {
        let mut digits = Vec::new();
        for sign in line {
            let seen = view.seen(&sign.drawing);
            let Some(bounds) = bounds_within(seen.extent(), &ink) else { continue };
            seen.draw_on(&mut ink, 1.0);
            match sign.digit {
                Some(digit) => digits.push(TrueDigit { digit, bounds, number: sign.number }),
                None => page.others.push(bounds),
            }
        }
        if !digits.is_empty() {
            page.lines.push(digits);
        }
    }
    page.image = exposure::expose(&config, &view, ink, rng);
    page
}

/// The pixels that ink touches; none if it leaves the picture.
fn bounds_within(extent: Extent, ink: &Ink) -> Option<PixelBox> {
    let inside = extent.left >= 0.0
        && extent.top >= 0.0
        && extent.right <= ink.width as f32
        && extent.bottom <= ink.height as f32;
    let (left, top) = (extent.left as usize, extent.top as usize);
    let (right, bottom) = (extent.right.ceil() as usize, extent.bottom.ceil() as usize);
    inside.then(|| [left, top, right - left, bottom - top])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> SyntheticPage {
        let mut rng = Rng::new(seed);
        let config = PageConfig { width: 480, height: 360, ..PageConfig::random(&mut rng) };
        page(&config, &mut rng)
    }

    #[test]
    fn the_same_seed_writes_the_same_page_with_any_number_of_threads() {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for seed in 0..6 {
            let alone = pool(1).install(|| drawn(seed));
            assert_eq!(alone, pool(3).install(|| drawn(seed)));
        }
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn boxes_hold_the_ink_of_their_digits() {
        // Nothing but pen and paper, so that every dark pixel belongs to a digit.
        let config = PageConfig { width: 600, height: 500, ..PageConfig::default() };
        for quarter_turns in 0..4 {
            let camera = Camera { quarter_turns, angle: 4.0, perspective: 0.05, ..config.camera };
            let page = page(&PageConfig { camera, ..config.clone() }, &mut Rng::new(quarter_turns as u64));
            let digits: Vec<_> = page.lines.iter().flatten().collect();
            assert!(digits.len() > 10, "{}", page.text());
            let dark = |x: usize, y: usize| page.image.at(x, y) < 128;
            for y in 0..500 {
                for x in (0..600).filter(|&x| dark(x, y)) {
                    let holds = |[left, top, width, height]: PixelBox| {
                        (left..left + width).contains(&x) && (top..top + height).contains(&y)
                    };
                    assert!(digits.iter().any(|d| holds(d.bounds)), "ink at {x}, {y}");
                }
            }
            for TrueDigit { bounds: [left, top, width, height], .. } in digits {
                let rows = *top..top + height;
                let ink = rows.flat_map(|y| (*left..left + width).map(move |x| (x, y)));
                let ink = ink.filter(|&(x, y)| dark(x, y)).count();
                assert!(ink * 30 > width * height, "{ink} of {width}x{height}");
            }
        }
    }

    #[test]
    fn lines_read_from_left_to_right_and_downwards() {
        let page = page(&PageConfig::default(), &mut Rng::new(3));
        let lefts = |line: &Vec<TrueDigit>| line.iter().map(|d| d.bounds[0]).collect::<Vec<_>>();
        assert!(page.lines.len() > 2);
        assert!(page.lines.iter().all(|line| lefts(line).is_sorted()));
        assert!(page.lines.iter().all(|line| line.is_sorted_by_key(|d| d.number)));
        assert!(page.lines.is_sorted_by_key(|line| line[0].bounds[1]));
        assert_eq!(page.text().lines().count(), page.lines.len());
    }

    #[test]
    fn letters_and_crossed_out_digits_are_no_digits() {
        let writing = Writing { letters: 1.0, crossed_out: 0.3, ..PageConfig::default().writing };
        let page = page(&PageConfig { writing, ..PageConfig::default() }, &mut Rng::new(1));
        assert!(page.others.len() > 5, "{}", page.others.len());
    }

    #[test]
    fn truth_is_written_with_boxes() {
        let page = page(&PageConfig::default(), &mut Rng::new(3));
        let truth = serde_json::to_value(&page).unwrap();
        let first = &page.lines[0][0];
        assert_eq!(truth["lines"][0][0]["digit"], first.digit);
        assert_eq!(truth["lines"][0][0]["box"], serde_json::json!(first.bounds));
        assert!(truth.get("image").is_none());
    }

    #[test]
    fn any_configuration_gives_a_page() {
        let mut rng = Rng::new(9);
        for seed in 0..40 {
            let random = PageConfig::random(&mut rng);
            let size = |rng: &mut Rng| 1 + rng.below(300);
            let config = PageConfig { width: size(&mut rng), height: size(&mut rng), ..random };
            let drawn = page(&config, &mut Rng::new(seed));
            assert_eq!(
                (drawn.image.width(), drawn.image.height()),
                (config.width.max(16), config.height.max(16))
            );
        }
        let nothing = Writing { lines: 0, ..PageConfig::default().writing };
        assert!(page(&PageConfig { writing: nothing, ..PageConfig::default() }, &mut rng).lines.is_empty());
    }
}
