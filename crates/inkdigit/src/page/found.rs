//! Pages read with a finder: what was found, brought into reading order.

use std::borrow::Cow;

use inkdigit_image::preprocess::{PreprocessOptions, Strength, Trace, Unreadable};
use inkdigit_image::{Bounds, DigitImage, GrayImage};

use super::opinions::{self, Weights};
use super::{Line, Page, PageDigit, PageMark, PageOptions, words};
use crate::finder::{self, Find, FindOptions, Finder};
use crate::model::{CLASSES, Model};

/// A find at least so probable is one: enough of them say that a page lies upright.
pub(super) const SURE: f32 = 0.7;

/// On a page that lies upright, at least this part of its finds are sure...
const UPRIGHT: f32 = 0.85;

/// ...and they are so many: on its side a page has zeros all the same, and little else that is found.
const ENOUGH: f32 = 8.0;

/// A strip is so many times as wide as high...
const STRIP: f32 = 2.5;

/// ...and so many sure finds are enough for it.
const ENOUGH_OF_A_STRIP: f32 = 2.0;

/// A turned page is taken for upright if it has so many times as many sure finds.
const MORE: f32 = 1.15;

/// A page is seldom turned: what speaks for it must do so by as much as this many sure finds more, besides.
const SELDOM: f32 = 1.5;

/// What looks at a picture: a finder first, a network at its cut-outs then.
#[derive(Clone, Copy)]
pub(crate) struct Eye<'a> {
    pub(crate) finder: &'a Finder,
    /// Reads digits in MNIST's form.
    pub(crate) model: &'a Model,
    /// Looks at cut-outs, where one was trained for that; else the model does.
    pub(crate) look: Option<&'a Model>,
    pub(crate) reject_below: f32,
}

impl Eye<'_> {
    /// What the second look makes of cut-outs.
    pub(super) fn second_look(&self, images: &[DigitImage]) -> Vec<[f32; CLASSES]> {
        let pixels: Vec<u8> = images.iter().flat_map(|image| *image.pixels()).collect();
        self.look.unwrap_or(self.model).probabilities(&pixels).as_chunks().0.to_vec()
    }
}

/// What reads a page with a finder: [`read`].
pub(crate) type ReadFound = fn(Eye<'_>, &GrayImage, &PageOptions, &mut Trace) -> Result<Page, Unreadable>;

/// The longer side of the copy by which it is found out how a page lies.
const TURNED_SIDE: usize = 800;

/// Reads a page.
///
/// # Errors
/// [`Unreadable`], where there is nothing on the picture that could be a digit.
pub(crate) fn read(
    eye: Eye<'_>,
    picture: &GrayImage,
    options: &PageOptions,
    trace: &mut Trace,
) -> Result<Page, Unreadable> {
    let upright = Upright::of(eye, picture, options.turn_upright);
    trace.add("upright", || upright.picture.clone().into_owned());
    #[cfg(not(target_arch = "wasm32"))]
    trace.add("heat", || eye.finder.heat(&upright.picture));
    let lines: Vec<Line> = upright.lines(eye).collect();
    if lines.is_empty() {
        return Err(reason(picture, &options.preprocess));
    }
    Ok(Page { lines, turned: (90 * upright.quarters) as f32 })
}

/// The copy of a picture by which it is found out how it lies.
fn small_copy(picture: &GrayImage) -> GrayImage {
    let side = picture.width().max(picture.height());
    if side <= TURNED_SIDE {
        return picture.clone();
    }
    // By a whole factor as far as it goes, which is quicker.
    let reduced = picture.reduced(side / TURNED_SIDE);
    let scaled = |length: usize| (length * TURNED_SIDE).div_ceil(side);
    reduced.resized(scaled(picture.width()), scaled(picture.height()))
}

/// Why nothing was found.
pub(super) fn reason(picture: &GrayImage, options: &PreprocessOptions) -> Unreadable {
    let reduced = picture.reduced(picture.reduction_to(1000));
    match Strength::find(&reduced, options, &mut Trace::off()) {
        Err(reason) => reason,
        Ok(_) => Unreadable::NoDigitFound,
    }
}

/// A picture turned so that what stands on it can be read.
struct Upright<'a> {
    picture: Cow<'a, GrayImage>,
    /// By how many quarters it was turned clockwise.
    quarters: usize,
    /// The surest first.
    finds: Vec<Find>,
}

