//! An axis by orders of magnitude. Plotters has one, which marks powers of ten alone: of the losses of a training
//! there is often one in the picture, or none.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;

/// More marks than this stand too close.
const MOST_MARKS: usize = 8;
/// Fewer don't tell the scale.
const FEWEST_MARKS: usize = 3;

/// The axis over a range of numbers above 0.
pub(super) struct LogAxis(pub(super) Range<f64>);

impl Ranged for LogAxis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let (low, high) = (self.0.start.log10(), self.0.end.log10());
        start + (f64::from(end - start) * (value.log10() - low) / (high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let decades = self.0.start.log10().floor() as i32..=self.0.end.log10().ceil() as i32;
        let marks = |digits: &[f64], every: usize| -> Vec<f64> {
            let powers = decades.clone().step_by(every).map(|power| 10f64.powi(power));
            let marks = powers.flat_map(|power| digits.iter().map(move |digit| digit * power));
            marks.filter(|mark| self.0.contains(mark)).collect()
        };
        let fine = marks(&[1.0, 2.0, 5.0], 1);
        match fine.len() {
            ..FEWEST_MARKS => RangedCoordf64::from(self.0.clone()).key_points(hint),
            FEWEST_MARKS..=MOST_MARKS => fine,
            _ => marks(&[1.0], decades.clone().count().div_ceil(MOST_MARKS)),
        }
    }

    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::coord::ranged1d::BoldPoints;

    #[test]
    fn there_are_marks_enough_and_not_too_many() {
        let cases: [(f64, f64, &[f64]); 3] = [
            (0.03, 0.4, &[0.05, 0.1, 0.2]),
            (1e-5, 20.0, &[1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0]),
            (0.011, 0.019, &[0.012, 0.014, 0.016, 0.018]),
        ];
        for (low, high, expected) in cases {
            let found = LogAxis(low..high).key_points(BoldPoints(6));
            let same = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-9;
            assert!(found.len() == expected.len() && found.iter().zip(expected).all(same), "{found:?}");
        }
        assert!(LogAxis(1e-300..1e300).key_points(BoldPoints(6)).len() <= MOST_MARKS + 1);
    }

    #[test]
    fn equal_ratios_are_equal_distances() {
        let axis = LogAxis(0.01..1.0);
        assert_eq!([0.01, 0.1, 1.0].map(|value| axis.map(&value, (200, 0))), [200, 100, 0]);
    }
}
