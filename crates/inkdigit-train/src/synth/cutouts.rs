//! Digits as a finder cuts them out of people's pictures: with a neighbour's ink, a frame, a pattern behind them, a
//! box that isn't quite theirs; and places where it should have found nothing.

use inkdigit::finder::{Class, Find, Heights, cut_out};
use inkdigit_image::{GrayImage, IMAGE_PIXELS};
use inkdigit_nn::Rng;

use super::scene::{DigitSource, KindWeights, Scene, SceneConfig, draw};

/// Columns and rows of the scenes that digits are cut out of.
const SIDE: usize = 192;

/// How far a finder's edges lie from the true ones, as a share of the box's longer side (standard deviation).
const STRAY: f32 = 0.06;

/// How often a finder knows a digit's neighbour, whose ink then is left out.
const KNOWN: f32 = 0.9;

/// Of so many places the one with the most contrast is taken: a finder doesn't err on blank paper.
const TRIES: usize = 4;

/// Marks of numbers that no digit looks like when it is cut out; a slash or a parenthesis may be a 1.
const UNLIKE_DIGITS: &str = "-.,:+=";

/// Cuts out of scenes that are drawn for it and thrown away.
#[derive(Clone, Debug)]
pub struct CutOuts<'a> {
    source: DigitSource<'a>,
    with_digits: SceneConfig,
    any: SceneConfig,
}

impl<'a> CutOuts<'a> {
    /// Few enough to come from many scenes, and enough not to draw a scene for each.
    pub const OF_A_SCENE: usize = 6;

    /// Cut-outs of scenes written with these digits.
    pub fn new(source: DigitSource<'a>) -> Self {
        // Where nothing is to be found there is nothing to cut out, and a turned digit is none.
        let any = SceneConfig { turned: 0.0, ..SceneConfig::default() };
        let kinds = KindWeights { nothing: 0.0, print: 0.0, ..KindWeights::default() };
        Self { source, with_digits: SceneConfig { kinds, ..any.clone() }, any }
    }

    /// Digits of one scene, and their labels.
    ///
    /// # Shapes
    /// - `out`: `[N, 28, 28]`, 0 ground to 255 ink
    pub fn digits(&self, rng: &mut Rng, out: &mut [f32]) -> Vec<u8> {
        let count = out.len() / IMAGE_PIXELS;
        let (scene, mut marks) = loop {
            let scene = draw(&self.source, &self.with_digits, [SIDE; 2], rng.next_u64(), 0);
            let is_digit = |&mark: &usize| scene.marks[mark].class.digit().is_some();
            let marks: Vec<usize> = (0..scene.marks.len()).filter(is_digit).collect();
            if !marks.is_empty() {
                break (scene, marks);
            }
        };
        rng.shuffle(&mut marks);
        let finds = finds(&scene);
        let chosen = marks.iter().cycle().take(count);
        let cut = chosen.zip(out.chunks_exact_mut(IMAGE_PIXELS)).map(|(&mark, out)| {
            let find = strayed(&finds[mark], rng);
            let known = |&other: &usize| other != mark && rng.unit() < KNOWN;
            let others: Vec<Find> = (0..finds.len()).filter(known).map(|other| finds[other]).collect();
            write(&scene.picture, &find, &others, out);
            scene.marks[mark].class.digit().expect("only digits are chosen")
        });
        cut.collect()
    }

    /// Places of one scene where no digit stands.
    ///
    /// # Shapes
    /// - `out`: `[N, 28, 28]`, 0 ground to 255 ink
    pub fn places(&self, rng: &mut Rng, out: &mut [f32]) {
        let scene = draw(&self.source, &self.any, [SIDE; 2], rng.next_u64(), 0);
        let finds = finds(&scene);
        let unlike = |find: &&Find| UNLIKE_DIGITS.contains(find.class.sign());
        let marks: Vec<Find> = finds.iter().filter(unlike).copied().collect();
        for out in out.chunks_exact_mut(IMAGE_PIXELS) {
            let place = if !marks.is_empty() && rng.unit() < 0.25 {
                marks[rng.below(marks.len())]
            } else {
                let tries = (0..TRIES).map(|_| free_place(&scene, &finds, rng));
                let contrasts = tries.map(|place| (contrast(&scene.picture, &place), place));
                contrasts.max_by(|a, b| a.0.total_cmp(&b.0)).expect("some tries").1
            };
            write(&scene.picture, &strayed(&place, rng), &finds, out);
        }
    }
}

fn write(picture: &GrayImage, find: &Find, others: &[Find], out: &mut [f32]) {
    let image = cut_out(picture, find, others);
    out.iter_mut().zip(image.pixels()).for_each(|(out, &pixel)| *out = f32::from(pixel));
}

/// What a finder that is never wrong would find, in the order of the scene's marks.
fn finds(scene: &Scene) -> Vec<Find> {
    scene.marks.iter().map(|mark| find(mark.class, mark.centre, [mark.width, mark.height])).collect()
}