impl<'a> Upright<'a> {
    fn of(eye: Eye<'_>, picture: &'a GrayImage, turn: bool) -> Self {
        let best = Self::turned(eye, Cow::Borrowed(picture), 0, FindOptions::default());
        if !turn {
            return best;
        }
        let sure = best.sure(eye);
        // A strip is a line of writing: it may lie on its head, hardly on its side.
        let is_strip = picture.width() as f32 > STRIP * picture.height() as f32;
        let enough = if is_strip { ENOUGH_OF_A_STRIP } else { ENOUGH };
        if sure >= enough.max(UPRIGHT * best.finds.len() as f32) {
            return best;
        }
        // A small copy is enough to tell which way is up, where its digits aren't too small.
        let small = small_copy(picture);
        // It isn't enlarged.
        let options = FindOptions { longest: small.width().max(small.height()), ..FindOptions::default() };
        let small_sure =
            |quarters| Self::turned(eye, Cow::Owned(small.turned(quarters)), quarters, options).sure(eye);
        let turns: &[usize] = if is_strip { &[2] } else { &[1, 2, 3] };
        let turns = turns.iter().map(|&quarters| (small_sure(quarters), quarters));
        let (most, quarters) = turns.max_by(|a, b| a.0.total_cmp(&b.0)).expect("some turns");
        if most > MORE * small_sure(0) + SELDOM {
            let turned = Cow::Owned(picture.turned(quarters));
            let turned = Self::turned(eye, turned, quarters, FindOptions::default());
            if turned.sure(eye) > MORE * sure + SELDOM {
                return turned;
            }
        }
        best
    }

    /// A picture that was turned already.
    fn turned(eye: Eye<'_>, picture: Cow<'a, GrayImage>, quarters: usize, options: FindOptions) -> Self {
        let finds = eye.finder.find(&picture, &options);
        Self { picture, quarters, finds }
    }

    /// How many finds are sure by both opinions, each counted by how sure it is. Read upside down, a page seems sure
    /// to the finder now and then, hardly ever to both.
    fn sure(&self, eye: Eye<'_>) -> f32 {
        let digits: Vec<&Find> = self.finds.iter().filter(|find| find.class.digit().is_some()).collect();
        let marks =
            self.finds.iter().filter(|find| find.class.digit().is_none()).map(|find| find.probability);
        let digits = self.digits(&digits, eye).into_iter().map(|digit| digit.prediction.probability);
        digits.chain(marks).filter(|&probability| probability >= SURE).sum()
    }

    fn lines(&self, eye: Eye<'_>) -> impl Iterator<Item = Line> {
        // All digits go through the network at once.
        let places: Vec<usize> =
            (0..self.finds.len()).filter(|&i| self.finds[i].class.digit().is_some()).collect();
        let finds: Vec<&Find> = places.iter().map(|&place| &self.finds[place]).collect();
        let mut digits: Vec<Option<PageDigit>> = vec![None; self.finds.len()];
        places
            .into_iter()
            .zip(self.digits(&finds, eye))
            .for_each(|(place, digit)| digits[place] = Some(digit));
        finder::lines(&self.finds).into_iter().map(move |line| self.line(&line, &mut digits))
    }

