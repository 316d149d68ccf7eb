//! The reliability diagram: for each range of confidence, the share that was read right. Where probabilities mean
//! what they say, bars end at the diagonal.

use inkdigit_train::evaluate::{Bin, Reliability};
use plotters::prelude::*;

use super::{INK, PIXEL, draw, element, mesh, room, series};

/// The diagram as an SVG element: the fuller the bar, the more images it stands for.
pub fn reliability_diagram(reliability: &Reliability) -> String {
    let most = reliability.bins.iter().map(|bin| bin.images).max().unwrap_or(0).max(2) as f64;
    let svg = draw(|area| {
        let mut chart = room(area).build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        let format_y = |value: &f64| format!("{:.0} %", 100.0 * value);
        mesh(&mut chart, "probability of the digit that was read", 6, &format_y)?;
        let bars = reliability.bins.iter().filter_map(|bin| Some((bin, bin.accuracy?)));
        // By logarithm: of a good network nearly all images are in one bin.
        let fill = |bin: &Bin| 0.2 + 0.6 * (bin.images as f64).ln() / most.ln();
        chart.draw_series(bars.clone().map(|(bin, accuracy)| {
            Rectangle::new([(bin.lower, 0.0), (bin.upper, accuracy)], series(0).mix(fill(bin)).filled())
        }))?;
        chart.draw_series(bars.map(|(bin, accuracy)| {
            Rectangle::new([(bin.lower, 0.0), (bin.upper, accuracy)], series(0).stroke_width(PIXEL))
        }))?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], INK.mix(0.7).stroke_width(2 * PIXEL)))?;
        Ok(())
    });
    element(&svg, &description(reliability))
}

fn description(reliability: &Reliability) -> String {
    let bins = reliability.bins.iter().filter_map(|bin| {
        let accuracy = 100.0 * bin.accuracy?;
        let range = format!("{:.0} to {:.0} %", 100.0 * bin.lower, 100.0 * bin.upper);
        Some(format!("of {} images at {range}, {accuracy:.1} % are right", bin.images))
    });
    format!("Reliability diagram: {}", bins.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::evaluate::{Reading, reliability};

    #[test]
    fn there_is_a_bar_for_each_bin_with_images() {
        let reading =
            |probability, digit| Reading { index: 0, label: 1, digit, probability, label_probability: 0.0 };
        let found =
            reliability(&[reading(0.95, 1), reading(0.99, 1), reading(0.55, 2), reading(0.52, 1)], 10);
        let svg = reliability_diagram(&found);
        // Filled and outlined.
        assert_eq!(svg.matches("var(--series-0").count(), 4);
        assert!(svg.contains("of 2 images at 90 to 100 %, 100.0 % are right"), "{svg}");
        let empty = reliability_diagram(&reliability(&[], 10));
        assert_eq!(empty.matches("var(--series-0").count(), 0);
    }
}
