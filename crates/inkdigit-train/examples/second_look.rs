//! What a second look at finds is worth: the finder's opinion of digits on pictures drawn with digits held out, with
//! the default model's opinion of their cut-outs weighed in more and more.
//!
//!     cargo run --release -p inkdigit-train --example second_look -- FINDER MNIST [PICTURES] [MODEL]

use std::path::Path;

use inkdigit::finder::{Find, FindOptions, cut_out};
use inkdigit::{Finder, Model};
use inkdigit_train::data::{self, Split};
use inkdigit_train::synth::scene::{DigitSource, SceneConfig, draw};
use inkdigit_train::train::validation_images;
use rayon::prelude::*;

/// A find, what both say of each digit as log-odds, and what stands there.
struct Look {
    finder: [f64; 10],
    model: [f64; 10],
    digit: Option<usize>,
}

fn log_odds(probability: f32) -> f64 {
    let p = f64::from(probability.clamp(1e-4, 1.0 - 1e-4));
    (p / (1.0 - p)).ln()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [finder, folder, rest @ ..] = &arguments[..] else {
        return Err("FINDER MNIST [PICTURES] [MODEL]".into());
    };
    let pictures: u64 = rest.first().map_or(Ok(1000), |count| count.parse())?;
    let finder = match Finder::open(finder) {
        Ok(finder) => finder,
        Err(_) => inkdigit_train::finder::snapshot(Path::new(finder))?.finder,
    };
    let held_out = validation_images(&data::open(Path::new(folder), Split::Train)?, 5000)?;
    let (source, config, model) = (
        DigitSource::new(&held_out),
        SceneConfig::default(),
        rest.get(1).map_or_else(|| Ok(Model::default()), Model::open)?,
    );
    let looks: Vec<Look> = (0..pictures)
        .into_par_iter()
        .flat_map_iter(|index| {
            let scene = draw(&source, &config, [256; 2], 99, index);
            let finds =
                finder.find(&scene.picture, &FindOptions { threshold: 0.1, ..FindOptions::default() });
            let digits: Vec<Find> =
                finds.iter().filter(|find| find.class.digit().is_some()).copied().collect();
            let looks: Vec<Look> = digits
                .iter()
                .filter_map(|find| {
                    let [x, y] = find.middle();
                    let within = |middle: f32, centre: f32, extent: f32| {
                        (middle - centre).abs() < 0.5 * extent.max(6.0)
                    };
                    let ignored = scene.ignored.iter().any(|place| {
                        within(x, place.centre[0], place.width) && within(y, place.centre[1], place.height)
                    });
                    let mark = scene.marks.iter().find(|mark| {
                        within(x, mark.centre[0], mark.width) && within(y, mark.centre[1], mark.height)
                    });
                    if mark.is_none() && ignored {
                        return None;
                    }
                    let others: Vec<Find> = finds.iter().filter(|other| *other != find).copied().collect();
                    let image = cut_out(&scene.picture, find, &others);
                    let probabilities = model.probabilities(image.pixels());
                    Some(Look {
                        finder: find.digits.map(log_odds),
                        model: std::array::from_fn(|digit| log_odds(probabilities[digit])),
                        digit: mark.and_then(|mark| mark.class.digit()).map(usize::from),
                    })
                })
                .collect();
            looks
        })
        .collect();
    let digits = looks.iter().filter(|look| look.digit.is_some()).count();
    println!("{} finds, {digits} of them digits", looks.len());
    println!("weight  right of digits  log loss  line: finder, model, offset");
    for weight in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0] {
        let chosen: Vec<(f64, f64, bool)> = looks
            .iter()
            .map(|look| {
                let score = |&digit: &usize| look.finder[digit] + weight * look.model[digit];
                let best = (0..10).max_by(|a, b| score(a).total_cmp(&score(b))).expect("ten");
                (look.finder[best], look.model[best], look.digit == Some(best))
            })
            .collect();
        let right = chosen.iter().filter(|look| look.2).count();
        let (line, loss) = fit(&chosen);
        println!(
            "{weight:.1}     {:.4}          {loss:.4}    {:.3} {:.3} {:.3}",
            right as f64 / digits as f64,
            line[0],
            line[1],
            line[2]
        );
    }
    Ok(())
}

/// Logistic regression of two numbers and its mean loss.
fn fit(finds: &[(f64, f64, bool)]) -> ([f64; 3], f64) {
    let mut line = [1.0, 0.1, 0.0];
    let probability =
        |line: &[f64; 3], f: f64, m: f64| 1.0 / (1.0 + (-(line[0] * f + line[1] * m + line[2])).exp());
    for _ in 0..2000 {
        let mut slope = [0.0; 3];
        for &(f, m, right) in finds {
            let error = f64::from(u8::from(right)) - probability(&line, f, m);
            slope = [slope[0] + error * f, slope[1] + error * m, slope[2] + error];
        }
        (0..3).for_each(|i| line[i] += 0.1 * slope[i] / finds.len() as f64);
    }
    let loss: f64 = finds
        .iter()
        .map(|&(f, m, right)| {
            let p = probability(&line, f, m);
            -(if right { p } else { 1.0 - p }).max(1e-12).ln()
        })
        .sum();
    (line, loss / finds.len() as f64)
}
