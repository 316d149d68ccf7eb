//! From maps to finds: a place that says more than its neighbours is the middle of something.

use super::maps::Maps;
use super::{CHANNELS, Calibration, Class, SIZE_UNIT, STRIDE};

/// A digit or a mark on a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Find {
    /// What it is.
    pub class: Class,
    /// How probably it is there and is that.
    pub probability: f32,
    /// How probably each digit is there, as the network says it of each by itself.
    pub digits: [f32; 10],
    /// The left edge of the box around its ink, in pixels from the picture's left edge.
    pub left: f32,
    /// The upper edge.
    pub top: f32,
    /// The right edge.
    pub right: f32,
    /// The lower edge.
    pub bottom: f32,
}

impl Find {
    /// Of its box, in pixels.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Of its box, in pixels.
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The middle of its box: across and down.
    pub fn middle(&self) -> [f32; 2] {
        [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0]
    }
}

/// Sizes are at most so many times larger or smaller than [`SIZE_UNIT`], in natural logarithms: a network that isn't
/// trained yet may give anything.
const MOST_LOG_SIZE: f32 = 4.0;

impl Maps {
    /// The places whose surest class is at least so probable and surer than those of the eight places around them,
    /// row by row.
    pub fn finds(&self, threshold: f32, calibration: Calibration) -> Vec<Find> {
        let surest = self.surest();
        let mut finds = Vec::new();
        for row in 0..self.rows() {
            for column in 0..self.columns() {
                let (logit, class) = surest[row * self.columns() + column];
                let probability = calibration.probability(logit);
                if probability >= threshold && self.is_peak(&surest, row, column) {
                    finds.push(self.find_at(row, column, class, calibration));
                }
            }
        }
        finds
    }

    /// The largest logit of each place and its class.
    fn surest(&self) -> Vec<(f32, Class)> {
        let places = self.numbers().chunks_exact(CHANNELS);
        let surest = |place: &[f32]| {
            let logits = place.iter().copied().zip(Class::all());
            logits.reduce(|best, next| if next.0 > best.0 { next } else { best }).expect("there are classes")
        };
        places.map(surest).collect()
    }

    /// Of neighbours that are equally sure the first one is the peak.
    fn is_peak(&self, surest: &[(f32, Class)], row: usize, column: usize) -> bool {
        let here = row * self.columns() + column;
        let rows = row.saturating_sub(1)..(row + 2).min(self.rows());
        rows.flat_map(|r| (column.saturating_sub(1)..(column + 2).min(self.columns())).map(move |c| (r, c)))
            .map(|(r, c)| r * self.columns() + c)
            .filter(|&other| other != here)
            .all(|other| match other < here {
                true => surest[here].0 > surest[other].0,
                false => surest[here].0 >= surest[other].0,
            })
    }

    fn find_at(&self, row: usize, column: usize, class: Class, calibration: Calibration) -> Find {
        let place = &self.numbers()[(row * self.columns() + column) * CHANNELS..][..CHANNELS];
        let [height, width, down, across] = [0, 1, 2, 3].map(|i| place[Class::COUNT + i]);
        let size = |log: f32| SIZE_UNIT * log.clamp(-MOST_LOG_SIZE, MOST_LOG_SIZE).exp();
        let middle =
            |place: usize, offset: f32| (place as f32 + 0.5 + offset.clamp(-1.0, 1.0)) * STRIDE as f32;
        let (x, y, width, height) = (middle(column, across), middle(row, down), size(width), size(height));
        Find {
            class,
            probability: calibration.probability(place[class.index()]),
            digits: std::array::from_fn(|digit| calibration.probability(place[digit])),
            left: x - width / 2.0,
            top: y - height / 2.0,
            right: x + width / 2.0,
            bottom: y + height / 2.0,
        }
    }
}
