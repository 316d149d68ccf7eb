//! What each of three opinions is worth where a picture shows one digit: the finder's, the second network's of the
//! cut-out, and the digit network's of the whole picture as rules prepare it. On pictures drawn with digits held out.
//!
//!     cargo run --release -p inkdigit-train --example one_digit -- MNIST [PICTURES] [SEED]

use std::path::Path;

use inkdigit::finder::{Find, FindOptions, cut_out};
use inkdigit::preprocess::{Trace, preprocess, preprocess_alone};
use inkdigit::{Finder, GrayImage, Model};
use inkdigit_nn::Rng;
use inkdigit_train::data::{self, Split};
use inkdigit_train::synth::scene::{DigitSource, Kind, KindWeights, SceneConfig, draw};
use inkdigit_train::train::validation_images;
use rayon::prelude::*;

/// Log-odds of each digit by each opinion, and a 1 where there is the third.
type Voices = [[f64; 10]; 4];

/// What may stand on a picture, and what does.
struct Picture {
    /// Whether it shows nothing but one stroke, or strokes that hang together, on even ground.
    plain: bool,
    candidates: Vec<Voices>,
    digit: Option<usize>,
}

/// The numbers of what was chosen, whether it is right, and how much it counts.
type Look = ([f64; 5], bool, f64);

const CANDIDATE: f32 = 0.1;
const CANDIDATES: usize = 4;
/// Of pictures that somebody asks for a digit, a share of this has none.
const WITHOUT: f64 = 0.04;
/// What the finder is taken to say where it finds nothing.
const UNSEEN: f32 = 0.03;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, rest @ ..] = &arguments[..] else { return Err("MNIST [PICTURES] [SEED]".into()) };
    let pictures: u64 = rest.first().map_or(Ok(3000), |count| count.parse())?;
    let seed: u64 = rest.get(1).map_or(Ok(5), |seed| seed.parse())?;
    let look = rest.get(2).map_or_else(|| Ok(Model::default()), Model::open)?;
    let held_out = validation_images(&data::open(Path::new(folder), Split::Train)?, 5000)?;
    let source = DigitSource::new(&held_out);
    let mut kinds = KindWeights::only(Kind::Single);
    (kinds.single, kinds.tight, kinds.enlarged, kinds.nothing) = (40.0, 25.0, 15.0, 8.0);
    let config = SceneConfig { kinds, turned: 0.0, ..SceneConfig::default() };
    let model = Model::default();
    let seen: Vec<Picture> = (0..pictures)
        .into_par_iter()
        .filter_map(|index| {
            let mut rng = Rng::stream(seed, &[index]);
            let size = [0, 1].map(|_| rng.uniform(28f32.ln(), 260f32.ln()).exp() as usize);
            // People's pictures are of every kind, from a canvas to a bad photograph.
            let config = SceneConfig { difficulty: rng.unit(), ..config.clone() };
            let scene = draw(&source, &config, size, seed, index);
            let digit = match (&scene.marks[..], &scene.ignored[..]) {
                ([mark], []) => Some(usize::from(mark.class.digit()?)),
                ([], []) => None,
                _ => return None,
            };
            let larger = rng.uniform(1.0, 4.0);
            let side = |side: usize| (side as f32 * larger) as usize;
            let picture = scene.picture.resized(side(size[0]), side(size[1]));
            let plain = preprocess_alone(&picture, &mut Trace::off()).is_some();
            Some(Picture { plain, candidates: candidates(&picture, &look, &model), digit })
        })
        .collect();
    let (plain, others): (Vec<Picture>, Vec<Picture>) = seen.into_iter().partition(|picture| picture.plain);
    for (name, seen) in [("plain", plain), ("others", others)] {
        print_lines(name, &seen);
    }
    Ok(())
}

/// Prints what opinions are worth on these pictures.
fn print_lines(name: &str, seen: &[Picture]) {
    let digits = seen.iter().filter(|picture| picture.digit.is_some()).count();
    let without = seen.len() - digits;
    println!("{name}: {} pictures, {digits} with a digit", seen.len());
    // How much a picture without a digit counts, so that they have the share that they have in life.
    let weight = WITHOUT / (1.0 - WITHOUT) * digits as f64 / without.max(1) as f64;
    println!(
        "second whole  right of digits  log loss  line: finder, second, whole, offset, offset without whole"
    );
    for second in [0.4, 0.7, 1.0] {
        for whole in [0.0, 0.2, 0.4, 0.7, 1.0] {
            // Which candidate is chosen depends on the line, which is fitted to what is chosen.
            let mut line = [0.4, 0.3, 0.1, -1.0, 0.0];
            let mut told = (0, 0.0);
            for _ in 0..3 {
                let chosen: Vec<Look> = seen
                    .iter()
                    .filter_map(|picture| {
                        let (numbers, right) = chosen(picture, second, whole, &line)?;
                        Some((numbers, right, if picture.digit.is_some() { 1.0 } else { weight }))
                    })
                    .collect();
                line = fit(&chosen);
                told = (chosen.iter().filter(|look| look.1).count(), loss(&chosen, &line));
            }
            let lines = line.map(|number| format!("{number:.3}")).join(", ");
            println!(
                "{second:.1} {whole:.1}   {:.4}   {:.4}   {lines}",
                told.0 as f64 / digits as f64,
                told.1
            );
        }
    }
}