fn find(class: Class, [x, y]: [f32; 2], [width, height]: [f32; 2]) -> Find {
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let (right, bottom) = (left + width, top + height);
    Find { class, probability: 1.0, digits: [0.0; 10], left, top, right, bottom }
}

/// The same with edges where a finder may see them.
fn strayed(find: &Find, rng: &mut Rng) -> Find {
    let side = STRAY * find.width().max(find.height());
    let mut stray = || side * rng.normal().clamp(-3.0, 3.0);
    let [left, top] = [find.left + stray(), find.top + stray()];
    let (right, bottom) = ((find.right + stray()).max(left + 1.0), (find.bottom + stray()).max(top + 1.0));
    Find { left, top, right, bottom, ..*find }
}

/// A box somewhere that neither covers a part of a digit or mark, nor of what may be one; where the scene is full,
/// the last one that was tried.
fn free_place(scene: &Scene, finds: &[Find], rng: &mut Rng) -> Find {
    let class = Class::of('1').expect("a digit");
    let Heights { least, most, .. } = Heights::default();
    let ignored = scene.ignored.iter().map(|place| find(class, place.centre, [place.width, place.height]));
    let taken: Vec<Find> = finds.iter().copied().chain(ignored).collect();
    let mut place = find(class, [0.0; 2], [least; 2]);
    for _ in 0..8 {
        let height = rng.uniform(least.ln(), most.ln()).exp();
        let middle = [0, 1].map(|_| rng.uniform(0.0, SIDE as f32));
        place = find(class, middle, [height * rng.uniform(0.3, 1.0), height]);
        if taken.iter().all(|other| shared(&place, other) < 0.2) {
            break;
        }
    }
    place
}

/// How much of the smaller one of two boxes lies within the other.
fn shared(one: &Find, other: &Find) -> f32 {
    let across = one.right.min(other.right) - one.left.max(other.left);
    let down = one.bottom.min(other.bottom) - one.top.max(other.top);
    let smaller = (one.width() * one.height()).min(other.width() * other.height()).max(1e-3);
    across.max(0.0) * down.max(0.0) / smaller
}

/// The variance of the levels within a box.
fn contrast(picture: &GrayImage, place: &Find) -> f32 {
    let range = |from: f32, to: f32, end: usize| {
        let from = (from.max(0.0) as usize).min(end - 1);
        from..(to.max(0.0).ceil() as usize).clamp(from + 1, end)
    };
    let columns = range(place.left, place.right, picture.width());
    let (mut count, mut sum, mut squares) = (0.0f32, 0.0f32, 0.0f32);
    for y in range(place.top, place.bottom, picture.height()) {
        for &level in &picture.row(y)[columns.clone()] {
            let level = f32::from(level);
            (count, sum, squares) = (count + 1.0, sum + level, squares + level * level);
        }
    }
    squares / count - (sum / count).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth;
    use crate::synth::scene::Kind;

    #[test]
    fn digits_come_in_every_label_and_fill_their_pictures() {
        let data = synth::dataset(60, 3);
        let cut_outs = CutOuts::new(DigitSource::new(&data));
        let mut counts = [0; 10];
        for seed in 0..40 {
            let mut out = vec![-1.0; CutOuts::OF_A_SCENE * IMAGE_PIXELS];
            let labels = cut_outs.digits(&mut Rng::new(seed), &mut out);
            assert_eq!(labels.len(), CutOuts::OF_A_SCENE);
            labels.iter().for_each(|&label| counts[label as usize] += 1);
            assert!(out.iter().all(|level| (0.0..=255.0).contains(level)));
            let inked =
                out.chunks_exact(IMAGE_PIXELS).filter(|image| image.iter().any(|&level| level > 128.0));
            assert!(inked.count() + 1 >= CutOuts::OF_A_SCENE, "{seed}");
            let mut again = vec![0.0; out.len()];
            assert!(labels == cut_outs.digits(&mut Rng::new(seed), &mut again) && out == again, "{seed}");
        }
        assert!(counts.iter().all(|&count| count > 5), "{counts:?}");
    }

    #[test]
    fn places_lie_beside_the_digits() {
        let data = synth::dataset(60, 3);
        let source = DigitSource::new(&data);
        let config = SceneConfig { kinds: KindWeights::only(Kind::Lines), turned: 0.0, ..Default::default() };
        let (mut free, mut all) = (0, 0);
        for seed in 0..30 {
            let scene = draw(&source, &config, [SIDE; 2], seed, 0);
            let finds = finds(&scene);
            for index in 0..10 {
                let place = free_place(&scene, &finds, &mut Rng::stream(seed, &[index]));
                all += 1;
                free += usize::from(finds.iter().all(|find| shared(find, &place) < 0.2));
            }
        }
        assert!(free * 10 > all * 8, "{free} of {all}");
    }
}