    /// The line of these finds, which stand from left to right.
    fn line(&self, places: &[usize], read: &mut [Option<PageDigit>]) -> Line {
        let finds: Vec<&Find> = places.iter().map(|&place| &self.finds[place]).collect();
        let heights = finds.iter().filter(|find| find.class.digit().is_some()).map(|find| find.height());
        let height = words::median(heights.collect());
        let extents: Vec<[f32; 2]> = finds.iter().map(|find| [find.left, find.right]).collect();
        let wide = words::wide_gaps(&extents, height);
        let (mut digits, mut marks, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0;
        for (place, (find, &index)) in finds.iter().zip(places).enumerate() {
            let apart = [place > 0 && wide[place - 1], wide.get(place) == Some(&true)];
            let digit = read[index].take();
            if (apart[0] || digit.is_none()) && start < digits.len() {
                words.push(start..digits.len());
                start = digits.len();
            }
            if let Some(digit) = digit {
                digits.push(digit);
            } else {
                marks.push(PageMark {
                    sign: find.class.sign(),
                    probability: find.probability,
                    bounds: self.bounds(find),
                    digits_before: digits.len(),
                    apart,
                });
            }
        }
        if start < digits.len() {
            words.push(start..digits.len());
        }
        Line { digits, words, marks }
    }

    /// What these finds, which are digits, are read as.
    fn digits(&self, finds: &[&Find], eye: Eye<'_>) -> Vec<PageDigit> {
        let images: Vec<DigitImage> = finds
            .iter()
            .map(|find| finder::cut_out(&self.picture, find, &neighbours(find, &self.finds)))
            .collect();
        let second = eye.second_look(&images);
        let weights = Weights::of_page(eye.look.is_some());
        let read = finds.iter().zip(images).zip(&second);
        read.map(|((find, image), second)| PageDigit {
            bounds: self.bounds(find),
            prediction: opinions::joined(&opinions::of_finder(find), second, None, weights, eye.reject_below),
            image,
        })
        .collect()
    }

    /// A find's box on the picture as it came, in whole pixels and within it.
    fn bounds(&self, find: &Find) -> Bounds {
        let (width, height) = (self.picture.width(), self.picture.height());
        let upright = bounds_on(&self.picture, find);
        let Bounds { left, top, right, bottom } = upright;
        match self.quarters {
            0 => upright,
            1 => Bounds { left: top, top: width - right, right: bottom, bottom: width - left },
            2 => Bounds {
                left: width - right,
                top: height - bottom,
                right: width - left,
                bottom: height - top,
            },
            _ => Bounds { left: height - bottom, top: left, right: height - top, bottom: right },
        }
    }
}

/// A find's box in whole pixels of the picture that it was found on, and within it.
pub(super) fn bounds_on(picture: &GrayImage, find: &Find) -> Bounds {
    let within = |from: f32, to: f32, end: usize| {
        let from = (from.floor().max(0.0) as usize).min(end - 1);
        (from, (to.ceil().max(0.0) as usize).clamp(from + 1, end))
    };
    let (left, right) = within(find.left, find.right, picture.width());
    let (top, bottom) = within(find.top, find.bottom, picture.height());
    Bounds { left, top, right, bottom }
}

/// The finds whose boxes come near to this one's.
pub(super) fn neighbours(find: &Find, finds: &[Find]) -> Vec<Find> {
    let reach = 0.3 * find.width().max(find.height());
    let near = |other: &&Find| {
        *other != find
            && other.left < find.right + reach
            && find.left < other.right + reach
            && other.top < find.bottom + reach
            && find.top < other.bottom + reach
    };
    finds.iter().filter(near).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::Class;

    fn find(sign: char, [left, top, right, bottom]: [f32; 4]) -> Find {
        let class = Class::of(sign).unwrap();
        let digits = std::array::from_fn(|digit| if class.index() == digit { 0.95 } else { 0.01 });
        Find { class, probability: 0.95, digits, left, top, right, bottom }
    }

    #[test]
    fn boxes_are_on_the_picture_as_it_came() {
        // The only dark pixels are in this box.
        let bounds = Bounds { left: 10, top: 20, right: 14, bottom: 30 };
        let pixels = (0..60 * 40).map(|i| if bounds.contains(i % 60, i / 60) { 0 } else { 255 }).collect();
        let picture = GrayImage::new(60, 40, pixels).unwrap();
        for quarters in 0..4 {
            let turned = picture.turned(quarters);
            let dark = |x: &usize, y: &usize| turned.at(*x, *y) == 0;
            let columns: Vec<usize> =
                (0..turned.width()).filter(|x| (0..turned.height()).any(|y| dark(x, &y))).collect();
            let rows: Vec<usize> =
                (0..turned.height()).filter(|y| (0..turned.width()).any(|x| dark(&x, y))).collect();
            let edges = [columns[0], rows[0], columns[columns.len() - 1] + 1, rows[rows.len() - 1] + 1];
            let find = find('1', edges.map(|edge| edge as f32));
            let upright = Upright { picture: Cow::Owned(turned), quarters, finds: vec![find] };
            assert_eq!(upright.bounds(&find), bounds, "{quarters} quarters");
        }
        // What reaches over the edge is cut off there, and something is left of it.
        let upright = Upright { picture: Cow::Borrowed(&picture), quarters: 0, finds: vec![] };
        let beyond = upright.bounds(&find('1', [-5.0, -9.0, 300.0, 4.2]));
        assert_eq!(beyond, Bounds { left: 0, top: 0, right: 60, bottom: 5 });
        let outside = upright.bounds(&find('1', [70.0, 50.0, 80.0, 60.0]));
        assert_eq!(outside, Bounds { left: 59, top: 39, right: 60, bottom: 40 });
    }

    #[test]
    fn lines_have_digits_marks_and_words() {
        let picture = GrayImage::new(400, 60, vec![240; 400 * 60]).unwrap();
        let mut finds = Vec::new();
        for (place, sign) in "17/03  45".chars().enumerate().filter(|&(_, sign)| sign != ' ') {
            let left = 20.0 + 16.0 * place as f32;
            finds.push(find(sign, [left, 15.0, left + 12.0, 35.0]));
        }
        let upright = Upright { picture: Cow::Borrowed(&picture), quarters: 0, finds };
        let (finder, model) = (crate::finder::tests::untrained(), Model::default());
        let eye = Eye { finder: &finder, model: &model, look: None, reject_below: 0.0 };
        let lines: Vec<Line> = upright.lines(eye).collect();
        let [line] = &lines[..] else { panic!("{} lines", lines.len()) };
        assert_eq!(line.text(), "17 0345");
        let all = super::super::TextOptions { marks: true, words: true, ..Default::default() };
        assert_eq!(line.text_with(&all), "17/03 45");
        assert_eq!(line.words, [0..2, 2..4, 4..6]);
        assert_eq!(line.marks.len(), 1);
        assert_eq!(
            (line.marks[0].sign, line.marks[0].digits_before, line.marks[0].apart),
            ('/', 2, [false; 2])
        );
    }
}