fn candidates(picture: &GrayImage, look: &Model, model: &Model) -> Vec<Voices> {
    let whole = preprocess(picture).ok();
    let third = whole.map(|image| odds(&model.probabilities(image.pixels())));
    let options = FindOptions { threshold: CANDIDATE, one: true, ..FindOptions::default() };
    let finds: Vec<Find> = Finder::shipped().find(picture, &options);
    let digits = finds.iter().filter(|find| find.class.digit().is_some());
    let with_third = |first, second| {
        [first, second, third.unwrap_or_default(), [f64::from(u8::from(third.is_some())); 10]]
    };
    let mut candidates: Vec<Voices> = digits
        .take(CANDIDATES)
        .map(|find| {
            let others: Vec<Find> = finds.iter().filter(|other| *other != find).copied().collect();
            let image = cut_out(picture, find, &others);
            with_third(odds(&find.digits), odds(&look.probabilities(image.pixels())))
        })
        .collect();
    if let Some(image) = whole {
        candidates.push(with_third(odds(&[UNSEEN; 10]), odds(&look.probabilities(image.pixels()))));
    }
    candidates
}

fn odds(probabilities: &[f32]) -> [f64; 10] {
    std::array::from_fn(|digit| {
        let p = f64::from(probabilities[digit].clamp(1e-4, 1.0 - 1e-4));
        (p / (1.0 - p)).ln()
    })
}

/// What the surest candidate's opinions say of its surest digit, and whether that is right.
fn chosen(picture: &Picture, second: f64, whole: f64, line: &[f64; 5]) -> Option<([f64; 5], bool)> {
    let of = |voices: &Voices| {
        let score =
            |digit: &usize| voices[0][*digit] + second * voices[1][*digit] + whole * voices[2][*digit];
        let digit = (0..10).max_by(|a, b| score(a).total_cmp(&score(b))).expect("ten");
        let numbers = [voices[0][digit], voices[1][digit], voices[2][digit], 1.0, 1.0 - voices[3][digit]];
        (numbers, picture.digit == Some(digit))
    };
    picture.candidates.iter().map(of).max_by(|a, b| dot(&a.0, line).total_cmp(&dot(&b.0, line)))
}

fn dot(numbers: &[f64; 5], line: &[f64; 5]) -> f64 {
    numbers.iter().zip(line).map(|(number, weight)| number * weight).sum()
}

/// Logistic regression by Newton's steps, with a little weight decay.
fn fit(looks: &[Look]) -> [f64; 5] {
    const DECAY: f64 = 1e-3;
    let all: f64 = looks.iter().map(|look| look.2).sum();
    let mut line = [0.0; 5];
    for _ in 0..20 {
        let mut slope = line.map(|number| -DECAY * number);
        let mut curvature: [[f64; 5]; 5] =
            std::array::from_fn(|i| std::array::from_fn(|j| if i == j { DECAY } else { 0.0 }));
        for (numbers, right, weight) in looks {
            let p = 1.0 / (1.0 + (-dot(numbers, &line)).exp());
            let (error, weight) = (f64::from(u8::from(*right)) - p, weight / all);
            for i in 0..5 {
                slope[i] += weight * error * numbers[i];
                for j in 0..5 {
                    curvature[i][j] += weight * p * (1.0 - p) * numbers[i] * numbers[j];
                }
            }
        }
        let step = solved(curvature, slope);
        line.iter_mut().zip(step).for_each(|(number, step)| *number += step);
    }
    line
}

/// The solution of linear equations with a positive definite matrix.
fn solved(mut matrix: [[f64; 5]; 5], mut right: [f64; 5]) -> [f64; 5] {
    for i in 0..5 {
        for j in i + 1..5 {
            let factor = matrix[j][i] / matrix[i][i];
            let row = matrix[i];
            matrix[j].iter_mut().zip(row).for_each(|(a, b)| *a -= factor * b);
            right[j] -= factor * right[i];
        }
    }
    let mut solution = [0.0; 5];
    for i in (0..5).rev() {
        let known: f64 = (i + 1..5).map(|j| matrix[i][j] * solution[j]).sum();
        solution[i] = (right[i] - known) / matrix[i][i];
    }
    solution
}

fn loss(looks: &[Look], line: &[f64; 5]) -> f64 {
    let of = |(numbers, right, weight): &Look| {
        let p = 1.0 / (1.0 + (-dot(numbers, line)).exp());
        -weight * (if *right { p } else { 1.0 - p }).max(1e-12).ln()
    };
    looks.iter().map(of).sum::<f64>() / looks.iter().map(|look| look.2).sum::<f64>()
}
